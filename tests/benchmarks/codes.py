"""A million codes of every year, resolved from file to file by the command."""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console

from boundaries.history import History
from boundaries.readers import etalab, mouvements
from etl.config import AtlasConfig
from etl.fetch import fetch
from tests.support import DOWNLOADS, ROOT

ROWS = 1_000_000


def bench_codes(console: Console) -> dict[str, Any]:
    """Time ``geo-service cog resolve`` on codes drawn among all those that ever were."""
    config = AtlasConfig.load(ROOT / "atlas.toml")
    paths = {
        name: fetch(config.source(name), DOWNLOADS, config.dossier_local, lambda _: None)
        for name in ("cog-2026", "mouvements-2026")
    }
    cog, movements = paths["cog-2026"], paths["mouvements-2026"]
    assert cog is not None
    history = History.from_cog(etalab.read(cog), mouvements.read(movements) if movements else None)
    codes = random.Random(0).choices(sorted(history.codes), k=ROWS)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "codes.csv"
        source.write_text("code_insee\n" + "\n".join(codes) + "\n", encoding="utf-8")
        command = [Path(sys.executable).with_name("geo-service"), "cog", "resolve", source]
        started = time.perf_counter()
        subprocess.run(
            [*command, "--sortie", Path(folder) / "fait.csv"], check=True, capture_output=True
        )
        seconds = time.perf_counter() - started
    console.print(f"Codes : un million en {seconds:.1f} s")
    return {
        "lignes": ROWS,
        "codes_distincts": len(history.codes),
        "historique": history.historique,
        "secondes": round(seconds, 2),
    }
