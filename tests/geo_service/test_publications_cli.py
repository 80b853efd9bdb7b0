"""What the commands about publications write on the terminal."""

from __future__ import annotations

import csv
import io
import json

import pytest
from rich.console import Console
from typer.testing import CliRunner

from geo_service.cli import app
from geo_service.cli.progress import console_steps
from tests.geo_service import little_atlas

RUNNER = CliRunner()


@pytest.fixture(autouse=True)
def settings(little_owner_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEO_DATABASE_URL", little_owner_url)
    monkeypatch.setenv("COLUMNS", "160")


def output(*arguments: str, code: int = 0) -> str:
    done = RUNNER.invoke(app, list(arguments))
    assert done.exit_code == code, done.output
    assert "Traceback" not in done.output
    return done.output


def test_the_report_of_the_publication_readers_see() -> None:
    text = output("etl", "rapport")
    assert f"Publication {little_atlas.FIRST}" in text
    assert "Le code n'est pas celui d'une commune de l'atlas" in text
    assert "rejetée" in text
    assert "signalements.csv" in text
    assert "Le code n’est pas connu." not in text


def test_the_report_of_one_source_has_examples() -> None:
    text = output("etl", "rapport", little_atlas.SECOND, "--source", "mairies")
    assert f"Publication {little_atlas.SECOND}" in text
    assert "ligne 3 : Le code n’est pas connu." in text


def test_what_is_not_there_is_told() -> None:
    assert "n'est plus gardée" in output("etl", "rapport", "ffffffffffff", code=1)
    text = output("etl", "rapport", "--source", "mairie", code=1)
    assert "Aucune source « mairie »" in text
    assert "mairies" in text
    assert "ffffffffffff" in output(
        "publications", "diff", little_atlas.FIRST, "ffffffffffff", code=1
    )


def test_the_comparison_of_two_publications() -> None:
    two = (little_atlas.FIRST, little_atlas.SECOND)
    text = output("publications", "diff", *two)
    assert "site-internet-commune" in text
    assert "absent" in text
    rows = list(
        csv.DictReader(io.StringIO(output("publications", "diff", *two, "--format", "csv")))
    )
    told = json.loads(output("publications", "diff", *two, "--format", "json"))
    assert len(rows) == len(told["changements"]) > 0
    assert "Rien de ce qui est publié" not in text
    assert "même publication" in output("publications", "diff", two[0], two[0])


@pytest.mark.parametrize("terminal", [True, False])
def test_rows_are_counted_on_a_terminal_only(terminal: bool) -> None:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=terminal, width=100, highlight=False)
    steps = console_steps(1, console)
    with steps.step("sources", "Lecture"):
        for rows in (50_000, 100_000):
            steps.on_rows("Espaces [numériques]", rows)
        steps.on_rows("Autre", 10)
    text = stream.getvalue()
    assert "[1/1] Lecture…" in text
    assert ("Espaces [numériques]" in text) is terminal
    assert ("100\u202f000 lignes" in text) is terminal


def test_a_failed_step_leaves_the_terminal_clean() -> None:
    stream = io.StringIO()
    steps = console_steps(1, Console(file=stream, force_terminal=True, width=100))

    def fail() -> None:
        with steps.step("sources", "Lecture"):
            steps.on_rows("Une", 10)
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 (that of the step, as it is)
        fail()
    # The cursor, hidden while the lines move, is shown again.
    assert stream.getvalue().count("\x1b[?25l") == stream.getvalue().count("\x1b[?25h") == 1
