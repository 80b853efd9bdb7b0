"""Writes the pages of widgets: small, framable by anybody, nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from typing import Any, Final

from jinja2 import Environment

from geo_service.maps import style_sheet
from geo_service.security import page_policy
from geo_service.site.assets import Entry
from geo_service.site.rendering import SITE
from geo_service.site.typography import FrenchSpaces
from geo_service.site.words import FILTERS
from geo_service.templating import templates_of
from geo_service.widget.colours import Accent

#: Entry of the build that widgets use.
ENTRY: Final = "widget-page"
TYPE: Final = "text/html; charset=utf-8"
_MARKUP = re.compile(r"([\\|<>\[\]*_`])")


def cell(value: object) -> str:
    """Write a text in a cell of a Markdown table: on one line, nothing in it being markup."""
    text = "–" if value is None else " ".join(str(value).split())
    return _MARKUP.sub(r"\\\1", text)


@cache
def environment() -> Environment:
    """Give the environment of the widgets' templates: every value is escaped."""
    found = templates_of("geo_service.widget", extensions=[FrenchSpaces])
    found.filters.update(FILTERS, cellule=cell)
    found.globals.update(site=SITE)
    return found


def own_style(accent: Accent, fond: str, hauteur: int) -> str:
    """Write the part of the stylesheet that a town chooses.

    Parameters
    ----------
    accent
        Colours that were read and checked: no text of an address goes in a stylesheet.
    fond
        ``clair``, ``sombre`` or ``auto``.
    hauteur
        Height of the frame, CSS pixels.
    """
    height = f"--hauteur:{hauteur}px"
    if fond == "sombre":
        return f":root{{{height};--accent:{accent.dark}}}"
    light = f":root{{{height};--accent:{accent.light}}}"
    if fond == "clair":
        return light
    dark = f"@media (prefers-color-scheme:dark){{:root{{--accent:{accent.dark}}}}}"
    return f"{light}{dark}{style_sheet()}"


def source_expression(style: str) -> str:
    """Source expression of a stylesheet written in a page (CSP Level 3 §2.3.1)."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def policy_of(entry: Entry, style: str) -> str:
    """Write the policy of a widget: anybody may frame it, it loads nothing from elsewhere.

    Parameters
    ----------
    entry
        Script and stylesheet of the build.
    style
        The stylesheet of :func:`own_style`.
    """
    hashes = f"{entry.style_hash} {source_expression(style)}"
    return page_policy(hashes, frame_ancestors="*")


def write(template: str, entry: Entry, style: str, **content: Any) -> bytes:
    """Write a page of a widget in UTF-8.

    Parameters
    ----------
    template
        Name of the file in ``templates``, without its ending.
    entry
        Script and stylesheet of the build.
    style
        The stylesheet of :func:`own_style`.
    content
        What the template reads.
    """
    page = environment().get_template(f"{template}.html")
    return page.render(entry=entry, style=style, **content).encode()
