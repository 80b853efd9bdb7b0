"""Settings: what the environment may say, and what is answered when it says it badly."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from geo_service.cli import app
from geo_service.faults import InstallationError
from geo_service.settings import load_settings, project_root


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*os.environ]:
        if name.startswith("GEO_") or name == "PORT":
            monkeypatch.delenv(name)


def test_defaults() -> None:
    settings = load_settings()
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.workers == min(len(os.sched_getaffinity(0)), 4)
    assert settings.database_url is None
    assert settings.state_dir == project_root() / ".atlas"
    assert settings.config == project_root() / "atlas.toml"


def test_the_root_is_the_nearest_atlas(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "atlas.toml").touch()
    deep = tmp_path / "un" / "deux"
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    assert load_settings().state_dir == tmp_path / ".atlas"


@pytest.mark.parametrize(
    ("environment", "port"),
    [
        ({"PORT": "8123"}, 8123),
        ({"GEO_PORT": "8124"}, 8124),
        ({"PORT": "8123", "GEO_PORT": "8124"}, 8124),
        ({"PORT": ""}, 8000),
    ],
)
def test_port(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], port: int) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert load_settings().port == port


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("GEO_METRICS", "9464", "adresse:port"),
        ("GEO_METRICS", "127.0.0.1:99999", "adresse:port"),
        ("GEO_TRUSTED_PROXIES", "10.0.0.0/8, ici", "« ici » n'est pas un réseau"),
        ("GEO_PUBLIC_URL", "atlas.exemple.fr", "https://atlas.exemple.fr"),
        ("GEO_PUBLIC_URL", "https://atlas.exemple.fr/sous", "sans chemin"),
        ("GEO_PUBLIC_URL", "https://nom@atlas.exemple.fr", "https://atlas.exemple.fr"),
        ("GEO_LIMIT_RATE", "-1", "au moins 0"),
        ("GEO_LIMIT_RATE", "beaucoup", "pas un nombre"),
        ("GEO_LOG_CLIENTS", "peut-être", "true et false"),
        ("GEO_LIMIT_URL", "10", "au moins 256"),
    ],
)
def test_a_limit_that_is_none_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(InstallationError, match=name) as caught:
        load_settings()
    assert words in str(caught.value)


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().proxies is None
    monkeypatch.setenv("GEO_TRUSTED_PROXIES", "aucun")
    assert load_settings().proxies == ()
    monkeypatch.setenv("GEO_TRUSTED_PROXIES", "10.0.0.1, 2001:db8::/32")
    assert [str(network) for network in load_settings().proxies or ()] == [
        "10.0.0.1/32",
        "2001:db8::/32",
    ]
    monkeypatch.setenv("GEO_PUBLIC_URL", "https://atlas.exemple.fr/")
    assert load_settings().public_url == "https://atlas.exemple.fr"


@pytest.mark.parametrize("between", [" ", ",", ", ", "\n"])
def test_replicas(monkeypatch: pytest.MonkeyPatch, between: str) -> None:
    assert load_settings().database_read_urls == ()
    replicas = ("postgresql://u@h1/b", "postgresql://u:x%2C@h2/b?sslmode=require")
    monkeypatch.setenv("GEO_DATABASE_READ_URLS", between.join(replicas))
    assert load_settings().database_read_urls == replicas


def test_relative_folders_are_of_the_current_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GEO_STATE_DIR", "etat")
    assert load_settings().cluster_dir == tmp_path / "etat" / "postgres"


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("PORT", "douze", "PORT = « douze » : ce n'est pas un nombre entier"),
        ("GEO_PORT", "0", "GEO_PORT = « 0 » : la valeur doit être au moins 1"),
        ("GEO_PORT", "65536", "GEO_PORT = « 65536 » : la valeur doit être au plus 65535"),
        ("GEO_WORKERS", "0", "GEO_WORKERS = « 0 » : la valeur doit être au moins 1"),
        ("GEO_LOG_LEVEL", "bavard", "'warning' ou 'error'"),
        ("GEO_DATABASE_URL", "mysql://u:motdepasse@h/b", "doit commencer par « postgresql:// »"),
        ("GEO_DATABASE_URL", "postgresql://u:motdepasse@h", "doit finir par le nom de la base"),
        ("GEO_DATABASE_READ_URL", "postgresql://u:motdepasse@[h/b", "ne se lit pas comme une URL"),
        (
            "GEO_DATABASE_READ_URLS",
            "postgresql://u@h1/b postgresql://u:x@h2/b?motdepasse",
            "n'est pas de celles que PostgreSQL accepte",
        ),
        ("GEO_DATABASE_READ_URLS", "postgresql://u@h1/b,postgresql://u@h2", "le nom de la base"),
        ("GEO_REPLICA_MAX_LAG", "0", "au moins 1"),
    ],
)
def test_a_bad_value_is_named_in_french(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, reason: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(InstallationError) as told:
        load_settings()
    assert reason in str(told.value)
    assert name in str(told.value)
    assert "motdepasse" not in str(told.value)


def test_every_bad_value_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEO_PORT", "-1")
    monkeypatch.setenv("GEO_WORKERS", "beaucoup")
    with pytest.raises(InstallationError, match=r"GEO_PORT.*GEO_WORKERS"):
        load_settings()


def test_the_command_says_it_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "douze")
    result = CliRunner().invoke(app, ["db", "status"])
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith("Erreur : Réglage refusé. PORT = « douze »")
    assert result.stderr.count("\n") == 1
