"""Coverage over time: what every publication found, kept after publications are dropped.

Three tables of the catalogue (:mod:`etl.tables`) hold it. ``historique_publications`` has one row
for each complete publication, ``historique_axes`` what its rates are shares of, ``historique`` the
rates of each territory *where they changed* since the publication before.

Only publications made one after the other are compared: going back to an older one writes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from importlib.resources import files
from typing import Any, LiteralString

import psycopg


def _sql(name: str) -> LiteralString:
    # Files of this package are as trusted as its code.
    return files("etl").joinpath("sql", name).read_text(encoding="utf-8")


#: Query of the rates of a territory in every publication, the oldest first; see its file for the
#: parameters (``niveau, code, axe, axe_code, publication``) and the columns. For readers that have
#: their own connection, such as the API; tables are named with their schema.
EVOLUTION = _sql("history_read.sql")


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
    return conn.execute(_sql("history_record.sql"), {"ordre": order}).rowcount


def activated(conn: psycopg.Connection[Any], publication: str) -> None:
    """Note that a publication is shown to readers; one made before the history was is in none."""
    conn.execute(
        """
        UPDATE atlas.historique_publications SET activee_le = now()
        WHERE ordre = (SELECT max(ordre) FROM atlas.historique_publications WHERE publication = %s)
        """,
        [publication],
    )


def evolution(
    conn: psycopg.Connection[Any],
    niveau: str,
    code: str,
    *,
    publication: str,
    axe: str = "ensemble",
    axe_code: str = "",
) -> list[Point]:
    """Read the rates of a territory in every publication up to one, the oldest first."""
    rows = conn.execute(
        EVOLUTION,
        {
            "niveau": niveau,
            "code": code,
            "axe": axe,
            "axe_code": axe_code,
            "publication": publication,
        },
    ).fetchall()
    return [Point(*row) for row in rows]


def _one(
    conn: psycopg.Connection[Any], query: LiteralString, parameters: list[object]
) -> tuple[Any, ...]:
    row: tuple[Any, ...] | None = conn.execute(query, parameters).fetchone()
    if row is None:
        raise RuntimeError("INSERT … RETURNING always gives a row")
    return row
