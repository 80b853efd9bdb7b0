"""The service is read: every address, every method, every body; the machine is not written to."""

from __future__ import annotations

import pytest

from geo_service.operations.door import Door
from geo_service.operations.settings import OperationSettings
from geo_service.server import create_door
from geo_service.watcher import AtlasWatcher
from tests.fuzz.service import ask
from tests.geo_service.little_atlas import FIRST

pytestmark = pytest.mark.anyio

WRITING = (
    "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND", "MKCOL", "MOVE", "LOCK",
    "get", "G\u00cbT",
)  # fmt: skip
#: Parts of a path that lead somewhere, so that it is the method that is refused.
VALUES = {
    "niveau": "commune", "code": "35238", "publication": FIRST, "tileset": "territoires",
    "collection": "communes", "feature": "35238", "matrix_set": "WebMercatorQuad", "z": "0",
    "x": "0", "y": "0", "matrix": "0", "row": "0", "column": "0",
}  # fmt: skip


@pytest.fixture
def door(watcher: AtlasWatcher) -> Door:
    return create_door(watcher, OperationSettings())


def address(template: str) -> str:
    """An address of a template."""
    parts = []
    for part in template.split("/")[1:]:
        name, brace, suffix = part.removeprefix("{").partition("}")
        parts.append(VALUES.get(name.partition(":")[0], "x") + suffix if brace else part)
    return "/" + "/".join(parts)


async def test_no_address_takes_another_method_than_reading(door: Door) -> None:
    assert len(door.templates) > 80
    for template in door.templates:
        path = address(template)
        for method in WRITING:
            answer = await ask(door, path, method=method)
            headers = dict(answer.headers)
            assert answer.status == 405, f"{method} {path}: {answer.status}"
            allowed = {name.strip() for name in headers[b"allow"].decode().split(",")}
            assert "GET" in allowed, f"{method} {path}: {allowed}"
            assert allowed <= {"GET", "HEAD", "OPTIONS"}


async def test_head_and_options_are_answered_without_a_body_that_changes_anything(
    door: Door,
) -> None:
    for template in door.templates:
        path = address(template)
        head = await ask(door, path, method="HEAD")
        assert head.body == b"", path
        assert head.status < 500, path
        options = await ask(door, path, method="OPTIONS")
        assert options.status in {200, 204, 404, 405}, f"{path}: {options.status}"


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE"])
async def test_no_body_is_read(door: Door, method: str) -> None:
    """The service never asks for the bytes of a body: however many, they cost nothing."""
    read = 0

    async def receive() -> dict[str, object]:
        nonlocal read
        read += 1
        return {"type": "http.request", "body": b"x" * 65_536, "more_body": True}

    for path in ("/api/referentiel", "/tiles/territoires.json", "/ogc/collections", "/oembed", "/"):
        for heading in ((b"content-length", b"9999999999"), (b"transfer-encoding", b"chunked")):
            sent: list[dict[str, object]] = []

            async def send(message: dict[str, object], sent: list = sent) -> None:
                sent.append(message)

            await door(
                {
                    "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1",
                    "method": method, "scheme": "http", "path": path, "raw_path": path.encode(),
                    "query_string": b"", "root_path": "", "state": {},
                    "headers": [(b"host", b"a"), (b"content-type", b"application/json"), heading],
                    "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
                },
                receive,
                send,
            )  # fmt: skip
            assert sent[0]["status"] == (413 if method in {"GET", "HEAD", "OPTIONS"} else 405)
    assert read == 0


@pytest.mark.parametrize(
    "names",
    [
        b"x-original-url", b"x-rewrite-url", b"x-http-method-override", b"x-method-override",
        b"x-forwarded-prefix", b"x-forwarded-path", b"x-forwarded-port", b"x-host",
        b"x-forwarded-server", b"x-forwarded-host", b"x-forwarded-proto", b"x-forwarded-scheme",
        b"forwarded", b"true-client-ip", b"cookie", b"authorization", b"accept-charset",
        b"x-wap-profile", b"origin", b"referer", b"upgrade-insecure-requests",
    ],
)  # fmt: skip
async def test_no_header_outside_vary_changes_an_answer(door: Door, names: bytes) -> None:
    """A cache keeps an answer by its address and its Vary: nothing else may change what is kept."""
    value = b'for=1.2.3.4;host=evil.example;proto=https, <x-fuzz"'
    if names in {b"x-forwarded-proto", b"x-forwarded-scheme"}:
        value = b"https"
    if b"host" in names or b"server" in names:
        value = b"evil.example"
    if b"override" in names:
        value = b"DELETE"
    for path in (
        "/", "/commune/35238", "/api/referentiel", "/api/territoires/commune/35238", "/ogc",
        "/ogc/collections/communes/items/35238", "/tiles/territoires.json", "/styles",
        "/widget/commune/35238", "/api",
    ):  # fmt: skip
        plain = await ask(door, path)
        forged = await ask(door, path, headers=[(names, value)])
        vary = dict(plain.headers).get(b"vary", b"").lower().decode()
        if names.decode() in {name.strip() for name in vary.split(",")}:
            continue
        assert forged.status == plain.status, path
        assert forged.body == plain.body, path
        assert b"evil.example" not in forged.body
        kept = {b"etag", b"location", b"link", b"cache-control", b"content-type", b"vary"}
        assert [one for one in forged.headers if one[0] in kept] == [
            one for one in plain.headers if one[0] in kept
        ], path
