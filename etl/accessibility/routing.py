"""Distances by road, asked of a routing engine: OSRM or Valhalla, by HTTP.

The two engines answer a table of durations and distances between sources and destinations:

* OSRM, ``/table/v1`` (https://project-osrm.org/docs/v5.24.0/api/#table-service);
* Valhalla, ``/sources_to_targets``
  (https://valhalla.github.io/valhalla/api/matrix/api-reference/).

One point that no road reaches makes them refuse the whole table: it is then cut in halves until
that point is alone, and has no route.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, Self

import httpx
import numpy as np
from numpy.typing import NDArray

from etl.config import Itineraires
from etl.errors import EtlError

Floats = NDArray[np.float64]

#: HTTP statuses worth another try: too many requests, and the server or its proxy in trouble.
_PASSING = frozenset({429, 500, 502, 503, 504})
#: Seconds before the second try; twice as many before each next one.
PAUSE = 0.5
_MINUTE = 60.0
_METRES = 1000.0


@dataclass(frozen=True)
class Routes:
    """Routes between sources (rows) and destinations (columns); NaN where there is none."""

    minutes: Floats
    km: Floats

    @classmethod
    def none(cls, sources: int, destinations: int) -> Routes:
        """No route at all."""
        shape = (sources, destinations)
        return cls(np.full(shape, np.nan), np.full(shape, np.nan))


class RoutingEngine(Protocol):
    """A routing engine.

    Attributes
    ----------
    name, profile
        What the distances are said to come from.
    """

    name: str
    profile: str

    def check(self) -> str:
        """Ask for a sign of life; return the version of its data, empty when it tells none.

        Raises
        ------
        EtlError
            If it does not answer.
        """

    def routes(self, sources: Floats, destinations: Floats) -> Routes:
        """Ask for the routes between points, longitude and latitude, shapes (n, 2) and (m, 2).

        Raises
        ------
        EtlError
            If it is away, refuses the size of the table or answers something else.
        """


class _UnreachableError(Exception):
    """The engine refuses the table for a point or a pair of it."""


class _Client:
    """What the two engines have in common: tries, time, errors in French, refused tables."""

    name = ""

    def __init__(self, settings: Itineraires) -> None:
        self.profile = settings.profil
        self._settings = settings
        self._base = settings.url.rstrip("/")
        self._http = httpx.Client(timeout=settings.delai_s, headers={"Accept": "application/json"})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def routes(self, sources: Floats, destinations: Floats) -> Routes:
        """Ask for a table; cut it in halves where a point of it has no road."""
        try:
            return self._table(sources, destinations)
        except _UnreachableError:
            pass
        n, m = len(sources), len(destinations)
        if n == m == 1:
            return Routes.none(1, 1)
        by_row = n >= m
        half = (n if by_row else m) // 2
        parts = [
            self.routes(sources[part], destinations) if by_row else
            self.routes(sources, destinations[part])
            for part in (slice(None, half), slice(half, None))
        ]  # fmt: skip
        axis = 0 if by_row else 1
        return Routes(
            np.concatenate([part.minutes for part in parts], axis),
            np.concatenate([part.km for part in parts], axis),
        )

    def _table(self, sources: Floats, destinations: Floats) -> Routes:
        raise NotImplementedError

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Send a request, again while the engine seems in passing trouble; return its JSON."""
        settings = self._settings
        problem = ""
        for attempt in range(settings.essais):
            if attempt:
                time.sleep(PAUSE * 2 ** (attempt - 1))
            try:
                answer = self._http.request(method, f"{self._base}{path}", json=body)
            except httpx.TimeoutException:
                problem = f"il n'a pas répondu en {settings.delai_s:g} s"
                continue
            except httpx.HTTPError as error:
                problem = f"il est injoignable ({type(error).__name__})"
                continue
            if answer.status_code in _PASSING:
                problem = f"il répond « {answer.status_code} {answer.reason_phrase} »"
                continue
            try:
                return answer.json()
            except json.JSONDecodeError:
                raise self._error(
                    "sa réponse n'est pas du JSON. Vérifiez « url » dans [itineraires]"
                ) from None
        raise self._error(
            f"{problem}, après {settings.essais} essais. Vérifiez qu'il tourne, ou retirez "
            "[itineraires] de la configuration pour mesurer à vol d'oiseau"
        )

    def _error(self, what: str) -> EtlError:
        return EtlError(
            f"Le moteur d'itinéraires {self.name} ({self._base}) ne donne pas de distances : "
            f"{what}. L'atlas en place est inchangé."
        )

    def _too_big(self) -> EtlError:
        return self._error(
            "le tableau demandé dépasse sa limite. Diminuez « positions_max » dans [itineraires], "
            f"qui vaut {self._settings.positions_max}, ou relevez la limite du moteur"
        )

    def _matrix(self, values: Any, shape: tuple[int, int]) -> Floats:
        """Numbers of the engine, null as NaN."""
        try:
            matrix = np.array(values, dtype=np.float64)
        except (TypeError, ValueError):
            matrix = np.empty(0)
        if matrix.shape != shape:
            raise self._error("le tableau reçu n'a pas la forme attendue")
        return matrix


