"""The template of an address: what requests are counted and logged under, never their own path."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute

from geo_service.ogc.parts import PARTS

#: What an address that no template matches is counted under.
UNKNOWN: Final = "(inconnue)"

#: Templates of the tiles and of the archives, which are served beside the application.
TILE: Final = "/tiles/{tileset}/{z}/{x}/{y}.mvt"
TILESETS: Final = (TILE, "/tiles/{tileset}.json", "/tiles/{tileset}.pmtiles")

#: Deepest address there is, and some: the rest of a longer one says nothing.
_DEEPEST: Final = 16
#: Paths whose template a process remembers: some 2 MB.
_REMEMBERED: Final = 8192


class _Node:
    """What may follow the beginning of an address."""

    __slots__ = ("named", "rest", "template", "variable")

    def __init__(self) -> None:
        self.named: dict[str, _Node] = {}
        self.variable: dict[str, _Node] = {}
        self.template: str | None = None
        self.rest: str | None = None


class Templates:
    """Finds the template of a path, in as many steps as the path has parts.

    A word that is written in a template comes before a variable, whatever the order of the routes:
    ``/api/territoires/{niveau}/{code}/couverture`` before ``/api/{rest:path}``.

    Parameters
    ----------
    templates
        In the words of Starlette: ``{name}`` is one part, ``{name:path}`` all that follows, and a
        part may end with an extension (``{name}.json``).

    Attributes
    ----------
    all
        The templates.
    find
        Gives the template of a path; :data:`UNKNOWN` if none is like it.
    """

    def __init__(self, templates: Iterable[str]) -> None:
        self._root = _Node()
        self.find = lru_cache(_REMEMBERED)(self._find)
        self.all: list[str] = []
        for template in templates:
            self._add(template)

    def _add(self, template: str) -> None:
        if template not in self.all:
            self.all.append(template)
        node = self._root
        for part in template.strip("/").split("/"):
            if part.startswith("{") and part.endswith(":path}"):
                node.rest = node.rest or template
                return
            if part.startswith("{"):
                suffix = part.rpartition("}")[2]
                node = node.variable.setdefault(suffix, _Node())
            else:
                node = node.named.setdefault(part, _Node())
        node.template = node.template or template

    def _find(self, path: str) -> str:
        parts = path.strip("/").split("/", _DEEPEST)
        return self._below(self._root, parts, 0) or UNKNOWN

    def _below(self, node: _Node, parts: list[str], at: int) -> str | None:
        if at == len(parts):
            return node.template
        part = parts[at]
        named = node.named.get(part)
        if named is not None:
            found = self._below(named, parts, at + 1)
            if found is not None:
                return found
        if part:
            for suffix, variable in node.variable.items():
                if part.endswith(suffix):
                    found = self._below(variable, parts, at + 1)
                    if found is not None:
                        return found
        return node.rest


def templates_of(routes: Sequence[BaseRoute]) -> list[str]:
    """List the templates of the routes of an application, included routers too, in their order."""
    return [context.path for context in iter_route_contexts(routes) if context.path is not None]


def ogc_templates() -> list[str]:
    """List the templates of the addresses under ``/ogc``."""
    paths = [
        *(route.path for part in PARTS for route in part.routes),
        "/tiles/{matrix_set}/{matrix}/{row}/{column}",
        "/collections/{collection}/tiles/{matrix_set}/{matrix}/{row}/{column}",
    ]
    return ["/ogc" + re.sub(r"\{(\w+)\+\}", r"{\1:path}", path).rstrip("/") for path in paths]
