"""``geo-service etl``: make the atlas from its sources."""

from __future__ import annotations

import resource
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from etl.config import AtlasConfig
from etl.errors import EtlError
from etl.templates import TEMPLATES, as_csv
from geo_service.cli.check import check
from geo_service.cli.progress import console_steps
from geo_service.databases import prepare_publisher
from geo_service.settings import load_settings

app = typer.Typer(no_args_is_help=True, help="Charger les sources et publier l'atlas.")

_console = Console(stderr=True, highlight=False)


app.command("check")(check)


@app.command("run")
def run(
    config: Annotated[
        Path | None, typer.Option(help="Fichier qui dit de quelles sources l'atlas est fait.")
    ] = None,
    accepter: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SOURCE",
            help="Publier, cette fois, même si cette source perd trop de lignes ou a disparu ; "
            "l'option peut être répétée.",
        ),
    ] = None,
) -> None:
    """Charger, contrôler et publier l'atlas ; ne refait rien si rien n'a changé."""
    # The other commands start without waiting for pandas and GEOS.
    from geo_service import pipeline  # noqa: PLC0415
    from geo_service.archive_stores import archive_store  # noqa: PLC0415

    settings = load_settings()
    outcome = pipeline.run(
        AtlasConfig.load(config or settings.config),
        database_url=prepare_publisher(settings),
        downloads_dir=settings.downloads_dir,
        publications_dir=settings.publications_dir,
        store=archive_store(settings),
        steps=console_steps(pipeline.STEPS, _console),
        accepted=accepter or (),
        tell=lambda sentence: _console.print(f"    {sentence}", style="dim", markup=False),
    )
    total = sum(outcome.seconds.values())
    if not outcome.built:
        _console.print(
            f"Rien n'a changé : la publication {outcome.publication} reste en place "
            f"({total:.1f} s)."
        )
        return
    from geo_service.cli import report_tables  # noqa: PLC0415 (as above)

    for table in report_tables.summary(outcome.report):
        _console.print(table)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    folder = settings.publications_dir / outcome.publication
    _console.print(
        f"Publication {outcome.publication} en ligne : {total:.1f} s, "
        f"mémoire au plus haut {peak:.0f} Mo. Lignes refusées, réparées ou signalées : "
        f"{folder / report_tables.ROWS_FILE}",
        soft_wrap=True,
    )


@app.command("rapport")
def rapport(
    identifier: Annotated[
        str | None, typer.Argument(help="Publication ; celle en ligne par défaut.")
    ] = None,
    source: Annotated[
        str | None, typer.Option(help="Une seule source, avec des exemples de lignes.")
    ] = None,
) -> None:
    """Montrer ce que sont devenues les lignes de chaque source, et pourquoi."""
    # The other commands start without waiting for SQLAlchemy.
    import psycopg  # noqa: PLC0415

    from etl import publication, report  # noqa: PLC0415
    from geo_service.cli import report_tables  # noqa: PLC0415

    settings = load_settings()
    with psycopg.connect(prepare_publisher(settings), autocommit=True) as conn:
        publication.ensure_catalogue(conn)
        known = publication.require(conn, identifier)
        publication.use_schema(conn, known.id)
        found = report.read(conn, source)
        if not found:
            names = ", ".join(mine.id for mine in report.read(conn) if mine.lignes_lues is not None)
            raise EtlError(
                f"Aucune source « {source} » dans la publication {known.id}. Sources : {names}."
            )
    console = Console(file=sys.stdout, highlight=False)
    console.print(f"Publication {known.id}, faite le {known.creee_le:%d/%m/%Y à %H:%M}.")
    for table in report_tables.summary(found, examples=source is not None):
        console.print(table)
    console.print(
        f"Toutes les lignes : {settings.publications_dir / known.id / report.ROWS_FILE} "
        f"et /api/publications/{known.id}/rapport",
        soft_wrap=True,
    )


@app.command("modele")
def modele(
    code: Annotated[str, typer.Argument(help="Modèle voulu : actions ou labels.")],
    sortie: Annotated[
        Path | None, typer.Option(help="Fichier à écrire ; à l'écran si rien n'est dit.")
    ] = None,
    exemples: Annotated[
        bool, typer.Option(help="Donner des lignes d'exemple, marquées fictives.")
    ] = True,
) -> None:
    """Écrire un modèle de fichier à remplir par les collectivités."""
    template = TEMPLATES.get(code)
    if template is None:
        raise EtlError(
            f"Il n'y a pas de modèle « {code} ». Modèles connus : {', '.join(TEMPLATES)}."
        )
    content = as_csv(template, examples=exemples)
    if sortie is None:
        typer.echo(content.decode("utf-8-sig"), nl=False)
        return
    try:
        with sortie.open("xb") as stream:
            stream.write(content)
    except FileExistsError:
        raise EtlError(
            f"Le fichier {sortie} existe déjà, il n'a pas été touché. Choisissez un autre nom."
        ) from None
    except OSError as error:
        raise EtlError(f"Le fichier {sortie} ne peut pas être écrit : {error.strerror}.") from None
    _console.print(f"Modèle « {template.libelle} » écrit dans {sortie}.", soft_wrap=True)
