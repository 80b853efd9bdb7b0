"""The one way to answer: validators, caching, compression, format and provenance."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from geo_service.atlas import PublishedAtlas
from geo_service.codings import NONE, QUICK, SMALL, Coding, coding_of, encode, encoded
from geo_service.downloads import file_response
from geo_service.etags import RawHeaders, header_of
from geo_service.exports import FORMATS, Dataset, Origin, Table
from geo_service.provenance import provenance
from tiles.conditions import matches

#: Answers may be reused for a minute, and shown for ten more while they are asked again; for a day
#: while nothing answers (RFC 5861): a cache then stands in for the service.
CACHE_CONTROL = "public, max-age=60, stale-while-revalidate=600, stale-if-error=86400"

#: Seconds from which an answer is worth keeping.
SLOW = 0.002
_JSON = "application/json"


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


def version_of(atlas: PublishedAtlas) -> tuple[str, ...]:
    """Give what answers are made of besides what is asked: publication, day it was made, code.

    The same inputs, published again another day, are older data.
    """
    return atlas.id, atlas.metadata.made.isoformat(), code_version()


def etag_of(*parts: str) -> str:
    """Make a strong ETag from what decides the bytes sent."""
    digest = hashlib.blake2b("\0".join(parts).encode(), digest_size=12)
    return f'"{digest.hexdigest()}"'


def headers_of(
    etag: str, coding: Coding = "identity", cache_control: str = CACHE_CONTROL
) -> dict[str, str]:
    """Give the headers shared by a full answer and its 304."""
    headers = {"ETag": etag, "Cache-Control": cache_control, "Vary": "Accept-Encoding"}
    if coding != "identity":
        headers["Content-Encoding"] = coding
    return headers


def not_modified(headers: Mapping[str, str]) -> Response:
    """Answer 304 with the validators of the representation, and what else it would carry."""
    return Response(status_code=304, headers=_unchanged(headers))


def _unchanged(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name != "Content-Encoding"}


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
    coding = coding_of(header_of(request.scope, b"accept-encoding"), QUICK)
    etag = etag_of(hashlib.sha256(body).hexdigest(), coding)
    headers = headers_of(etag, coding, cache_control)
    if matches(request.headers.get("if-none-match", ""), etag):
        return not_modified(headers)
    return Response(encode(body, coding), 200, headers, media_type)


def fleeting_response(
    request: Request, body: bytes, status: int, media_type: str, headers: Mapping[str, str]
) -> Response:
    """Answer bytes that nobody is to keep: what a page or a card says of a fault.

    Parameters
    ----------
    request
        The request, for its encodings.
    body
        Bytes, not compressed.
    status
        HTTP status.
    media_type
        ``Content-Type``.
    headers
        Other headers.
    """
    coding = coding_of(header_of(request.scope, b"accept-encoding"), SMALL)
    own = {"Cache-Control": "no-store", "Vary": "Accept-Encoding", **headers}
    if coding != "identity":
        own["Content-Encoding"] = coding
    return Response(encode(body, coding), status, own, media_type)


async def bytes_reply(
    request: Request,
    atlas: PublishedAtlas,
    key: Sequence[str],
    make: Callable[[], Awaitable[bytes]],
    media_type: str,
    *,
    codings: tuple[Coding, ...] = SMALL,
    headers: Mapping[str, str] | None = None,
    built: bool = False,
) -> Response:
    """Answer bytes of any type that one publication and what is asked decide.

    The ETag is a hash of the publication, the code, what is asked and the coding: a publication
    never changes, so a matching ``If-None-Match`` is answered without making anything.

    Parameters
    ----------
    request
        The request.
    atlas
        The publication it is answered from.
    key
        All else that decides the bytes: the address, its parameters in one spelling, a version.
    make
        Makes the bytes, not compressed.
    media_type
        ``Content-Type``.
    codings
        Those that may be sent.
    headers
        Headers of the answer besides validators, of its 304 too: a browser puts those of a 304 in
        the place of what it has.
    built
        Whether a build of scripts is part of `key`: it may change while the service runs, so the
        address alone does not tell that nothing has.

    Returns
    -------
    Response
        200 or 304.
    """
    coding = coding_of(header_of(request.scope, b"accept-encoding"), codings)
    etag = etag_of(*version_of(atlas), *key, coding)
    own = headers_of(etag, coding) | dict(headers or {})
    condition = request.headers.get("if-none-match", "")
    # « * » is true of whatever exists: that is known once the answer is made.
    if condition and "*" not in condition and matches(condition, etag):
        if not built:
            atlas.etags.keep(request.scope, etag, _raw(own))
        return not_modified(own)

    async def kept() -> bytes:
        started = time.perf_counter()
        body = await encoded(await make(), coding)
        if time.perf_counter() - started > SLOW:
            atlas.answers.keep(etag, body)
        return body

    body = await atlas.answers.once(etag, kept)
    if not built:
        atlas.etags.keep(request.scope, etag, _raw(own))
    if condition and matches(condition, etag):
        return not_modified(own)
    return Response(body, 200, own, media_type)


def _raw(headers: Mapping[str, str]) -> RawHeaders:
    """Write the headers of a 304; those that all answers share are one object."""
    more = tuple(
        (name.lower().encode(), value.encode("latin-1"))
        for name, value in headers.items()
        if name not in _VALIDATORS
    )
    return (*_COMMON, *more) if more else _COMMON


#: Names of what :func:`headers_of` gives.
_VALIDATORS = ("ETag", "Cache-Control", "Vary", "Content-Encoding")
#: Headers of every 304 besides its ETag.
_COMMON: RawHeaders = tuple(
    (name.lower().encode(), value.encode())
    for name, value in headers_of("").items()
    if name != "ETag"
)


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
    path = request.scope["path"]
    key = (path, asked.canonical, asked.format, asked.version)
    if make_table is None or asked.format == "json":

        async def json_body() -> bytes:
            return json_bytes(atlas, {**await make_json(), **(origin or {})}, words)

        return await bytes_reply(request, atlas, key, json_body, _JSON, codings=QUICK)
    coding = coding_of(
        header_of(request.scope, b"accept-encoding"), QUICK if FORMATS[asked.format].text else NONE
    )
    etag = etag_of(*version_of(atlas), *key, coding)
    headers = headers_of(etag, coding)
    condition = request.headers.get("if-none-match", "")
    if condition and matches(condition, etag):
        atlas.etags.keep(request.scope, etag, _COMMON)
        return not_modified(headers)
    # Not the address as typed: the bytes must be those of the ETag, whoever asks and however.
    own = {**provenance(atlas, words), **(origin or {})}
    return file_response(
        atlas,
        make_table,
        asked.format,
        origin=Origin(own, f"{request.url.path}?{asked.canonical}", atlas.metadata.made),
        headers=headers,
        on_start=lambda: atlas.etags.keep(request.scope, etag, _COMMON),
    )
