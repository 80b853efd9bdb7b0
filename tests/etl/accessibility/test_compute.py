"""What a publication holds of access, on a land of a few communes on four shores."""

from __future__ import annotations

import math
from typing import Any

import psycopg
import pytest
from pyproj import Transformer

from boundaries.crs import legal_srid
from etl.accessibility import routing
from etl.accessibility.compute import Roads, compute_accessibility
from etl.accessibility.routing import engine_of
from etl.config import Itineraires
from etl.errors import EtlError
from tests.etl.accessibility.engines import Roads as KnownRoads
from tests.etl.accessibility.engines import running

#: A row of squares of the mainland that touch, an isle off it, one commune of each of Guadeloupe,
#: Martinique (of the same legal CRS) and La Réunion. Code: west, south, population.
SIDE = 0.1
COMMUNES = {
    "85001": (-2.0, 46.6, 1000),
    "85002": (-1.9, 46.6, 4000),
    "85003": (-1.8, 46.6, 0),
    "85004": (-1.7, 46.6, None),
    "85113": (-2.4, 46.6, 5000),
    "97101": (-61.7, 16.2, 3000),
    "97201": (-61.0, 14.6, 2000),
    "97401": (55.4, -21.0, 7000),
}
#: Lieux: commune, east and north of the middle of its square (degrees), capacity, services.
LIEUX = {
    "a": ("85001", 0.0, 0.0, None, ("alpha",)),
    "b": ("85002", 0.02, 0.0, 3.0, ("alpha", "beta")),
    "c": ("97201", 0.01, 0.01, None, ("alpha",)),
}


def middle(code: str) -> tuple[float, float]:
    west, south, _ = COMMUNES[code]
    return west + SIDE / 2, south + SIDE / 2


def srid(code: str) -> int:
    return legal_srid(code[:3] if code.startswith("97") else code[:2])


def km(code: str, lieu: str) -> float:
    """Straight line in the legal CRS, point by point."""
    home, east, north, _, _ = LIEUX[lieu]
    transform = Transformer.from_crs(4326, srid(code), always_xy=True).transform
    x, y = middle(home)
    return math.dist(transform(*middle(code)), transform(x + east, y + north)) / 1000


@pytest.fixture
def land(publication_conn: psycopg.Connection) -> psycopg.Connection:
    run = publication_conn.execute
    for code, (west, south, people) in COMMUNES.items():
        run(
            """
            INSERT INTO territoires (niveau, code, nom, recherche, population, srid_legal, centre,
                                     geom)
            VALUES ('commune', %s, %s, %s, %s, %s, ST_Point(%s, %s, 4326),
                    ST_Multi(ST_MakeEnvelope(%s, %s, %s, %s, 4326)))
            """,
            [
                *(code, code, code, people, srid(code), *middle(code)),
                *(west, south, round(west + SIDE, 6), south + SIDE),
            ],
        )
        run(
            "INSERT INTO chefs_lieux VALUES (%s, 'mairie', ST_Point(%s, %s, 4326))",
            [code, *middle(code)],
        )
    # A collectivité without polygon has no distances, even where a lieu has a point.
    run(
        "INSERT INTO territoires (niveau, code, nom, recherche, population) "
        "VALUES ('commune', '97701', 'Saint-Barthélemy', 'saint barthelemy', 10000)"
    )
    run("INSERT INTO chefs_lieux VALUES ('97701', 'mairie', ST_Point(-62.8, 17.9, 4326))")
    run("INSERT INTO themes VALUES ('t', 'T', 1)")
    run("INSERT INTO enjeux VALUES ('e', 't', 'E', 1)")
    run(
        "INSERT INTO services SELECT s, 'e', s, s, 1 FROM unnest(%s::text[]) s", [["alpha", "beta"]]
    )
    run(
        "INSERT INTO sources (id, nom, producteur, licence, date_donnees, role, statut, exhaustive)"
        " VALUES ('s', 'S', 'P', 'L', '2026-01-01', 'lieux', 'chargee', '{}')"
    )
    for lieu, (home, east, north, capacity, services) in LIEUX.items():
        x, y = middle(home)
        run(
            "INSERT INTO lieux (id, nom, commune, source, localisation, capacite, geom) "
            "VALUES (%s, %s, %s, 's', 'point', %s, ST_Point(%s, %s, 4326))",
            [lieu, lieu, home, capacity, x + east, y + north],
        )
        for service in services:
            run("INSERT INTO lieux_services VALUES (%s, %s)", [lieu, service])
    run(
        "INSERT INTO lieux (id, nom, commune, source, localisation, geom) "
        "VALUES ('z', 'z', '97701', 's', 'point', ST_Point(-62.8, 17.9, 4326))"
    )
    run("INSERT INTO lieux_services VALUES ('z', 'beta')")
    return publication_conn


def rows(conn: psycopg.Connection, query: str) -> dict[Any, Any]:
    return {row[0]: row[1:] for row in conn.execute(query.encode())}


