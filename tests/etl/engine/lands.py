"""A land of two zones, with lieux drawn at random, many of them at the very same place."""

from __future__ import annotations

from typing import Any

import numpy as np
import psycopg

#: West and south of the grid of square communes of each zone, how many on a side, first code.
GRIDS = {2154: (0.0, 46.0, 8, 16_001), 2975: (55.3, -21.1, 3, 97_401)}
SIDE = 0.05
#: A commune without polygon: its lieux count, and no distance is measured to them.
UNMAPPED = "98818"
#: Tables an engine has a part in.
COMPUTED = ("services_documentes", "couvertures", "taux", "distances", "accessibilites")


def load(conn: psycopg.Connection, lieux: int, seed: int = 0) -> None:
    """Fill the tables that coverage and accessibility are computed from."""
    random = np.random.default_rng(seed)
    run = conn.execute
    communes: list[tuple[str, float, float, int]] = []
    for srid, (west, south, side, first) in GRIDS.items():
        for i in range(side * side):
            x, y = west + i % side * SIDE, south + i // side * SIDE
            code = f"{first + i:05d}"
            communes.append((code, x, y, srid))
            run(
                """
                INSERT INTO territoires (niveau, code, nom, recherche, population, srid_legal,
                                         centre, geom)
                VALUES ('commune', %s, %s, %s, %s, %s, ST_Point(%s, %s, 4326),
                        ST_Multi(ST_MakeEnvelope(%s, %s, %s, %s, 4326)))
                """,
                [
                    *(code, code, code, None if i == 5 else int(random.integers(0, 9000)), srid),
                    *(x + SIDE / 2, y + SIDE / 2),
                    *(x, y, round(x + SIDE, 6), round(y + SIDE, 6)),
                ],
            )
            run(
                "INSERT INTO chefs_lieux VALUES (%s, 'centre', ST_Point(%s, %s, 4326))",
                [code, x + SIDE / 2, y + SIDE / 2],
            )
    communes.append((UNMAPPED, 166.0, -22.0, 0))
    members = [("commune", code, code) for code, *_ in communes]
    members += [("departement", code[:2], code) for code, *_ in communes]
    run(
        "INSERT INTO territoires (niveau, code, nom, recherche, population) "
        "VALUES ('commune', %(code)s, 'N', 'n', 5)",
        {"code": UNMAPPED},
    )
    run(
        """
        INSERT INTO territoires (niveau, code, nom, recherche, population)
        SELECT 'departement', left(code, 2), left(code, 2), '', sum(population)
        FROM territoires GROUP BY left(code, 2)
        """
    )
    _many(conn, "INSERT INTO appartenances VALUES (%s, %s, %s)", members)
    run("INSERT INTO themes VALUES ('t', 'T', 1)")
    run("INSERT INTO enjeux VALUES ('e', 't', 'E', 1)")
    run(
        "INSERT INTO services SELECT s, 'e', s, s, 1 "
        "FROM unnest(ARRAY['alpha', 'beta', 'gamma', 'delta']) s"
    )
    run(
        "INSERT INTO sources (id, nom, producteur, licence, date_donnees, role, statut, exhaustive)"
        " VALUES ('s', 's', 's', 's', '2026-01-01', 'lieux', 'chargee', '{}')"
    )
    rows: list[tuple[Any, ...]] = []
    given: list[tuple[str, str]] = []
    for number, where in enumerate(random.integers(0, len(communes), lieux)):
        code, west, south, srid = communes[where]
        # On a grid of four points a side: communes have several lieux at the same distance.
        x, y = (random.integers(0, 4, 2) + 0.5) * SIDE / 4
        capacity = float(random.integers(1, 5)) if number % 3 else None
        # An identifier that a file of text must not break.
        name = f's:{number:04d},"\né' if number % 7 == 0 else f"s:{number:04d}"
        rows.append((name, code, capacity, float(west + x), float(south + y)))
        given += [(name, "alpha")] if number % 10 else []
        given += [(name, "beta")] if number % 3 == 0 else []
        given += [(name, "gamma")] if srid == 2975 else []
        given += [(name, "delta")] if code == UNMAPPED else []
    _many(
        conn,
        "INSERT INTO lieux (id, nom, commune, source, localisation, capacite, geom) "
        "VALUES (%s, 'Lieu', %s, 's', 'point', %s, ST_Point(%s, %s, 4326))",
        rows,
    )
    _many(conn, "INSERT INTO lieux_services VALUES (%s, %s)", given)


def _many(conn: psycopg.Connection, query: str, rows: list[Any]) -> None:
    with conn.cursor() as cursor:
        cursor.executemany(query, rows)  # type: ignore[arg-type]


def computed(conn: psycopg.Connection) -> dict[str, list[tuple[Any, ...]]]:
    """What was computed, floats to the bit, and forget it."""
    found = {}
    for table in COMPUTED:
        rows = conn.execute(f"SELECT * FROM {table}").fetchall()  # type: ignore[arg-type]
        found[table] = sorted(rows, key=repr)
        conn.execute(f"DELETE FROM {table}")  # type: ignore[arg-type]
    conn.execute("DELETE FROM mesures; DELETE FROM actions_par_porteur")
    conn.execute(
        "DROP TABLE portees, actions_par_territoire, actions_comptees, actions_sur_place, "
        "lieux_par_territoire"
    )
    return found
