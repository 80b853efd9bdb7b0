"""``geo-service cog resolve``, on the real COG and on small files."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from geo_service.cli import app
from tests.boundaries import country, movements

CONFIG = """
[atlas]
titre = "Essai"
millesime = 2026
dossier_local = "."
referentiel = "."
"""
SOURCE = """
[[sources]]
id = "{id}"
nom = "{id}"
producteur = "INSEE"
licence = "LO"
url = "https://exemple.fr"
date_donnees = 2026-01-01
role = "territoires"
lecteur = "{id}"
fichier = "{file}"
facultative = {optional}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    country.write_tgz(tmp_path / "cog.tgz", country.cog_tables())
    path = tmp_path / "atlas.toml"
    path.write_text(
        CONFIG
        + SOURCE.format(id="cog", file="cog.tgz", optional="false")
        + SOURCE.format(id="mouvements", file="mvt.csv", optional="true"),
        encoding="utf-8",
    )
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["cog", "resolve", *map(str, arguments)])


def test_codes_are_resolved_to_the_standard_output(config: Path) -> None:
    movements.write(
        config.parent / "mvt.csv", [movements.row("41", "1976-01-01", "20004", "15004")]
    )
    codes = config.parent / "codes.csv"
    codes.write_text("insee\n20004\n75101\n99999\n4.5\n", encoding="utf-8")
    done = run(codes, "--config", config)
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines[1].startswith("20004,15004,")
    assert lines[2].startswith("75101,75056,")
    assert "Colonne « insee » : 4 lignes" in done.stderr
    assert "Inconnus : 4.5, 99999." in done.stderr
    assert "fichier des événements" in done.stderr


def test_without_the_movements_the_history_used_is_said(config: Path) -> None:
    codes = config.parent / "codes.csv"
    codes.write_text("insee\n20004\n75101\n", encoding="utf-8")
    target = config.parent / "fait.csv"
    done = run(codes, "--config", config, "--sortie", target, "--date", "1970")
    assert done.exit_code == 0, done.output
    assert done.stdout == ""
    assert "inconnu" in target.read_text(encoding="utf-8").splitlines()[1]
    assert "anciens codes du Code officiel géographique, sans dates" in done.stderr
    assert "2 lignes portent un avertissement" in done.stderr


@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        ("insee\n75101\n", ["--date", "hier"], "« hier » n’est pas une date"),
        ("a,b\nx,y\n", [], "--colonne"),
        ("", [], "est vide"),
    ],
)
def test_a_refusal_leaves_the_file_of_before(
    config: Path, content: str, options: list[str], said: str
) -> None:
    codes, target = config.parent / "codes.csv", config.parent / "fait.csv"
    codes.write_text(content, encoding="utf-8")
    target.write_text("avant", encoding="utf-8")
    done = run(codes, "--config", config, "--sortie", target, *options)
    assert done.exit_code == 1
    assert said in done.stderr
    assert target.read_text(encoding="utf-8") == "avant"
    assert not list(config.parent.glob(".*partiel"))


def test_the_file_read_is_not_written_over(config: Path) -> None:
    codes = config.parent / "codes.csv"
    codes.write_text("insee\n75101\n", encoding="utf-8")
    done = run(codes, "--config", config, "--sortie", codes)
    assert done.exit_code == 1
    assert "donnez-lui un autre nom" in done.stderr


@pytest.mark.national
def test_the_shipped_configuration_resolves_a_real_file(
    shared_data: Path, default_packages: dict[str, Path], tmp_path: Path
) -> None:
    """The libraries of 2020: one code was never that of a commune, nor of an arrondissement."""
    assert default_packages
    target = tmp_path / "fait.csv"
    done = run(shared_data / "lieux" / "bibliotheques-2020.csv", "--sortie", target)
    assert done.exit_code == 0, done.output
    assert "Colonne « INSEE » : 15\u202f779 lignes" in done.stderr
    assert "15\u202f611  codes actuels" in done.stderr
    assert "167  anciens codes résolus" in done.stderr
    assert "Inconnus : 69303." in done.stderr
