"""Probes of whoever keeps the service running."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from geo_service.api.parameters import ABSENCE, ATLAS
from geo_service.atlas import PublishedAtlas
from geo_service.database import NothingPublishedError
from geo_service.database_servers import DatabaseServers, Standing
from geo_service.errors import away

router = APIRouter(tags=["Sondes"])

_NEVER_STORED = {"Cache-Control": "no-store"}


@router.get("/health", summary="Le processus répond")
async def health() -> Response:
    """Toujours 200 tant que le processus répond, même sans base de données."""
    return JSONResponse({"statut": "ok"}, headers=_NEVER_STORED)


@router.get("/ready", summary="L’atlas est servi", responses={503: {"description": "Pas encore."}})
async def ready(request: Request) -> Response:
    """200 quand des réponses peuvent être données, 503 sinon.

    Il faut une publication ouverte et ses archives de tuiles. La base peut s’absenter : presque
    tout se répond de mémoire, `statut` est alors « degrade » et `base` est faux. Avec des
    répliques, `serveurs` dit lesquels servent ; tant qu’un seul le fait, rien ne manque.
    """
    absence: Exception | None = request.scope[ABSENCE]
    atlas: PublishedAtlas | None = request.scope[ATLAS]
    if atlas is None:
        raise absence or NothingPublishedError()
    missing = sorted(atlas.tiles_missing)
    if missing:
        raise away(f"Les tuiles de l’atlas ne se lisent pas : {', '.join(missing)}.")
    servers: DatabaseServers = request.app.state.servers
    told = {} if servers.alone else {"serveurs": [_server(one) for one in servers.standings()]}
    return JSONResponse(
        {
            "statut": "pret" if absence is None else "degrade",
            "publication": atlas.id,
            "base": absence is None,
            **told,
        },
        headers=_NEVER_STORED,
    )


def _server(standing: Standing) -> dict[str, Any]:
    """Tell how a database server stands, by its place in the settings and never its address."""
    return {
        "nom": standing.name,
        "utilise": standing.motive is None,
        "motif": standing.motive,
        "retard_s": None if standing.lag is None else round(standing.lag.seconds, 1),
    }
