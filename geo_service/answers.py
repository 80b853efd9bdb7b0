"""The one way to answer: validators, caching, compression, format and provenance."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import orjson
from isal import isal_zlib
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from geo_service.atlas import PublishedAtlas
from geo_service.downloads import file_response
from geo_service.etags import header_of
from geo_service.exports import FORMATS, Dataset, Origin, Table
from geo_service.provenance import provenance
from tiles.conditions import accepts_gzip, matches

#: Answers may be reused for a minute, and shown for ten more while they are asked again; for a day
#: while nothing answers (RFC 5861): a cache then stands in for the service.
CACHE_CONTROL = "public, max-age=60, stale-while-revalidate=600, stale-if-error=86400"

#: Level of ISA-L, the last but one: 0.04 ms for 45 kB of JSON where zlib's 5 takes 0.41, and 14 %
#: larger. At sixteen requests at once that half millisecond is a tenth of the answer.
GZIP_LEVEL = 2
#: zlib's number for the gzip format (RFC 1952), largest window.
_GZIP = 31
#: Bytes of JSON from which a rendered answer is compressed in another thread.
LARGE = 256 * 1024
#: Seconds from which an answer is worth keeping.
SLOW = 0.002


@dataclass(frozen=True)
class Asked:
    """What is asked, once its parameters are validated.

    Attributes
    ----------
    canonical
        The parameters in one spelling, defaults left out, for the ETag.
    format
        ``json`` or the name of an export.
    version
        What else decides the answer, where publication and parameters do not: a search that a time
        limit ended.
    """

    canonical: str
    format: str = "json"
    version: str = ""


@cache
def code_version() -> str:
    """Hash of this package's code, SQL, templates, and of formulas shared with the ETL."""
    digest = hashlib.sha256()
    for package in ("geo_service", "etl.accessibility"):
        for content in _sources(files(package)):
            digest.update(content)
    return digest.hexdigest()[:16]


def _sources(folder: Traversable) -> Iterator[bytes]:
    for item in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if item.is_dir() and item.name not in {"web", "__pycache__"}:
            yield from _sources(item)
        elif item.name.endswith((".py", ".sql", ".html", ".typ")):
            yield item.name.encode() + b"\0" + item.read_bytes()


def etag_of(*parts: str) -> str:
    """Make a strong ETag from what decides the bytes sent."""
    digest = hashlib.blake2b("\0".join(parts).encode(), digest_size=12)
    return f'"{digest.hexdigest()}"'


def headers_of(etag: str, *, gzipped: bool, cache_control: str = CACHE_CONTROL) -> dict[str, str]:
    """Give the headers shared by a full answer and its 304."""
    headers = {"ETag": etag, "Cache-Control": cache_control, "Vary": "Accept-Encoding"}
    if gzipped:
        headers["Content-Encoding"] = "gzip"
    return headers


#: Headers of a 304 besides its ETag.
_UNCHANGED = [
    (name.lower().encode(), value.encode())
    for name, value in headers_of("", gzipped=False).items()
    if name != "ETag"
]


def not_modified(headers: dict[str, str]) -> Response:
    """Answer 304 with the validators of the representation."""
    kept = {name: value for name, value in headers.items() if name != "Content-Encoding"}
    return Response(status_code=304, headers=kept)


def static_response(
    request: Request, body: bytes, media_type: str, cache_control: str = CACHE_CONTROL
) -> Response:
    """Answer bytes that do not depend on the database; the ETag is that of their content.

    Parameters
    ----------
    request
        The request, for its conditions and encodings.
    body
        Bytes, not compressed.
    media_type
        ``Content-Type``.
    cache_control
        ``Cache-Control``.

    Returns
    -------
    Response
        200 or 304.
    """
    gzipped = accepts_gzip(request.headers.get("accept-encoding", ""))
    etag = etag_of(hashlib.sha256(body).hexdigest(), "gzip" if gzipped else "identity")
    headers = headers_of(etag, gzipped=gzipped, cache_control=cache_control)
    if matches(request.headers.get("if-none-match", ""), etag):
        return not_modified(headers)
    return Response(compress(body) if gzipped else body, 200, headers, media_type)


def compress(body: bytes) -> bytes:
    """Compress without a date, so that the same answer has the same bytes."""
    packed: bytes = isal_zlib.compress(body, GZIP_LEVEL, wbits=_GZIP)
    return packed


