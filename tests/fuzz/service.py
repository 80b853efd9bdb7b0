"""The whole service: any path, any parameters, any headers, asked behind its door."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, quote_from_bytes
from xml.parsers import expat

import brotli
import psycopg

from geo_service import logs
from geo_service.ogc import feature_build
from geo_service.operations.door import Door
from geo_service.operations.settings import OperationSettings
from geo_service.server import create_door
from geo_service.watcher import AtlasWatcher
from tests.fuzz.target import Run, Target
from tests.geo_service import little_atlas
from tests.geo_service.ogc.tiled import write_archives

#: Where the reader's address of a little atlas is given to a process of the fuzzer.
URL_VARIABLE: Final = "ATLAS_FUZZ_DATABASE"

#: Written in an address: no answer in HTML, SVG or XML may hold it as it is.
MARK: Final = b"<x-fuzz"

#: Values that lead somewhere, named by one byte each.
KNOWN: Final = (
    "commune", "35238", "epci", "243500139", "departement", "35", "region", "53", "pays", "france",
    little_atlas.SITE, little_atlas.FIRST, "communes", "lieux", "actions", "lacunes", "taux",
    "WebMercatorQuad", "0", "5", "json", "csv", "html", "http://atlas.test/commune/35238",
    "-1", "1e309", "NaN", "<x-fuzz a='\">", "\u202e\u0000\ufffd",
    "%2e%2e/", "' OR 1=1 --", "population > 1000",
)  # fmt: skip

_NAMES: Final = (
    "q", "niveau", "service", "enjeu", "theme", "statut", "indicateur", "source", "departement",
    "parent", "limit", "cursor", "format", "bbox", "datetime", "filter", "filter-lang", "crs", "f",
    "url", "maxwidth", "titre", "couleur", "langue", "hauteur", "nombre", "rayon_km", "vue",
)  # fmt: skip

#: Of the slowest addresses, which solve or set a document.
_SLOW: Final = ("implantations", "fiche")


#: How a body is read, by ``Content-Encoding``; another one is a fault of the service.
UNPACKED = {b"": bytes, b"gzip": gzip.decompress, b"br": brotli.decompress}


@dataclass(frozen=True)
class Answer:
    """What the service sent."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    def kind(self) -> str:
        """Media type, without its parameters."""
        found = dict(self.headers).get(b"content-type", b"")
        return found.decode("latin-1").partition(";")[0].strip()


async def ask(
    app: Callable[..., Any],
    path: str,
    query: bytes = b"",
    headers: Sequence[tuple[bytes, bytes]] = (),
    method: str = "GET",
) -> Answer:
    """Ask an ASGI application, as a server hands a request over."""
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": quote(path).encode(),
        "query_string": query,
        "root_path": "",
        "headers": [(b"host", b"atlas.test"), *headers],
        "client": ("127.0.0.1", 4321),
        "server": ("127.0.0.1", 8000),
        "state": {},
    }
    sent: list[dict[str, Any]] = []
    gone = asyncio.Event()

    async def receive() -> dict[str, Any]:
        if sent and sent[-1]["type"] == "http.response.body":
            await gone.wait()
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    starts = [one for one in sent if one["type"] == "http.response.start"]
    assert len(starts) == 1, f"{len(starts)} answers"
    body = b"".join(one.get("body", b"") for one in sent if one["type"] == "http.response.body")
    headers = [*starts[0]["headers"]]
    coding = dict(headers).get(b"content-encoding", b"")
    return Answer(starts[0]["status"], headers, UNPACKED[coding](body) if body else body)


def check(answer: Answer) -> None:
    """Find fault with an answer, whatever was asked."""
    # 501 is oEmbed's own answer to a format that is not given (oEmbed 1.0, 2.3.3).
    assert answer.status < 500 or answer.status == 501, f"{answer.status} {answer.body[:300]!r}"
    for name, value in answer.headers:
        assert not set(b"\r\n\0") & set(name + value), f"control in a header: {name!r} {value!r}"
    assert b"Traceback (most recent" not in answer.body
    kind = answer.kind()
    if kind in {"text/html", "image/svg+xml", "application/xml", "text/xml"}:
        assert MARK not in answer.body, "text of the request is not escaped"
    if kind.endswith(("json", "+json")) and answer.body:
        json.loads(answer.body, parse_constant=_no_constant)
    if kind in {"image/svg+xml", "application/xml", "text/xml"} and answer.body:
        expat.ParserCreate().Parse(answer.body, True)


