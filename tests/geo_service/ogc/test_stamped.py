"""Pages kept but for the instant they are written at: as if each was made anew."""

from __future__ import annotations

import zlib

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from isal import isal_zlib

from geo_service.ogc import stamped
from geo_service.ogc.feature_files import deflated
from geo_service.ogc.stamped import Packed, Pages, Stamped

ENCODINGS = pytest.mark.parametrize("coding", ["gzip", "identity"])


def packed(content: bytes, *, last: bool) -> Packed:
    if last:
        packer = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
        blocks = packer.compress(content) + packer.flush()
    else:
        blocks = deflated(content)
    return Packed(blocks, isal_zlib.crc32(content), len(content))


@given(before=st.binary(), after=st.binary(), instant=st.text("0123456789-:TZ.", max_size=40))
def test_a_packed_page_is_one_gzip_stream(before: bytes, after: bytes, instant: str) -> None:
    page = Stamped(packed(before, last=False), packed(after, last=True))
    whole = before + instant.encode() + after
    reader = zlib.decompressobj(wbits=31)
    assert reader.decompress(page.written(instant)) == whole
    assert reader.eof
    assert Stamped(before, after).written(instant) == whole


def test_pages_unused_for_the_longest_time_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stamped, "MOST_KEPT", 100)
    monkeypatch.setattr(stamped, "LARGEST_KEPT", 60)
    pages = Pages()

    def asked(path: str) -> stamped.Asked:
        return path, b"", b"host", "http", "", b"", b""

    for path in ("/a", "/b"):
        pages.keep(asked(path), [], Stamped(b"x" * 20, b"y" * 20))
    assert pages.find(asked("/a")) is not None
    pages.keep(asked("/c"), [], Stamped(b"x" * 20, b"y" * 20))
    pages.keep(asked("/d"), [], Stamped(b"x" * 40, b"y" * 40))
    pages.keep(asked("/" + "e" * 5_000), [], Stamped(b"x", b"y"))
    found = [pages.find(asked(path)) is not None for path in ("/a", "/b", "/c", "/d")]
    assert found == [True, False, True, False]


@pytest.mark.anyio
@ENCODINGS
async def test_a_page_kept_is_as_one_made_anew(ogc: httpx.AsyncClient, coding: str) -> None:
    asked = {"accept-encoding": coding}
    path = f"/ogc/collections/communes/items?f=json&limit=3&bbox=-5,41,9,{51 + len(coding) / 100}"
    first, again = [await ogc.get(path, headers=asked) for _ in range(2)]
    assert first.headers["content-length"] == again.headers["content-length"]
    same = [{k: v for k, v in one.headers.items() if k != "x-request-id"} for one in (first, again)]
    assert same[0] == same[1]
    one, other = first.json(), again.json()
    assert one.pop("timeStamp") < other.pop("timeStamp")
    assert one == other
    assert one["features"]
    head = await ogc.head(path, headers=asked)
    assert (head.headers["etag"], head.content) == (first.headers["etag"], b"")
    known = await ogc.get(path, headers={**asked, "if-none-match": first.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")


@pytest.mark.anyio
async def test_each_host_has_its_own_links(ogc: httpx.AsyncClient) -> None:
    path = "/ogc/collections/communes/items?f=json&limit=2"
    for host in ("un.example", "deux.example", "un.example"):
        page = (await ogc.get(path, headers={"host": host})).json()
        assert {link["href"].split("/")[2] for link in page["links"]} == {host}
