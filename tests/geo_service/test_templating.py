"""Templates are compiled before anybody waits for a page."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import Environment

from geo_service.ogc import pages as ogc_pages
from geo_service.site import rendering as site_pages
from geo_service.templating import compile_all
from geo_service.widget import rendering as widget_pages


@pytest.mark.parametrize("pages", [ogc_pages, site_pages, widget_pages])
def test_every_template_is_compiled_once(pages, monkeypatch: pytest.MonkeyPatch):
    environment = pages.environment.__wrapped__()
    compile_all(environment)
    folder = Path(pages.__file__).parent / "templates"
    names = {str(path.relative_to(folder)) for path in folder.rglob("*.*") if path.is_file()}
    assert names
    assert set(environment.list_templates()) == names

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("compiled again")

    monkeypatch.setattr(Environment, "compile", refuse)
    for name in names:
        environment.get_template(name)
