"""What is saved comes back, on a new PostgreSQL; what is damaged or in the way is refused."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from typer.testing import CliRunner

from boundaries.tables import metadata
from etl import publication
from etl.config import AtlasConfig
from etl.schemas import schema_of
from geo_service import pipeline
from geo_service.backup import archive, placing, restoring, saving
from geo_service.backup.archive import BackupError, BackupReader
from geo_service.backup.manifest import FORMAT_VERSION, safe_name
from geo_service.cli import app
from geo_service.private_cluster import READER, PrivateCluster
from geo_service.steps import Steps
from geo_service.watcher import AtlasWatcher
from tests.geo_service import small_run
from tests.geo_service.conftest import client_of
from tests.support import own_database
from tiles.store import FolderStore

pytestmark = pytest.mark.anyio

#: Answers of all kinds: from memory, from the tables, from the files, of the history.
ADDRESSES = (
    "/api/territoires/pays/france/diagnostic",
    "/api/territoires/pays/france/lieux",
    "/api/territoires?q=a",
    "/ogc/collections/communes/items?f=json",
    "/tiles/territoires/5/16/11.mvt",
)


@dataclass(frozen=True)
class Site:
    """A machine: a folder with ``atlas.toml``, its state, a database."""

    folder: Path
    url: str
    reader: str

    @property
    def state(self) -> Path:
        return self.folder / "etat"

    def run(self) -> pipeline.Outcome:
        return pipeline.run(
            AtlasConfig.load(self.folder / "atlas.toml"),
            database_url=self.url,
            downloads_dir=self.state / "telechargements",
            publications_dir=self.state / "publications",
            steps=Steps(pipeline.STEPS),
            tell=lambda _sentence: None,
            brotli=False,
        )

    def save(self, target: Path, **options: bool) -> list[str]:
        told: list[str] = []
        saving.save(
            target,
            config_path=self.folder / "atlas.toml",
            database_url=self.url,
            downloads_dir=self.state / "telechargements",
            publications_dir=self.state / "publications",
            steps=Steps(saving.STEPS),
            tell=told.append,
            **options,
        )
        return told

    def restore(self, path: Path, **options: bool) -> restoring.Restored:
        with BackupReader(path) as backup:
            return restoring.restore(
                backup,
                config_path=self.folder / "atlas.toml",
                database_url=self.url,
                state_dir=self.state,
                downloads_dir=self.state / "telechargements",
                publications_dir=self.state / "publications",
                store=FolderStore(self.state / "publications"),
                steps=Steps(restoring.STEPS),
                tell=lambda _sentence: None,
                **options,
            )

    def rows(self, *, dates: bool = True) -> dict[str, list[tuple]]:
        """Every row of the history and of the publication on line; of the catalogue, ids and days.

        Without `dates`, the one that says when the publication was last shown is left out.
        """
        with psycopg.connect(self.url) as conn:
            active = publication.require(conn)
            found = {
                "publications": [
                    (p.id, p.active, p.creee_le, p.archives)
                    for p in publication.list_publications(conn)
                ]
            }
            for name in ("historique_publications", "historique_axes", "historique"):
                shown = "to_jsonb(t)" + ("" if dates else " - 'activee_le'")
                found[name] = conn.execute(f"SELECT {shown} FROM atlas.{name} t").fetchall()
            for table in metadata.sorted_tables:
                query = sql.SQL("SELECT t::text FROM {} t").format(
                    sql.Identifier(schema_of(active.id), table.name)
                )
                found[table.name] = conn.execute(query).fetchall()
        return found

    def archives(self, identifier: str) -> dict[str, bytes]:
        folder = self.state / "publications" / identifier
        return {path.name: path.read_bytes() for path in folder.iterdir()}

    async def answers(self) -> dict[str, bytes]:
        watcher = AtlasWatcher(lambda: self.reader, self.state / "publications", period=3600)
        await watcher.start()
        try:
            async with client_of(watcher) as client:
                found = {}
                for address in ADDRESSES:
                    answer = await client.get(address)
                    assert answer.status_code in {200, 204}, (address, answer.text)
                    # The time of writing and of the last showing are not the data's.
                    found[address] = re.sub(
                        rb'"(timeStamp|activee_le)":"[^"]*"', b"", answer.content
                    )
                return found
        finally:
            await watcher.stop()


@pytest.fixture(scope="module")
def lost(cluster: PrivateCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """An atlas of two publications; its files lie outside of its folder, as people have them."""
    home = tmp_path_factory.mktemp("perdu")
    (home / "ailleurs").mkdir()
    small_run.write_config(home / "ailleurs")
    folder = home / "atlas"
    folder.mkdir()
    text = (home / "ailleurs" / "atlas.toml").read_text(encoding="utf-8")
    text = text.replace('"cog.tgz"', f'"{home}/ailleurs/cog-ailleurs.tgz"')
    text = text.replace(f'"{home}/ailleurs/donnees"', '"../ailleurs/donnees"  # notre disque')
    (home / "ailleurs" / "donnees" / "cog.tgz").rename(home / "ailleurs" / "cog-ailleurs.tgz")
    (folder / "atlas.toml").write_text(text, encoding="utf-8")
    with own_database(cluster, "perdu") as name:
        site = Site(folder, cluster.url(name), cluster.url(name, READER))
        site.run()
        small_run.write_lieux(home / "ailleurs" / "donnees" / "deux.csv", 9, first=101)
        site.run()
        yield site


@pytest.fixture(scope="module")
def saved(lost: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its backup, tables and tiles included."""
    path = tmp_path_factory.mktemp("sauvegarde") / "atlas.zip"
    lost.save(path, whole=True)
    return path


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateCluster]:
    """Another machine: a PostgreSQL that was never used."""
    with PrivateCluster(tmp_path_factory.mktemp("neuf") / "postgres") as found:
        yield found
        found.remove()


