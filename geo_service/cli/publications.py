"""``geo-service publications``: see the publications of the atlas and go back to one."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import psycopg
import typer
from rich.console import Console
from rich.table import Table

from geo_service.databases import prepare_publisher
from geo_service.settings import load_settings

app = typer.Typer(no_args_is_help=True, help="Voir les publications de l'atlas, revenir à une.")

_console = Console(highlight=False)


@app.command("list")
def list_all() -> None:
    """Montrer les publications gardées, la plus récente d'abord."""
    # The other commands start without waiting for SQLAlchemy.
    from etl import publication  # noqa: PLC0415

    with psycopg.connect(prepare_publisher(load_settings()), autocommit=True) as conn:
        publication.ensure_catalogue(conn)
        found = publication.list_publications(conn)
    if not found:
        _console.print("Aucune publication. La commande « geo-service etl run » en fait une.")
        return
    table = Table("publication", "millésime", "créée le", "mise en ligne le", "en ligne")
    for known in found:
        table.add_row(
            known.id,
            str(known.millesime),
            f"{known.creee_le:%d/%m/%Y %H:%M}",
            f"{known.activee_le:%d/%m/%Y %H:%M}" if known.activee_le else "jamais",
            "oui" if known.active else "",
        )
    _console.print(table)


@app.command("activate")
def activate(
    identifier: Annotated[str, typer.Argument(help="Identifiant donné par « list ».")],
) -> None:
    """Remettre en ligne une publication gardée."""
    from etl import publication  # noqa: PLC0415 (as above)

    with psycopg.connect(prepare_publisher(load_settings()), autocommit=True) as conn:
        publication.ensure_catalogue(conn)
        publication.activate(conn, identifier)
    _console.print(f"La publication {identifier} est en ligne.")


class DiffFormat(StrEnum):
    """Forms of a comparison."""

    tableau = "tableau"
    json = "json"
    csv = "csv"


@app.command("diff")
def diff(
    avant: Annotated[str, typer.Argument(help="Publication d'avant.")],
    apres: Annotated[str, typer.Argument(help="Publication d'après.")],
    forme: Annotated[
        DiffFormat, typer.Option("--format", help="Résumé, ou tous les changements un par un.")
    ] = DiffFormat.tableau,
) -> None:
    """Montrer ce qui a changé d'une publication à une autre, par source et par territoire."""
    from etl import publication  # noqa: PLC0415 (as above)
    from etl.diff import compare  # noqa: PLC0415
    from geo_service.cli import diff_tables  # noqa: PLC0415

    with psycopg.connect(prepare_publisher(load_settings()), autocommit=True) as conn:
        publication.ensure_catalogue(conn)
        found = compare(conn, publication.require(conn, avant), publication.require(conn, apres))
    if forme is DiffFormat.json:
        sys.stdout.write(diff_tables.to_json(found))
    elif forme is DiffFormat.csv:
        sys.stdout.write(diff_tables.to_csv(found))
    else:
        for part in diff_tables.summary(found):
            _console.print(part)
