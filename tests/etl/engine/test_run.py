"""A whole run on the engine makes the very publication that a run without it makes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from etl.config import AtlasConfig
from etl.engine.settings import Calcul
from etl.schemas import schema_of
from geo_service import pipeline
from geo_service.private_cluster import PrivateCluster
from geo_service.steps import Steps
from tests.geo_service import small_run
from tests.support import own_database


def published(
    cluster: PrivateCluster, config: AtlasConfig, folder: Path
) -> tuple[str, dict[str, list[tuple[Any, ...]]], list[str]]:
    """Identifier, rows of every table, and what was told."""
    told: list[str] = []
    with own_database(cluster, folder.name) as name:
        outcome = pipeline.run(
            config,
            database_url=cluster.url(name),
            downloads_dir=folder,
            publications_dir=folder / "publications",
            steps=Steps(pipeline.STEPS),
            tell=told.append,
            brotli=False,
        )
        schema = schema_of(outcome.publication)
        with psycopg.connect(cluster.url(name)) as conn:
            tables = [
                table
                for (table,) in conn.execute(
                    "SELECT tablename FROM pg_tables WHERE schemaname = %s", [schema]
                )
            ]
            rows = {
                table: conn.execute(
                    sql.SQL("SELECT t::text FROM {} t ORDER BY 1").format(
                        sql.Identifier(schema, table)
                    )
                ).fetchall()
                for table in tables
            }
    return outcome.publication, rows, told


def test_the_same_publication(cluster: PrivateCluster, tmp_path: Path) -> None:
    config = small_run.config(tmp_path)
    (tmp_path / "sans").mkdir()
    (tmp_path / "avec").mkdir()
    without, expected, _ = published(cluster, config, tmp_path / "sans")
    on_workers = config.model_copy(update={"calcul": Calcul(processus=1, delai_s=600)})
    identifier, rows, told = published(cluster, on_workers, tmp_path / "avec")
    assert identifier == without
    assert rows == expected
    assert rows["distances"]
    assert rows["couvertures"]
    assert "Jointures lourdes : dask, 1 processus de cette machine." in told
    assert not list((tmp_path / "avec" / "calcul").iterdir())
