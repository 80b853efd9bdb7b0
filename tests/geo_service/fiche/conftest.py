"""The little atlas, with the outlines that maps are drawn from."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import sql

from tests.geo_service import little_atlas


@pytest.fixture(scope="session", autouse=True)
def outlines(little_owner_url: str) -> None:
    """Draw the territories at every zoom as their polygons are, unless it was done already."""
    with psycopg.connect(little_owner_url) as conn:
        schema = sql.Identifier(f"pub_{little_atlas.FIRST}")
        conn.execute(sql.SQL("SET search_path = {}, public").format(schema))
        conn.execute(
            "INSERT INTO contours (zoom, niveau, code, geom) "
            "SELECT zoom, niveau, code, ST_Transform(geom, 3857) "
            "FROM territoires, generate_series(3, 11) AS zoom WHERE geom IS NOT NULL "
            "ON CONFLICT DO NOTHING"
        )
