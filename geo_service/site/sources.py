"""Where the figures come from and what their words mean."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from geo_service.definitions import DEFINITIONS
from geo_service.site.asked import atlas_of
from geo_service.site.assets import Assets
from geo_service.site.rendering import Page, page_reply


def web_address(text: str | None) -> str | None:
    """Give an address that came from a file if a browser may be sent there, else None.

    Parameters
    ----------
    text
        What the file says; ``javascript:`` and the like are no addresses of pages.
    """
    if text is None:
        return None
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return text if parts.scheme in {"http", "https"} and parts.netloc else None


def add_routes(router: APIRouter, assets: Assets) -> None:
    """Add ``/sources``."""

    @router.get("/sources")
    async def sources(request: Request) -> Response:
        atlas = atlas_of(request)

        async def make() -> Page:
            metadata = atlas.metadata
            return Page(
                "sources",
                "Sources et définitions",
                "D’où viennent les chiffres de l’atlas, leurs dates, leurs licences, et ce que "
                "veulent dire ses mots.",
                {
                    "sources": [
                        {**source, "adresse": web_address(source["url"])}
                        for source in metadata.sources
                    ],
                    "referentiel": metadata.referentiel,
                    "documented": len(metadata.documented),
                    "services": len(metadata.services),
                    "made": metadata.made,
                    "definitions": DEFINITIONS.values(),
                },
                "/sources",
            )

        return await page_reply(request, assets, atlas, {}, make)
