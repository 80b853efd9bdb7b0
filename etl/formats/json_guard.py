"""The bytes of a JSON document, watched before the parser sees them.

The parser (ijson, on YAJL) gives items one at a time, but would hold a text of one gigabyte or a
million open brackets. Bytes pass through here, decoded if need be, and are refused first.
"""

from __future__ import annotations

import codecs
import re
from pathlib import Path

import numpy as np

from etl.formats.base import FormatError, Limits, where
from etl.formats.encoding import Encoding, recognise

#: A whole text of JSON, quotes included.
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
#: What remains of a document without its texts, for its depth: +1, −1 or nothing by byte.
_STEPS = np.zeros(256, dtype=np.int64)
_STEPS[[ord("{"), ord("[")]] = 1
_STEPS[[ord("}"), ord("]")]] = -1


class Guard:
    """A file open for reading, in UTF-8 without its mark, within limits.

    Raises
    ------
    FormatError
        From `read`: if the document is nested too deep, or no item ends for too long.
    """

    def __init__(self, path: Path, limits: Limits, encoding: Encoding | None = None) -> None:
        self._path = path
        self._limits = limits
        self._encoding = encoding or recognise(path)
        codec = self._encoding.codec
        self._decoder = (
            None
            if codec == "utf-8" and not self._encoding.mixed
            else codecs.getincrementaldecoder(codec)("replace")
        )
        self._stream = path.open("rb")
        self._stream.seek(self._encoding.bom)
        self._open = b""
        self._depth = 0
        self._since = 0

    def __enter__(self) -> Guard:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def item(self) -> None:
        """Hear that the parser gave an item: the count of bytes starts again."""
        self._since = 0

    def read(self, size: int = -1) -> bytes:
        """Give the next bytes."""
        if size == 0:
            return b""
        data = self._stream.read(size)
        if self._decoder is not None:
            data = self._decoder.decode(data, final=not data).encode()
        self._since += len(data)
        if self._since > self._limits.record_bytes:
            raise FormatError(
                "element_trop_grand",
                f"{where(self._path)} a un élément de plus de "
                f"{self._limits.record_bytes // 10**6} Mo : rien n'a été chargé. Ce n'est pas une "
                "liste de lieux ou d'actions ; demandez de nouveau le fichier à son producteur.",
            )
        self._check_depth(data)
        return data

    def _check_depth(self, data: bytes) -> None:
        rest = _STRING.sub(b"", self._open + data)
        cut = rest.find(b'"')
        self._open = b"" if cut < 0 else rest[cut:]
        outside = rest if cut < 0 else rest[:cut]
        levels = self._depth + np.cumsum(_STEPS[np.frombuffer(outside, dtype=np.uint8)])
        if len(levels):
            self._depth = int(levels[-1])
            if int(levels.max()) > self._limits.depth:
                raise FormatError(
                    "json_trop_profond",
                    f"{where(self._path)} emboîte plus de {self._limits.depth} niveaux de listes "
                    "ou d'objets : rien n'a été chargé. Ce n'est pas un tableau de lieux ou "
                    "d'actions.",
                )
