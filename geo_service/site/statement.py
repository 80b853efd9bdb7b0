"""The accessibility statement: what was tested, how, and what falls short."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from geo_service.site.asked import atlas_of
from geo_service.site.assets import Assets
from geo_service.site.rendering import Page, page_reply


def add_routes(router: APIRouter, assets: Assets) -> None:
    """Add ``/accessibilite``."""

    @router.get("/accessibilite")
    async def statement(request: Request) -> Response:
        async def make() -> Page:
            return Page(
                "accessibilite",
                "Déclaration d’accessibilité",
                "Ce qui a été testé, comment, et ce qui reste à faire pour que chacun puisse lire "
                "l’atlas.",
                {},
                "/accessibilite",
            )

        return await page_reply(request, assets, atlas_of(request), {}, make)
