"""A straight way to the addresses of territories, for requests in which nothing is wrong.

FastAPI spends more on finding a route and solving its parameters (0.6 ms) than the answer itself
takes for many addresses. A request for ``/api/territoires/{niveau}/{code}/…`` whose territory is
known and whose parameters are valid is therefore handed to the function of its route, with the
very values FastAPI would give it. Whatever is not plainly right goes to FastAPI, which alone says
what is wrong: the addresses, their parameters and their errors are defined once, by the routes.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from functools import lru_cache
from typing import Annotated, Any, Final, NamedTuple, get_args, get_origin, get_type_hints

from fastapi.routing import APIRoute
from pydantic import ValidationError
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import Scope

from geo_service.api.parameters import Atlas, CountedTerritory, KnownTerritory, Parameters
from geo_service.atlas import PublishedAtlas

_START: Final = "/api/territoires/"
_PATH: Final = f"{_START}{{niveau}}/{{code}}"
#: What a route must ask for, to be answered here.
_ASKED: Final = {"request", "atlas", "territory", "parameters"}
#: Longest query string whose parameters are remembered, and how many are.
_SHORT, _REMEMBERED = 200, 2048

Endpoint = Callable[..., Coroutine[Any, Any, Response]]


class _Address(NamedTuple):
    endpoint: Endpoint
    parameters: type[Parameters]
    counted: bool


class DirectAddresses:
    """The addresses of territories, by what follows the code of the territory.

    Parameters
    ----------
    routes
        Routes of the application; those that ask for a request, the publication, a territory and
        the parameters of a query, and for nothing else, are answered here.
    """

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        self._addresses: dict[str, _Address] = {}
        for route in routes:
            if isinstance(route, APIRoute) and route.path.startswith(_PATH):
                address = _address(route.endpoint)
                if address is not None and route.methods == {"GET"}:
                    self._addresses[route.path.removeprefix(_PATH).removeprefix("/")] = address

    @property
    def names(self) -> frozenset[str]:
        """What follows the code of the territory; empty for the territory itself."""
        return frozenset(self._addresses)

    def find(self, scope: Scope, atlas: PublishedAtlas) -> Coroutine[Any, Any, Response] | None:
        """Start to answer a GET.

        Parameters
        ----------
        scope
            ASGI scope of a GET.
        atlas
            The publication it is answered from.

        Returns
        -------
        coroutine or None
            Gives the response, or raises as the route does; None if it is for FastAPI to answer.
        """
        path: str = scope["path"]
        if not path.startswith(_START):
            return None
        niveau, _, rest = path[len(_START) :].partition("/")
        code, slash, name = rest.partition("/")
        address = self._addresses.get(name)
        if address is None or (slash and not name):
            return None
        territory = atlas.metadata.territories.by_key.get((niveau, code))
        # The services of an arrondissement are those of its city: a redirection.
        if territory is None or (address.counted and niveau == "arrondissement"):
            return None
        query: bytes = scope["query_string"]
        read = _remembered if len(query) <= _SHORT else _parameters
        parameters = read(address.parameters, query)
        if parameters is None:
            return None
        return address.endpoint(Request(scope), atlas, territory, parameters)


def _address(endpoint: Endpoint) -> _Address | None:
    """Read what a route asks for; None when it is more than what is given here."""
    hints = get_type_hints(endpoint, include_extras=True)
    hints.pop("return", None)
    if set(hints) != _ASKED or hints["request"] is not Request or hints["atlas"] != Atlas:
        return None
    if hints["territory"] not in (CountedTerritory, KnownTerritory):
        return None
    asked = hints["parameters"]
    if get_origin(asked) is not Annotated or not issubclass(get_args(asked)[0], Parameters):
        return None
    return _Address(endpoint, get_args(asked)[0], hints["territory"] == CountedTerritory)


def _parameters(model: type[Parameters], query: bytes) -> Parameters | None:
    """Read the parameters of a query; None when there is anything to say about them."""
    given = QueryParams(query)
    pairs = given.multi_items()
    if len(pairs) != len(given):  # one of them is given twice
        return None
    try:
        return model.model_validate(dict(pairs))
    except ValidationError:
        return None


_remembered = lru_cache(maxsize=_REMEMBERED)(_parameters)
