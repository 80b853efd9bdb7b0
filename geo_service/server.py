"""The whole service as one ASGI application: tiles and OGC API by raw paths, else FastAPI."""

from __future__ import annotations

from collections.abc import Awaitable
from functools import partial

from starlette.types import ASGIApp, Receive, Scope, Send

from geo_service import logs
from geo_service.app import create_app
from geo_service.archive_stores import archive_store
from geo_service.databases import reader_url
from geo_service.forwarded import BehindProxy
from geo_service.ogc.app import OgcApp
from geo_service.ogc.tiles_app import OgcTilesApp, tile_address
from geo_service.settings import load_settings
from geo_service.tile_tables import TileTables
from geo_service.watcher import AtlasWatcher
from tiles.filtered import FilteredTiles
from tiles.server import TilesApp


class Root:
    """Sends ``/tiles/…`` to the tiles, ``/ogc/…`` to the OGC API, the rest to the application.

    Parameters
    ----------
    tiles, ogc_tiles, ogc, api
        The ASGI applications; ``ogc_tiles`` answers the addresses of tiles under ``/ogc/``.
    """

    def __init__(self, tiles: ASGIApp, ogc_tiles: ASGIApp, ogc: ASGIApp, api: ASGIApp) -> None:
        self._tiles = tiles
        self._ogc_tiles = ogc_tiles
        self._ogc = ogc
        self._api = api

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answer one request."""
        if scope["type"] == "http" and scope["path"].startswith("/tiles/"):
            return self._tiles(scope, receive, send)
        if scope["type"] == "http" and tile_address(scope["path"]) is not None:
            return self._ogc_tiles(scope, receive, send)
        if scope["type"] == "http" and (
            scope["path"] == "/ogc" or scope["path"].startswith("/ogc/")
        ):
            return self._ogc(scope, receive, send)
        return self._api(scope, receive, send)


def create_root(watcher: AtlasWatcher) -> Root:
    """Put the applications of one watcher together."""
    return Root(
        TilesApp(lambda: watcher.current, filtered=FilteredTiles(TileTables)),
        OgcTilesApp(lambda: watcher.current),
        OgcApp(watcher),
        create_app(watcher),
    )


def from_environment() -> ASGIApp:
    """Make the service of the settings in the environment; nothing is connected yet."""
    settings = load_settings()
    logs.configure(settings.log_level)
    root = create_root(
        AtlasWatcher(
            partial(reader_url, settings),
            archive_store(settings),
            folder=settings.publications_dir,
        )
    )
    return BehindProxy(root) if settings.behind_proxy else root


app = from_environment()
