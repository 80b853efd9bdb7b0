"""``geo-service tiles build``: the archives of a publication made once more, to the same bytes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from etl import publication
from etl.errors import EtlError
from geo_service import pipeline
from geo_service.cli import app
from geo_service.private_cluster import PrivateCluster
from geo_service.steps import Steps
from geo_service.tile_archives import STEPS, rebuild_archives
from tests.geo_service import small_run
from tests.support import own_database


@pytest.fixture(scope="module")
def url(cluster: PrivateCluster) -> Iterator[str]:
    with own_database(cluster, "petit_tuiles") as name:
        yield cluster.url(name)


@pytest.fixture(scope="module")
def published(url: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the publication of a tiny country, the active one."""
    folder = tmp_path_factory.mktemp("petit")
    state = folder / "etat"
    outcome = pipeline.run(
        small_run.config(folder),
        database_url=url,
        downloads_dir=folder / "telechargements",
        publications_dir=state / "publications",
        steps=Steps(pipeline.STEPS),
        tell=lambda _: None,
    )
    return state / "publications" / outcome.publication


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_archives_are_made_again_to_the_same_bytes(
    url: str, published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = content(published)
    assert {"territoires.pmtiles", "lieux.pmtiles"} < set(before)
    os.truncate(published / "territoires.pmtiles", 1000)
    (published / "lieux.pmtiles").unlink()
    monkeypatch.setenv("GEO_DATABASE_URL", url)
    monkeypatch.setenv("GEO_STATE_DIR", str(published.parents[1]))
    ran = CliRunner().invoke(app, ["tiles", "build"])
    assert ran.exit_code == 0, ran.output
    assert published.name in ran.output
    assert content(published) == before


def test_a_publication_that_is_not_kept(url: str, published: Path) -> None:
    with pytest.raises(EtlError, match=rf"« autre » n'existe pas.*{published.name}"):
        rebuild(url, published, "autre")


def test_other_code_or_other_bytes_leave_the_archives_in_place(
    url: str, published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = content(published)
    with monkeypatch.context() as patch:
        patch.setattr(publication, "code_fingerprint", lambda: "autre")
        with pytest.raises(EtlError, match="le code qui la fait a changé depuis"):
            rebuild(url, published, published.name)
    with psycopg.connect(url) as conn:
        described = {"lieux": {"sha256": "0"}, "territoires": {"sha256": "0"}}
        (kept,) = conn.execute("SELECT archives FROM atlas.publications").fetchone()
        conn.execute("UPDATE atlas.publications SET archives = %s", [json.dumps(described)])
    try:
        with pytest.raises(EtlError, match="serait différente"):
            rebuild(url, published, published.name)
    finally:
        with psycopg.connect(url) as conn:
            conn.execute("UPDATE atlas.publications SET archives = %s", [json.dumps(kept)])
    assert content(published) == before


def rebuild(url: str, published: Path, identifier: str) -> None:
    rebuild_archives(
        identifier, database_url=url, publications_dir=published.parent, steps=Steps(STEPS)
    )
