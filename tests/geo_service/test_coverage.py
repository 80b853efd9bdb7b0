"""The coverage in memory says what the tables say, for every territory and every service."""

from __future__ import annotations

import psycopg
import pytest

from etl.schemas import schema_of
from geo_service.atlas import read_metadata
from geo_service.coverage import UNKNOWN, ServiceCoverage
from tests.geo_service.little_atlas import FIRST


def test_every_territory_has_the_rows_of_the_table(little_reader_url: str) -> None:
    metadata = read_metadata(little_reader_url, FIRST)
    with psycopg.connect(
        little_reader_url, options=f"-c search_path={schema_of(FIRST)},public"
    ) as connection:
        rows = {
            (niveau, code, service): ServiceCoverage(*figures)
            for niveau, code, service, *figures in connection.execute(
                "SELECT niveau, code, service, statut, actions, lieux, communes_presentes, "
                "communes_partagees, communes_absentes FROM couvertures"
            )
        }
        keys = connection.execute("SELECT DISTINCT niveau, code FROM appartenances").fetchall()
    assert {niveau for niveau, _ in keys} >= {"commune", "epci", "departement", "pays", "groupe"}
    assert {row.statut for row in rows.values()} >= {"present", "partage", "absent"}
    assert any(row.actions for row in rows.values())
    for niveau, code in keys:
        found = dict(zip(metadata.documented, metadata.coverage.of(niveau, code), strict=True))
        for service, told in found.items():
            assert told == rows.pop((niveau, code, service), UNKNOWN), (niveau, code, service)
    assert not rows


def test_an_unknown_commune_has_no_coverage(little_reader_url: str) -> None:
    with pytest.raises(KeyError):
        read_metadata(little_reader_url, FIRST).coverage.of("commune", "00000")