def json_bytes(atlas: PublishedAtlas, own: dict[str, Any], words: tuple[str, ...]) -> bytes:
    """Write a JSON answer.

    Parameters
    ----------
    atlas
        The publication it was made from.
    own
        Members of the answer.
    words
        Codes of the definitions it relies on.

    Returns
    -------
    bytes
        JSON that ends with the members of provenance that ``own`` does not have.
    """
    written = atlas.provenances.get(words)
    if written is None:
        origin = provenance(atlas, words)
        written = {name: orjson.Fragment(orjson.dumps(value)) for name, value in origin.items()}
        atlas.provenances[words] = written
    return orjson.dumps(own | {name: written[name] for name in written if name not in own})


async def reply(
    request: Request,
    atlas: PublishedAtlas,
    asked: Asked,
    make_json: Callable[[], Awaitable[dict[str, Any]]],
    *,
    words: tuple[str, ...],
    make_table: Callable[[], Awaitable[Table | Dataset]] | None = None,
    origin: Mapping[str, Any] | None = None,
) -> Response:
    """Answer a request whose parameters are valid, from one publication.

    The ETag is a hash of the publication, the code, the address and the encoding: a publication
    never changes, so a matching ``If-None-Match`` is answered without asking the database.

    Parameters
    ----------
    request
        The request.
    atlas
        The publication it is answered from.
    asked
        Its parameters.
    make_json
        Makes the members of the JSON answer, without provenance.
    words
        Codes of the definitions the answer relies on.
    make_table
        Makes the table of an export, for addresses that return rows: called when the file is
        sent, never for a HEAD.
    origin
        Members of provenance of an answer that speaks of another publication.

    Returns
    -------
    Response
        200 or 304.
    """
    gzipped = (asked.format == "json" or FORMATS[asked.format].text) and accepts_gzip(
        request.headers.get("accept-encoding", "")
    )
    condition = request.headers.get("if-none-match", "")
    # The day it was made: the same inputs, published again later, are older data.
    version = (atlas.id, atlas.metadata.made.isoformat(), code_version())
    address = (*version, request.scope["path"], asked.canonical, asked.format)
    etag = etag_of(*address, asked.version, "gzip" if gzipped else "identity")
    # « * » is true of whatever exists: that is known once the answer is made.
    if condition and "*" not in condition and matches(condition, etag):
        atlas.etags.keep(request.scope, etag)
        return not_modified(headers_of(etag, gzipped=gzipped))

    async def encoded(body: bytes) -> bytes:
        if not gzipped:
            return body
        large = len(body) >= LARGE
        return await asyncio.to_thread(compress, body) if large else compress(body)

    async def json_body() -> bytes:
        started = time.perf_counter()
        plain = json_bytes(atlas, {**await make_json(), **(origin or {})}, words)
        body = await encoded(plain)
        if time.perf_counter() - started > SLOW:
            atlas.keep(etag, body)
        return body

    headers = headers_of(etag, gzipped=gzipped)
    if make_table is not None and asked.format != "json":
        if condition and matches(condition, etag):
            return not_modified(headers)
        # Not the address as typed: the bytes must be those of the ETag, whoever asks and however.
        own = {**provenance(atlas, words), **(origin or {})}
        return file_response(
            atlas,
            make_table,
            asked.format,
            origin=Origin(own, f"{request.url.path}?{asked.canonical}", atlas.metadata.made),
            headers=headers,
            on_start=lambda: atlas.etags.keep(request.scope, etag),
        )
    body = await atlas.once(etag, json_body)
    atlas.etags.keep(request.scope, etag)
    if matches(condition, etag):
        return not_modified(headers)
    return Response(body, 200, headers, "application/json")


def known_not_modified(scope: Scope, atlas: PublishedAtlas) -> list[tuple[bytes, bytes]] | None:
    """Answer a conditional request for something answered lately, without reading its parameters.

    Parameters
    ----------
    scope
        ASGI scope of a GET.
    atlas
        The publication it is answered from.

    Returns
    -------
    list of (name, value) or None
        Headers of a 304 if the client has what :func:`reply` would send; None if that has to be
        worked out.
    """
    condition = header_of(scope, b"if-none-match").decode("latin-1")
    if not condition or "*" in condition:
        return None
    etag = atlas.etags.find(scope)
    # Most clients give one ETag, and it is ours: no need to read it further.
    if etag is None or (condition != etag and not matches(condition, etag)):
        return None
    return [(b"etag", etag.encode()), *_UNCHANGED]
