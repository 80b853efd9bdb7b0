"""A run where one source changed takes the rest from the run before, and publishes the same."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from boundaries import build, generalise
from boundaries.tables import metadata
from etl import publication
from etl.config import SourceConfig
from etl.readers import READERS, Context, Reading
from etl.schemas import schema_of
from geo_service import pipeline, source_loading
from geo_service.kept_steps import KEEP, KeptSteps
from geo_service.private_cluster import PrivateCluster
from geo_service.steps import Steps
from tests.geo_service import small_run
from tests.support import own_database
from tiles import outlines


@pytest.fixture
def url(cluster: PrivateCluster) -> Iterator[str]:
    """A database without any publication, removed after the test."""
    with own_database(cluster, "petit_continu") as name:
        yield cluster.url(name)


def run(url: str, folder: Path, state: Path) -> tuple[pipeline.Outcome, list[str]]:
    told: list[str] = []
    outcome = pipeline.run(
        small_run.config(folder),
        database_url=url,
        downloads_dir=folder / "telechargements",
        publications_dir=state / "publications",
        steps=Steps(pipeline.STEPS),
        tell=told.append,
    )
    return outcome, told


def content(url: str, identifier: str, state: Path) -> dict[str, object]:
    """Every row of every table of a publication, in its order, and the bytes of its archives."""
    found: dict[str, object] = {
        path.name: path.read_bytes() for path in (state / "publications" / identifier).iterdir()
    }
    with psycopg.connect(url, autocommit=True) as conn:
        for table in metadata.sorted_tables:
            name = sql.Identifier(schema_of(identifier), table.name)
            query = sql.SQL("SELECT t::text FROM {} t").format(name)
            found[table.name] = conn.execute(query).fetchall()
    return found


def test_one_changed_source_publishes_what_a_full_run_would(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = tmp_path / "etat"
    first, told = run(url, tmp_path, state)
    assert not any("repris" in sentence for sentence in told)
    small_run.write_lieux(tmp_path / "donnees" / "deux.csv", 11, first=101)
    with monkeypatch.context() as patch:
        patch.setattr(build, "from_files", None)
        patch.setattr(generalise, "generalise", None)
        patch.setattr(outlines, "draw", None)
        read: list[str] = []
        plain = READERS["correspondance"]

        def watched(path: Path, source: SourceConfig, context: Context) -> Iterator[Reading]:
            read.append(source.id)
            yield from plain(path, source, context)

        patch.setitem(READERS, "correspondance", watched)
        second, told = run(url, tmp_path, state)
    assert any("repris" in sentence for sentence in told)
    assert read == ["deux"]
    assert second.built
    assert second.publication != first.publication
    continued = content(url, second.publication, state)
    with psycopg.connect(url, autocommit=True) as conn:
        publication.drop(conn, second.publication)
    fresh = tmp_path / "neuf"
    again, told = run(url, tmp_path, fresh)
    assert again.publication == second.publication
    assert not any("repris" in sentence for sentence in told)
    assert content(url, again.publication, fresh) == continued


def test_changed_territories_are_made_again(url: str, tmp_path: Path) -> None:
    state = tmp_path / "etat"
    run(url, tmp_path, state)
    changed = small_run.write_config(tmp_path)
    text = changed.read_text(encoding="utf-8").replace("2026-01-01", "2026-02-01", 1)
    changed.write_text(text, encoding="utf-8")
    kept = {path.name for path in (state / "etapes").iterdir()}
    small_config = small_run.AtlasConfig.load(changed)
    pipeline.run(
        small_config,
        database_url=url,
        downloads_dir=tmp_path / "telechargements",
        publications_dir=state / "publications",
        steps=Steps(pipeline.STEPS),
        tell=lambda _sentence: None,
    )
    assert {path.name for path in (state / "etapes").iterdir()} > kept


def test_a_damaged_result_is_made_again(tmp_path: Path) -> None:
    made: list[int] = []

    def make() -> list[int]:
        made.append(len(made))
        return [1, 2, 3]

    assert KeptSteps(tmp_path, {"a": 1}).get("pas", make) == [1, 2, 3]
    (path,) = tmp_path.iterdir()
    for damage in (b"", path.read_bytes()[:-1], path.read_bytes()[:40] + b"x" * 20):
        path.write_bytes(damage)
        kept = KeptSteps(tmp_path, {"a": 1})
        assert (kept.get("pas", make), kept.reused) == ([1, 2, 3], [])
    kept = KeptSteps(tmp_path, {"a": 1})
    assert (kept.get("pas", make), kept.reused) == ([1, 2, 3], ["pas"])
    assert len(made) == 4


def test_a_large_source_is_not_kept(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source_loading, "KEPT_ROWS", 15)
    run(url, tmp_path, tmp_path / "etat")
    names = {path.name.rsplit("-", 1)[0] for path in (tmp_path / "etat" / "etapes").iterdir()}
    territories = {"territoires", "contours", "groupes", "contours-groupes", "decoupe"}
    assert names == {*territories, "lecture-deux"}


def test_few_results_are_kept(tmp_path: Path) -> None:
    (tmp_path / "reste.tmp").touch()
    for number in range(KEEP + 3):
        KeptSteps(tmp_path, {"n": number}).get("pas", lambda: 0)
    assert len(list(tmp_path.iterdir())) == KEEP
    kept = KeptSteps(tmp_path, {"n": KEEP + 2})
    kept.get("pas", lambda: 1)
    assert kept.reused == ["pas"]


def test_a_step_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def fail() -> None:
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 (that of the step, as it is)
        KeptSteps(tmp_path, {}).get("pas", fail)
    assert not list(tmp_path.iterdir())
    shutil.rmtree(tmp_path)
    assert KeptSteps(tmp_path, {}).get("pas", lambda: 5) == 5
