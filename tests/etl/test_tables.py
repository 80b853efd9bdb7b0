"""What the tables take, whatever the files hold."""

from __future__ import annotations

import random

import psycopg


def test_names_and_titles_may_be_longer_than_a_row_of_an_index(
    publication_conn: psycopg.Connection,
) -> None:
    """PostgreSQL refuses rows of an index beyond 2.7 kB, once compressed."""
    run = publication_conn.execute
    long = random.Random(0).randbytes(10_000).hex()
    run(
        "INSERT INTO territoires (niveau, code, nom, recherche, population, srid_legal) "
        "VALUES ('commune', '48095', 'Mende', 'mende', 12000, 2154)"
    )
    run(
        "INSERT INTO sources (id, nom, producteur, licence, date_donnees, role, statut, exhaustive)"
        " VALUES ('s', 'S', 'P', 'L', '2026-01-01', 'lieux', 'chargee', '{}')"
    )
    run(
        "INSERT INTO lieux (id, nom, commune, source, localisation, geom) "
        "VALUES ('a', %s, '48095', 's', 'point', ST_Point(3.5, 44.5, 4326))",
        [long],
    )
    run(
        "INSERT INTO actions (id, titre, porteur_niveau, porteur_code, type, source) "
        "VALUES ('a', %s, 'commune', '48095', 'projet', 's')",
        [long],
    )
    for table, column in (("lieux", "nom"), ("actions", "titre")):
        ((kept,),) = run(f"SELECT {column} FROM {table}").fetchall()
        assert kept == long
