"""Lists of the lieux and of the actions of a territory, and the page of each one."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from geo_service.api.actions import ActionParameters, action_answer, actions_answer
from geo_service.api.carried import CarriedParameters
from geo_service.api.couverture import documented_coverage
from geo_service.api.lieux import place_answer, places_answer
from geo_service.api.parameters import NIVEAUX
from geo_service.atlas import PublishedAtlas
from geo_service.errors import Moved, Problem, closest
from geo_service.french_sentences import compte
from geo_service.site.addresses import asked_with, item_of, place_of, shortened, web_page
from geo_service.site.asked import atlas_of, territory_of
from geo_service.site.assets import Assets
from geo_service.site.forms import refused_fields
from geo_service.site.rendering import Page, message_page, page_reply
from geo_service.site.situation import draw_situation
from geo_service.territories import Territory

#: Rows of a page.
_PAGE: Final = 30
#: Longest title of a page: browsers and previews show less.
_TITLE: Final = 120
_MAIRIE: Final = (
    "Position approximative : sa source ne dit que la commune, et le point est mis à la mairie."
)
#: How sure a point is, in words, by how it was found (``etl.location.LOCALISATIONS``, which would
#: bring pandas in the process).
WHERE: Final[Mapping[str, str | None]] = {
    "point": None,
    "adresse": None,
    "rue": "Position approximative : celle de la rue.",
    "lieu_dit": "Position approximative : celle du lieu-dit.",
    "chef_lieu": _MAIRIE,
    "centre_commune": "Position approximative : sa source ne dit que la commune, et le point est "
    "mis en son milieu.",
}

Read = Callable[
    [PublishedAtlas, Territory, str | None, str | None], Coroutine[Any, Any, dict[str, Any]]
]
ReadOne = Callable[[PublishedAtlas, str], Coroutine[Any, Any, dict[str, Any]]]
WriteOne = Callable[[PublishedAtlas, dict[str, Any]], Coroutine[Any, Any, Page]]


def _asked(service: str | None, cursor: str | None) -> dict[str, object]:
    return {"service": service, "cursor": cursor, "limit": _PAGE}


async def _lieux(
    atlas: PublishedAtlas, territory: Territory, service: str | None, cursor: str | None
) -> dict[str, Any]:
    return await places_answer(
        atlas, territory, CarriedParameters.model_validate(_asked(service, cursor))
    )


async def _actions(
    atlas: PublishedAtlas, territory: Territory, service: str | None, cursor: str | None
) -> dict[str, Any]:
    return await actions_answer(
        atlas, territory, ActionParameters.model_validate(_asked(service, cursor))
    )


#: What each list is of: how it is read, and what is written of it.
_LISTS: Final[Mapping[str, tuple[Read, tuple[str, str]]]] = {
    "lieux": (_lieux, ("lieu", "lieux")),
    "actions": (_actions, ("action", "actions")),
}


def add_routes(router: APIRouter, assets: Assets) -> None:
    """Add ``/{niveau}/{code}/lieux``, ``…/actions``, ``/lieu/{id}`` and ``/action/{id}``."""
    for name in _LISTS:
        for niveau in NIVEAUX:
            router.add_api_route(
                f"/{niveau}/{{code}}/{name}", _list_route(niveau, name, assets), methods=["GET"]
            )

    for path, read, write, missing in (
        ("/lieu", place_answer, place_page, "Ce lieu n’est pas dans l’atlas"),
        ("/action", action_answer, action_page, "Cette action n’est pas dans l’atlas"),
    ):
        router.add_api_route(
            f"{path}/{{identifiant:path}}",
            _item_route(assets, read, write, missing),
            methods=["GET"],
        )


def _item_route(
    assets: Assets, read: ReadOne, write: WriteOne, missing: str
) -> Callable[[Request, str], Coroutine[Any, Any, Response]]:
    async def item(request: Request, identifiant: str) -> Response:
        atlas = atlas_of(request)
        try:
            found = await read(atlas, identifiant)
        except Problem as problem:
            if problem.status != 404:  # noqa: PLR2004
                raise
            return _lost(request, assets, missing)

        async def make() -> Page:
            return await write(atlas, found)

        return await page_reply(request, assets, atlas, {}, make)

    return item


def _lost(request: Request, assets: Assets, title: str) -> Response:
    return message_page(
        request,
        assets,
        404,
        title,
        "Son adresse est fausse, ou ses sources n’en parlent plus depuis la dernière mise à jour. "
        "Cherchez votre commune : sa page mène à ses lieux et à ses actions.",
    )


def _list_route(
    niveau: str, name: str, assets: Assets
) -> Callable[[Request, str], Coroutine[Any, Any, Response]]:
    async def page(request: Request, code: str) -> Response:
        atlas = atlas_of(request)
        territory = territory_of(request, atlas, niveau, code)
        if niveau == "arrondissement":
            # Services are known by commune: those of an arrondissement are those of its city.
            city = atlas.metadata.territories.anciens[territory.code]
            query = f"?{request.url.query}" if request.url.query else ""
            raise Moved(f"{place_of('commune', city)}/{name}{query}")
        return await _list_reply(request, assets, atlas, territory, name)

    return page


async def _list_reply(
    request: Request, assets: Assets, atlas: PublishedAtlas, territory: Territory, name: str
) -> Response:
    """Answer with a page of a list, from the beginning when its cursor is of another one."""
    service = request.query_params.get("service", "").strip() or None
    cursor = request.query_params.get("cursor", "").strip()[:200] or None
    page = f"{place_of(territory.niveau, territory.code)}/{name}"
    if service is not None and service not in atlas.metadata.services:
        likely = closest(service, list(atlas.metadata.services))
        links = {f"Tout voir – {territory.nom}": page}
        if likely is not None:
            libelle = atlas.metadata.services[likely].libelle
            links = {f"{libelle} – {territory.nom}": asked_with(page, service=likely)} | links
        return message_page(
            request,
            assets,
            404,
            "Ce service n’est pas dans le référentiel",
            f"Aucun code ne s’écrit « {service[:60]} ».",
            links=links,
        )

    async def make() -> Page:
        return await list_page(atlas, territory, name, service, cursor)

    asked = {"service": service or "", "cursor": cursor or ""}
    return await page_reply(request, assets, atlas, asked, make)


async def list_page(
    atlas: PublishedAtlas, territory: Territory, name: str, service: str | None, cursor: str | None
) -> Page:
    """Make a page of the lieux or of the actions of a territory.

    Parameters
    ----------
    atlas
        The publication.
    territory
        Where.
    name
        ``lieux`` or ``actions``.
    service
        Code of the only service to list; None for all.
    cursor
        Where the page begins; None for the first.
    """
    read, (one, several) = _LISTS[name]
    restarted = False
    try:
        answer = await read(atlas, territory, service, cursor)
    except Problem as problem:
        if refused_fields(problem) != {"cursor"}:
            raise
        cursor, restarted = None, True
        answer = await read(atlas, territory, service, None)
    path = place_of(territory.niveau, territory.code)
    page = f"{path}/{name}"
    libelle = None if service is None else atlas.metadata.services[service].libelle
    of = "" if libelle is None else f" – {libelle}"
    following = answer["suivant"]
    # Those found here, with their number: a choice that leads to nothing is not offered.
    choices = [
        (row["code"], row["libelle"], row[name])
        for row in documented_coverage(atlas, territory)["services"]
        if row[name] or row["code"] == service
    ]
    return Page(
        "liste",
        f"{several.capitalize()}{of} – {territory.nom}",
        f"{compte(answer['total'], one, several)} dans l’atlas pour {territory.nom}.",
        {
            "place": territory,
            "path": path,
            "name": name,
            "words": (one, several),
            "answer": answer,
            "rows": answer[name],
            "service": service,
            "libelle": libelle,
            "choices": choices,
            "services": atlas.metadata.services,
            "restarted": restarted,
            "later": cursor is not None,
            "start": asked_with(page, service=service),
            "following": following and asked_with(page, service=service, cursor=following),
            "files": {
                kind: asked_with(f"/api/territoires{page}", service=service, format=kind)
                for kind in ("csv", "xlsx", "geojson")
            },
        },
        asked_with(page, service=service, cursor=cursor),
    )


def _above(atlas: PublishedAtlas, niveau: str, code: str) -> list[tuple[str, str]]:
    """Names and addresses of the territories around one, then of itself, the largest first."""
    known = atlas.metadata.territories
    keys = [*reversed(known.parents.get((niveau, code), ())), (niveau, code)]
    return [(known.by_key[key].nom, place_of(*key)) for key in keys]


def _source(atlas: PublishedAtlas, identifier: str) -> dict[str, Any]:
    """Find a source of the publication."""
    return next(row for row in atlas.metadata.sources if row["id"] == identifier)


async def place_page(atlas: PublishedAtlas, found: dict[str, Any]) -> Page:
    """Make the page of a lieu, from what the API answers of it."""
    commune = atlas.metadata.territories.by_key["commune", found["commune"]]
    title = shortened(found["nom"], _TITLE)
    address = found["adresse"] or "adresse non renseignée"
    return Page(
        "lieu",
        f"{title} – {commune.nom}",
        f"{title}, à {commune.nom} : {shortened(address, _TITLE)}.",
        {
            "found": found,
            "commune": commune,
            "trail": _above(atlas, "commune", commune.code),
            "services": atlas.metadata.services,
            "web": web_page(found["site_web"]),
            "where": WHERE[found["localisation"]],
            "source": _source(atlas, found["source"]),
            "origins": [
                {**row, "libelle": _source(atlas, row["source"])["nom"]}
                for row in found["provenances"]
            ],
            "situation": await draw_situation(
                atlas,
                commune.code,
                [found["point"]],
                found["precision_m"],
            ),
        },
        item_of("lieu", found["id"]),
    )


async def action_page(atlas: PublishedAtlas, found: dict[str, Any]) -> Page:
    """Make the page of an action, from what the API answers of it."""
    carrier = found["porteur"]
    situation = None
    if carrier["niveau"] == "commune" and found["points"]:
        situation = await draw_situation(atlas, carrier["code"], found["points"])
    title = shortened(found["titre"], _TITLE)
    described = found["description"] or f"Une action portée par {carrier['nom']}."
    return Page(
        "action",
        f"{title} – {carrier['nom']}",
        shortened(described, 300),
        {
            "found": found,
            "carrier": atlas.metadata.territories.by_key[carrier["niveau"], carrier["code"]],
            "trail": _above(atlas, carrier["niveau"], carrier["code"]),
            "services": atlas.metadata.services,
            "web": web_page(found["url"]),
            "source": _source(atlas, found["source"]),
            "situation": situation,
        },
        item_of("action", found["id"]),
    )
