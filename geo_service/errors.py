"""What goes wrong, told as RFC 9457 problems in French, from one table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from difflib import get_close_matches
from http import HTTPStatus
from typing import Any, get_type_hints

import orjson
import psycopg
import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from geo_service.database import DatabaseAwayError, DatabaseBusyError, NothingPublishedError

log = structlog.get_logger(__name__)

#: Seconds after which a client may ask again.
RETRY_AFTER = 5

_TITLES = {
    400: "Demande incorrecte",
    404: "Introuvable",
    405: "Méthode refusée",
    413: "Demande trop lourde",
    414: "Adresse trop longue",
    429: "Trop de demandes",
    431: "En-têtes trop lourds",
    500: "Erreur interne",
    503: "Service momentanément indisponible",
}


class Problem(Exception):  # noqa: N818 (the word of RFC 9457)
    """An error to be told to the client.

    Parameters
    ----------
    status
        HTTP status.
    detail
        French sentence: what is wrong, what to do.
    more
        Further members of the problem, for programs.
    headers
        Further HTTP headers.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        more: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.more = dict(more or {})
        self.headers = dict(headers or {})


class Moved(Exception):  # noqa: N818 (a detour, not an error)
    """The resource has another address for good.

    Parameters
    ----------
    location
        The new address, with its query.
    """

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.location = location


def problem_response(problem: Problem, instance: str) -> Response:
    """Write a problem as ``application/problem+json``.

    Parameters
    ----------
    problem
        What went wrong.
    instance
        Path that was asked.

    Returns
    -------
    Response
        Never stored by caches.
    """
    body = {
        "type": "about:blank",
        "title": _TITLES.get(problem.status) or HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        "instance": instance,
        **problem.more,
    }
    return Response(
        orjson.dumps(body),
        problem.status,
        {"Cache-Control": "no-store", "Vary": "Accept-Encoding", **problem.headers},
        "application/problem+json",
    )


def away(detail: str) -> Problem:
    """Make the problem of something that will be back by itself."""
    return Problem(503, detail, headers={"Retry-After": str(RETRY_AFTER)})


#: Problems of the database and of the server, by exception; the most precise class wins.
_UNAVAILABLE: dict[type[Exception], str] = {
    DatabaseAwayError: (
        "La base de données ne répond pas pour le moment. Réessayez dans quelques secondes : le "
        "service revient de lui-même."
    ),
    DatabaseBusyError: (
        "L’atlas reçoit en ce moment plus de demandes que sa base de données ne peut en traiter. "
        "Réessayez dans quelques secondes."
    ),
    NothingPublishedError: (
        "Aucune publication de l’atlas n’est disponible. Lancez « geo-service etl run » pour en "
        "construire une, puis réessayez."
    ),
    psycopg.errors.QueryCanceled: (
        "La réponse demande trop de calcul pour le moment. Réessayez plus tard, ou demandez un "
        "territoire plus petit."
    ),
}


def to_problem(error: Exception) -> Problem:
    """Find what to tell of an exception.

    Parameters
    ----------
    error
        Anything raised while answering.

    Returns
    -------
    Problem
        500, without any detail of the fault, for what nobody foresaw.
    """
    if isinstance(error, Problem):
        return error
    for kind in type(error).__mro__:
        if kind in _UNAVAILABLE:
            return away(_UNAVAILABLE[kind])
    if isinstance(error, HTTPException):
        return _from_http(error)
    return Problem(
        500,
        "Une erreur imprévue a empêché de répondre. Elle a été enregistrée ; réessayez plus tard.",
    )


def forgive_final_slash(request: Request) -> None:
    """Send to the same address without its final slash.

    Raises
    ------
    Moved
        If there is one.
    """
    path = request.url.path
    # A path of slashes alone would be read as the name of another host.
    bare = "/" + path.strip("/")
    if path.endswith("/") and bare != "/":
        raise Moved(f"{bare}?{request.url.query}" if request.url.query else bare)


def unknown_address() -> Problem:
    """Make the problem of an address that no router has."""
    return Problem(404, "Cette adresse n’existe pas. Les adresses sont décrites à /docs.")


def _from_http(error: HTTPException) -> Problem:
    if error.status_code == HTTPStatus.NOT_FOUND:
        return unknown_address()
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = "GET, HEAD, OPTIONS"
        return Problem(
            405,
            "Cette adresse ne se lit qu’avec GET (ou HEAD).",
            headers={"Allow": allowed},
        )
    return Problem(error.status_code, str(error.detail), headers=error.headers)


# --- parameters --------------------------------------------------------------------------------

#: pydantic's error types in French; ``{…}`` are members of the error's context.
_REASONS = {
    "missing": "il est obligatoire",
    "int_parsing": "un nombre entier est attendu",
    "int_from_float": "un nombre entier est attendu",
    "int_parsing_size": "ce nombre est trop grand",
    "bool_parsing": "true ou false est attendu",
    "date_from_datetime_parsing": "une date est attendue, par exemple 2026-01-31",
    "float_parsing": "un nombre est attendu",
    "finite_number": "un nombre fini est attendu",
    "greater_than": "un nombre supérieur à {gt} est attendu",
    "greater_than_equal": "un nombre d’au moins {ge} est attendu",
    "less_than_equal": "un nombre d’au plus {le} est attendu",
    "string_too_long": "{max_length} caractères au plus sont attendus",
    "string_pattern_mismatch": "ce n’est pas la forme attendue",
    "value_error": "{error}",
}

