"""``geo-service widget``: the map of a territory as a folder that any web server can serve."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from etl.french import figure
from geo_service.databases import prepare_reader, reader_url
from geo_service.faults import InstallationError
from geo_service.settings import Settings, load_settings

if TYPE_CHECKING:
    from geo_service.widget.kit.archive import Extract
    from geo_service.widget.options import Options

app = typer.Typer(no_args_is_help=True, help="La carte d'un territoire, à mettre chez soi.")

#: Times the publication is asked for again.
_TRIES = 3

_console = Console(stderr=True, highlight=False)


@app.callback()
def _group() -> None:
    """Keep ``export`` a named command even while it is alone."""


@app.command("export")
def export(  # noqa: PLR0917 (options of a command are named)
    niveau: Annotated[
        str, typer.Option(help="commune, epci, ept, departement, region, pays ou groupe.")
    ],
    code: Annotated[str, typer.Option(help="Code INSEE, SIREN, « france », ou code du groupe.")],
    out: Annotated[
        Path, typer.Option(metavar="DOSSIER", help="Dossier à écrire ; vide s'il existe déjà.")
    ],
    enjeu: Annotated[str | None, typer.Option(help="Code d'un enjeu du référentiel.")] = None,
    service: Annotated[str | None, typer.Option(help="Code d'un service du référentiel.")] = None,
    theme: Annotated[str | None, typer.Option(help="Code d'un thème du référentiel.")] = None,
    langue: Annotated[str, typer.Option(help="Langue des libellés : fr ou en.")] = "fr",
    couleur: Annotated[
        str | None, typer.Option(help="Couleur des liens et des boutons, par exemple 0a5f73.")
    ] = None,
    fond: Annotated[str, typer.Option(help="auto, clair ou sombre.")] = "auto",
    hauteur: Annotated[str | None, typer.Option(help="Hauteur en pixels.")] = None,
    titre: Annotated[str | None, typer.Option(help="Titre à la place du nôtre.")] = None,
) -> None:
    """Écrire un dossier que n'importe quel serveur de fichiers peut servir, sans l'atlas."""
    # The other commands start without waiting for the pages' libraries.
    from geo_service.errors import Problem  # noqa: PLC0415
    from geo_service.widget.options import read_options  # noqa: PLC0415

    subjects = {"service": service, "enjeu": enjeu, "theme": theme}
    if sum(value is not None for value in subjects.values()) > 1:
        raise InstallationError(
            "Une carte a un seul sujet : choisissez --service, --enjeu ou --theme."
        )
    given = {
        **subjects, "langue": langue, "couleur": couleur, "fond": fond, "hauteur": hauteur,
        "titre": titre,
    }  # fmt: skip
    try:
        options = read_options((name, value) for name, value in given.items() if value is not None)
    except Problem as problem:
        raise InstallationError(problem.detail) from None
    settings = load_settings()
    prepare_reader(settings)
    started = time.perf_counter()
    extract = asyncio.run(_export(settings, niveau, code, options, out))
    elapsed = time.perf_counter() - started
    first, last = extract.zooms
    _console.print(
        f"Dossier « {out} » écrit en {elapsed:.0f} s : {figure(extract.tiles)} tuiles des zooms "
        f"{first} à {last}, {figure(round(extract.octets / 1000))} ko. Lisez {out / 'LISEZMOI.md'}."
    )


async def _export(
    settings: Settings, niveau: str, code: str, options: Options, out: Path
) -> Extract:
    """Open the active publication, and write the kit from it."""
    from geo_service import logs  # noqa: PLC0415
    from geo_service.archive_stores import archive_store  # noqa: PLC0415
    from geo_service.errors import to_problem  # noqa: PLC0415
    from geo_service.watcher import AtlasWatcher  # noqa: PLC0415
    from geo_service.widget.kit.export import check_folder, export_kit  # noqa: PLC0415

    check_folder(out)
    logs.configure("error")
    watcher = AtlasWatcher(
        lambda: reader_url(settings),
        archive_store(settings),
        period=3600,
        folder=settings.publications_dir,
    )
    await watcher.start()
    try:
        # A busy database may miss the short delay that the service gives its visitors.
        for _ in range(_TRIES):
            if watcher.current is None:
                await watcher.look()
        atlas = watcher.current
        if atlas is None:
            absence = watcher.absence
            detail = "" if absence is None else to_problem(absence).detail
            raise InstallationError(detail or "Aucune publication n'est en ligne.")
        return await export_kit(atlas, (niveau, code), options, out)
    finally:
        await watcher.stop()
