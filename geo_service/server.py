"""The whole service as one ASGI application: tiles and OGC API by raw paths, else FastAPI."""

from __future__ import annotations

import os
from collections.abc import Awaitable
from functools import partial

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from geo_service import logs
from geo_service.app import create_app
from geo_service.archive_stores import archive_store
from geo_service.databases import reader_url, replica_urls
from geo_service.forwarded import BehindProxy
from geo_service.ogc.app import OgcApp
from geo_service.ogc.tiles_app import OgcTilesApp, tile_address
from geo_service.operations.counts import Counts
from geo_service.operations.door import Companion, Door
from geo_service.operations.draining import leave_with_parent, when_stopping
from geo_service.operations.gathering import SOCKET_VARIABLE, report
from geo_service.operations.processors import keep_to_processor
from geo_service.operations.routes import TILESETS, Templates, ogc_templates, templates_of
from geo_service.operations.settings import OperationSettings
from geo_service.operations.state import LoopLag, ProcessState
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

    def __init__(self, tiles: TilesApp, ogc_tiles: ASGIApp, ogc: ASGIApp, api: FastAPI) -> None:
        self.tiles = tiles
        self._ogc_tiles = ogc_tiles
        self._ogc = ogc
        self.api = api

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answer one request."""
        return self._answering(scope)(scope, receive, send)

    def _answering(self, scope: Scope) -> ASGIApp:
        path = scope["path"] if scope["type"] == "http" else ""
        if path.startswith("/tiles/"):
            return self.tiles
        if path != "/ogc" and not path.startswith("/ogc/"):
            return self.api
        return self._ogc if tile_address(path) is None else self._ogc_tiles


def create_root(watcher: AtlasWatcher) -> Root:
    """Put the applications of one watcher together."""
    return Root(
        TilesApp(lambda: watcher.current, filtered=FilteredTiles(TileTables)),
        OgcTilesApp(lambda: watcher.current),
        OgcApp(watcher),
        create_app(watcher),
    )


def create_door(
    watcher: AtlasWatcher,
    settings: OperationSettings,
    *,
    behind_proxy: bool = False,
    gathering: str | None = None,
) -> Door:
    """Put the service of one watcher behind its door.

    Parameters
    ----------
    watcher
        Gives the publication.
    settings
        Limits, and what is told.
    behind_proxy
        Whether whoever connects is a proxy of ours; the door knows without it those whose networks
        the settings name.
    gathering
        Unix socket of the process that gathers the figures of all; None: nobody does.
    """
    root = create_root(watcher)
    counts, lag = Counts(), LoopLag()
    state = ProcessState(counts, watcher, lag)
    companions: list[Companion] = [
        *(keep_to_processor, lag.watch, leave_with_parent),
        lambda: when_stopping(door.drain),
    ]
    if gathering is not None:
        companions.append(partial(report, gathering, state.told))
    door = Door(
        BehindProxy(root) if behind_proxy else root,
        root.tiles,
        Templates([*TILESETS, *ogc_templates(), *templates_of(root.api.routes)]),
        counts,
        settings,
        logged=logs.writes("info"),
        companions=tuple(companions),
    )
    return door


def from_environment() -> Door:
    """Make the service of the settings in the environment; nothing is connected yet."""
    settings = load_settings()
    logs.configure(settings.log_level)
    watcher = AtlasWatcher(
        partial(reader_url, settings),
        archive_store(settings),
        folder=settings.publications_dir,
        replicas=replica_urls(settings),
        max_lag=settings.replica_max_lag,
    )
    # Where networks are named, or the address itself, nothing else is believed.
    named = settings.proxies is not None or settings.public_url is not None
    return create_door(
        watcher,
        settings,
        behind_proxy=settings.behind_proxy and not named,
        gathering=os.environ.get(SOCKET_VARIABLE),
    )


app = from_environment()
