"""``geo-service etl check``, as a data manager types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from geo_service import communes_cache
from geo_service.cli import app
from tests.etl import small_atlas
from tests.etl.mapping.files import place


@pytest.fixture(autouse=True)
def _small_country(monkeypatch: pytest.MonkeyPatch) -> None:
    """Six communes in place of France."""
    monkeypatch.setattr(communes_cache, "context_of", lambda *_: small_atlas.context())
    monkeypatch.setenv("COLUMNS", "200")


def run(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["etl", "check", *map(str, arguments)])
    return result.exit_code, result.output.replace("\u202f", " ")


def write(folder: Path, rows: list[dict[str, str]]) -> Path:
    path = folder / "lieux.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    return path


def test_a_known_standard(tmp_path: Path) -> None:
    rows = [
        place("1", commune="Amareins", adresse="1 rue Basse", pivot="1", frais_a_charge="Gratuit",
              dispositif_programmes_nationaux="Aidants Connect", code_insee="01001",
              latitude="46.05", longitude="5.05", services="Aide aux démarches administratives"),
        place("2", commune="?", adresse="", services="Danse"),
    ]  # fmt: skip
    refused = tmp_path / "rejets.csv"
    code, said = run(write(tmp_path, rows), "--rejets", refused)
    assert code == 0
    assert "mediation-numerique (Schéma des lieux de médiation numérique, 1.0)" in said
    assert "aide-demarches-numeriques, aidants-connect" in said
    assert "Lignes lues : 2 ; chargées : 1, dont réparées : 0 ; rejetées : 1." in said
    assert "sans_service" in said
    lines = refused.read_text(encoding="utf-8-sig").splitlines()
    assert lines[0] == "ligne;champ;gravite;motif;phrase;valeur"
    assert lines[1].startswith("2;")


def test_an_unknown_file_is_proposed_then_used(tmp_path: Path) -> None:
    rows = [
        {"Lieu": f"Fablab {n}", "Lat": "46.05", "Lng": "5.05", "offre": "Créer avec le numérique",
         "Courriel": "jeanne@exemple.fr"}
        for n in range(4)
    ]  # fmt: skip
    path, toml = write(tmp_path, rows), tmp_path / "fablabs.toml"
    code, said = run(path, "--ecrire", toml)
    assert code == 0
    assert "Aucun standard connu" in said
    assert "Correspondance proposée" in said
    assert "jamais lue" in said
    assert "jeanne" not in said
    assert "chargées : 4" in said
    again, said = run(path, "--correspondance", toml)
    assert again == 0
    assert "chargées : 4" in said
    code, said = run(path, "--ecrire", toml)
    assert (code, "existe déjà" in said) == (1, True)


def test_nothing_to_load_fails(tmp_path: Path) -> None:
    path = write(tmp_path, [{"Lieu": "Fablab", "Lat": "46.05", "Lng": "5.05"}])
    code, said = run(path)
    assert code == 1
    assert "--service CODE" in said
    assert run(path, "--service", "fablab")[0] == 0
    path = write(tmp_path, [{"Lieu": "Fablab", "Lat": "1.5", "Lng": "1.5"}])
    code, said = run(path, "--service", "fablab", "--correspondance", "france-services")
    assert code == 1
    assert "n'a pas la ou les colonnes" in said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "n'existe pas"),
        (b"", "vide"),
        (bytes(range(256)) * 40, ""),
        (b"[]", "aucun"),
        (b"a;b\n", "aucune ligne"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, content: bytes | None, said: str) -> None:
    path = tmp_path / "lieux.csv"
    if content is not None:
        path.write_bytes(content)
    code, output = run(path)
    assert code == 1
    assert said in output
    assert "Erreur : " in output
    assert "Traceback" not in output
    assert "imprévue" not in output


def test_wrong_names(tmp_path: Path) -> None:
    path = write(tmp_path, [place("1")])
    assert "Aucune source ne s'appelle « rien »" in run(path, "--source", "rien")[1]
    assert "Le standard « rien » n'existe pas" in run(path, "--correspondance", "rien")[1]
