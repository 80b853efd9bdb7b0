"""Coverage of every service in every territory, computed in SQL in the publication's schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
from sqlalchemy import BigInteger, Column, MetaData, Table, Text

from boundaries.copying import copy_frame
from etl.sql import load

if TYPE_CHECKING:
    from etl.engine.places import DistributedPlaces

#: The service given by mairies: their points stand for the chefs-lieux (DESIGN §5, Distance).
SERVICE_MAIRIE = "accueil-mairie"

#: Lieux of each service in each territory; a temporary table, of the time of a run.
_lieux_par_territoire = Table(
    "lieux_par_territoire",
    MetaData(),
    Column("niveau", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("lieux", BigInteger, nullable=False),
)


def compute_coverage(
    conn: psycopg.Connection, distributed: DistributedPlaces | None = None
) -> None:
    """Fill ``services_documentes``, ``couvertures`` and ``taux`` from lieux, actions and sources.

    Parameters
    ----------
    conn
        Connection whose search_path is the schema of a publication being built, holding the
        territoires, the référentiel, lieux, actions and exhaustivites.
    distributed
        Counts the lieux in place of PostGIS.

    Raises
    ------
    EtlError
        If the distributed engine is lost.

    Notes
    -----
    Definitions are those of the project's glossary: `present`, `partage`, `absent` and
    `non_renseigne` are exclusive; a larger territory's rate is weighted by population.
    """
    conn.execute(
        """
        CREATE TEMPORARY TABLE lieux_par_territoire
            (niveau text, code text, service text, lieux bigint) ON COMMIT DROP
        """
    )
    if distributed is None:
        conn.execute(load("lieux_par_territoire"))
    else:
        copy_frame(conn, _lieux_par_territoire, distributed.count_by_territory())
    conn.execute("ANALYZE lieux_par_territoire")
    conn.execute(load("coverage"))
    conn.execute(load("rates"))


def compute_chefs_lieux(conn: psycopg.Connection) -> None:
    """Fill ``chefs_lieux``: one point (EPSG:4326) for each commune that has a place on the map.

    Those of before are forgotten: merging lieux may have located a mairie better.
    """
    conn.execute("DELETE FROM chefs_lieux")
    conn.execute(load("chefs_lieux"), {"service_mairie": SERVICE_MAIRIE})


def place_at_chefs_lieux(conn: psycopg.Connection) -> None:
    """Move the lieux at the middle of their commune to its mairie, where ``chefs_lieux`` has it."""
    conn.execute(load("lieux_au_chef_lieu"))