def _no_constant(name: str) -> None:
    raise AssertionError(f"{name} in JSON")


def known(part: bytes) -> bytes:
    """One byte below 32 names a value that leads somewhere; other bytes are themselves."""
    if len(part) == 1 and part[0] < len(KNOWN):
        return KNOWN[part[0]].encode()
    return part


class Service:
    """The service on the little atlas, in this process."""

    def __init__(self, door: Door, loop: asyncio.AbstractEventLoop, templates: list[str]) -> None:
        self._door = door
        self._loop = loop
        self._templates = templates

    def ask(self, *args: Any, **kwargs: Any) -> Answer:
        """Ask, and find fault with the answer."""
        answer = self._loop.run_until_complete(ask(self._door, *args, **kwargs))
        check(answer)
        return answer

    def any_address(self, data: bytes) -> None:
        """First byte: the route; then parts of the path, then parameters, cut by zeros."""
        if not data:
            return
        template = self._templates[data[0] % len(self._templates)]
        parts = data[1:].split(b"\0")
        path = ""
        for piece in template.split("/")[1:]:
            if piece.startswith("{"):
                value = known(parts.pop(0)) if parts else b"x"
                path += "/" + value.decode("utf-8", "replace") + piece.partition("}")[2]
            else:
                path += "/" + piece
        pairs = []
        for part in parts:
            name = _NAMES[part[0] % len(_NAMES)] if part else ""
            pairs.append(f"{name}={quote_from_bytes(known(part[1:]))}")
        self.ask(path, "&".join(pairs).encode())

    def any_path(self, data: bytes) -> None:
        """Any path and query, as they are."""
        path, _, query = data.partition(b"?")
        for start in ("/", "/tiles/", "/ogc/", "/api/"):
            self.ask(start + path.decode("utf-8", "replace"), query)

    def any_headers(self, data: bytes) -> None:
        """Any values of the headers that the service reads."""
        names = (
            b"host", b"x-forwarded-host", b"forwarded", b"x-forwarded-proto", b"x-forwarded-for",
            b"accept", b"accept-language", b"accept-encoding", b"if-none-match", b"range",
            b"if-range", b"x-request-id", b"x-original-url", b"cookie", b"if-modified-since",
        )  # fmt: skip
        lines = data.replace(b"\r", b"").replace(b"\0", b"").split(b"\n")
        headers = [(names[line[0] % len(names)], line[1:]) for line in lines if line]
        for path in ("/", "/api/territoires/commune/35238", "/tiles/territoires.json", "/ogc",
                     "/oembed"):  # fmt: skip
            self.ask(path, b"url=http://atlas.test/commune/35238", headers)

    def filter_text(self, data: bytes) -> None:
        """A filter in CQL2 text."""
        self._filter(data, b"")

    def filter_json(self, data: bytes) -> None:
        """A filter in CQL2 JSON."""
        self._filter(data, b"&filter-lang=cql2-json")

    def _filter(self, data: bytes, language: bytes) -> None:
        query = b"limit=2&filter=" + quote_from_bytes(data).encode() + language
        for collection in ("communes", "lieux"):
            self.ask(f"/ogc/collections/{collection}/items", query)

    def address(self, data: bytes) -> None:
        """An address given to oEmbed, and a text given to what is drawn."""
        asked = quote_from_bytes(data).encode()
        for form in (b"json", b"xml"):
            self.ask("/oembed", b"url=" + asked + b"&format=" + form)
            self.ask(
                "/oembed", b"format=" + form + b"&url=http://atlas.test/commune/35238?" + asked
            )
        self.ask("/api/territoires/commune/35238/carte.svg", b"titre=" + asked)
        self.ask("/widget/commune/35238", b"titre=" + asked)
        self.ask("/recherche", b"q=" + asked)


