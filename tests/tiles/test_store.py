"""Archives in an object store, against a local server that speaks S3."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import obstore
import pytest
from moto.server import ThreadedMotoServer

from tests.tiles.asking import ask_now
from tests.tiles.conftest import little_archive, mixed_archive
from tiles import store as stores
from tiles.archive import Archive
from tiles.cache import ByteCache
from tiles.directory import Directory
from tiles.errors import StoreAwayError, TilesError
from tiles.packing import pack, packed_path
from tiles.remote import CHUNK, RemoteArchive
from tiles.server import TilesApp
from tiles.store import BucketStore, FolderStore

URL = "s3://atlas/tuiles"
TILE = "/tiles/mixte/3/4/2.mvt"


@dataclass
class Atlas:
    archives: dict[str, Directory]
    id: str = "abc"
    archives_away: tuple[str, ...] = ()


class Seau:
    """A server of one bucket, that may go away and come back."""

    def __init__(self) -> None:
        self.server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        self.server.start()
        self.port = self.server.get_host_and_port()[1]
        create = urllib.request.Request(f"http://127.0.0.1:{self.port}/atlas", method="PUT")
        urllib.request.urlopen(create).close()

    def stop(self) -> None:
        self.server.stop()


@pytest.fixture
def seau(monkeypatch: pytest.MonkeyPatch) -> Iterator[Seau]:
    found = Seau()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{found.port}",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "essai",
        "AWS_SECRET_ACCESS_KEY": "essai",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(stores, "RETRIES", 0)
    yield found
    found.stop()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A publication as it was built: two archives, the brotli tiles of one."""
    mixed_archive(tmp_path / "mixte.pmtiles")
    pack(tmp_path / "mixte.pmtiles")
    little_archive(tmp_path / "petite.pmtiles")
    return tmp_path


@pytest.fixture
def bucket(seau: Seau, folder: Path) -> BucketStore:
    found = BucketStore(URL)
    found.publish("abc", folder, ["mixte", "petite"])
    return found


def opened(bucket: BucketStore, tileset: str = "mixte") -> RemoteArchive:
    archive = bucket.open("abc", tileset)
    assert isinstance(archive, RemoteArchive)
    return archive


@pytest.mark.parametrize("tileset", ["mixte", "petite"])
def test_what_is_served_is_what_was_built(bucket: BucketStore, folder: Path, tileset: str) -> None:
    local, remote = Archive(folder / f"{tileset}.pmtiles"), opened(bucket, tileset)
    assert (remote.header, remote.metadata, set(remote)) == (
        local.header, local.metadata, set(local)
    )  # fmt: skip
    app = TilesApp(lambda: Atlas({tileset: remote}))
    same = TilesApp(lambda: Atlas({tileset: local}))

    async def compare() -> None:
        for z, x, y in local:
            for accepted in ({}, {"accept-encoding": "gzip"}):
                path = f"/tiles/{tileset}/{z}/{x}/{y}.mvt"
                for _ in range(2):  # from the store, then from memory
                    answer = await ask_now(app, path, accepted)
                    expected = await ask_now(same, path, accepted)
                    assert answer.body == expected.body
                    assert answer.headers.keys() == expected.headers.keys()
                known = {**accepted, "if-none-match": answer.headers["etag"]}
                assert (await ask_now(app, path, known)).status == 304

    asyncio.run(compare())


def test_brotli_tiles_come_from_the_store(bucket: BucketStore, folder: Path) -> None:
    remote = opened(bucket)
    assert isinstance(remote.packed, RemoteArchive)
    assert opened(bucket, "petite").packed is None
    answer = asyncio.run(
        ask_now(TilesApp(lambda: Atlas({"mixte": remote})), TILE, {"accept-encoding": "br"})
    )
    assert answer.headers["content-encoding"] == "br"
    from pmtiles.tile import Compression  # noqa: PLC0415

    local = Archive(packed_path(folder / "mixte.pmtiles"), Compression.BROTLI)
    assert answer.body == local.get(3, 4, 2)


