"""Merging in the tables: what is kept, what is filled, what is counted."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from etl.coverage import compute_chefs_lieux, place_at_chefs_lieux
from etl.deduplication import deduplicate

SOURCES = {"a": "2020-01-01", "b": "2024-01-01", "c": "2022-01-01"}


@pytest.fixture
def conn(publication_conn: psycopg.Connection) -> psycopg.Connection:
    """Two communes, three sources, two services."""
    for code, west in (("01001", 5.0), ("01002", 5.1)):
        publication_conn.execute(
            "INSERT INTO territoires (niveau, code, nom, recherche, population, srid_legal, "
            "centre) VALUES ('commune', %s, 'Amareins', 'x', 100, 2154, ST_Point(%s, 46, 4326))",
            [code, west],
        )
    publication_conn.execute("INSERT INTO themes VALUES ('t', 'T', 1)")
    publication_conn.execute("INSERT INTO enjeux VALUES ('e', 't', 'E', 1)")
    for service in ("accueil-mairie", "bibliotheque-publique", "wifi"):
        publication_conn.execute("INSERT INTO services VALUES (%s, 'e', 'S', '', 1)", [service])
    for source, day in SOURCES.items():
        publication_conn.execute(
            "INSERT INTO sources (id, nom, producteur, licence, date_donnees, role, statut, "
            "exhaustive) VALUES (%s, %s, 'p', 'l', %s, 'lieux', 'chargee', '{}')",
            [source, f"Source {source}", day],
        )
    return publication_conn


def place(conn: psycopg.Connection, lieu: str, **given: Any) -> None:
    row = {
        "nom": "Médiathèque Jean Moulin",
        "commune": "01001",
        "adresse": "1 rue Haute",
        "localisation": "point",
        "precision_m": 100.0,
        "horaires": None,
        "telephone": None,
        "siret": None,
        "date_maj": None,
        "service": "wifi",
        "lon": 5.001,
        **given,
    }
    service, lon = row.pop("service"), row.pop("lon")
    names = ", ".join(row)
    marks = ", ".join(["%s"] * len(row))
    conn.execute(
        f"INSERT INTO lieux (id, source, {names}, geom) "
        f"VALUES (%s, %s, {marks}, ST_Point(%s, 46, 4326))".encode(),
        [lieu, lieu.partition(":")[0], *row.values(), lon],
    )
    conn.execute("INSERT INTO lieux_services VALUES (%s, %s)", [lieu, service])


def rows(conn: psycopg.Connection, query: str) -> list[Any]:
    return conn.execute(query.encode()).fetchall()


def test_one_lieu_is_kept_filled_and_says_where_it_comes_from(conn: psycopg.Connection) -> None:
    place(conn, "a:1", horaires="lundi", telephone="0102030405", precision_m=50.0, siret="1" * 14)
    place(conn, "b:9", horaires="mardi", service="bibliotheque-publique", localisation="rue")
    place(conn, "c:1", nom="Mairie", service="accueil-mairie", adresse="9 place Basse")
    assert deduplicate(conn) == 1
    assert rows(conn, "SELECT id, horaires, telephone, siret FROM lieux ORDER BY id") == [
        # The best located is kept; the hours are those of the most recent source.
        ("a:1", "mardi", "0102030405", "1" * 14),
        ("c:1", None, None, None),
    ]
    assert rows(conn, "SELECT lieu, service FROM lieux_services ORDER BY 1, 2") == [
        ("a:1", "bibliotheque-publique"),
        ("a:1", "wifi"),
        ("c:1", "accueil-mairie"),
    ]
    known = rows(
        conn, "SELECT lieu, source, identifiant, score > 3 FROM lieux_provenances ORDER BY 1, 2"
    )
    assert known == [("a:1", "a", "1", True), ("a:1", "b", "9", True), ("c:1", "c", "1", None)]
    ((source, motif, gravite, phrase, valeur),) = rows(
        conn, "SELECT source, motif, gravite, phrase, valeur FROM signalements"
    )
    assert (source, motif, gravite, valeur) == ("b", "doublon_fusionne", "alerte", "9")
    assert "même nom" in phrase
    assert "source a" in phrase


def test_the_most_recent_of_equals_is_kept(conn: psycopg.Connection) -> None:
    place(conn, "a:1")
    place(conn, "b:1")
    place(conn, "c:1", date_maj="2025-06-01")
    assert deduplicate(conn) == 2
    assert rows(conn, "SELECT id, date_maj::text FROM lieux") == [("c:1", "2025-06-01")]
    assert rows(conn, "SELECT count(*) FROM lieux_provenances") == [(3,)]


def test_other_communes_and_one_source_are_left_alone(conn: psycopg.Connection) -> None:
    place(conn, "a:1")
    place(conn, "a:2")
    place(conn, "b:1", commune="01002", lon=5.1)
    assert deduplicate(conn) == 0
    assert rows(conn, "SELECT count(*) FROM lieux") == [(3,)]
    assert rows(conn, "SELECT count(*) FROM lieux_provenances WHERE score IS NULL") == [(3,)]


def test_no_lieu_at_all(conn: psycopg.Connection) -> None:
    assert deduplicate(conn) == 0


def test_lieux_without_a_point_go_to_the_mairie(conn: psycopg.Connection) -> None:
    place(conn, "a:1", nom="Mairie", service="accueil-mairie", lon=5.02)
    place(conn, "b:1", localisation="centre_commune", lon=5.0, precision_m=2000.0)
    place(conn, "b:2", localisation="centre_commune", lon=5.01)  # a former commune's middle
    place(conn, "b:3", localisation="centre_commune", lon=5.1, commune="01002")  # no mairie
    compute_chefs_lieux(conn)
    place_at_chefs_lieux(conn)
    assert rows(
        conn, "SELECT id, localisation, round(ST_X(geom)::numeric, 3)::text FROM lieux ORDER BY id"
    ) == [
        ("a:1", "point", "5.020"),
        ("b:1", "chef_lieu", "5.020"),
        ("b:2", "centre_commune", "5.010"),
        ("b:3", "centre_commune", "5.100"),
    ]
    assert rows(conn, "SELECT precision_m FROM lieux WHERE id = 'b:1'") == [(2000.0,)]


def test_a_mairie_located_better_moves_what_is_measured_from_it(conn: psycopg.Connection) -> None:
    """And what was put there for want of better."""
    mairie = {"nom": "Mairie d'Amareins", "service": "accueil-mairie"}
    place(conn, "a:1", **mairie, lon=5.06, precision_m=4000.0)
    place(conn, "b:1", nom="Gymnase", localisation="centre_commune", lon=5.0)
    compute_chefs_lieux(conn)
    place_at_chefs_lieux(conn)
    place(conn, "c:1", **{**mairie, "service": "wifi"}, lon=5.02)
    assert deduplicate(conn) == 1
    compute_chefs_lieux(conn)
    place_at_chefs_lieux(conn)
    points = "SELECT round(ST_X(geom)::numeric, 3)::text FROM"
    assert rows(conn, f"{points} chefs_lieux WHERE commune = '01001'") == [("5.020",)]
    assert rows(conn, f"{points} lieux ORDER BY id") == [("5.020",), ("5.020",)]
