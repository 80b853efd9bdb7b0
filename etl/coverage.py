"""Coverage of every service in every territory, computed in SQL in the publication's schema."""

from __future__ import annotations

import psycopg

from etl.sql import load

#: The service given by mairies: their points stand for the chefs-lieux (DESIGN §5, Distance).
SERVICE_MAIRIE = "accueil-mairie"


def compute_coverage(conn: psycopg.Connection) -> None:
    """Fill ``services_documentes``, ``couvertures`` and ``taux`` from lieux, actions and sources.

    Parameters
    ----------
    conn
        Connection whose search_path is the schema of a publication being built, holding the
        territoires, the référentiel, lieux, actions and exhaustivites.

    Notes
    -----
    Definitions are those of the project's glossary: `present`, `partage`, `absent` and
    `non_renseigne` are exclusive; a larger territory's rate is weighted by population.
    """
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
