"""The home page: find one's commune, see the country."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from geo_service.api.couverture import documented_coverage
from geo_service.api.territoires import description_answer
from geo_service.atlas import PublishedAtlas
from geo_service.diagnostics import diagnosis
from geo_service.maps import WHOLE, Look, draw_territory
from geo_service.site.asked import atlas_of
from geo_service.site.assets import Assets
from geo_service.site.rendering import SITE, Page, page_reply

#: Services told on the home page: those that concern most people.
_TOLD = 3
#: Communes with the longest habit of being looked at, one of each size: the links of the hero.
_EXAMPLES = (
    ("commune", "35238"),
    ("commune", "48095"),
    ("epci", "200069151"),
    ("departement", "62"),
    ("commune", "97411"),
)


#: The country, overseas in view; each région leads to its page.
_MAP: Final = Look(width=620, height=560, links=True, furniture=False, scheme="auto", inline=True)


async def _content(atlas: PublishedAtlas) -> dict[str, Any]:
    metadata = atlas.metadata
    territories = metadata.territories
    country = territories.by_key["pays", "france"]
    covered = documented_coverage(atlas, country)
    ranked = [
        item
        for item in diagnosis.by_coverage(covered["services"])
        if item["code"] in metadata.exhaustive
    ]
    regions = next(
        (part for part in diagnosis.parts(metadata, country) if part["niveau"] == "region"), None
    )
    return {
        "country": country,
        "carte": await draw_territory(atlas, country, WHOLE, _MAP),
        "bbox": (await description_answer(atlas, country))["bbox"],
        "covered": covered,
        "listed": ranked[:_TOLD],
        "missing": diagnosis.gaps(covered["services"], list(metadata.services))[:_TOLD],
        "regions": sorted(
            regions["territoires"] if regions else [], key=lambda region: region["nom"]
        ),
        "groups": [
            territory for key, territory in sorted(territories.by_key.items()) if key[0] == "groupe"
        ],
        "beyond": [
            territory
            for key, territory in sorted(territories.by_key.items())
            if key[0] == "departement" and territory.nature == "COM"
        ],
        "examples": [territories.by_key[key] for key in _EXAMPLES if key in territories.by_key],
    }


def add_routes(router: APIRouter, assets: Assets) -> None:
    """Add ``/``."""

    @router.get("/")
    async def home(request: Request) -> Response:
        atlas = atlas_of(request)

        async def make() -> Page:
            return Page(
                "accueil",
                SITE,
                "Les services numériques publics dans chaque commune de France : ce qui est là, "
                "ce qui manque, ce qu’on ne sait pas encore.",
                await _content(atlas),
                "/",
                image="/api/territoires/pays/france/carte.png?cadre=apercu",
            )

        return await page_reply(request, assets, atlas, {}, make)