def test_distances_stay_in_the_zone_and_tell_the_water_they_cross(land) -> None:
    compute_accessibility(land)
    found = rows(
        land,
        "SELECT commune, lieu, distance_km, autre_terre, duree_min FROM distances "
        "WHERE service = 'alpha'",
    )
    nearest = {
        "85001": ("a", False),
        "85002": ("b", False),
        "85003": ("b", False),
        "85004": ("b", False),
        # The isle is measured to the mainland, and says so.
        "85113": ("a", True),
        # Guadeloupe and Martinique share EPSG:5490: 190 km over the sea, and said so.
        "97101": ("c", True),
        "97201": ("c", False),
    }
    assert set(found) == set(nearest)
    for code, (lieu, water) in nearest.items():
        assert found[code] == (lieu, pytest.approx(km(code, lieu)), water, None)
    assert found["97101"][1] > 150
    # beta has no lieu overseas but in Saint-Barthélemy, which is not on the map.
    beta = rows(land, "SELECT commune, lieu FROM distances WHERE service = 'beta'")
    assert set(beta) == {"85001", "85002", "85003", "85004", "85113"}


def test_the_index_shares_capacities_among_people(land) -> None:
    compute_accessibility(land)
    found = rows(land, "SELECT commune, e2sfca FROM accessibilites WHERE service = 'alpha'")
    assert set(found) == set(COMMUNES)

    def weight(code: str, lieu: str) -> float:
        if srid(code) != srid(LIEUX[lieu][0]):
            return 0.0
        far = km(code, lieu)
        return 1.0 if far <= 5 else 0.68 if far <= 10 else 0.22 if far <= 20 else 0.0

    ratios = {
        lieu: (LIEUX[lieu][3] or 1.0)
        / sum((COMMUNES[code][2] or 0) * weight(code, lieu) for code in COMMUNES)
        for lieu in LIEUX
    }
    for code in COMMUNES:
        expected = 10_000 * sum(ratios[lieu] * weight(code, lieu) for lieu in LIEUX)
        assert found[code][0] == pytest.approx(expected)
    assert found["97401"][0] == 0
    # What people receive is what there is, in the zones people live in.
    received = sum(found[code][0] * (COMMUNES[code][2] or 0) for code in COMMUNES) / 10_000
    assert received == pytest.approx(1 + 3 + 1)


def test_who_has_no_neighbour_or_no_distance_is_not_tested(land) -> None:
    compute_accessibility(land)
    found = rows(
        land, "SELECT commune, grappe, p_valeur, zone FROM accessibilites WHERE service = 'alpha'"
    )
    tested = {code for code, row in found.items() if row[0] is not None}
    assert tested == {"85001", "85002", "85003", "85004"}
    assert all(found[code] == (None, None, None) for code in set(found) - tested)


def test_the_measure_is_named(land) -> None:
    compute_accessibility(land)
    described = land.execute("SELECT mode, moteur, profil, zones_km, poids FROM mesures").fetchall()
    assert described == [("vol-d-oiseau", None, None, [5, 10, 20], [1, 0.68, 0.22])]


def roads_of(engine: Any) -> Itineraires:
    return Itineraires(moteur="osrm", url=engine.url, profil="driving", candidats=3, essais=1)


def test_a_routing_engine_replaces_straight_lines(land) -> None:
    # No road from the isle.
    with running("osrm", KnownRoads(ferry=-2.2)) as engine, engine_of(roads_of(engine)) as client:
        compute_accessibility(land, Roads(client, roads_of(engine), client.check()))
    described = land.execute("SELECT mode, moteur, profil FROM mesures").fetchall()
    assert described == [("itineraire", "osrm", "driving")]
    found = rows(
        land,
        "SELECT commune, lieu, distance_km, duree_min FROM distances WHERE service = 'beta'",
    )
    assert set(found) == {"85001", "85002", "85003", "85004"}
    for code, (lieu, far, minutes) in found.items():
        assert lieu == "b"
        # The stub's roads are 1.4 times the straight line, at 0.8 km a minute.
        assert far == pytest.approx(1.4 * km(code, "b"), rel=3e-3)
        assert minutes == pytest.approx(far / 0.8, rel=1e-2, abs=0.01)
    # The index is of straight lines all the same: the isle is 30 km away.
    index = rows(land, "SELECT commune, e2sfca FROM accessibilites WHERE service = 'beta'")
    assert index["85113"][0] == 0 < index["85003"][0]


def test_an_engine_that_goes_away_stops_the_computation(
    land, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routing, "PAUSE", 0.001)
    with running("osrm") as engine, engine_of(roads_of(engine)) as client:
        roads = Roads(client, roads_of(engine), client.check())
        assert roads.described == {
            "moteur": "osrm",
            "profil": "driving",
            "candidats": 3,
            "donnees": "2026-01-01",
        }
        engine.failures = [503] * 100
        with pytest.raises(EtlError, match=r"osrm .* « 503 Service Unavailable »"):
            compute_accessibility(land, roads)


def test_a_publication_without_lieux_has_no_distances(land) -> None:
    land.execute("DELETE FROM lieux_services")
    compute_accessibility(land)
    assert rows(land, "SELECT count(*), 0 FROM distances") == {0: (0,)}
    assert land.execute("SELECT count(*) FROM mesures").fetchone() == (1,)
