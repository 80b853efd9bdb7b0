"""Behind a proxy of ours, every document names the address that the public sees."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from geo_service import server
from geo_service.forwarded import BehindProxy, seen_by_client
from geo_service.ogc.exchange import origin_of
from geo_service.server import create_root
from geo_service.watcher import AtlasWatcher
from tiles import tilejson

FORWARDED = {"x-forwarded-proto": "https", "x-forwarded-host": "carte.example.org"}
#: Documents that name addresses of the service.
DOCUMENTS = ("/styles/", "/styles/territoires.json", "/ogc/", "/ogc/collections", "/ogc/tiles")


def seen(headers: dict[str, str], scheme: str = "http") -> tuple[str, list[str]]:
    scope: dict[str, Any] = {
        "type": "http",
        "scheme": scheme,
        "headers": [
            (b"host", b"interne:8000"),
            *((name.encode(), value.encode()) for name, value in headers.items()),
        ],
    }
    found = seen_by_client(scope)
    hosts = [value.decode() for name, value in found["headers"] if name == b"host"]
    return found["scheme"], hosts


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, ("http", "interne:8000")),
        (FORWARDED, ("https", "carte.example.org")),
        ({"x-forwarded-proto": "https"}, ("https", "interne:8000")),
        ({"x-forwarded-proto": "HTTPS , http"}, ("https", "interne:8000")),
        ({"x-forwarded-proto": "ftp"}, ("http", "interne:8000")),
        ({"x-forwarded-host": "a.fr:8443, b.fr"}, ("http", "a.fr:8443")),
        ({"forwarded": "for=192.0.2.1;proto=https;host=a.fr"}, ("https", "a.fr")),
        ({"forwarded": 'Proto=https; Host="a.fr:8443", host=b.fr'}, ("https", "a.fr:8443")),
        (
            {"forwarded": 'for="[2001:db8::1]"; host="[2001:db8::2]:81"'},
            ("http", "[2001:db8::2]:81"),
        ),
        ({"forwarded": "proto=https;host=a.fr", **FORWARDED}, ("https", "a.fr")),
        ({"forwarded": "for=_cache", **FORWARDED}, ("https", "carte.example.org")),
        ({"forwarded": "pas une liste", **FORWARDED}, ("https", "carte.example.org")),
        ({"forwarded": "host="}, ("http", "interne:8000")),
    ],
)
def test_what_the_headers_say(headers: dict[str, str], expected: tuple[str, str]) -> None:
    scheme, hosts = seen(headers)
    assert (scheme, *hosts) == expected
    # What TileJSON and OGC API then write.
    scope = {"scheme": scheme, "headers": [(b"host", hosts[0].encode())]}
    assert tilejson.origin(scope, False) == origin_of(scope) == f"{scheme}://{hosts[0]}"


async def links(client: httpx.AsyncClient, path: str, headers: dict[str, str]) -> str:
    answer = await client.get(path, headers=headers)
    assert answer.status_code == 200, (path, answer.text)
    return json.dumps(answer.json())


@pytest.mark.anyio
async def test_documents_follow_the_headers_of_a_proxy_of_ours_alone(
    watcher: AtlasWatcher, api: httpx.AsyncClient
) -> None:
    transport = httpx.ASGITransport(BehindProxy(create_root(watcher)))
    async with httpx.AsyncClient(transport=transport, base_url="http://dedans") as behind:
        for path in DOCUMENTS:
            told = await links(behind, path, FORWARDED)
            assert "https://carte.example.org/" in told, path
            assert "dedans" not in told, path
            told = await links(behind, path, {"forwarded": "proto=https;host=a.fr:444"})
            assert "https://a.fr:444/" in told, path
            assert "http://dedans/" in await links(behind, path, {}), path
            # Without a proxy of ours, anybody may write them: they are not believed.
            assert "carte.example.org" not in await links(api, path, FORWARDED), path
        refused = await behind.get("/ogc/", headers={"x-forwarded-host": "a.fr/<script>"})
        assert refused.status_code == 400
        assert (await behind.get("/api/territoires/commune/35238")).status_code == 200


@pytest.mark.parametrize(("value", "believed"), [("", False), ("false", False), ("true", True)])
def test_the_setting_decides(
    monkeypatch: pytest.MonkeyPatch, tmp_path, value: str, believed: bool
) -> None:
    monkeypatch.setenv("GEO_BEHIND_PROXY", value)
    monkeypatch.setenv("GEO_LOG_LEVEL", "error")
    monkeypatch.setenv("GEO_STATE_DIR", str(tmp_path))
    assert isinstance(server.from_environment().service, BehindProxy) is believed
