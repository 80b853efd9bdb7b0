"""The command as a whole."""

from __future__ import annotations

from importlib.metadata import version

from typer.testing import CliRunner

from geo_service.cli import app


def test_it_tells_its_version() -> None:
    """What somebody who reports a fault is asked for."""
    told = CliRunner().invoke(app, ["--version"])
    assert told.exit_code == 0
    assert told.output == f"geo-service {version('atlas-internet-citoyen')}\n"
