"""The matrices in memory say what the tables say, cell by cell."""

from __future__ import annotations

import math

import numpy as np
import psycopg
import pytest

from etl.schemas import schema_of
from geo_service import matrices
from geo_service.atlas import read_metadata
from geo_service.matrices import STATUTS, CommuneMatrices
from tests.geo_service.little_atlas import BUDGET, COMMUNES, CYBER, FIRST, MAIRIE, SITE, UNMAPPED


@pytest.fixture(scope="module")
def found(little_reader_url: str) -> CommuneMatrices:
    return read_metadata(little_reader_url, FIRST).matrices


@pytest.fixture
def tables(little_reader_url: str):
    with psycopg.connect(
        little_reader_url, options=f"-c search_path={schema_of(FIRST)},public"
    ) as connection:
        yield connection


def test_rows_are_all_communes_and_columns_the_documented_services(found):
    unmapped = {row[1] for row in UNMAPPED if row[0] == "commune"}
    assert list(found.codes) == sorted({row[0] for row in COMMUNES} | unmapped)
    assert found.services == (SITE, MAIRIE, BUDGET, CYBER)
    assert {code: row for row, code in enumerate(found.codes)} == found.position
    assert [found.service_position[code] for code in found.services] == [0, 1, 2, 3]
    assert set(found.codes[~found.mapped]) == unmapped


def test_population_and_density(found):
    for code, _, people, *_ in COMMUNES:
        row = found.position[code]
        if people is None:
            assert math.isnan(found.population[row])
            assert math.isnan(found.density[row])
        else:
            assert found.population[row] == people
            assert found.density[row] == people / 12.5
    # Counted, but nobody measured where.
    assert found.population[found.position["98818"]] == 94_285
    assert math.isnan(found.density[found.position["98818"]])


def test_every_cell_is_that_of_the_tables(found, tables):
    statuts = {
        (code, service): statut
        for code, service, statut in tables.execute(
            "SELECT code, service, statut FROM couvertures WHERE niveau = 'commune'"
        )
    }
    distances = {
        (commune, service): km
        for commune, service, km in tables.execute(
            "SELECT commune, service, distance_km FROM distances"
        )
    }
    assert set(statuts.values()) == {"present", "partage", "absent"}
    for row, code in enumerate(found.codes):
        for column, service in enumerate(found.services):
            statut = STATUTS[found.statuts[row, column]]
            assert statut == statuts.get((code, service), "non_renseigne")
            expected = distances.get((code, service), math.nan)
            assert found.distances[row, column] == pytest.approx(expected, rel=1e-6, nan_ok=True)


def test_members_of_every_territory(found, tables):
    members: dict[tuple[str, str], set[str]] = {}
    for niveau, code, commune in tables.execute("SELECT niveau, code, commune FROM appartenances"):
        members.setdefault((niveau, code), set()).add(commune)
    assert {niveau for niveau, _ in members} >= {"groupe", "pays", "epci", "commune"}
    for (niveau, code), communes in members.items():
        rows = found.members(niveau, code)
        assert list(found.codes[rows]) == sorted(communes)
    with pytest.raises(KeyError):
        found.members("arrondissement", "75115")


def test_statuts_are_named_as_their_places():
    for name in STATUTS:
        assert STATUTS[getattr(matrices, name.upper())] == name


def test_nobody_can_change_them(found):
    for array in (
        found.statuts,
        found.distances,
        found.population,
        found.members("pays", "france"),
    ):
        assert isinstance(array, np.ndarray)
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
