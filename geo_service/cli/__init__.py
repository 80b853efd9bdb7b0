"""The ``geo-service`` command."""

from importlib.metadata import version
from typing import Annotated

import typer

from geo_service.cli import backup, boundaries, cog, db, etl, publications, serve, tiles, widget
from geo_service.cli.french import FrenchGroup

app = typer.Typer(cls=FrenchGroup, no_args_is_help=True, help="Atlas de l'internet citoyen.")
app.add_typer(boundaries.app, name="boundaries")
app.add_typer(cog.app, name="cog")
app.add_typer(db.app, name="db")
app.add_typer(etl.app, name="etl")
app.add_typer(publications.app, name="publications")
app.add_typer(widget.app, name="widget")
app.add_typer(tiles.app, name="tiles")
app.command("serve")(serve.serve)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)


def _tell_version(asked: bool) -> None:
    if asked:
        typer.echo(f"geo-service {version('atlas-internet-citoyen')}")
        raise typer.Exit


@app.callback()
def main(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_tell_version, is_eager=True, help="Dit la version."),
    ] = False,
) -> None:
    """Take what is asked of the command itself."""