@pytest.fixture
def new(other: PrivateCluster, tmp_path: Path) -> Site:
    name = f"neuf_{tmp_path.name.rstrip('0123456789')}"[:60]
    with psycopg.connect(other.url("postgres"), autocommit=True) as conn:
        conn.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
    other.ensure_database(name)
    return Site(tmp_path, other.url(name), other.url(name, READER))


async def test_a_run_makes_the_same_publication_again(lost: Site, saved: Path, new: Site) -> None:
    done = new.restore(saved, with_publication=False)
    assert done.online is None
    # The configuration reads the copies, and nothing else of it changed.
    text = (new.folder / "atlas.toml").read_text(encoding="utf-8")
    assert 'dossier_local = "donnees"  # notre disque' in text
    assert 'fichier = "hors-dossier/cog/cog-ailleurs.tgz"' in text
    assert str(lost.folder.parent / "ailleurs") not in text.replace(str(small_run.ROOT), "")
    reports = new.state / "rapports" / "publications"
    assert len(list(reports.glob("*/rapport.csv"))) == 2

    outcome = new.run()
    assert outcome.built
    before, after = lost.rows(dates=False), new.rows(dates=False)
    assert [row for row in before.pop("publications") if row[1]] == after.pop("publications")
    assert after == before
    assert new.archives(outcome.publication) == lost.archives(outcome.publication)
    assert await new.answers() == await lost.answers()
    # The history goes on from there.
    small_run.write_lieux(new.folder / "donnees" / "deux.csv", 8, first=101)
    new.run()
    with psycopg.connect(new.url) as conn:
        orders = conn.execute("SELECT ordre FROM atlas.historique_publications ORDER BY 1")
        assert orders.fetchall() == [(1,), (2,), (3,)]


async def test_the_publication_comes_back_without_a_run(
    lost: Site, saved: Path, new: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = new.restore(saved)
    before, after = lost.rows(), new.rows()
    assert [row for row in before.pop("publications") if row[1]] == after.pop("publications")
    assert after == before
    assert done.online is not None
    assert new.archives(done.online) == lost.archives(done.online)
    assert await new.answers() == await lost.answers()
    monkeypatch.setattr(pipeline, "_fill", None)
    assert not new.run().built

    # An atlas is there now: refused, unless asked for; then everything is as it was.
    with pytest.raises(BackupError, match="contient déjà un atlas"):
        new.restore(saved)
    mine = new.folder / "donnees" / "deux.csv"
    mine.write_text("un travail de plusieurs jours", encoding="utf-8")
    with psycopg.connect(new.url) as conn:
        conn.execute("DELETE FROM atlas.historique")
    again = new.restore(saved, replace=True)
    assert new.rows() | {"publications": []} == lost.rows() | {"publications": []}
    (aside,) = again.renamed
    assert aside.read_text(encoding="utf-8") == "un travail de plusieurs jours"


async def test_where_the_sources_are_still_there_nothing_is_moved(lost: Site, saved: Path) -> None:
    """Only the database was lost: the configuration goes on reading the files where they are."""
    text = (lost.folder / "atlas.toml").read_text(encoding="utf-8")
    done = lost.restore(saved, replace=True)
    assert (lost.folder / "atlas.toml").read_text(encoding="utf-8") == text
    assert not (lost.folder / "donnees").exists()
    assert done.renamed == []


async def test_any_change_of_the_file_is_seen(lost: Site, tmp_path: Path) -> None:
    whole = tmp_path / "atlas.zip"
    lost.save(whole)
    content = whole.read_bytes()
    damaged = tmp_path / "abime.zip"
    step = len(content) // 40
    for place in [*range(4, len(content), step), len(content) - 70, len(content) - 1]:
        for changed in (
            content[:place],
            content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :],
        ):
            damaged.write_bytes(changed)
            with (
                pytest.raises(BackupError, match="coupée ou a été modifiée"),
                BackupReader(damaged),
            ):
                pass
    damaged.write_bytes(b"commune;nom\n" * 100)
    with pytest.raises(BackupError, match="n’est pas une sauvegarde"), BackupReader(damaged):
        pass
    with pytest.raises(BackupError, match="existe déjà"):
        lost.save(whole)
    assert whole.read_bytes() == content
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def forge(path: Path, lost: Site, change: Callable[[dict], None]) -> Path:
    """Make a backup, right in its form, whose manifest says something else."""

    class Forger(archive.BackupWriter):
        def finish(self, make: Callable[..., object]) -> None:
            class Forged:
                def __init__(self, members: object) -> None:
                    self.raw = json.loads(make(members).model_dump_json())
                    change(self.raw)

                def model_dump_json(self, **_form: int) -> str:
                    return json.dumps(self.raw)

            super().finish(Forged)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(archive, "BackupWriter", Forger)
        # What is written is not read again here: it would be refused.
        patch.setattr(archive.BackupReader, "__enter__", lambda self: self)
        patch.setattr(archive.BackupReader, "__exit__", lambda *_: None)
        lost.save(path)
    return path


