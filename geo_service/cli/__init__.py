"""The ``geo-service`` command."""

import typer

app = typer.Typer(no_args_is_help=True, help="Atlas de l'internet citoyen.")
