"""What the service promises beside its peers, and what this run measured of it."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table


def _rows(results: dict[str, Any]) -> list[tuple[str, str, str, bool]]:
    """Promise, bound, measure, kept or not: only of what was measured."""
    rows = []
    if "archives" in results:
        ratios = results["archives"]["rapports"]
        rows += [
            (f"{name}, fois plus vite que tippecanoe -pn", "≥ 2", ratios[key], ratios[key] >= 2)
            for name, key in (
                ("archive", "archive_seconds"),
                ("archive, contours gardés", "archive_contours_gardes_seconds"),
                ("archive et généralisation", "generalisation_et_archive_seconds"),
            )
        ]
        weight = ratios["octets"]
        rows.append(("archive, octets ÷ ceux de tippecanoe", "≤ 1", weight, weight <= 1))
    if "pairs" not in results:
        return [(name, bound, f"{value:.2f}", kept) for name, bound, value, kept in rows]
    found = results["pairs"]
    for case, measured in found["cas"].items():
        servers = measured["serveurs"]
        if "atlas" not in servers:
            continue
        ours = servers["atlas"]
        rate = ours["requests_per_second"]
        peer = next((one for name, one in servers.items() if name.startswith("tipg")), None)
        tiles = "ASGI nu" in servers
        if peer is not None:
            times, least = rate / peer["requests_per_second"], 100 if tiles else 10
            rows.append(
                (f"{case}, fois les requêtes/s de tipg", f"≥ {least}", times, times >= least)
            )
        if tiles:
            part = rate / servers["ASGI nu"]["requests_per_second"]
            rows += [
                (f"{case}, part du plafond ASGI nu", "≥ 0,70", part, part >= 0.7),
                (f"{case}, p99 en ms", "< 5", ours["p99"], ours["p99"] < 5),
            ]
    held = found["memoire_mo"]["atlas"]
    rows += [
        (f"mémoire d’un processus, {kind.upper()} en Mo", "< 300", size, size < 300)
        for kind, size in (("pss", held["worker_pss"]), ("rss", held["worker_rss"]))
    ]
    return [(name, bound, f"{value:.2f}", kept) for name, bound, value, kept in rows]


def show_goals(results: dict[str, Any], console: Console) -> None:
    """Print the promises beside what was measured."""
    rows = _rows(results)
    if not rows:
        return
    table = Table("promesse", "borne", "mesuré", "tenue", title="Promesses")
    for name, bound, value, kept in rows:
        table.add_row(name, bound, value.replace(".", ","), "oui" if kept else "non")
    console.print(table)
