"""What each client counted and what the database counts, kept by all processes of the suite."""

from __future__ import annotations

import json
import time
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.support import STATE, alone

#: By client, then by what was counted; kept for whoever reads the results afterwards.
COUNTS = STATE / "conformance.json"


def _read() -> dict[str, dict[str, Any]]:
    counts: dict[str, dict[str, Any]] = {}
    if COUNTS.is_file():
        counts = json.loads(COUNTS.read_text(encoding="utf-8"))
    return counts


def keep(client: str, what: str, found: int, expected: int) -> None:
    """Write down one count and the database's."""
    with alone("conformance"):
        counts = _read()
        counts.setdefault(client, {})[what] = {
            "client": found,
            "base": expected,
            "le": time.time(),
        }
        COUNTS.write_text(json.dumps(counts, indent=1, ensure_ascii=False), encoding="utf-8")


def show(since: float) -> str:
    """Table of what was counted since a moment (seconds of the epoch); empty when nothing was."""
    table = Table("client", "quoi", "compté", "en base", title="Comptes des clients réels")
    for client, counted in sorted(_read().items()):
        for what, one in counted.items():
            if one["le"] >= since:
                table.add_row(client, what, str(one["client"]), str(one["base"]))
    if not table.row_count:
        return ""
    console = Console(width=120, no_color=True)
    with console.capture() as shown:
        console.print(table)
    return shown.get()
