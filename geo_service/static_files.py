"""Files served as they are, with validators per encoding; read again when they change on disk."""

from __future__ import annotations

import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from geo_service.answers import etag_of, headers_of, not_modified
from geo_service.codings import NONE, SMALL, Coding, coding_of, encode
from geo_service.etags import header_of
from tiles.conditions import matches

#: Build tools put a hash of their content in the names of these files.
IMMUTABLE = "public, max-age=31536000, immutable"
#: Other files: asked again after an hour.
HOURLY = "public, max-age=3600"

#: Bytes below which compressing a file gains nothing.
_FROM = 860
#: Bytes up to which the smallest is worth its time: a tenth of a second, once in a process.
_BEST_UP_TO = 256 * 1024

#: Types the platform's table may lack.
_TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".woff2": "font/woff2",
    ".pbf": "application/x-protobuf",
    ".webmanifest": "application/manifest+json",
}
_COMPRESSIBLE = (
    "text/",
    "application/json",
    "application/manifest+json",
    "image/svg+xml",
    "application/x-protobuf",
)


@dataclass(frozen=True)
class _File:
    version: tuple[int, int]
    #: Of the content: every server that has it says the same, whenever it was installed.
    digest: str
    bodies: dict[Coding, bytes]
    codings: tuple[Coding, ...]
    media_type: str

    def body(self, coding: Coding) -> bytes:
        """Give the file in a coding, compressed once."""
        body = self.bodies.get(coding)
        if body is None:
            plain = self.bodies["identity"]
            body = encode(plain, coding, best=len(plain) <= _BEST_UP_TO)
            self.bodies[coding] = body
        return body


class StaticFolder:
    """A folder whose files are served.

    Parameters
    ----------
    folder
        The folder; it may not exist yet.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, _File] = {}

    def read(self, name: str) -> bytes | None:
        """Read a file; ``None`` when there is no such file in the folder."""
        file = self._find(name)
        return None if file is None else file.body("identity")

    def response(self, request: Request, name: str, cache_control: str) -> Response | None:
        """Answer with a file.

        Parameters
        ----------
        request
            The request, for its conditions and encodings.
        name
            Path inside the folder.
        cache_control
            ``Cache-Control``.

        Returns
        -------
        Response or None
            200 or 304; ``None`` when there is no such file.
        """
        file = self._find(name)
        if file is None:
            return None
        coding = coding_of(header_of(request.scope, b"accept-encoding"), file.codings)
        etag = etag_of(name, file.digest, coding)
        headers = headers_of(etag, coding, cache_control)
        if matches(request.headers.get("if-none-match", ""), etag):
            return not_modified(headers)
        return Response(file.body(coding), 200, headers, file.media_type)

    def _find(self, name: str) -> _File | None:
        path = (self._folder / name.lstrip("/")).resolve()
        if not path.is_relative_to(self._folder.resolve()) or not path.is_file():
            return None
        status = path.stat()
        version = (status.st_mtime_ns, status.st_size)
        file = self._files.get(name)
        if file is None or file.version != version:
            file = self._files[name] = _read(path, version)
        return file


def _read(path: Path, version: tuple[int, int]) -> _File:
    body = path.read_bytes()
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    media_type = kind or "application/octet-stream"
    compressible = media_type.startswith(_COMPRESSIBLE) and len(body) >= _FROM
    digest = hashlib.sha256(body).hexdigest()
    return _File(version, digest, {"identity": body}, SMALL if compressible else NONE, media_type)
