"""``geo-service etl``: make the atlas from its sources."""

from __future__ import annotations

import resource
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from etl.config import AtlasConfig
from geo_service.cli.check import check
from geo_service.databases import prepare_owner
from geo_service.settings import load_settings
from geo_service.steps import Steps

app = typer.Typer(no_args_is_help=True, help="Charger les sources et publier l'atlas.")

_console = Console(stderr=True, highlight=False)


app.command("check")(check)


@app.command("run")
def run(
    config: Annotated[
        Path | None, typer.Option(help="Fichier qui dit de quelles sources l'atlas est fait.")
    ] = None,
) -> None:
    """Charger, contrôler et publier l'atlas ; ne refait rien si rien n'a changé."""
    # The other commands start without waiting for pandas and GEOS.
    from geo_service import pipeline  # noqa: PLC0415

    settings = load_settings()
    outcome = pipeline.run(
        AtlasConfig.load(config or settings.config),
        database_url=prepare_owner(settings),
        downloads_dir=settings.downloads_dir,
        publications_dir=settings.publications_dir,
        steps=console_steps(pipeline.STEPS),
        tell=lambda sentence: _console.print(f"    {sentence}", style="dim", markup=False),
    )
    total = sum(outcome.seconds.values())
    if not outcome.built:
        _console.print(
            f"Rien n'a changé : la publication {outcome.publication} reste en place "
            f"({total:.1f} s)."
        )
        return
    _console.print(_report_table(outcome.report))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    _console.print(
        f"Publication {outcome.publication} en ligne : {total:.1f} s, "
        f"mémoire au plus haut {peak:.0f} Mo. Lignes refusées, réparées ou signalées : "
        f"{settings.publications_dir / outcome.publication / pipeline.REPORT}",
        soft_wrap=True,
    )


def console_steps(total: int) -> Steps:
    """Make steps that tell the terminal what is being done, how far, how long each took."""
    return Steps(
        total,
        on_start=lambda number, title: _console.print(f"[{number}/{total}] {title}…", markup=False),
        on_end=lambda number, title, seconds: _console.print(
            f"[{number}/{total}] {title} : {seconds:.1f} s", markup=False
        ),
    )


def _report_table(report: dict[str, dict[str, int]]) -> Table:
    from etl.signalements import MOTIFS  # noqa: PLC0415 (as above)

    table = Table("source", "gravité", "motif", title="Lignes refusées, réparées ou signalées")
    table.add_column("lignes", justify="right")
    for source, reasons in report.items():
        for reason, count in reasons.items():
            gravity, _, code = reason.partition("/")
            table.add_row(source, gravity, MOTIFS[code][1], f"{count:n}")
    return table
