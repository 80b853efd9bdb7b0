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
    headers = [(b"accept-encoding", b"gzip"), (b"if-none-match", b'"x", "t"')]
    scopes = [{"path": f"/{name}", "query_string": b"", "headers": headers} for name in "abc"]
    for scope in scopes[:2]:
        known.keep(scope, '"t"')
    assert known.not_modified(scopes[0]) == (b'"t"', ())
    known.keep(scopes[2], '"t"')
    # b was the one unused for the longest time.
    found = [known.not_modified(scope) for scope in scopes]
    assert found == [(b'"t"', ()), None, (b'"t"', ())]
    assert (known.found, known.unknown) == (3, 1)
    for changed in (
        {"headers": headers[1:]},
        # A page writes its own address: the same path of another host is another page.
        {"headers": [*headers, (b"host", b"ailleurs.test")]},
        {"scheme": "https"},
        # Another one is asked for, or none, or any.
        {"headers": [headers[0], (b"if-none-match", b'"x"')]},
        {"headers": headers[:1]},
        {"headers": [headers[0], (b"if-none-match", b"*")]},
    ):
        assert known.not_modified({**scopes[0], **changed}) is None