def test_parts_of_the_archive(seau: Seau, tmp_path: Path) -> None:
    folder = tmp_path / "grande"
    folder.mkdir()
    little_archive(folder / "petite.pmtiles")
    # What follows the tiles is part of the file: it makes it larger than what is read at once.
    content = (folder / "petite.pmtiles").read_bytes() + bytes(range(256)) * (CHUNK // 128)
    (folder / "petite.pmtiles").write_bytes(content)
    bucket = BucketStore(URL)
    bucket.publish("abc", folder, ["petite"])
    app = TilesApp(lambda: Atlas({"petite": opened(bucket, "petite")}))

    async def read() -> None:
        whole = await ask_now(app, "/tiles/petite.pmtiles")
        assert whole.body == content
        assert max(whole.chunks) == CHUNK
        etag = whole.headers["etag"]
        for span, part in (
            ("10-19", content[10:20]),
            ("-7", content[-7:]),
            (f"{CHUNK - 5}-{CHUNK + 5}", content[CHUNK - 5 : CHUNK + 6]),
        ):
            answer = await ask_now(
                app, "/tiles/petite.pmtiles", {"range": f"bytes={span}", "if-range": etag}
            )
            assert (answer.status, answer.body) == (206, part)
        beyond = {"range": f"bytes={len(content)}-"}
        assert (await ask_now(app, "/tiles/petite.pmtiles", beyond)).status == 416
        known = {"if-none-match": etag}
        assert (await ask_now(app, "/tiles/petite.pmtiles", known)).status == 304

    asyncio.run(read())


def test_while_the_store_is_away(bucket: BucketStore, seau: Seau) -> None:
    archive = opened(bucket)
    app = TilesApp(lambda: Atlas({"mixte": archive}))

    async def read() -> None:
        kept = await ask_now(app, TILE, {"accept-encoding": "gzip"})
        other = "/tiles/mixte/3/4/3.mvt"
        content = archive.find(3, 4, 3)
        assert content is not None
        seau.stop()
        assert (await ask_now(app, TILE, {"accept-encoding": "gzip"})).body == kept.body
        assert (await ask_now(app, "/tiles/mixte.json")).status == 200
        known = {"accept-encoding": "gzip", "if-none-match": f'"{content.etag(archive)}-gz"'}
        assert (await ask_now(app, other, known)).status == 304
        for path in (other, other, "/tiles/mixte.pmtiles"):
            answer = await ask_now(app, path)
            assert answer.status == 503
            assert int(answer.headers["retry-after"]) > 0
            assert "stockage" in answer.problem["detail"]

    asyncio.run(read())
    for call in (
        lambda: bucket.open("abc", "mixte"),
        lambda: bucket.holds("abc", "mixte", 1),
        lambda: bucket.remove("abc"),
    ):
        with pytest.raises(StoreAwayError):
            call()


def test_tile_is_read_once_for_all_who_ask(
    bucket: BucketStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = opened(bucket)
    app = TilesApp(lambda: Atlas({"mixte": archive}))
    asked = []
    get = obstore.get_async

    async def counted(*args: object, **options: object) -> object:
        asked.append(args[1])
        return await get(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(obstore, "get_async", counted)

    async def together() -> set[bytes]:
        answers = await asyncio.gather(*(ask_now(app, TILE) for _ in range(6)))
        return {answer.body for answer in answers}

    assert len(asyncio.run(together())) == 1
    assert asked == ["abc/mixte.pmtiles"]


def test_object_replaced_after_opening_is_never_mixed(
    bucket: BucketStore, folder: Path, tmp_path: Path
) -> None:
    archive = opened(bucket)
    other = tmp_path / "autre"
    other.mkdir()
    little_archive(other / "mixte.pmtiles", "z")
    bucket.publish("abc", other, ["mixte"])
    answer = asyncio.run(ask_now(TilesApp(lambda: Atlas({"mixte": archive})), TILE))
    assert answer.status == 503
    assert opened(bucket).etag != archive.etag


def test_kept_and_removed(bucket: BucketStore, folder: Path) -> None:
    size = (folder / "mixte.pmtiles").stat().st_size
    assert bucket.holds("abc", "mixte", size)
    assert not bucket.holds("abc", "mixte", size + 1)
    assert not bucket.holds("abc", "autre", size)
    assert bucket.open("abc", "autre") is None
    bucket.publish("abcd", folder, ["petite"])
    bucket.remove("abc")
    assert bucket.open("abc", "mixte") is None
    assert bucket.open("abcd", "petite") is not None
    bucket.remove("abc")


def test_damaged_archive_is_refused(bucket: BucketStore, tmp_path: Path) -> None:
    bad = tmp_path / "mauvaise"
    bad.mkdir()
    for content in (b"x" * 500, b"x"):
        (bad / "mixte.pmtiles").write_bytes(content)
        bucket.publish("abc", bad, ["mixte"])
        with pytest.raises(TilesError, match="L’archive de tuiles"):
            bucket.open("abc", "mixte")


def test_what_arrives_damaged_is_told(
    bucket: BucketStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = obstore.put
    monkeypatch.setattr(
        obstore, "put", lambda target, key, _file, **kind: put(target, key, b"autre", **kind)
    )
    with pytest.raises(TilesError, match="arrivée abîmée"):
        bucket.publish("abc", folder, ["mixte"])


def test_address_that_cannot_be_used() -> None:
    with pytest.raises(TilesError, match="inutilisable"):
        BucketStore("ftp://seau")


def test_folder(folder: Path) -> None:
    kept = FolderStore(folder.parent)
    size = (folder / "mixte.pmtiles").stat().st_size
    kept.publish(folder.name, folder, ["mixte"])
    assert kept.holds(folder.name, "mixte", size)
    assert not kept.holds(folder.name, "mixte", size + 1)
    assert kept.open(folder.name, "autre") is None
    with pytest.raises(TilesError, match="n’a pas été construite"):
        kept.publish(folder.name, folder, ["autre"])
    archive = kept.open(folder.name, "mixte")
    assert archive is not None
    assert archive.packed is not None
    assert json.loads(json.dumps(archive.metadata))["name"] == "mixte"


def test_cache_drops_what_was_not_used() -> None:
    cache: ByteCache[int] = ByteCache(10)
    cache.keep(1, b"12345")
    cache.keep(2, b"12345")
    assert cache.get(1) == b"12345"
    cache.keep(3, b"1")
    assert (cache.get(1), cache.get(2), cache.get(3)) == (b"12345", None, b"1")
    cache.keep(4, b"x" * 11)
    assert cache.get(4) is None
    assert cache.size == 6
