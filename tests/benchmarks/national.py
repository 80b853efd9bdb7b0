"""The national ETL, from nothing but the downloaded packages."""

from __future__ import annotations

import resource
from pathlib import Path
from typing import Any

import psycopg
from rich.console import Console
from rich.table import Table

from etl.config import AtlasConfig
from geo_service import pipeline
from geo_service.private_cluster import PrivateCluster
from geo_service.steps import Steps
from tests.support import DOWNLOADS, ROOT


def bench_etl(state: Path, console: Console) -> dict[str, Any]:
    """Build the national atlas in a state folder, and tell how long each step took."""
    with PrivateCluster(state / "postgres") as cluster:
        cluster.ensure_database("atlas")
        steps = Steps(pipeline.STEPS)
        pipeline.run(
            AtlasConfig.load(ROOT / "atlas.toml"),
            database_url=cluster.url("atlas"),
            downloads_dir=DOWNLOADS,
            publications_dir=state / "publications",
            steps=steps,
            tell=lambda _sentence: None,
        )
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        with psycopg.connect(cluster.url("atlas")) as conn:
            size = conn.execute("SELECT pg_database_size(current_database())").fetchone()
    table = Table("étape", "secondes", title="ETL national")
    for key, seconds in steps.seconds.items():
        table.add_row(key, f"{seconds:.1f}")
    table.add_row("total", f"{sum(steps.seconds.values()):.1f}")
    console.print(table)
    console.print(f"Mémoire du processus au plus haut : {peak:.0f} Mo")
    return {
        "secondes": steps.seconds,
        "total_secondes": round(sum(steps.seconds.values()), 1),
        "memoire_max_mo": round(peak),
        "base_mo": round(size[0] / 2**20) if size else None,
    }
