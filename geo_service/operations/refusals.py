"""Refusals at the door: the request is told why, and when to come back, at the least cost."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from starlette.types import Scope

from geo_service.errors import RETRY_AFTER, Problem, problem_response
from geo_service.etags import header_of
from geo_service.operations.buckets import Buckets, Verdict
from geo_service.security import HEADERS as SECURITY

#: Any site may read a refusal of what any site may read.
_CORS: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Retry-After, RateLimit, RateLimit-Policy, X-Request-Id",
}
#: Addresses that are read by programs; the others are pages.
_DATA: Final = ("/api", "/ogc", "/tiles/", "/styles/", "/fonts/", "/sprites/", "/openapi.json")

_TITLES: Final = {
    429: "Trop de demandes",
    503: "L’atlas est très demandé",
}


@dataclass(frozen=True)
class Refusal:
    """Why a request is refused.

    Attributes
    ----------
    reason
        Word it is counted under.
    status
        HTTP status.
    detail
        French sentence.
    headers
        Further headers.
    """

    reason: str
    status: int
    detail: str
    headers: Mapping[str, str] = field(default_factory=dict)


def too_long(most: int) -> Refusal:
    """Refuse an address that is too long (RFC 9110 §15.5.15)."""
    return Refusal("adresse", 414, f"L’adresse est trop longue : {most} octets au plus.")


def too_many_parameters(most: int) -> Refusal:
    """Refuse more parameters than any address has."""
    return Refusal("parametres", 400, f"L’adresse a trop de paramètres : {most} au plus.")


def too_large_head(most: int) -> Refusal:
    """Refuse headers that are too large (RFC 6585 §5)."""
    return Refusal(
        "entetes",
        431,
        f"Les en-têtes de la demande sont trop lourds : {most} octets au plus.",
        {"Connection": "close"},
    )


#: Nothing here is written by HTTP: a body has no use, and is not read (RFC 9110 §15.5.14).
BODY: Final = Refusal(
    "corps",
    413,
    "L’atlas se lit seulement : une demande n’a pas de corps.",
    {"Connection": "close"},
)

#: The process has more to do than it can; see :mod:`geo_service.operations.pressure`.
PRESSURE: Final = Refusal(
    "saturation",
    503,
    "L’atlas reçoit en ce moment plus de demandes qu’il ne peut en traiter. Réessayez dans "
    "quelques secondes.",
    {"Retry-After": str(RETRY_AFTER)},
)

#: Whoever shares requests out is to send the next ones elsewhere.
STOPPING: Final = Refusal("arret", 503, "Ce processus s’arrête.", {"Retry-After": str(RETRY_AFTER)})


def too_fast(buckets: Buckets, verdict: Verdict) -> Refusal:
    """Refuse a client that asks more than its share.

    The fields are those of draft-ietf-httpapi-ratelimit-headers: ``q`` tokens in ``w`` seconds,
    ``r`` left, the next ones in ``t`` seconds.
    """
    wait = max(1, math.ceil(verdict.wait))
    window = math.ceil(buckets.burst / buckets.rate)
    return Refusal(
        "debit",
        429,
        f"Vous avez fait beaucoup de demandes en peu de temps. Réessayez dans {wait} s. Pour des "
        "volumes, téléchargez plutôt un fichier : les formats sont décrits à /docs.",
        {
            "Retry-After": str(wait),
            "RateLimit-Policy": f'"client";q={int(buckets.burst)};w={window}',
            "RateLimit": f'"client";r={verdict.left};t={wait}',
        },
    )


def written(refusal: Refusal, scope: Scope) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Write the headers and the body of a refusal: a problem (RFC 9457), or a page for people.

    Parameters
    ----------
    refusal
        Why.
    scope
        The request.
    """
    path = scope["path"]
    data = path.startswith(_DATA)
    headers = {**SECURITY, **(_CORS if data else {}), **refusal.headers}
    if not data and b"text/html" in header_of(scope, b"accept"):
        title = _TITLES.get(refusal.status, "Demande refusée")
        body = (
            '<!doctype html><html lang="fr"><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width">'
            f"<title>{title}</title><h1>{title}</h1><p>{refusal.detail}</p>"
        ).encode()
        headers |= {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}
        raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
        return [*raw, (b"content-length", str(len(body)).encode())], body
    problem = Problem(refusal.status, refusal.detail, {"motif": refusal.reason}, headers)
    answer = problem_response(problem, path[:200])
    return list(answer.raw_headers), bytes(answer.body)
