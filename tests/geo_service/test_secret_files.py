"""Secrets read from files: database addresses, keys of the object store."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from geo_service.archive_stores import archive_store
from geo_service.faults import InstallationError
from geo_service.settings import load_settings

URL = "postgresql://atlas:mot-de-passe@postgis/atlas"


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*os.environ]:
        if name.startswith(("GEO_", "AWS_")):
            monkeypatch.delenv(name)


@pytest.mark.parametrize("field", ["database_url", "database_read_url"])
def test_an_address_is_read_from_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, field: str
) -> None:
    (tmp_path / "secret").write_text(f"{URL}\n")
    monkeypatch.setenv(f"GEO_{field.upper()}_FILE", str(tmp_path / "secret"))
    assert getattr(load_settings(), field) == URL


def test_a_setting_without_a_secret_has_no_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "port").write_text("9999")
    monkeypatch.setenv("GEO_LOG_LEVEL_FILE", str(tmp_path / "port"))
    assert load_settings().log_level == "info"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "il n'existe pas"),
        (b"", "un secret et rien d'autre"),
        (b" \n", "un secret et rien d'autre"),
        (b"\xff\xfe", "un secret et rien d'autre"),
        (b"a" * 20_000, "un secret et rien d'autre"),
        (b"mysql://u:mot-de-passe@h/b", "postgresql://"),
    ],
)
def test_a_file_that_holds_none_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None, words: str
) -> None:
    if content is not None:
        (tmp_path / "secret").write_bytes(content)
    monkeypatch.setenv("GEO_DATABASE_URL_FILE", str(tmp_path / "secret"))
    with pytest.raises(InstallationError, match="GEO_DATABASE_URL") as told:
        load_settings()
    assert words in str(told.value)
    assert "mot-de-passe" not in str(told.value)


def test_an_address_given_twice_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(URL)
    monkeypatch.setenv("GEO_DATABASE_URL", URL)
    monkeypatch.setenv("GEO_DATABASE_URL_FILE", str(tmp_path / "secret"))
    with pytest.raises(InstallationError, match="toutes deux") as told:
        load_settings()
    assert "mot-de-passe" not in str(told.value)


def test_keys_of_the_object_store_are_read_from_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "cle").write_text("secret-s3\n")
    # Known to the fixture, so that what the service sets is forgotten after the test.
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY_FILE", str(tmp_path / "cle"))
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://127.0.0.1:9")
    monkeypatch.setenv("AWS_REGION", "fr-par")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "essai")
    monkeypatch.setenv("GEO_ARCHIVES_URL", "s3://atlas/tuiles")
    for _ in range(2):
        archive_store(load_settings())
        assert os.environ["AWS_SECRET_ACCESS_KEY"] == "secret-s3"
