"""French spaces in templates: in their text, never in their tags."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from jinja2 import DictLoader, Environment

from geo_service.site.typography import FrenchSpaces, spaced


def written(source: str, **values: object) -> str:
    environment = Environment(
        loader=DictLoader({"a": source}), autoescape=True, extensions=[FrenchSpaces]
    )
    return environment.get_template("a").render(**values)


def test_signs_hold_to_their_words():
    assert spaced("« Oui » : 12 % ; non !") == (
        "«\u00a0Oui\u00a0»\u00a0: 12\u00a0%\u202f; non\u202f!"
    )


def test_tags_and_values_are_left_alone():
    source = '<a href="/x ? y" title="a : b">{{ name }} : {{ "a ? b" }}</a>{% if 1 %} ?{% endif %}'
    assert written(source, name="A : B") == (
        '<a href="/x ? y" title="a : b">A : B\u00a0: a ? b</a>\u202f?'
    )


def test_stylesheets_are_left_alone():
    assert written("<style>a { color : red }</style> ;") == (
        "<style>a { color : red }</style>\u202f;"
    )


@given(st.text(alphabet="abc :;!?«» %\n"))
def test_only_spaces_change(text):
    plain = spaced(text).replace("\u00a0", " ").replace("\u202f", " ")
    assert plain == text
    assert spaced(spaced(text)) == spaced(text)
