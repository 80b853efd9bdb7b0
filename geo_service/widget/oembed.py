"""``/oembed``: from the address of a page to the code that shows its widget (oEmbed 1.0).

https://oembed.com/ . Sites that know the format (WordPress and its like) find this address in the
``<link rel="alternate">`` of each page, so that whoever pastes the address of a page gets the map.
"""

from __future__ import annotations

import re
from typing import Any, Final
from xml.etree import ElementTree as ET

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from geo_service.answers import bytes_reply
from geo_service.api.parameters import refuse_repeats
from geo_service.codings import QUICK
from geo_service.errors import Problem
from geo_service.site.asked import atlas_of
from geo_service.site.rendering import SITE
from geo_service.widget.addresses import (
    Place,
    fitted,
    frame_title,
    iframe_code,
    place_of,
    public_origin,
)
from geo_service.widget.options import HEIGHT, LEAST_HEIGHT, refused

#: Width in CSS pixels when nothing is said, and the least a widget can be read at.
WIDTH, LEAST_WIDTH = 640, 200
#: Seconds a consumer may keep an answer: the next publication is at most a day away.
CACHE_AGE: Final = 86_400
#: Size of the preview, pixels: that of Open Graph.
PREVIEW: Final = (1200, 630)
_MOST: Final = 10_000

_TYPES: Final = {"json": "application/json", "xml": "text/xml; charset=utf-8"}
#: Characters XML 1.0 has no room for (§2.2).
_REFUSED = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

router = APIRouter(include_in_schema=False)


@router.get("/oembed")
async def oembed(request: Request) -> Response:
    """Answer the code of an address; parameters of other consumers (``dnt``…) are left alone."""
    await refuse_repeats(request)
    given = request.query_params
    form = given.get("format") or "json"
    if form not in _TYPES:
        raise Problem(
            501, f"Le format « {form[:20]} » n’est pas rendu ici. Formats possibles : json, xml."
        )
    width = _bound(given.get("maxwidth", ""), "maxwidth", WIDTH, LEAST_WIDTH)
    if not given.get("url"):
        raise Problem(400, "Le paramètre « url » est obligatoire : l’adresse d’une page d’ici.")
    atlas, origin = atlas_of(request), public_origin(request.scope)
    place = place_of(atlas, origin, given["url"])
    height = _bound(given.get("maxheight", ""), "maxheight", place.options.hauteur, LEAST_HEIGHT)
    bounds = (given.get("maxwidth", ""), given.get("maxheight", ""))

    async def make() -> bytes:
        answer = answer_of(place, origin, width, height)
        if _fits(*bounds):
            answer |= _preview(place, origin)
        return orjson.dumps(answer) if form == "json" else _xml(answer)

    asked = (form, place.widget(origin), place.page(origin), str(width), str(height), *bounds)
    return await bytes_reply(request, atlas, ("oembed", *asked), make, _TYPES[form], codings=QUICK)


def answer_of(place: Place, origin: str, width: int, height: int) -> dict[str, Any]:
    """Write the answer for a place (oEmbed 1.0 §2.3.4.4, type « rich »).

    Parameters
    ----------
    place
        A territory and a widget.
    origin
        Scheme and host of this atlas.
    width, height
        Of the frame, CSS pixels.
    """
    if height != place.options.hauteur:
        place = fitted(place, height)
    return {
        "version": "1.0",
        "type": "rich",
        "title": frame_title(place.territory, place.options),
        "provider_name": SITE,
        "provider_url": f"{origin}/",
        "cache_age": CACHE_AGE,
        "html": iframe_code(place, origin, str(width), height),
        "width": width,
        "height": height,
    }


def _preview(place: Place, origin: str) -> dict[str, Any]:
    territory = place.territory
    subject = "".join(f"&{name}={code}" for name, code in place.options.subject().items())
    path = place.page().partition("?")[0]
    assert path.startswith(f"/{territory.niveau}/")  # noqa: S101 (made just above)
    return {
        "thumbnail_url": f"{origin}/api/territoires{path}/carte.png?cadre=apercu{subject}",
        "thumbnail_width": PREVIEW[0],
        "thumbnail_height": PREVIEW[1],
    }


def _fits(*bounds: str) -> bool:
    """Whether the preview is within ``maxwidth`` and ``maxheight``, as the format wants."""
    return all(not bound or int(bound) >= side for bound, side in zip(bounds, PREVIEW, strict=True))


def _bound(text: str, name: str, usual: int, least: int) -> int:
    """Read ``maxwidth`` or ``maxheight``, and give the size within it."""
    if not text:
        return usual
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(_MOST))):
        raise refused(name, text, "un nombre de pixels est attendu.")
    if int(text) < least:
        raise refused(name, text, f"une carte ne se lit pas à moins de {least} pixels.")
    return min(int(text), usual)


def _xml(answer: dict[str, Any]) -> bytes:
    """Write the answer in XML (oEmbed 1.0 §2.3.2)."""
    root = ET.Element("oembed")
    for name, value in answer.items():
        ET.SubElement(root, name).text = _REFUSED.sub("", str(value))
    body: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return body


__all__ = ["HEIGHT", "answer_of", "router"]
