"""Coverage over time: what every publication found, kept after publications are dropped.

Three tables of :mod:`etl.catalogue_tables` hold it. ``historique_publications`` has one row
for each complete publication, ``historique_axes`` what its rates are shares of, ``historique`` the
rates of each territory *where they changed* since the publication before.

Only publications made one after the other are compared: going back to an older one writes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from math import isnan
from typing import Any, LiteralString

import numpy as np
import psycopg
from numpy.typing import NDArray

from etl.sql import load


@dataclass(frozen=True)
class Point:
    """The rate of a territory in one publication.

    Attributes
    ----------
    publication
        Its id; it may no longer be kept.
    creee_le, activee_le
        When it was made, and last shown to readers (None: never).
    date_donnees
        Latest date of its sources of lieux and actions; None without any.
    millesime, referentiel
        Year of the COG, version of the référentiel.
    services
        Documented services, sorted: rates with different ones do not measure the same thing.
    documentes, presents
        Documented services of the axis; of these, present or shared here.
    taux
        0 to 1; None where the population is unknown or zero.
    """

    publication: str
    creee_le: datetime
    activee_le: datetime | None
    date_donnees: date | None
    millesime: int
    referentiel: str
    services: list[str]
    documentes: int
    presents: int
    taux: float | None


@dataclass(frozen=True)
class _Publication:
    """What a publication of the history has that is the same for every territory."""

    ordre: int
    publication: str
    creee_le: datetime
    activee_le: datetime | None
    date_donnees: date | None
    millesime: int
    referentiel: str
    services: list[str]
    documentes: int


@dataclass(frozen=True)
class Evolutions:
    """The rates of every territory in every publication up to one, in memory.

    Made by :func:`evolutions`. With 36 000 territories: 6 MB, and 16 bytes for each rate that
    changed later.
    """

    _publications: list[_Publication]
    _position: dict[tuple[str, str], int]
    _starts: NDArray[np.int64]
    _ordres: NDArray[np.int32]
    _presents: NDArray[np.int32]
    _rates: NDArray[np.float64]

    def of(self, niveau: str, code: str) -> list[Point]:
        """Tell the rates of a territory, the oldest publication first.

        Parameters
        ----------
        niveau, code
            The territory; of one that is in no publication nothing is told.

        Returns
        -------
        list of Point
            One for each publication that has the territory.
        """
        points: list[Point] = []
        row = self._position.get((niveau, code))
        if row is None:
            return points
        start = int(self._starts[row])
        ordres = self._ordres[start : self._starts[row + 1]]
        for made in self._publications:
            # The last row written up to that publication holds until a later one.
            at = start + int(np.searchsorted(ordres, made.ordre, side="right")) - 1
            if at < start or self._presents[at] == _NO_MORE:
                continue
            presents, rate = int(self._presents[at]), float(self._rates[at])
            if niveau == "commune":
                rate = presents / made.documentes
            points.append(
                Point(
                    made.publication,
                    made.creee_le,
                    made.activee_le,
                    made.date_donnees,
                    made.millesime,
                    made.referentiel,
                    made.services,
                    made.documentes,
                    presents,
                    None if isnan(rate) else rate,
                )
            )
        return points


#: Stands for a null count: the territory is there no longer.
_NO_MORE = -1


def record(conn: psycopg.Connection[Any], publication: str, *, millesime: int) -> int:
    """Write the rates of a publication into the history.

    Parameters
    ----------
    conn
        Its ``search_path`` is the schema of the publication, complete. The caller owns the
        transaction, the one that registers the publication.

    Returns
    -------
    int
        Rows written: a territory and an axis whose rate is not that of the publication before.
    """
    (order,) = _one(
        conn,
        """
        INSERT INTO atlas.historique_publications
            (publication, date_donnees, millesime, referentiel, services)
        SELECT %s,
               (SELECT max(date_donnees) FROM sources
                WHERE statut = 'chargee' AND role IN ('lieux', 'actions')),
               %s,
               (SELECT version FROM referentiels),
               ARRAY(SELECT service FROM services_documentes ORDER BY service)
        RETURNING ordre
        """,
        [publication, millesime],
    )
    conn.execute(
        "INSERT INTO atlas.historique_axes (ordre, axe, axe_code, documentes) "
        "SELECT DISTINCT %s::int, axe, axe_code, documentes FROM taux",
        [order],
    )
    return conn.execute(load("history_record"), {"ordre": order}).rowcount


def activated(conn: psycopg.Connection[Any], publication: str) -> None:
    """Note that a publication is shown to readers; one made before the history was is in none."""
    conn.execute(
        """
        UPDATE atlas.historique_publications SET activee_le = now()
        WHERE ordre = (SELECT max(ordre) FROM atlas.historique_publications WHERE publication = %s)
        """,
        [publication],
    )


def evolutions(
    conn: psycopg.Connection[Any], publication: str, *, axe: str = "ensemble", axe_code: str = ""
) -> Evolutions:
    """Read the rates of all territories in every publication up to one.

    Parameters
    ----------
    conn
        Any connection that reads the catalogue.
    publication
        Id of the last publication wanted: later ones, gone back from, are left out.
    axe, axe_code
        ``ensemble`` and nothing, ``theme`` or ``enjeu`` and its code.

    Returns
    -------
    Evolutions

    Raises
    ------
    psycopg.Error
        If the database is away.
    """
    asked = {"axe": axe, "axe_code": axe_code, "publication": publication}
    with conn.cursor(binary=True) as cursor:
        made = [
            _Publication(*row)
            for row in cursor.execute(load("history_publications"), asked).fetchall()
        ]
        rows = cursor.execute(load("history_rates"), asked).fetchall()
    ordres, presents, rates = (b"".join(row[column] for row in rows) for column in (3, 4, 5))
    return Evolutions(
        made,
        {(niveau, code): row for row, (niveau, code, *_) in enumerate(rows)},
        np.cumsum([0, *(row[2] for row in rows)], dtype=np.int64),
        np.frombuffer(ordres, ">i4").astype(np.int32),
        np.frombuffer(presents, ">i4").astype(np.int32),
        np.frombuffer(rates, ">f8").astype(np.float64),
    )


def _one(
    conn: psycopg.Connection[Any], query: LiteralString, parameters: list[object]
) -> tuple[Any, ...]:
    row: tuple[Any, ...] | None = conn.execute(query, parameters).fetchone()
    if row is None:
        raise RuntimeError("INSERT … RETURNING always gives a row")
    return row