#: Characters of a refused value that are shown back.
_SHOWN = 60


def _shown(value: object) -> str:
    text = str(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def closest(word: str, words: list[str]) -> str | None:
    """Give the word most like another, if any is like it."""
    found = get_close_matches(word.lower(), words, n=1, cutoff=0.6)
    return found[0] if found else None


def _allowed_parameters(request: Request) -> list[str]:
    """Names of the query parameters of the route that was asked."""
    endpoint = request.scope["route"].endpoint
    for hint in get_type_hints(endpoint).values():
        if isinstance(hint, type) and issubclass(hint, BaseModel):
            return list(hint.model_fields)
    return []


def reason_of(item: Mapping[str, Any]) -> str:
    """Say in French why a value is refused, from one of pydantic's errors.

    Examples
    --------
    >>> reason_of({"type": "int_parsing"})
    'un nombre entier est attendu'
    >>> reason_of({"type": "less_than_equal", "ctx": {"le": 100.0}})
    'un nombre d’au plus 100 est attendu'
    """
    if item["type"] == "literal_error":
        expected = str(item["ctx"]["expected"]).replace(" or ", ", ").replace("'", "")
        return f"les valeurs possibles sont {expected}"
    reason = _REASONS.get(item["type"], "cette valeur est refusée")
    return reason.format(**{name: _typed(value) for name, value in item.get("ctx", {}).items()})


def _typed(value: object) -> object:
    """Write a bound as it would be typed: a whole number has no decimals."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _describe(item: Mapping[str, Any], allowed: list[str]) -> tuple[str, dict[str, Any]]:
    name = str(item["loc"][-1])
    if item["type"] == "extra_forbidden":
        sentence = f"Le paramètre « {_shown(name)} » n’existe pas ici"
        suggestion = closest(name, allowed)
        if suggestion:
            sentence += f" : vouliez-vous dire « {suggestion} » ?"
        else:
            sentence += "."
        if allowed:
            sentence += f" Paramètres possibles : {', '.join(allowed)}."
        more = {"nom": _shown(name), "motif": "parametre_inconnu", "permis": allowed}
        return sentence, {**more, "suggestion": suggestion} if suggestion else more
    value = "" if item["type"] == "missing" else f" = « {_shown(item['input'])} »"
    reason = reason_of(item)
    return (
        f"Le paramètre « {name} »{value} est refusé : {reason}.",
        {"nom": name, "motif": "valeur_refusee"},
    )


def validation_problem(request: Request, error: RequestValidationError) -> Problem:
    """Tell which parameters are refused, and what would be accepted.

    Parameters
    ----------
    request
        The request, matched to its route.
    error
        What FastAPI found.

    Returns
    -------
    Problem
        400, with one entry per refused parameter in ``parametres``.
    """
    allowed = _allowed_parameters(request)
    described = [_describe(item, allowed) for item in error.errors()]
    return Problem(
        400,
        " ".join(sentence for sentence, _ in described),
        {"parametres": [more for _, more in described]},
    )


# --- installation ------------------------------------------------------------------------------


async def _on_problem(request: Request, error: Exception) -> Response:
    problem = to_problem(error)
    if problem.status == HTTPStatus.SERVICE_UNAVAILABLE:
        log.warning("indisponible", chemin=request.url.path, erreur=str(error))
    return problem_response(problem, request.url.path)


async def _on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 (registered for it alone)
    return problem_response(validation_problem(request, error), request.url.path)


async def _on_moved(_: Request, error: Exception) -> Response:
    assert isinstance(error, Moved)  # noqa: S101 (registered for it alone)
    return RedirectResponse(
        error.location,
        HTTPStatus.MOVED_PERMANENTLY,
        {"Cache-Control": "public, max-age=3600", "Vary": "Accept-Encoding"},
    )


#: Who answers each foreseen exception; the most precise class wins.
_HANDLERS: dict[type[Exception], Callable[[Request, Exception], Awaitable[Response]]] = {
    RequestValidationError: _on_invalid,
    Moved: _on_moved,
    **dict.fromkeys((Problem, HTTPException, *_UNAVAILABLE), _on_problem),
}


def install(app: FastAPI) -> None:
    """Register the handlers of every foreseen exception."""
    for kind, handler in _HANDLERS.items():
        app.add_exception_handler(kind, handler)


async def foreseen(request: Request, error: Exception) -> Response | None:
    """Answer a foreseen exception as the application does; None for one that nobody foresaw."""
    for kind in type(error).__mro__:
        handler = _HANDLERS.get(kind)
        if handler is not None:
            return await handler(request, error)
    return None
