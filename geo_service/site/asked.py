"""What a page is asked: its publication and its territory."""

from __future__ import annotations

from urllib.parse import quote

from starlette.requests import Request

from geo_service.api.parameters import ABSENCE, ATLAS, moved_code, unknown_territory
from geo_service.atlas import PublishedAtlas
from geo_service.errors import Moved
from geo_service.territories import Territory


def atlas_of(request: Request) -> PublishedAtlas:
    """Give the publication a page is written from.

    Raises
    ------
    DatabaseAwayError, NothingPublishedError
        If there is none.
    """
    atlas: PublishedAtlas | None = request.scope[ATLAS]
    if atlas is None:
        raise request.scope[ABSENCE]
    return atlas


def territory_of(request: Request, atlas: PublishedAtlas, niveau: str, code: str) -> Territory:
    """Find the territory of the path of a page.

    Parameters
    ----------
    request
        The request: the rest of its path and its query are kept when the code is an old one.
    atlas
        The publication.
    niveau, code
        Of the path.

    Raises
    ------
    Moved
        If the code is that of a commune that has become another, or is spelt in another case.
    Problem
        404, with the territory that is likely meant.
    """
    territory = atlas.metadata.territories.by_key.get((niveau, code))
    if territory is not None:
        return territory
    moved = moved_code(atlas, niveau, code)
    if moved is None:
        raise unknown_territory(atlas, niveau, code)
    path = request.url.path.replace(f"/{niveau}/{code}", f"/{niveau}/{quote(moved)}", 1)
    raise Moved(f"{path}?{request.url.query}" if request.url.query else path)
