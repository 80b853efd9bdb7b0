"""What filtered tiles need of the database, whoever gives it; they only read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import ceil, log2
from typing import Any, LiteralString, Protocol

from tiles.directory import Bounds
from tiles.errors import TilesError
from tiles.filter import Terms

#: Levels whose communes are known: an arrondissement municipal is a part of one.
NIVEAUX = ("commune", "ept", "epci", "departement", "region", "pays", "groupe")
#: Zooms of 512-pixel tiles that fit a territory on a screen: its width takes one or two tiles.
_NEAREST_ZOOM = 11


class TablesAwayError(TilesError):
    """The database does not answer; it will be back by itself."""


class TooCostlyError(TilesError):
    """A query was stopped since it took too long."""


class Tables(Protocol):
    """Reader of the tables of one publication."""

    async def fetch(self, query: LiteralString, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Run a query and give its rows by column name.

        Raises
        ------
        TablesAwayError
            The database does not answer.
        TooCostlyError
            It was stopped.
        """


@dataclass(frozen=True)
class Territory:
    """A territory that tiles are made of.

    Attributes
    ----------
    bounds
        West, south, east, north in degrees of its outline and of its lieux; None when it has none.
    """

    niveau: str
    code: str
    nom: str
    bounds: Bounds | None

    @property
    def center(self) -> tuple[float, float, int]:
        """Longitude, latitude and zoom to open a map at.

        Raises
        ------
        ValueError
            The territory is on no map.
        """
        if self.bounds is None:
            raise ValueError("a territory without bounds has no centre")
        west, south, east, north = self.bounds
        span = max(east - west, north - south, 0.001)
        zoom = max(0, min(_NEAREST_ZOOM, ceil(log2(360 / span))))
        return (west + east) / 2, (south + north) / 2, zoom


@cache
def script(name: str) -> LiteralString:
    """Read a query of ``sql/``: files of this package are as trusted as its code."""
    return (files("tiles") / "sql" / f"{name}.sql").read_text(encoding="utf-8")


async def read_terms(tables: Tables) -> Terms:
    """Read the référentiel."""
    services = await tables.fetch(
        "SELECT s.code, s.enjeu, e.theme FROM services AS s"
        " INNER JOIN enjeux AS e ON e.code = s.enjeu",
        {},
    )
    axes = await tables.fetch(
        "SELECT 'enjeu' AS axe, code FROM enjeux UNION ALL SELECT 'theme', code FROM themes", {}
    )
    return Terms(
        {row["code"]: (row["enjeu"], row["theme"]) for row in services},
        frozenset(row["code"] for row in axes if row["axe"] == "enjeu"),
        frozenset(row["code"] for row in axes if row["axe"] == "theme"),
    )


async def read_territory(tables: Tables, niveau: str, code: str) -> Territory | None:
    """Find a territory; None where there is none of that niveau and code."""
    rows = await tables.fetch(script("territoire_cadre"), {"niveau": niveau, "code": code})
    if not rows:
        return None
    row = rows[0]
    bounds = None if row["west"] is None else (row["west"], row["south"], row["east"], row["north"])
    return Territory(niveau, code, row["nom"], bounds)
