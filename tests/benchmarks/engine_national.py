"""The whole country computed twice, with and without the distributed engine, compared to the bit.

``python -m tests.benchmarks.engine_national DOSSIER`` copies what a run had loaded into the active
publication of ``GEO_STATE_DIR`` (else ``.atlas``), which is only read, to a database in DOSSIER.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import Computed, Table

from boundaries.tables import metadata
from etl import publication, tables
from etl.accessibility.compute import compute_accessibility
from etl.coverage import compute_coverage
from etl.engine.cluster import open_cluster
from etl.engine.places import DistributedPlaces
from etl.engine.settings import Calcul
from etl.schemas import schema_of
from geo_service.private_cluster import PrivateCluster
from tests.support import ROOT

#: What is computed, and compared; the rest of a publication is not needed for it.
COMPUTED = (
    *(tables.services_documentes, tables.couvertures, tables.taux),
    *(tables.distances, tables.accessibilites),
)
_READ = (
    *("territoires", "appartenances", "referentiels", "themes", "enjeux", "services", "sources"),
    *("lieux", "lieux_services", "actions", "actions_services", "actions_points"),
    *("exhaustivites", "chefs_lieux"),
)
_NAME = "0123456789ab"


def copy_publication(source: psycopg.Connection, target: psycopg.Connection) -> None:
    """Copy what was loaded into the active publication to the empty tables of another database."""
    row = source.execute("SELECT publication FROM atlas.publication_active").fetchone()
    if row is None:
        raise SystemExit("Aucun atlas n'est publié : lancez « geo-service etl run ».")
    schema = schema_of(row[0])
    for name in _READ:
        table: Table = metadata.tables[name]
        columns = sql.SQL(", ").join(
            sql.Identifier(column.name)
            for column in table.columns
            if not isinstance(column.server_default, Computed)
        )
        out = sql.SQL("COPY {} ({}) TO STDOUT (FORMAT BINARY)").format(
            sql.Identifier(schema, name), columns
        )
        into = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
            sql.Identifier(name), columns
        )
        with source.cursor().copy(out) as reading, target.cursor().copy(into) as writing:
            for block in reading:
                writing.write(block)
    target.execute("ANALYZE")


def compare(conn: psycopg.Connection, exchange: Path, processes: int) -> dict[str, Any]:
    """Compute without the engine, then with it, and count the rows that differ.

    Parameters
    ----------
    conn
        Its search_path is a publication's schema, filled by :func:`copy_publication`; it is in a
        transaction, in which everything is done.
    """
    seconds: dict[str, float] = {}

    def timed(name: str, distributed: DistributedPlaces | None) -> None:
        started = time.monotonic()
        compute_coverage(conn, distributed)
        compute_accessibility(conn, distributed=distributed)
        seconds[name] = round(time.monotonic() - started, 1)

    timed("postgis", None)
    for table in COMPUTED:
        name = sql.Identifier(table.name)
        before = sql.Identifier(f"avant_{table.name}")
        conn.execute(sql.SQL("CREATE TEMPORARY TABLE {} AS TABLE {}").format(before, name))
        conn.execute(sql.SQL("DELETE FROM {}").format(name))
    conn.execute("DELETE FROM mesures; DELETE FROM actions_par_porteur")
    conn.execute(
        "DROP TABLE portees, actions_par_territoire, actions_comptees, actions_sur_place, "
        "lieux_par_territoire"
    )
    with open_cluster(Calcul(processus=processes), exchange) as cluster:
        started = time.monotonic()
        places = DistributedPlaces.of(cluster, conn)
        seconds["exporter"] = round(time.monotonic() - started, 1)
        timed(f"dask, {processes} processus", places)
    found = {}
    for table in COMPUTED:
        names = {
            "now": sql.Identifier(table.name),
            "before": sql.Identifier(f"avant_{table.name}"),
        }
        row = conn.execute(
            sql.SQL(
                """
                SELECT (SELECT count(*) FROM {before}),
                       (SELECT count(*) FROM (TABLE {now} EXCEPT ALL TABLE {before}) a)
                       + (SELECT count(*) FROM (TABLE {before} EXCEPT ALL TABLE {now}) b)
                """
            ).format(**names)
        ).fetchone()
        assert row is not None
        found[table.name] = {"lignes": row[0], "differentes": row[1]}
    return {"secondes": seconds, "tables": found}


def measure(state: Path, work: Path, processes: int = 2) -> dict[str, Any]:
    """Compare on the atlas published in `state`, whose server is started if it is not."""
    source = PrivateCluster(state / "postgres")
    source.start()
    with PrivateCluster(work / "postgres") as target:
        target.ensure_database("moteur")
        with (
            psycopg.connect(source.url("atlas")) as published,
            psycopg.connect(target.url("moteur")) as conn,
        ):
            publication.ensure_catalogue(conn)
            publication.open_schema(conn, _NAME)
            copy_publication(published, conn)
            published.rollback()
            found = compare(conn, work / "calcul", processes)
            conn.rollback()
    return found


def main() -> None:
    """Compare; the figures are the last line of the output."""
    work = Path(sys.argv[1])
    work.mkdir(parents=True)
    try:
        found = measure(Path(os.environ.get("GEO_STATE_DIR") or ROOT / ".atlas"), work)
    finally:
        PrivateCluster(work / "postgres").remove()
        shutil.rmtree(work, ignore_errors=True)
    sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