class Osrm(_Client):
    """Client of OSRM's table service."""

    name = "osrm"

    def check(self) -> str:
        """Look for the road nearest to a point of Paris: any answer is a sign of life."""
        found = self._ask("GET", f"/nearest/v1/{self.profile}/2.3488,48.8534?number=1")
        if not isinstance(found, dict) or "code" not in found:
            raise self._error("ce n'est pas un serveur OSRM. Vérifiez « url » dans [itineraires]")
        if found["code"] not in {"Ok", "NoSegment"}:
            raise self._error(f"il répond « {found['code']} » : {found.get('message', '')}")
        return str(found.get("data_version", ""))

    def _table(self, sources: Floats, destinations: Floats) -> Routes:
        n, m = len(sources), len(destinations)
        points = ";".join(f"{x:.6f},{y:.6f}" for x, y in np.concatenate([sources, destinations]))
        starts = ";".join(map(str, range(n)))
        ends = ";".join(map(str, range(n, n + m)))
        found = self._ask(
            "GET",
            f"/table/v1/{self.profile}/{points}?sources={starts}&destinations={ends}"
            "&annotations=duration,distance",
        )
        code = found.get("code") if isinstance(found, dict) else None
        if code in {"NoSegment", "NoTable"}:
            raise _UnreachableError
        if code == "TooBig":
            raise self._too_big()
        if code != "Ok":
            told = f" : {found['message']}" if code and found.get("message") else ""
            raise self._error(f"il répond « {code} »{told}")
        return Routes(
            self._matrix(found.get("durations"), (n, m)) / _MINUTE,
            self._matrix(found.get("distances"), (n, m)) / _METRES,
        )


class Valhalla(_Client):
    """Client of Valhalla's time-distance matrix service."""

    name = "valhalla"

    #: Codes of Valhalla's errors: no edge near a point, no path, path too long.
    _NO_ROUTE = frozenset({170, 171, 442, 154})
    #: Too many locations, or pairs of them.
    _TOO_MANY = frozenset({150, 151})

    def check(self) -> str:
        """Ask for the version of the engine and the date of its tiles."""
        found = self._ask("GET", "/status")
        if not isinstance(found, dict) or "version" not in found:
            raise self._error(
                "ce n'est pas un serveur Valhalla. Vérifiez « url » dans [itineraires]"
            )
        return f"{found['version']} {found.get('tileset_last_modified', '')}".strip()

    def _table(self, sources: Floats, destinations: Floats) -> Routes:
        n, m = len(sources), len(destinations)
        body = {
            "sources": [_location(*point) for point in sources],
            "targets": [_location(*point) for point in destinations],
            "costing": self.profile,
            "units": "kilometers",
        }
        found = self._ask("POST", "/sources_to_targets", body)
        code = found.get("error_code") if isinstance(found, dict) else None
        if code in self._NO_ROUTE:
            raise _UnreachableError
        if code in self._TOO_MANY:
            raise self._too_big()
        rows = found.get("sources_to_targets") if isinstance(found, dict) else None
        if code is not None or not isinstance(rows, list):
            told = found.get("error", "") if isinstance(found, dict) else ""
            raise self._error(f"il répond « {code} » : {told}")
        try:
            seconds = [[pair["time"] for pair in row] for row in rows]
            km = [[pair["distance"] for pair in row] for row in rows]
        except (KeyError, TypeError):
            raise self._error("le tableau reçu n'a pas la forme attendue") from None
        minutes = self._matrix(seconds, (n, m)) / _MINUTE
        # Valhalla tells a distance of 0 where it gives no time.
        return Routes(minutes, np.where(np.isnan(minutes), np.nan, self._matrix(km, (n, m))))


def _location(lon: float, lat: float) -> dict[str, float]:
    return {"lon": round(float(lon), 6), "lat": round(float(lat), 6)}


def engine_of(settings: Itineraires) -> Osrm | Valhalla:
    """Make the client of the engine that the configuration names."""
    return Osrm(settings) if settings.moteur == "osrm" else Valhalla(settings)
