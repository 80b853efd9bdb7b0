"""The web application's pages: one built document, told which territory it opens on."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine
from html import escape
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from etl.french import figure
from geo_service.answers import static_response
from geo_service.api.parameters import ATLAS, NAMES, NIVEAUX, moved_code, unknown_territory
from geo_service.atlas import PublishedAtlas
from geo_service.errors import RETRY_AFTER, Moved, forgive_final_slash
from geo_service.static_files import HOURLY, IMMUTABLE, StaticFolder
from geo_service.territories import Territory

#: Documents are asked again each time: they name the scripts of the last build.
_ALWAYS_ASK = "public, no-cache"

_TITLE = re.compile(rb"<title>.*?</title>", re.DOTALL)
_DESCRIPTION = re.compile(rb'<meta\s+name="description"\s+content="[^"]*"\s*/?>', re.DOTALL)
_SITE = "Atlas de l’internet citoyen"

_NOT_BUILT = (
    "L’application web n’est pas construite. Lancez « make run » (ou « npm run build » dans "
    "geo_service/web), puis rechargez cette page. L’API, elle, répond : voyez /docs."
)


def describe(territory: Territory) -> str:
    """Say in a sentence or two what the atlas knows of a territory."""
    people = "population inconnue"
    if territory.population is not None:
        year = "" if territory.population_annee is None else f" en {territory.population_annee}"
        people = f"{figure(territory.population)} habitants{year}"
    start = f"{territory.nom}, {people}"
    if territory.taux is None:
        return f"{start} : aucun service numérique documenté pour le moment."
    return (
        f"{start} : taux de couverture de {territory.taux * 100:.0f}\u00a0% "
        f"({territory.presents} services présents sur {territory.documentes} documentés). Carte, "
        "lacunes et diagnostic."
    )


def fill(document: bytes, title: str, description: str) -> bytes:
    """Put a title and a description in the built document.

    Parameters
    ----------
    document
        ``index.html`` as built.
    title, description
        Plain text: they are escaped here.

    Returns
    -------
    bytes
        The document, otherwise unchanged.
    """
    head = f"<title>{escape(title)}</title>".encode()
    meta = f'<meta name="description" content="{escape(description)}" />'.encode()
    document = _TITLE.sub(lambda _: head, document, count=1)
    return _DESCRIPTION.sub(lambda _: meta, document, count=1)


def message_page(status: int, title: str, text: str, links: dict[str, str]) -> Response:
    """Answer a bare page: a title, a sentence, links (address by label)."""
    items = "".join(
        f'<li><a href="{escape(address)}">{escape(label)}</a></li>'
        for label, address in links.items()
    )
    headers = {"Cache-Control": "no-store", "Vary": "Accept-Encoding"}
    if status == 503:  # noqa: PLR2004 (a status of HTTP)
        headers["Retry-After"] = str(RETRY_AFTER)
    return HTMLResponse(
        '<!doctype html><html lang="fr"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} – {_SITE}</title></head><body><main><h1>{escape(title)}</h1>"
        f"<p>{escape(text)}</p><ul>{items}</ul></main></body></html>",
        status,
        headers,
    )


def not_found_page(text: str, links: dict[str, str] | None = None) -> Response:
    """Answer 404 to somebody who reads pages."""
    return message_page(404, "Page introuvable", text, {**(links or {}), "Voir la carte": "/"})


def pages_router(dist: StaticFolder) -> APIRouter:
    """Make the routes of the web application.

    Parameters
    ----------
    dist
        Folder of the built application.

    Returns
    -------
    APIRouter
        ``/``, ``/{niveau}/{code}`` for each niveau, and every file of the build.
    """
    router = APIRouter(include_in_schema=False)

    def shell(request: Request, territory: Territory | None) -> Response:
        document = dist.read("index.html")
        if document is None:
            return message_page(503, "Application à construire", _NOT_BUILT, {"L’API": "/docs"})
        if territory is not None:
            document = fill(document, f"{territory.nom} – {_SITE}", describe(territory))
        answer = static_response(request, document, "text/html; charset=utf-8", _ALWAYS_ASK)
        if request.scope[ATLAS] is None:
            # The application itself says what is missing, and looks again.
            answer = HTMLResponse(document, 503, {"Cache-Control": "no-store"})
            answer.headers["Retry-After"] = str(RETRY_AFTER)
        return answer

    @router.get("/")
    async def home(request: Request) -> Response:
        return shell(request, None)

    def territory_page(niveau: str) -> Callable[[Request, str], Coroutine[Any, Any, Response]]:
        async def page(request: Request, code: str) -> Response:
            atlas: PublishedAtlas | None = request.scope[ATLAS]
            if atlas is None:
                return shell(request, None)
            territory = atlas.metadata.territories.by_key.get((niveau, code))
            if territory is not None:
                return shell(request, territory)
            moved = moved_code(atlas, niveau, code)
            if moved is not None:
                query = f"?{request.url.query}" if request.url.query else ""
                raise Moved(f"/{niveau}/{moved}{query}")
            problem = unknown_territory(atlas, niveau, code)
            return not_found_page(
                problem.detail.partition(" /api/")[0].removesuffix(" :"),
                {
                    f"{NAMES[item['niveau']]} {item['nom']}": f"/{item['niveau']}/{item['code']}"
                    for item in problem.more["suggestions"]
                },
            )

        return page

    for niveau in NIVEAUX:
        router.add_api_route(f"/{niveau}/{{code}}", territory_page(niveau), name=f"page-{niveau}")

    @router.get("/assets/{name:path}")
    async def asset(request: Request, name: str) -> Response:
        found = dist.response(request, f"assets/{name}", IMMUTABLE)
        return found or not_found_page("Ce fichier n’existe pas (ou plus).")

    @router.get("/{name:path}")
    async def root_file(request: Request, name: str) -> Response:
        forgive_final_slash(request)
        found = None if name == "index.html" else dist.response(request, name, HOURLY)
        return found or not_found_page("Cette adresse n’existe pas.")

    return router
