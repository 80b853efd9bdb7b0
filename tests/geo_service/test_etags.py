"""Conditional requests that stop at the door: same 304, nothing worked out, bounded memory."""

from __future__ import annotations

import httpx
import pytest

from geo_service import etags
from geo_service.api.parameters import Parameters
from geo_service.etags import KnownEtags

ADDRESS = "/api/territoires/commune/35238/couverture?theme=partage"


@pytest.mark.anyio
async def test_an_address_answered_once_is_not_read_again(
    api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
):
    first = await api.get(ADDRESS)
    tag = {"If-None-Match": first.headers["etag"]}
    other = await api.get(ADDRESS, headers={"If-None-Match": '"other"'})
    assert other.status_code == 200

    def refuse(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(Parameters, "asked", refuse)
    same = await api.get(ADDRESS, headers=tag)
    assert (same.status_code, same.content) == (304, b"")
    for name in ("etag", "cache-control", "vary", "access-control-allow-origin"):
        assert same.headers[name] == first.headers[name]
    assert same.headers["x-request-id"] != first.headers["x-request-id"]
    assert (await api.head(ADDRESS, headers=tag)).status_code == 304


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(etags, "REMEMBERED", 2)
    known = KnownEtags()
    scopes = [
        {"path": f"/{name}", "query_string": b"", "headers": [(b"accept-encoding", b"gzip")]}
        for name in "abc"
    ]
    for scope in scopes[:2]:
        known.keep(scope, scope["path"])
    assert known.find(scopes[0]) == ("/a", ())
    known.keep(scopes[2], "/c")
    # b was the one unused for the longest time.
    assert [known.find(scope) for scope in scopes] == [("/a", ()), None, ("/c", ())]
    assert known.find({**scopes[0], "headers": []}) is None
    # A page writes its own address: the same path of another host is another page.
    elsewhere = [*scopes[0]["headers"], (b"host", b"ailleurs.test")]
    assert known.find({**scopes[0], "headers": elsewhere}) is None
    assert known.find({**scopes[0], "scheme": "https"}) is None
