"""The table of faults, for people (Markdown) and for programs (JSON)."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.faults.playing import Row

_TITLES = (
    "panne",
    "requêtes",
    "échecs",
    "refus calmes",
    "réponse la plus lente",
    "retour à la normale",
    "perdu",
    "remarque",
)


def machine() -> dict[str, Any]:
    """Describe the machine and what else it was doing."""
    return {
        "date": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "coeurs": os.cpu_count(),
        "charge": [round(value, 1) for value in os.getloadavg()],
        "systeme": platform.platform(),
    }


def markdown(rows: Sequence[Row]) -> str:
    """Write the table as Markdown."""
    lines = [_line(_TITLES), _line(["---", "--:", "--:", "--:", "--:", "--:", "---", "---"])]
    for row in rows:
        if not row.jouee:
            lines.append(_line([row.panne, *["–"] * 6, f"non joué : {row.remarque}"]))
            continue
        why = ", ".join(f"{count} × {reason}" for reason, count in row.pourquoi.items())
        lines.append(
            _line(
                [
                    row.panne,
                    str(row.requetes),
                    str(row.echecs),
                    str(row.refus),
                    f"{row.plus_lente_ms} ms",
                    "pas revenu" if row.retour_s is None else f"{row.retour_s} s".replace(".", ","),
                    " ; ".join(row.perdu) or "rien",
                    " ".join(part for part in (f"({why})." if why else "", row.remarque) if part),
                ]
            )
        )
    return "\n".join(lines) + "\n"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def write(folder: Path, rows: Sequence[Row], about: dict[str, Any]) -> None:
    """Write ``pannes.json`` and ``pannes.md`` into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    content = {**about, "pannes": [asdict(row) for row in rows]}
    text = json.dumps(content, ensure_ascii=False, indent=1)
    (folder / "pannes.json").write_text(text + "\n", encoding="utf-8")
    (folder / "pannes.md").write_text(markdown(rows), encoding="utf-8")
