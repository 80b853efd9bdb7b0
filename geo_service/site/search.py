"""The page of results of the search box, for those who press Enter or have no JavaScript."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from geo_service.api.parameters import TEXT
from geo_service.atlas import PublishedAtlas
from geo_service.site.asked import atlas_of
from geo_service.site.assets import Assets
from geo_service.site.rendering import Page, page_reply
from geo_service.territories import Key, Territory

#: Territories of a page of results.
_FOUND = 30


def _within(atlas: PublishedAtlas, key: Key) -> str:
    """Name the département, or else the larger territory, that tells namesakes apart."""
    known = atlas.metadata.territories
    parents = known.parents.get(key, ())
    wanted = "region" if key[0] == "departement" else "departement"
    return next((known.by_key[parent].nom for parent in parents if parent[0] == wanted), "")


def add_routes(router: APIRouter, assets: Assets) -> None:
    """Add ``/recherche``."""

    @router.get("/recherche")
    async def results(request: Request, q: str = "") -> Response:
        atlas = atlas_of(request)
        asked = q.strip()[:TEXT]

        async def make() -> Page:
            territories = atlas.metadata.territories
            keys = territories.names.find(asked, None, _FOUND) if asked else []
            found: list[tuple[Territory, str]] = [
                (territories.by_key[key], _within(atlas, key)) for key in keys
            ]
            title = f"Recherche : {asked}" if asked else "Chercher un territoire"
            return Page(
                "recherche",
                title,
                "Chercher une commune, une intercommunalité, un département ou une région.",
                {"q": asked, "found": found},
                "/recherche",
            )

        return await page_reply(request, assets, atlas, {"q": asked}, make)
