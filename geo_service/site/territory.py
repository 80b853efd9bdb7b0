"""The page of a territory: what an élu comes for, in ten minutes, on a phone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from geo_service.api.carried import LONGEST_FILE
from geo_service.api.comparables import comparables_answer
from geo_service.api.couverture import CoverageParameters, coverage
from geo_service.api.diagnostic import diagnosis_answer
from geo_service.api.mutualisation import pooling_answer
from geo_service.api.parameters import NIVEAUX
from geo_service.api.peers import choose
from geo_service.api.recommandations import recommendations_answer
from geo_service.api.territoires import description_answer
from geo_service.atlas import PublishedAtlas
from geo_service.diagnostics.sentences import percent
from geo_service.french_sentences import compte, habitants
from geo_service.maps import WHOLE, Look, draw_territory
from geo_service.provenance import LOADED
from geo_service.site.asked import atlas_of, territory_of
from geo_service.site.assets import Assets
from geo_service.site.rendering import Page, page_reply
from geo_service.site.sections import access, carried, comparison, evolution, findings, parts
from geo_service.site.sections import services as service_marks
from geo_service.site.subject import KINDS, asked_subject, subject_reply
from geo_service.territories import Territory

#: Recommandations shown without being asked, and neighbours; the others are folded or downloaded.
_ADVICE, _NEIGHBOURS = 3, 5
#: The drawing of the page: its legend and its source are words of the page, not of the drawing.
_MAP: Final = Look(width=480, height=420, links=True, furniture=False, scheme="auto", inline=True)
#: Width and height of the preview, see the Open Graph tags of ``base.html``.
_PREVIEW: Final = "carte.png?cadre=apercu"


def add_routes(router: APIRouter, assets: Assets) -> None:
    """Add ``/{niveau}/{code}``, one route a niveau: other paths of two parts are not theirs."""
    for niveau in NIVEAUX:
        router.add_api_route(
            f"/{niveau}/{{code}}", _route(niveau, assets), methods=["GET"], name=f"page_{niveau}"
        )


def _route(niveau: str, assets: Assets) -> Callable[..., Awaitable[Response]]:
    async def page(request: Request, code: str) -> Response:
        atlas = atlas_of(request)
        territory = territory_of(request, atlas, niveau, code)
        chosen = _chosen(request)
        if chosen is not None:
            return chosen
        subject = asked_subject(request)
        if subject is not None:
            return await subject_reply(request, assets, atlas, territory, subject)

        async def make() -> Page:
            return await territory_page(atlas, territory)

        return await page_reply(request, assets, atlas, {}, make)

    return page


def _chosen(request: Request) -> Response | None:
    """Send the form of the map, whose list mixes thèmes, enjeux and services, to its address."""
    asked = request.query_params.get("sujet")
    if asked is None:
        return None
    kind, _, code = asked.partition(":")
    path = request.url.path
    known = kind in KINDS and code
    return RedirectResponse(f"{path}?{kind}={quote(code)}" if known else path, 303)


def describe_territory(territory: Territory) -> str:
    """Say in a sentence or two what the atlas knows of a territory.

    Parameters
    ----------
    territory
        The territory.

    Returns
    -------
    str
        For search engines and previews.
    """
    people = "population inconnue"
    if territory.population is not None:
        year = "" if territory.population_annee is None else f" en {territory.population_annee}"
        people = f"{habitants(territory.population)}{year}"
    start = f"{territory.nom}, {people}\u00a0:"
    if territory.taux is None or not territory.documentes:
        return f"{start} aucun service numérique documenté pour le moment."
    here = compte(
        territory.presents,
        "service présent ou partagé",
        "services présents ou partagés",
    )
    return (
        f"{start} taux de couverture de {percent(territory.taux)} ({here} sur "
        f"{territory.documentes} documentés). Carte, manques, comparaison et premières pistes."
    )


async def territory_page(atlas: PublishedAtlas, territory: Territory) -> Page:
    """Put together the page of a territory.

    Parameters
    ----------
    atlas
        The publication.
    territory
        Any territory. The services of an arrondissement municipal are those of its city.

    Returns
    -------
    Page
        Every figure in it is one of the API's answers.
    """
    address = f"/{territory.niveau}/{quote(territory.code)}"
    make = _part_of_a_city if territory.niveau == "arrondissement" else _whole
    return Page(
        "territoire" if territory.niveau != "arrondissement" else "arrondissement",
        territory.nom,
        describe_territory(territory),
        {"adresse": address, "api": f"/api/territoires{address}", **await make(atlas, territory)},
        address,
        image=f"/api/territoires{address}/{_PREVIEW}",
        embed=territory.niveau != "arrondissement",
    )


async def _part_of_a_city(atlas: PublishedAtlas, territory: Territory) -> dict[str, Any]:
    """Say what is known of an arrondissement, and where its services are counted."""
    known = atlas.metadata.territories
    city = known.by_key["commune", known.anciens[territory.code]]
    described, diagnosis = await asyncio.gather(
        description_answer(atlas, territory), diagnosis_answer(atlas, city)
    )
    return {"lieu": territory, "fiche": described, "ville": city, "diagnostic": diagnosis}


async def _whole(atlas: PublishedAtlas, territory: Territory) -> dict[str, Any]:
    """Gather what the page of a territory shows."""
    metadata = atlas.metadata
    peers = choose(metadata, territory)
    every = range(len(metadata.documented))
    described, diagnosis, advice, lieux, actions, carte = await asyncio.gather(
        description_answer(atlas, territory),
        diagnosis_answer(atlas, territory),
        recommendations_answer(atlas, territory, peers, every, None),
        carried.first_lieux(atlas, territory),
        carried.first_actions(atlas, territory),
        draw_territory(atlas, territory, WHOLE, _MAP),
    )
    covered = coverage(atlas, territory, CoverageParameters())
    compared = comparables_answer(metadata, territory, peers)
    reach = diagnosis["accessibilite"]
    sources = [row for row in metadata.sources if row["statut"] == LOADED]
    return {
        "lieu": territory,
        "fiche": described,
        "diagnostic": diagnosis,
        "couverture": covered,
        "constats": findings.findings(territory, covered, reach["services"]),
        "connu": findings.known_rate,
        "parts": findings.statut_counts(covered),
        "conseils": advice,
        "conseils_montres": _ADVICE,
        "comparaison": compared,
        "bande": comparison.strip(compared),
        "cote_a_cote": comparison.side_by_side(territory, compared),
        "carte": carte,
        "choix": service_marks.choices(metadata),
        "mosaique": service_marks.mosaic(territory, covered),
        "acces": access.access_section(territory, reach),
        # A row by service and commune: of the country, more than the API puts in a file.
        "acces_fichier": len(reach["services"]) * territory.communes <= LONGEST_FILE,
        "mutualisation": pooling_answer(metadata, territory, every, _NEIGHBOURS),
        "courbe": evolution.chart(diagnosis["evolution"]),
        "parties": parts.parts_of(metadata, territory, diagnosis["parties"]),
        "lieux": lieux,
        "actions": actions,
        "sources": sources,
        "dates": carried.dated(sources),
        "enjeux": {code: item.libelle for code, item in metadata.enjeux.items()},
    }
