"""The home page: find one's commune, see the country."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from geo_service.site.asked import atlas_of
from geo_service.site.assets import Assets
from geo_service.site.rendering import SITE, Page, page_reply


def add_routes(router: APIRouter, assets: Assets) -> None:
    """Add ``/``."""

    @router.get("/")
    async def home(request: Request) -> Response:
        atlas = atlas_of(request)

        async def make() -> Page:
            country = atlas.metadata.territories.by_key["pays", "france"]
            return Page(
                "accueil",
                SITE,
                "Les services numériques publics dans chaque commune de France : ce qui est là, "
                "ce qui manque, ce qu’on ne sait pas encore.",
                {"country": country},
                "/",
                image="/api/territoires/pays/france/carte.png?cadre=apercu",
            )

        return await page_reply(request, assets, atlas, {}, make)
