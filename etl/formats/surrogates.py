"""Bytes that are not of the encoding of their file, and halves of letters, made into letters."""

from __future__ import annotations

import re

#: Python's "surrogateescape" keeps an undecodable byte b as U+DC00 + b, from U+DC80 (PEP 383).
ESCAPE, ESCAPED_FIRST, ESCAPED_LAST = 0xDC00, 0xDC80, 0xDCFF
SURROGATE = re.compile("[\ud800-\udfff]")


def mended(text: str) -> str:
    """Make a text that can be written in UTF-8, whatever it was read from.

    Parameters
    ----------
    text : str
        May hold surrogates: of bytes that were not UTF-8, or written as such in a JSON file.

    Returns
    -------
    str
        Each byte read as Windows-1252; U+FFFD where it is no character either.
    """
    return SURROGATE.sub(_unescape, text)


def _unescape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if not ESCAPED_FIRST <= code <= ESCAPED_LAST:
        return "\ufffd"
    return bytes([code - ESCAPE]).decode("cp1252", "replace")
