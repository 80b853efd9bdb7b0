"""The encoding of a text file, from the whole of its bytes.

A file is UTF-8 when all of it decodes so: no other encoding writes accents that do by chance. Else
its bytes above 127 are counted, and the single-byte encoding is the one in which they are the most
often letters of French. Where valid UTF-8 and other bytes are mixed (two files joined), UTF-8 is
read and the bytes that are not of it are given to :mod:`etl.formats.gathering` to be put right.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from etl.formats.base import FormatError, Limits, where
from etl.formats.surrogates import ESCAPE, ESCAPED_FIRST, ESCAPED_LAST

_CHUNK = 1 << 20
_ASCII_LAST = 0x7F
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: Single-byte encodings of French files, the likeliest first: Windows, Unix of before UTF-8, Mac,
#: DOS.
_SINGLE_BYTE = ("cp1252", "iso8859-15", "mac-roman", "cp850")
#: Letters and signs of French beyond ASCII, with weights: the commonest letter counts the most.
_FRENCH = {
    **dict.fromkeys("éèàêçôîûùâëïœ’«»°", 4),
    **dict.fromkeys("ÉÈÀÊÇÔÎÛŒüÂ€–…\xa0²“”‘•", 2),
    **dict.fromkeys("ËÏÙÜÿñóáíúöäŸß½§", 1),
}


@dataclass(frozen=True)
class Encoding:
    """How the bytes of a file are read.

    Attributes
    ----------
    codec : str
        For Python.
    bom : int
        Bytes to skip at the start.
    mixed : bool
        Whether some bytes are of another encoding.
    """

    codec: str
    bom: int = 0
    mixed: bool = False

    @property
    def shown(self) -> str:
        """Name for people and for the configuration."""
        return f"{self.codec} et cp1252 mêlés" if self.mixed else self.codec


def recognise(path: Path, asked: str | None = None) -> Encoding:
    """Recognise the encoding of a text file; reads it once.

    Parameters
    ----------
    path : pathlib.Path
    asked : str or None
        The one the data manager gives, to be believed.

    Raises
    ------
    FormatError
        If the encoding asked for does not exist.
    """
    with path.open("rb") as stream:
        head = stream.read(4096)
    bom = next(((name, len(mark)) for mark, name in _BOMS if head.startswith(mark)), None)
    if asked is not None:
        return _asked(path, asked, bom)
    if bom is not None and bom[0] != "utf-8":
        return Encoding(*bom)
    if (codec := wide(head)) is not None:
        return Encoding(codec)
    skipped = bom[1] if bom else 0
    counts = _not_utf8(path)
    if counts is None:
        return Encoding("utf-8", skipped)
    foreign, sequences = counts
    # A few valid sequences come by chance in a long text of another encoding.
    if sequences > foreign.sum() // 20:
        return Encoding("utf-8", skipped, mixed=True)
    return Encoding(max(_SINGLE_BYTE, key=lambda name: _score(foreign, name)), skipped)


def _asked(path: Path, asked: str, bom: tuple[str, int] | None) -> Encoding:
    try:
        codec = codecs.lookup(asked).name
    except LookupError:
        raise FormatError(
            "encodage_inconnu",
            f"L'encodage « {asked} » demandé pour {path.name} n'existe pas. Écrivez par exemple "
            "« utf-8 », « cp1252 » ou « utf-16 ».",
        ) from None
    codec = codec.removesuffix("-sig")
    if bom is None:
        return Encoding("utf-16-le" if codec == "utf-16" else codec)
    return Encoding(bom[0] if codec == "utf-16" else codec, bom[1])


def wide(head: bytes) -> str | None:
    """Tell UTF-16; without its mark, half of the bytes of a text of our languages are null."""
    for mark, name in _BOMS[1:]:
        if head.startswith(mark):
            return name
    codes = np.frombuffer(head[: len(head) & ~1], dtype=np.uint8)
    if len(codes) == 0:
        return None
    even, odd = (codes[0::2] == 0).mean(), (codes[1::2] == 0).mean()
    most, least = 0.7, 0.1
    if odd > most and even < least:
        return "utf-16-le"
    if even > most and odd < least:
        return "utf-16-be"
    return None


def _not_utf8(path: Path) -> tuple[np.ndarray, int] | None:
    """Count the bytes that are not UTF-8, and the valid sequences beyond ASCII; None if all is."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    foreign = np.zeros(256, dtype=np.int64)
    sequences = 0
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            text = decoder.decode(chunk)
            if not text.isascii():
                codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
                escaped = (codes >= ESCAPED_FIRST) & (codes <= ESCAPED_LAST)
                foreign += np.bincount(codes[escaped] - ESCAPE, minlength=256)
                sequences += int((codes > _ASCII_LAST).sum() - escaped.sum())
    tail = decoder.decode(b"", final=True)
    for character in tail:
        foreign[ord(character) - ESCAPE] += 1
    return (foreign, sequences) if foreign.any() else None


def _score(foreign: np.ndarray, codec: str) -> float:
    """How much like French the bytes read in an encoding; an unassigned byte counts against it."""
    score = 0.0
    for code in np.flatnonzero(foreign):
        character = bytes([int(code)]).decode(codec, "replace")
        if character == "\ufffd" or "\x80" <= character <= "\x9f":
            weight = -20
        else:
            weight = _FRENCH.get(character, -4)
        score += weight * float(foreign[code])
    return score


def lines(path: Path, encoding: Encoding, limits: Limits) -> Iterator[list[str]]:
    """Read a text by blocks of whole lines, ends of lines kept; memory is bounded.

    Raises
    ------
    FormatError
        If a line is too long, or a byte is not of the encoding.
    """
    errors = "surrogateescape" if encoding.mixed else "strict"
    decoder = codecs.getincrementaldecoder(encoding.codec)(errors)
    rest: list[str] = []
    length = 0
    with path.open("rb") as stream:
        stream.seek(encoding.bom)
        while True:
            chunk = stream.read(_CHUNK)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                raise _undecodable(path, encoding, error) from None
            if not chunk:
                last = "".join(rest) + text
                if last:
                    yield _split(last)
                return
            cut = max(text.rfind("\n"), text.rfind("\r", 0, -1)) + 1
            if cut == 0:
                rest.append(text)
                length += len(text)
            else:
                yield _split("".join(rest) + text[:cut])
                rest, length = [text[cut:]], len(text) - cut
            if length > limits.line_chars:
                raise line_too_long(path, limits)


def _split(text: str) -> list[str]:
    r"""Split at ``\n``, ``\r\n`` and ``\r`` alone; `str.splitlines` splits at others too."""
    return io.StringIO(text, newline="").readlines()


def line_too_long(path: Path, limits: Limits) -> FormatError:
    """Error for a text without ends of lines."""
    return FormatError(
        "ligne_trop_longue",
        f"{where(path)} a une ligne de plus de {limits.line_chars // 10**6} millions de "
        "caractères : ce n'est pas un tableau, ou ses fins de ligne sont perdues. Rien n'a été "
        "chargé. Demandez de nouveau le fichier à son producteur.",
    )


def _undecodable(path: Path, encoding: Encoding, error: UnicodeDecodeError) -> FormatError:
    wrong = error.object[error.start : error.start + 1].hex()
    return FormatError(
        "encodage_faux",
        f"{where(path)} contient un octet (0x{wrong}) qui n'existe pas en {encoding.codec}. "
        "Corrigez « encodage », ou enregistrez de nouveau le fichier en UTF-8.",
    )