async def test_what_a_backup_says_is_not_believed(lost: Site, tmp_path: Path) -> None:
    def renamed(raw: dict) -> None:
        raw["fichiers"]["atlas/../../evasion"] = raw["fichiers"].pop("atlas/atlas.toml")

    def larger(raw: dict) -> None:
        raw["fichiers"]["atlas/atlas.toml"]["octets"] += 1

    def other_table(raw: dict) -> None:
        raw["historique"][0]["nom"] = 'x"; DROP SCHEMA atlas'

    for number, change in enumerate((renamed, larger, other_table)):
        path = forge(tmp_path / f"{number}.zip", lost, change)
        with pytest.raises(BackupError, match="coupée ou a été modifiée"), BackupReader(path):
            pass
    path = forge(tmp_path / "futur.zip", lost, lambda raw: raw.update(version=FORMAT_VERSION + 1))
    with pytest.raises(BackupError, match="ne sait lire que la forme 1"), BackupReader(path):
        pass


@pytest.mark.parametrize(
    "name",
    [
        "/etc/passwd", "atlas/../x", "atlas//x", "atlas/./x", "../atlas/x", "atlas", "atlas/",
        "ailleurs/x", "atlas/a\\b", "atlas/a\nb", "atlas/" + "é" * 200, "", ".",
    ],
)  # fmt: skip
def test_names_that_could_leave_their_folder_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"refusé|inconnu"):
        safe_name(name)
    assert safe_name("atlas/donnees/lieux/été 2026.csv")


async def test_refusals_touch_nothing(
    saved: Path, new: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(words: str) -> None:
        with pytest.raises(BackupError, match=words):
            new.restore(saved)
        assert not new.state.exists()
        with psycopg.connect(new.url) as conn:
            assert conn.execute("SELECT to_regnamespace('atlas')").fetchone() == (None,)

    (new.folder / "atlas.toml").write_text("# le mien", encoding="utf-8")
    refused("déjà là")
    (new.folder / "atlas.toml").unlink()
    outside = tmp_path / "dehors"
    outside.mkdir()
    (new.folder / "donnees").symlink_to(outside.parent.parent)
    refused("qui sort du dossier")
    (new.folder / "donnees").unlink()
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: shutil._ntuple_diskusage(10, 9, 1))
    refused("Il faut")
    monkeypatch.undo()
    monkeypatch.setattr(restoring.tables, "other_columns", lambda _tables: ["lieux.neuve"])
    refused("--sans-publication")


async def test_the_commands_speak_to_people(
    lost: Site, new: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = CliRunner()
    path = tmp_path / "atlas.zip"
    monkeypatch.setenv("GEO_DATABASE_URL", lost.url)
    monkeypatch.setenv("GEO_CONFIG", str(lost.folder / "atlas.toml"))
    monkeypatch.setenv("GEO_STATE_DIR", str(lost.state))
    done = runner.invoke(app, ["backup", str(path)])
    assert (done.exit_code, "Sauvegarde faite et relue" in done.output) == (0, True), done.output
    assert path.stat().st_mode & 0o777 == 0o600
    done = runner.invoke(app, ["backup", str(tmp_path / "absent" / "atlas.zip")])
    assert (done.exit_code, "n’existe pas" in done.output) == (1, True), done.output
    done = runner.invoke(app, ["restore", str(path), "--verifier"])
    assert (done.exit_code, "Rien n'a été touché" in done.output) == (0, True), done.output
    done = runner.invoke(app, ["restore", str(path)])
    assert (done.exit_code, "contient déjà un atlas" in done.output) == (1, True), done.output
    monkeypatch.setenv("GEO_DATABASE_URL", new.url)
    monkeypatch.setenv("GEO_CONFIG", str(new.folder / "atlas.toml"))
    monkeypatch.setenv("GEO_STATE_DIR", str(new.state))
    done = runner.invoke(app, ["restore", str(path)])
    assert (done.exit_code, "geo-service etl run" in done.output) == (0, True), done.output


def test_a_full_disk_leaves_no_half_file(tmp_path: Path) -> None:
    target = tmp_path / "atlas.zip"

    def endless() -> Iterator[bytes]:
        yield b"x" * 100
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"), archive.writing(target) as writer:
        writer.add("atlas/atlas.toml", endless())
    assert list(tmp_path.iterdir()) == []
    assert placing.existing(tmp_path / "a" / "b") == tmp_path
