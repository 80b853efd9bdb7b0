"""TileJSON 3.0.0: what a map must know of a tileset (https://github.com/mapbox/tilejson-spec)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from tiles.conditions import matches
from tiles.directory import Directory
from tiles.problems import (
    CORS,
    Headers,
    ProblemError,
    Scope,
    Send,
    header,
    length,
    send_answer,
    to_json,
)
from tiles.requests import CACHE

_HOST = re.compile(r"[A-Za-z0-9._\-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")


def of_archive(archive: Directory, name: str, template: str, publication: str) -> dict[str, Any]:
    """Describe the tileset of an archive.

    Parameters
    ----------
    archive
        Where zooms, bounds, layers and attribution are read.
    name
        Of the tileset, where the archive tells none.
    template
        Address of its tiles, with ``{z}``, ``{x}`` and ``{y}``.
    publication
        Identifier of the publication.
    """
    metadata = archive.metadata
    return {
        "tilejson": "3.0.0",
        "name": metadata.get("name", name),
        "description": metadata.get("description", ""),
        "attribution": metadata.get("attribution", ""),
        "version": "1.0.0",
        "scheme": "xyz",
        "tiles": [template],
        "minzoom": archive.zooms[0],
        "maxzoom": archive.zooms[1],
        "bounds": list(archive.bounds),
        "center": list(archive.center),
        "vector_layers": metadata.get("vector_layers", []),
        "publication": publication,
    }


def origin(scope: Scope, trust_forwarded: bool) -> str:
    """Scheme and host the client used.

    Raises
    ------
    ProblemError
        400 for a host that cannot be one.
    """
    scheme = scope.get("scheme", "http")
    host = header(scope, b"host")
    if trust_forwarded:
        scheme = header(scope, b"x-forwarded-proto").split(",")[0].strip() or scheme
        host = header(scope, b"x-forwarded-host").split(",")[0].strip() or host
    if not host and scope.get("server"):
        name, port = scope["server"]
        host = f"{name}:{port}"
    if scheme not in {"http", "https"} or not _HOST.fullmatch(host):
        raise ProblemError(400, "Le nom d’hôte de la demande n’est pas valable.")
    return f"{scheme}://{host}"


async def send(
    scope: Scope, send_message: Send, document: Mapping[str, Any], *, trust_forwarded: bool
) -> None:
    """Send a TileJSON document, or say that the client has it."""
    body = to_json(document)
    etag = f'"{hashlib.blake2b(body, digest_size=10).hexdigest()}"'
    headers: Headers = [(b"etag", etag.encode()), CACHE, *CORS]
    if trust_forwarded:
        headers.append((b"vary", b"X-Forwarded-Proto, X-Forwarded-Host"))
    if matches(header(scope, b"if-none-match"), etag):
        return await send_answer(send_message, 304, headers)
    headers += [(b"content-type", b"application/json"), length(len(body))]
    await send_answer(send_message, 200, headers, b"" if scope["method"] == "HEAD" else body)
    return None
