"""``geo-service publications``: see the publications of the atlas and go back to one."""

from __future__ import annotations

from typing import Annotated

import psycopg
import typer
from rich.console import Console
from rich.table import Table

from geo_service.databases import prepare_owner
from geo_service.settings import load_settings

app = typer.Typer(no_args_is_help=True, help="Voir les publications de l'atlas, revenir à une.")

_console = Console(highlight=False)


@app.command("list")
def list_all() -> None:
    """Montrer les publications gardées, la plus récente d'abord."""
    # The other commands start without waiting for SQLAlchemy.
    from etl import publication  # noqa: PLC0415

    with psycopg.connect(prepare_owner(load_settings()), autocommit=True) as conn:
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

    with psycopg.connect(prepare_owner(load_settings()), autocommit=True) as conn:
        publication.ensure_catalogue(conn)
        publication.activate(conn, identifier)
    _console.print(f"La publication {identifier} est en ligne.")
