"""Templates of files over HTTP and on the command line."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from etl.templates import TEMPLATES, as_csv
from geo_service.cli import app

pytestmark = pytest.mark.anyio


async def test_every_format_is_described_and_downloaded(api: httpx.AsyncClient) -> None:
    described = (await api.get("/api/modeles")).json()["modeles"]
    assert [template["code"] for template in described] == list(TEMPLATES)
    for template in described:
        file = await api.get(template["fichier"])
        assert file.headers["content-type"] == "text/csv; charset=utf-8"
        assert file.headers["content-disposition"].startswith("attachment; filename=")
        assert file.content == as_csv(TEMPLATES[template["code"]], examples=True)
        bare = await api.get(template["fichier"] + "?exemples=false")
        assert len(bare.text.splitlines()) == 1


async def test_examples_are_marked_fictitious(api: httpx.AsyncClient) -> None:
    for code in TEMPLATES:
        rows = (await api.get(f"/api/modeles/{code}.csv")).text.splitlines()[1:]
        assert rows
        assert all("exemple fictif" in row for row in rows)


async def test_an_unknown_template_is_told(api: httpx.AsyncClient) -> None:
    answer = await api.get("/api/modeles/action.csv")
    assert answer.status_code == 404
    assert "« actions »" in answer.json()["detail"]


def test_the_command_writes_a_template_and_never_over_a_file(tmp_path: Path) -> None:
    target = tmp_path / "actions.csv"
    runner = CliRunner()
    done = runner.invoke(app, ["etl", "modele", "actions", "--sortie", str(target)])
    assert done.exit_code == 0, done.output
    assert target.read_bytes() == as_csv(TEMPLATES["actions"], examples=True)
    again = runner.invoke(app, ["etl", "modele", "labels", "--sortie", str(target)])
    assert again.exit_code == 1
    assert "existe déjà" in " ".join(again.output.split())
    assert target.read_bytes() == as_csv(TEMPLATES["actions"], examples=True)
    shown = runner.invoke(app, ["etl", "modele", "labels", "--no-exemples"])
    assert shown.output.strip() == ";".join(TEMPLATES["labels"].names)


def test_the_documentation_describes_every_column() -> None:
    text = (Path(__file__).parents[2] / "docs" / "donnees.md").read_text(encoding="utf-8")
    for template in TEMPLATES.values():
        for name in template.names:
            assert f"| `{name}` |" in text, (template.code, name)
