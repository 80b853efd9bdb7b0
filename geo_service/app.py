"""The FastAPI application: everything but the tiles."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path

from fastapi import Depends, FastAPI
from starlette.requests import Request
from starlette.responses import Response

from geo_service import errors, templating
from geo_service.answers import code_version
from geo_service.api import (
    accessibilite,
    acteurs,
    actions,
    carte,
    cog,
    comparables,
    comparaison,
    couverture,
    definitions,
    diagnostic,
    diff,
    documentation,
    fiche,
    implantations,
    indicateurs,
    labels,
    lacunes,
    lieux,
    modeles,
    mutualisation,
    probes,
    publications,
    rapport,
    recommandations,
    referentiel,
    sources,
    territoires,
)
from geo_service.api.parameters import refuse_repeats
from geo_service.direct import DirectAddresses
from geo_service.middleware import FramedApp
from geo_service.ogc import pages as ogc_pages
from geo_service.site import rendering as pages
from geo_service.site.assets import DIST, Assets
from geo_service.site.router import pages_router
from geo_service.styles.router import router as styles_router
from geo_service.watcher import AtlasWatcher
from geo_service.widget import oembed
from geo_service.widget import rendering as widget_pages
from geo_service.widget.page import widget_router

_DESCRIPTION = """
La couverture des communes de France par les services numériques publics : qui a quoi, où, et ce
qui manque.

* Toutes les adresses se lisent avec GET, sans clé, depuis n’importe quel site.
* Chaque réponse nomme sa **publication**, son **millésime**, ses **sources** et les
  **définitions** de ses mots.
* `format=csv`, `xlsx`, `geojson` ou `parquet` donne un fichier là où des lignes sont renvoyées.
* Un `ETag` renvoyé dans `If-None-Match` donne 304 tant que la publication n’a pas changé.
* Une erreur est un document `application/problem+json` dont `detail` est une phrase en français.
"""

_ROUTERS = (
    territoires,
    couverture,
    carte,
    lacunes,
    accessibilite,
    implantations,
    lieux,
    actions,
    diagnostic,
    fiche,
    comparables,
    comparaison,
    recommandations,
    mutualisation,
    acteurs,
    labels,
    indicateurs,
    cog,
    referentiel,
    sources,
    publications,
    rapport,
    diff,
    definitions,
    modeles,
)


def _compile_templates() -> None:
    templating.compile_all(pages.environment(), widget_pages.environment(), ogc_pages.environment())


def create_app(watcher: AtlasWatcher, dist: Path = DIST) -> FramedApp:
    """Make the application.

    Parameters
    ----------
    watcher
        Gives the publication to answer from; started and stopped with the application.
    dist
        Folder where Vite built the scripts and stylesheets of the pages.

    Returns
    -------
    FramedApp
        Ready for an ASGI server.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await asyncio.gather(watcher.start(), asyncio.to_thread(_compile_templates))
        try:
            yield
        finally:
            await watcher.stop()

    app = FramedApp(
        title="Atlas de l’internet citoyen",
        description=_DESCRIPTION,
        version=version("atlas-internet-citoyen"),
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=lifespan,
    )
    app.state.servers = watcher.servers
    errors.install(app)
    code_version()  # now rather than in the first request
    for module in _ROUTERS:
        app.include_router(module.router, dependencies=[Depends(refuse_repeats)])
    app.include_router(probes.router)
    app.include_router(documentation.router)
    app.include_router(styles_router)

    @app.get("/api/{rest:path}", include_in_schema=False)
    async def unknown(request: Request) -> Response:
        errors.forgive_final_slash(request)
        raise errors.unknown_address()

    assets = Assets(dist)
    app.include_router(oembed.router)
    app.include_router(widget_router(assets))
    app.include_router(pages_router(assets))
    direct = DirectAddresses(route for module in _ROUTERS for route in module.router.routes)
    app.put_in_frame(watcher, direct)
    return app
