"""``/widget/{niveau}/{code}``: the page that a town shows in a frame; ``/widget.js``."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl, quote

import structlog
from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from geo_service.answers import bytes_reply, fleeting_response
from geo_service.api.parameters import NAMES
from geo_service.errors import RETRY_AFTER, Moved, Problem, to_problem
from geo_service.security import policy
from geo_service.site.asked import atlas_of
from geo_service.site.assets import Assets, NotBuiltError
from geo_service.widget.addresses import PREFIX, Place, public_origin, resolve, territory_path
from geo_service.widget.colours import OWN_ACCENT
from geo_service.widget.options import (
    GROUNDS,
    HEIGHT,
    check_subject,
    language_of,
    read_options,
)
from geo_service.widget.rendering import ENTRY, TYPE, own_style, policy_of, write
from geo_service.widget.view import view_of
from geo_service.widget.words import Words

log = structlog.get_logger(__name__)

#: The script has no hash in its name: browsers ask for it again after ten minutes.
SCRIPT_CACHE: Final = "public, max-age=600, stale-while-revalidate=86400, stale-if-error=86400"
_SCRIPT: Final = "widget"
#: Titles of the card, by status; any other fault has that of 500.
_TOLD: Final = (400, 404, 503)


class WidgetRoute(APIRoute):
    """A route whose faults are small cards that fit in a frame."""

    assets: Assets

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the handler of the route."""
        handler = super().get_route_handler()

        async def with_cards(request: Request) -> Response:
            try:
                return await handler(request)
            except Moved:
                raise
            except NotBuiltError:
                return _bare(request)
            except Exception as error:  # noqa: BLE001 (the table of errors knows the rest)
                return card(request, self.assets, error)

        return with_cards


def _bare(request: Request) -> Response:
    """Say in bare HTML, in a frame, that there are no pages yet."""
    words = Words(language_of(parse_qsl(request.url.query)))
    title, text = words.say("card_503"), words.say("text_503")
    body = (
        f'<!doctype html><html lang="{words.langue}"><meta charset="utf-8"><title>{title}</title>'
    )
    return HTMLResponse(
        f"{body}<h1>{title}</h1><p>{text or title}</p>",
        503,
        {
            "Cache-Control": "no-store",
            "Retry-After": str(RETRY_AFTER),
            "Content-Security-Policy": policy(frame_ancestors="*"),
        },
    )


def card(request: Request, assets: Assets, error: Exception) -> Response:
    """Tell the visitor of a town's page what went wrong, without any detail of the fault.

    Parameters
    ----------
    request
        The request; its language and ground are those of the card.
    assets
        The build.
    error
        What was raised.
    """
    problem = to_problem(error)
    if problem.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        log.exception("erreur_imprevue", chemin=request.url.path, exc_info=error)
    given = dict(parse_qsl(request.url.query))
    words = Words(language_of(given.items()))
    status = problem.status if problem.status in _TOLD else 500
    fond = given.get("fond", "")
    fond = fond if fond in GROUNDS else GROUNDS[0]
    # The sentences of the API name its addresses, which are of no use to a visitor.
    detail = problem.detail.partition(" /api/")[0].removesuffix(" :")
    detail = detail.removesuffix(" Les codes sont à").removesuffix(" Cherchez-le par son nom")
    texts = [("fr", detail)]
    if not words.french:
        texts = [("en", words.say(f"text_{status}"))]
        if status == HTTPStatus.BAD_REQUEST:
            texts.append(("fr", detail))
    entry, style = assets.entry(ENTRY), own_style(OWN_ACCENT, fond, HEIGHT)
    body = write(
        "avis",
        entry,
        style,
        words=words,
        fond=fond,
        title=words.say(f"card_{status}"),
        texts=texts,
        links=_ways_out(request, problem, words),
    )
    headers = {"Content-Security-Policy": policy_of(entry, style), **problem.headers}
    return fleeting_response(request, body, problem.status, TYPE, headers)


def _ways_out(request: Request, problem: Problem, words: Words) -> list[tuple[str, str]]:
    """Labels and addresses of where to go instead: pages of the atlas."""
    origin = public_origin(request.scope)
    found = [
        (
            words.say("page", nom=f"{NAMES[item['niveau']]} {item['nom']}"),
            f"{origin}/{item['niveau']}/{quote(item['code'], safe='')}",
        )
        for item in problem.more.get("suggestions", ())
    ]
    return found or [(words.say("atlas"), f"{origin}/")]


def widget_router(assets: Assets) -> APIRouter:
    """Make the routes of the widgets.

    Parameters
    ----------
    assets
        The build of their scripts and stylesheets.
    """
    route = type("BuiltWidgetRoute", (WidgetRoute,), {"assets": assets})
    router = APIRouter(include_in_schema=False)

    @router.get("/widget.js")
    async def script(request: Request) -> Response:
        name = assets.entry(_SCRIPT).script.lstrip("/")
        found = assets.folder.response(request, name, SCRIPT_CACHE)
        if found is None:
            raise NotBuiltError
        return found

    pages = APIRouter(include_in_schema=False, route_class=route)

    @pages.get(f"/{PREFIX}/{{niveau}}/{{code}}")
    async def widget(request: Request, niveau: str, code: str) -> Response:
        options = read_options(parse_qsl(request.url.query))
        atlas = atlas_of(request)
        territory = resolve(atlas, niveau, code)
        if (territory.niveau, territory.code) != (niveau, code):
            query = f"?{request.url.query}" if request.url.query else ""
            raise Moved(f"/{PREFIX}{territory_path(territory)}{query}")
        check_subject(atlas, options)
        return await _page(request, assets, Place(territory, options))

    router.include_router(pages)
    return router


async def _page(request: Request, assets: Assets, place: Place) -> Response:
    """Answer the page of a widget, or 304."""
    atlas, options = atlas_of(request), place.options
    origin = public_origin(request.scope)
    entry = assets.entry(ENTRY)
    style = own_style(options.accent, options.fond, options.hauteur)

    async def body() -> bytes:
        view = await view_of(atlas, place.territory, options)
        return write(
            "widget",
            entry,
            style,
            words=view.words,
            fond=options.fond,
            view=view,
            page=place.page(origin),
            origin=origin,
            starter=bool(atlas.metadata.referentiel["demarrage"]),
        )

    return await bytes_reply(
        request,
        atlas,
        ("widget", assets.version, origin, place.widget()),
        body,
        TYPE,
        built=True,
        headers={"Content-Security-Policy": policy_of(entry, style)},
    )
