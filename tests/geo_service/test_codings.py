"""Content codings: which one is sent, and the bytes it makes."""

from __future__ import annotations

import gzip

import brotli
import pytest

from geo_service.codings import NONE, QUICK, SMALL, Coding, coding_of, encode, encoded


@pytest.mark.parametrize(
    ("accepted", "small", "quick"),
    [
        (b"", "identity", "identity"),
        (b"gzip, deflate, br, zstd", "br", "gzip"),
        (b"gzip", "gzip", "gzip"),
        (b"br", "br", "identity"),
        (b"br;q=0.5, gzip", "gzip", "gzip"),
        (b"br;q=0, gzip;q=0", "identity", "identity"),
        (b"*", "gzip", "gzip"),
        (b"identity, br;q=0.2", "identity", "identity"),
        (b"\xff;;q=,", "identity", "identity"),
    ],
)
def test_the_coding_a_client_is_sent(accepted: bytes, small: Coding, quick: Coding) -> None:
    assert coding_of(accepted, SMALL) == small
    assert coding_of(accepted, QUICK) == quick
    assert coding_of(accepted, NONE) == "identity"


@pytest.mark.anyio
@pytest.mark.parametrize("best", [False, True])
@pytest.mark.parametrize("coding", ["br", "gzip", "identity"])
async def test_what_is_packed_is_what_was_given(coding: Coding, best: bool) -> None:
    unpack = {"br": brotli.decompress, "gzip": gzip.decompress, "identity": bytes}[coding]
    for body in (b"", b"Lozere " * 10, bytes(range(256)) * 2_000):
        packed = encode(body, coding, best=best)
        assert unpack(packed) == body
        assert await encoded(body, coding) == encode(body, coding)
        assert coding == "identity" or len(body) < 300 or len(packed) < len(body)
