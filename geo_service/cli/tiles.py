"""``geo-service tiles``: the tile archives of a publication, alone."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from geo_service.cli.progress import console_steps
from geo_service.databases import prepare_publisher
from geo_service.settings import load_settings

app = typer.Typer(no_args_is_help=True, help="Refaire les tuiles d'une publication.")

_console = Console(stderr=True, highlight=False)


@app.callback()
def tiles() -> None:
    """Refaire les tuiles d'une publication."""


@app.command("build")
def build(
    identifier: Annotated[
        str | None, typer.Argument(help="Publication ; celle en ligne par défaut.")
    ] = None,
) -> None:
    """Refaire les archives de tuiles d'une publication gardée, à l'octet près."""
    # The other commands start without waiting for pandas and GEOS.
    from geo_service import tile_archives  # noqa: PLC0415
    from geo_service.archive_stores import archive_store  # noqa: PLC0415

    settings = load_settings()
    steps = console_steps(tile_archives.STEPS, _console)
    known = tile_archives.rebuild_archives(
        identifier,
        database_url=prepare_publisher(settings),
        publications_dir=settings.publications_dir,
        store=archive_store(settings),
        steps=steps,
    )
    _console.print(
        f"Tuiles de la publication {known.id} refaites à l'identique, dans "
        f"{settings.publications_dir / known.id} ({sum(steps.seconds.values()):.1f} s).",
        soft_wrap=True,
    )
