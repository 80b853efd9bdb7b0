"""How the commands speak to people: French sentences on stderr, no stack trace."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from etl.errors import EtlError
from geo_service.faults import InstallationError

#: Errors whose message is a French sentence for the person who runs the command.
TOLD: tuple[type[Exception], ...] = (InstallationError, EtlError)


class FrenchGroup(TyperGroup):
    """A group of commands that tells the known errors in one sentence and exits with code 1."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command named on the command line."""
        try:
            return super().invoke(ctx)
        except TOLD as error:
            typer.secho(f"Erreur : {error}", err=True, fg=typer.colors.RED)
            raise typer.Exit(1) from None
