"""The routes of the pages, the files of their build, and what a visitor reads when one fails."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import quote

import structlog
from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from geo_service.api.parameters import NAMES
from geo_service.errors import RETRY_AFTER, Moved, Problem, forgive_final_slash, to_problem
from geo_service.site import (
    comparison,
    home,
    places,
    search,
    sources,
    statement,
    territory,
)
from geo_service.site.assets import Assets, NotBuiltError
from geo_service.site.rendering import message_page
from geo_service.static_files import HOURLY, IMMUTABLE
from geo_service.widget import configurator

log = structlog.get_logger(__name__)

_NOT_BUILT = (
    "Les pages ne sont pas construites. Lancez « make run » (ou « npm run build » dans "
    "geo_service/web), puis rechargez cette page. L’API, elle, répond : voyez /docs."
)
#: Titles of the pages of errors, by status.
_TITLES = {
    400: "Demande incorrecte",
    404: "Page introuvable",
    500: "Une erreur est survenue",
    503: "L’atlas revient dans un instant",
}


class PageRoute(APIRoute):
    """A route whose faults are pages, not JSON problems."""

    assets: Assets

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the handler of the route."""
        handler = super().get_route_handler()

        async def with_pages(request: Request) -> Response:
            try:
                return await handler(request)
            except Moved:
                raise
            except NotBuiltError:
                return _bare(_NOT_BUILT)
            except Exception as error:  # noqa: BLE001 (the table of errors knows the rest)
                return fault_page(request, self.assets, error)

        return with_pages


def _bare(text: str) -> Response:
    """Say in bare HTML that there are no pages yet."""
    return HTMLResponse(
        '<!doctype html><html lang="fr"><meta charset="utf-8"><title>Pages à construire</title>'
        f"<h1>Pages à construire</h1><p>{text}</p>",
        503,
        {"Cache-Control": "no-store", "Retry-After": str(RETRY_AFTER)},
    )


def fault_page(request: Request, assets: Assets, error: Exception) -> Response:
    """Tell a visitor what went wrong, without any detail of the fault.

    Parameters
    ----------
    request
        The request.
    assets
        The build.
    error
        What was raised.
    """
    problem = to_problem(error)
    if problem.status == 500:  # noqa: PLR2004 (a status of HTTP)
        log.exception("erreur_imprevue", chemin=request.url.path, exc_info=error)
    links = {
        f"{NAMES[item['niveau']]} {item['nom']}": f"/{item['niveau']}/{quote(item['code'])}"
        for item in problem.more.get("suggestions", ())
    }
    if problem.status == 503:  # noqa: PLR2004
        again = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        links = {"Réessayer": again}
    title = _TITLES.get(problem.status, "Page introuvable")
    # The sentences of the API name its addresses, which are of no use to a visitor.
    text = problem.detail.partition(" /api/")[0].removesuffix(" :")
    return message_page(request, assets, problem.status, title, text, links=links)


def pages_router(assets: Assets) -> APIRouter:
    """Make the routes of the pages.

    Parameters
    ----------
    assets
        The build of their scripts and stylesheets.

    Returns
    -------
    APIRouter
        Every page, and every file of the build.
    """
    route = type("BuiltPageRoute", (PageRoute,), {"assets": assets})
    router = APIRouter(include_in_schema=False, route_class=route)
    for module in (
        home,
        search,
        territory,
        places,
        comparison,
        configurator,
        sources,
        statement,
    ):
        module.add_routes(router, assets)

    @router.get("/assets/{name:path}")
    async def asset(request: Request, name: str) -> Response:
        found = assets.folder.response(request, f"assets/{name}", IMMUTABLE)
        if found is None:
            raise Problem(404, "Ce fichier n’existe pas (ou plus).")
        return found

    @router.get("/{name:path}")
    async def root_file(request: Request, name: str) -> Response:
        forgive_final_slash(request)
        found = None if name.startswith(".") else assets.folder.response(request, name, HOURLY)
        if found is None:
            raise Problem(404, "Cette adresse n’existe pas. Cherchez votre commune par son nom.")
        return found

    return router
