"""Against the real PostGIS, in the tables of a publication."""

from __future__ import annotations

import pandas as pd
import psycopg
import pytest
import shapely

from boundaries import tables
from boundaries.build import Territories
from boundaries.generalise import generalise
from boundaries.load import copy_contours, copy_territories


def test_what_is_copied_comes_back(
    territories: Territories, publication_conn: psycopg.Connection
) -> None:
    copy_territories(publication_conn, territories)
    columns = [column.name for column in tables.territoires.columns]
    assert columns == territories.territoires.columns.tolist()
    plain = ", ".join(name for name in columns if name not in ("geom", "centre"))
    rows = publication_conn.execute(
        f"SELECT {plain}, ST_AsBinary(centre), ST_AsBinary(geom), ST_SRID(geom) FROM territoires"
    ).fetchall()
    sent = {(row.niveau, row.code): row for row in territories.territoires.itertuples()}
    assert len(rows) == len(sent)
    for *values, centre, geom, srid in rows:
        row = sent[values[0], values[1]]
        for name, value in zip(plain.split(", "), values, strict=True):
            there = getattr(row, name)
            if value is None:
                assert pd.isna(there), name
            else:
                assert value == there, name
        if geom is None:
            assert (row.geom, row.centre, centre) == (None, None, None)
            continue
        assert shapely.equals_identical(shapely.from_wkb(centre), row.centre)
        assert shapely.equals_identical(shapely.from_wkb(geom), row.geom)
        assert srid == 4326
    for name, frame in (
        ("appartenances", territories.appartenances),
        ("codes_anciens", territories.codes_anciens),
        ("mouvements", territories.mouvements),
    ):
        there = publication_conn.execute(f"SELECT {', '.join(frame.columns)} FROM {name}")
        assert sorted(there.fetchall()) == sorted(frame.itertuples(index=False, name=None))


def test_outlines_for_drawing(
    territories: Territories, publication_conn: psycopg.Connection
) -> None:
    drawn = generalise(territories)
    copy_contours(publication_conn, drawn)
    rows = publication_conn.execute(
        "SELECT zoom, niveau, code, ST_AsBinary(geom), ST_SRID(geom) FROM contours"
        ' ORDER BY zoom, niveau COLLATE "C", code COLLATE "C"'
    ).fetchall()
    assert [row[:3] for row in rows] == list(
        drawn[["zoom", "niveau", "code"]].itertuples(index=False, name=None)
    )
    back = shapely.from_wkb([row[3] for row in rows])
    assert shapely.equals_identical(back, drawn.geometry.to_numpy()).all()
    assert {row[4] for row in rows} == {3857}


def test_copying_twice_is_refused(
    territories: Territories, publication_conn: psycopg.Connection
) -> None:
    copy_territories(publication_conn, territories)
    with pytest.raises(psycopg.errors.UniqueViolation):
        copy_territories(publication_conn, territories)
