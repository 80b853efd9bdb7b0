"""``geo-service db``: the database of the atlas."""

from __future__ import annotations

from typing import Annotated

import typer

from geo_service import databases
from geo_service.settings import load_settings

app = typer.Typer(no_args_is_help=True, help="La base de données de l'atlas.")


@app.command()
def up() -> None:
    """Démarre la base privée (ou vérifie celle de GEO_DATABASE_URL) et la prépare."""
    settings = load_settings()
    url = databases.prepare_owner(settings)
    if databases.is_private(settings):
        place = databases.cluster(settings).place
        typer.echo(
            f"Base privée démarrée dans {place.home}, sous l'utilisateur {place.runner.name}."
        )
    else:
        typer.echo(f"Base {databases.public_name(url)} : prête.")


@app.command()
def down() -> None:
    """Arrête la base privée ; ne touche à aucune autre."""
    settings = load_settings()
    if not databases.is_private(settings):
        typer.echo("La base est celle de GEO_DATABASE_URL : elle n'est pas arrêtée d'ici.")
        return
    private = databases.cluster(settings)
    if not private.is_running():
        typer.echo("La base privée est déjà arrêtée.")
        return
    private.stop()
    typer.echo("Base privée arrêtée.")


@app.command()
def status() -> None:
    """Dit si la base répond ; le code de retour est 0 si oui, 1 si non."""
    settings = load_settings()
    if not databases.is_private(settings):
        typer.echo(f"Base {databases.public_name(databases.prepare_owner(settings))} : répond.")
        return
    private = databases.cluster(settings)
    running = private.is_running()
    typer.echo(f"Base privée {'démarrée' if running else 'arrêtée'} ({private.place.home}).")
    if not running:
        raise typer.Exit(1)


@app.command()
def url(
    lecture: Annotated[bool, typer.Option("--lecture", help="Rôle qui ne peut que lire.")] = False,
) -> None:
    """Écrit l'adresse de la base, pour psql ou QGIS."""
    settings = load_settings()
    typer.echo(databases.reader_url(settings) if lecture else databases.owner_url(settings))
