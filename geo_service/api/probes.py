"""Probes of whoever keeps the service running."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from geo_service.api.parameters import ABSENCE

router = APIRouter(tags=["Sondes"])

_NEVER_STORED = {"Cache-Control": "no-store"}


@router.get("/health", summary="Le processus répond")
async def health() -> Response:
    """Toujours 200 tant que le processus répond, même sans base de données."""
    return JSONResponse({"statut": "ok"}, headers=_NEVER_STORED)


@router.get("/ready", summary="L’atlas est servi", responses={503: {"description": "Pas encore."}})
async def ready(request: Request) -> Response:
    """200 quand une publication est servie et que la base répond, 503 sinon."""
    absence: Exception | None = request.scope[ABSENCE]
    if absence is not None:
        raise absence
    return JSONResponse({"statut": "pret"}, headers=_NEVER_STORED)
