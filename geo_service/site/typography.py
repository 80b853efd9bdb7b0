"""French spaces in the text of templates: written plainly there, made unbreakable when loaded."""

from __future__ import annotations

import re

from jinja2 import Environment
from jinja2.ext import Extension

from geo_service.french_sentences import NBSP, THIN

#: What is no text for people: Jinja's own, HTML tags and their attributes, scripts and styles.
_NOT_TEXT = re.compile(
    r"(\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|<(script|style)\b.*?</\2>|<[^>]*>)", re.DOTALL
)
_BEFORE_WIDE = re.compile(r" (?=[:»%])")
_BEFORE_THIN = re.compile(r" (?=[;!?])")
_AFTER_OPENING = re.compile(r"(?<=«) ")


def spaced(text: str) -> str:
    r"""Put the spaces of French typography in a text.

    Parameters
    ----------
    text
        Plain text whose signs have ordinary spaces around them.

    Returns
    -------
    str
        The same with a no-break space before ``: » %`` and after ``«``, a narrow one before
        ``; ! ?`` (Imprimerie nationale, *Lexique des règles typographiques*).

    Examples
    --------
    >>> spaced("Que manque-t-il ?") == "Que manque-t-il\u202f?"
    True
    """
    text = _BEFORE_WIDE.sub(NBSP, text)
    text = _BEFORE_THIN.sub(THIN, text)
    return _AFTER_OPENING.sub(NBSP, text)


class FrenchSpaces(Extension):
    """Jinja extension: :func:`spaced` on the text of every template, when it is loaded."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)

    def preprocess(
        self,
        source: str,
        name: str | None,  # noqa: ARG002 (Jinja's signature)
        filename: str | None = None,  # noqa: ARG002
    ) -> str:
        """Change the text of a template, and nothing of its tags."""
        # A sign after « }} » belongs to the text: the space before it is there.
        parts = _NOT_TEXT.split(source)
        # Each separator brings two groups: itself, then the name of a script or style, or None.
        texts, tags = parts[::3], parts[1::3]
        spaced_texts = [spaced(text) for text in texts]
        joined = [text + tag for text, tag in zip(spaced_texts, [*tags, ""], strict=True)]
        return "".join(joined)
