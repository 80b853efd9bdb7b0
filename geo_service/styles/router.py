"""``/styles/``, ``/fonts/`` and ``/sprites/``: all that a map library needs besides the tiles."""

from __future__ import annotations

import re
from typing import Any

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from geo_service.answers import CACHE_CONTROL, static_response
from geo_service.api.parameters import Atlas
from geo_service.errors import Problem, closest
from geo_service.ogc.exchange import origin_of
from geo_service.static_files import HOURLY, StaticFolder
from geo_service.styles.library import STYLES, style_document, styles_list
from geo_service.styles.palette import BUILT, FACES, LICENCE

router = APIRouter(include_in_schema=False)

#: A range of glyphs: 256 characters of the basic multilingual plane.
_RANGE = re.compile(r"([0-9]{1,5})-([0-9]{1,5})\.pbf")
_RANGE_SIZE, _LAST = 256, 65_535
_PBF = "application/x-protobuf"
_SHOWN = 60

_built = StaticFolder(BUILT)


def _refuse_parameters(request: Request) -> None:
    if request.url.query:
        raise Problem(400, "Les adresses des styles et des polices ne prennent aucun paramètre.")


def _json(request: Request, content: dict[str, Any]) -> Response:
    return static_response(request, orjson.dumps(content), "application/json", CACHE_CONTROL)


@router.get("/styles/")
async def styles(request: Request) -> Response:
    """List the styles."""
    _refuse_parameters(request)
    return _json(request, styles_list(origin_of(request.scope)))


@router.get("/styles/{name}.json")
async def style(request: Request, atlas: Atlas, name: str) -> Response:
    """Serve a style, its addresses those of the host that was asked."""
    _refuse_parameters(request)
    if name not in STYLES:
        suggestion = closest(name, list(STYLES))
        guess = f" Vouliez-vous dire « {suggestion} » ?" if suggestion else ""
        raise Problem(
            404,
            f"Le style « {name[:_SHOWN]} » n’existe pas.{guess} Styles disponibles : "
            f"{', '.join(STYLES)}.",
        )
    known = atlas.metadata
    services: dict[str, list[str]] = {theme: [] for theme in known.themes}
    for code in known.documented:
        services[known.services[code].theme].append(code)
    return _json(request, style_document(name, origin_of(request.scope), services, atlas.id))


@router.get("/sprites/{name}")
async def sprite(request: Request, name: str) -> Response:
    """Serve the sprite sheet: its pictures and where each icon is."""
    _refuse_parameters(request)
    found = _built.response(request, f"sprites/{name}", HOURLY)
    if found is None:
        raise Problem(
            404,
            f"La planche d’icônes « {name[:_SHOWN]} » n’existe pas. Il y a /sprites/atlas.json.",
        )
    return found


@router.get(f"/fonts/{LICENCE.name}")
async def licence(request: Request) -> Response:
    """Serve the licence of the font, as it wants to be."""
    _refuse_parameters(request)
    return static_response(request, LICENCE.read_bytes(), "text/plain; charset=utf-8", HOURLY)


@router.get("/fonts/{stack}/{name}")
async def glyphs(request: Request, stack: str, name: str) -> Response:
    """Serve a range of glyphs of the first known font of a list parted by commas."""
    _refuse_parameters(request)
    face = next((part.strip() for part in stack.split(",") if part.strip() in FACES), None)
    if face is None:
        raise Problem(
            404,
            f"La police « {stack[:_SHOWN]} » n’existe pas. Polices disponibles : "
            f"{', '.join(FACES)}.",
        )
    span = _RANGE.fullmatch(name)
    start, end = map(int, span.groups()) if span else (-1, -1)
    if start % _RANGE_SIZE or end != start + _RANGE_SIZE - 1 or end > _LAST:
        raise Problem(
            404,
            f"« {name[:_SHOWN]} » n’est pas une plage de caractères : ce sont 0-255.pbf, "
            "256-511.pbf, et ainsi de suite jusqu’à 65280-65535.pbf.",
        )
    found = _built.response(request, f"fonts/{face}/{name}", HOURLY)
    # A range without any glyph of this font: readers show nothing for its characters.
    return found or static_response(request, empty_range(face, start), _PBF, HOURLY)


def empty_range(face: str, start: int) -> bytes:
    """Write a range that has no glyph, as the protobuf message ``glyphs``.

    Parameters
    ----------
    face
        Name of the font.
    start
        First code point of the range.
    """
    span = f"{start}-{start + _RANGE_SIZE - 1}".encode()
    name = face.encode()
    stack = bytes([0x0A, len(name)]) + name + bytes([0x12, len(span)]) + span
    return bytes([0x0A, len(stack)]) + stack
