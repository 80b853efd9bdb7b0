"""The fiche of a territory: two A4 pages to print, as a PDF."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from geo_service.answers import bytes_reply
from geo_service.api import shapes
from geo_service.api.parameters import Atlas, CountedTerritory, NoParameters
from geo_service.atlas import PublishedAtlas
from geo_service.codings import NONE
from geo_service.fiche.content import LOOK, answers, document, printable
from geo_service.fiche.press import Press, qr_code, recipe
from geo_service.fiche.texts import clean_drawing
from geo_service.maps import WHOLE, draw_territory
from geo_service.ogc.exchange import origin_of
from geo_service.territories import Territory

router = APIRouter(prefix="/api/territoires", tags=["Fiche"])

#: A PDF loads nothing; the reader that browsers show it with has styles of its own.
_POLICY = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"
#: Characters of a name in a file name, at most.
_LONGEST = 80

_press = Press()


def file_name(territory: Territory) -> str:
    """Write ``Content-Disposition`` (RFC 6266): shown in the browser, saved under a clear name.

    Parameters
    ----------
    territory
        The territory.

    Returns
    -------
    str
        With ``filename*`` (RFC 8187) besides when its name is not plain ASCII.
    """
    words = "-".join(re.findall(r"\w+", territory.nom.lower()))[:_LONGEST].rstrip("-_")
    name = f"fiche-{words}-{territory.code}.pdf" if words else f"fiche-{territory.code}.pdf"
    bare = unicodedata.normalize("NFKD", name.replace("œ", "oe").replace("æ", "ae"))
    plain = re.sub(r"[^a-z0-9A-Z.-]+", "", bare)
    disposition = f'inline; filename="{plain}"'
    return disposition if plain == name else f"{disposition}; filename*=UTF-8''{quote(name)}"


async def fiche_pdf(atlas: PublishedAtlas, territory: Territory, page: str) -> bytes:
    """Make the fiche of a territory.

    Parameters
    ----------
    atlas
        The publication.
    territory
        A territory whose services are counted.
    page
        Address of its page.

    Returns
    -------
    bytes
        Two A4 pages: PDF 1.7 that keeps to PDF/UA-1 and PDF/A-2a. The same publication and the
        same address give the same bytes.

    Raises
    ------
    Problem
        503 when too many are being made.
    """
    drawing = await draw_territory(atlas, territory, WHOLE, LOOK)
    told = await answers(atlas, territory)
    data = document(atlas.metadata, territory, told, page, drawing)
    return await _press.compile(
        {
            "fiche": printable(data),
            "carte": clean_drawing(drawing.svg) if drawing.drawn else "",
            "qr": qr_code(page),
            "date": atlas.metadata.made.isoformat(),
        }
    )


@router.get(
    "/{niveau}/{code}/fiche.pdf",
    summary="Fiche à imprimer, deux pages A4",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}}, **shapes.ERRORS},
)
async def fiche(
    request: Request,
    atlas: Atlas,
    territory: CountedTerritory,
    parameters: Annotated[NoParameters, Query()],  # noqa: ARG001 (refuses any)
) -> Response:
    """Carte, cinq chiffres clés, manques, comparaison, recommandations, sources et dates.

    Deux pages A4 au format PDF, balisées pour les lecteurs d’écran, faites des mêmes chiffres que
    `…/diagnostic`, `…/comparables`, `…/recommandations` et `…/mutualisation`.
    """
    root = request.scope.get("root_path", "")
    page = f"{origin_of(request.scope)}{root}/{territory.niveau}/{quote(territory.code)}"

    async def make() -> bytes:
        return await fiche_pdf(atlas, territory, page)

    return await bytes_reply(
        request,
        atlas,
        ("fiche", recipe(), page),
        make,
        "application/pdf",
        codings=NONE,
        headers={
            "Content-Disposition": file_name(territory),
            "Content-Security-Policy": _POLICY,
        },
    )