@contextmanager
def little(reader: str) -> Iterator[Service]:
    """Serve the little atlas of a database, files ready made and tiles included."""
    with tempfile.TemporaryDirectory(prefix="publications-") as name:
        folder = Path(name, little_atlas.FIRST)
        folder.mkdir()
        write_archives(folder)
        with psycopg.connect(reader) as conn:
            conn.execute(f"SET search_path = pub_{little_atlas.FIRST}, public".encode())
            feature_build.build(conn, folder)
        logs.configure("error")
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        watcher = AtlasWatcher(lambda: reader, Path(name), period=1)
        loop.run_until_complete(watcher.start())
        # A busy machine may open the publication at the second look only.
        deadline = time.monotonic() + 60
        while watcher.current is None:
            assert time.monotonic() < deadline, "the little atlas does not open"
            loop.run_until_complete(asyncio.sleep(0.1))
        # One machine asks without rest: neither its rate nor the time it waits says anything here.
        settings = OperationSettings(limit_queue_ms=60_000, trusted_proxies="127.0.0.1")
        door = create_door(
            watcher, settings.model_copy(update={"limit_rate": 0.0}), behind_proxy=True
        )
        templates = [one for one in door.templates if not any(slow in one for slow in _SLOW)]
        try:
            yield Service(door, loop, templates)
        finally:
            loop.run_until_complete(watcher.stop())
            asyncio.set_event_loop(None)
            loop.close()


def _served(method: str) -> Callable[[], AbstractContextManager[Run]]:
    @contextmanager
    def opened() -> Iterator[Run]:
        with little(os.environ[URL_VARIABLE]) as service:
            yield getattr(service, method)

    return opened


def _addresses() -> list[bytes]:
    found = []
    for route in range(120):
        found.append(bytes([route, 0, 0, 1, 0, 2, 10]))
        found.append(bytes([route, 2, 0, 3, 0, 6, 0x1B]))
    return found


TARGETS = (
    Target("adresses", _served("any_address"), _addresses, longest=400, served=True),
    Target(
        "chemins",
        _served("any_path"),
        lambda: [
            b"territoires/0/0/0.mvt?service=x",
            b"tiles/WebMercatorQuad/5/11/15?collections=communes",
            b"collections/communes/items/35238",
            b"commune/../..%2f%00<x-fuzz>",
            b"territoires.pmtiles",
        ],
        longest=400,
        served=True,
    ),
    Target(
        "entetes",
        _served("any_headers"),
        lambda: [b'\x00evil.example\n\x01a/b\n\x02host="<x-fuzz"', b"\x09bytes=0-1\n\x08*"],
        longest=400,
        served=True,
    ),
    Target(
        "cql2-texte",
        _served("filter_text"),
        lambda: [
            b"population > 1000 AND nom LIKE 'Re%'",
            b"S_INTERSECTS(geometry, POINT(-1.6 48.1))",
            b"NOT (a IN (1,2) OR CASEI(nom) = casei('x')) AND T_AFTER(d, DATE('2024-01-01'))",
            b"population BETWEEN -1 AND 2 * 3 ^ 2 AND statut IS NULL",
        ],
        longest=400,
        served=True,
    ),
    Target(
        "cql2-json",
        _served("filter_json"),
        lambda: [
            b'{"op":">","args":[{"property":"population"},1000]}',
            (
                b'{"op":"s_intersects","args":[{"property":"geometry"},{"type":"Point",'
                b'"coordinates":[-1.6,48.1]}]}'
            ),
            b'{"op":"in","args":[{"property":"nom"},["a","b"]]}',
        ],
        longest=400,
        served=True,
    ),
    Target(
        "integration",
        _served("address"),
        lambda: [
            b"http://atlas.test/commune/35238",
            b"https://atlas.test/widget/commune/35238?couleur=ff0000&langue=en",
            b"http://atlas.test:80\\@evil.example/commune/35238",
            b"<x-fuzz \xe2\x80\xae\xf0\x9f\x98\x80",
        ],
        longest=300,
        served=True,
    ),
)
