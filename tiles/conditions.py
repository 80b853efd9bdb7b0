"""What a client asks of a representation: its coding, its freshness, a part of it (RFC 9110)."""

from __future__ import annotations

import re
from functools import lru_cache

_QUALITY = re.compile(r"\s*q\s*=\s*([01](?:\.[0-9]{0,3})?)\s*", re.IGNORECASE)
_ETAG = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')
_RANGE = re.compile(r"\s*(?:([0-9]{1,18})\s*-\s*([0-9]{1,18})?|-\s*([0-9]{1,18}))\s*")


class UnsatisfiableRangeError(Exception):
    """A Range header asks for nothing that exists, or cannot be understood."""


def _qualities(accept_encoding: str) -> dict[str, float]:
    """Weight of each coding named by Accept-Encoding; one that cannot be read weighs nothing."""
    found: dict[str, float] = {}
    for part in accept_encoding.lower().split(","):
        coding, _, parameters = part.partition(";")
        quality = 1.0
        if parameters:
            match = _QUALITY.fullmatch(parameters)
            quality = float(match[1]) if match else 0.0
        found[coding.strip()] = quality
    return found


@lru_cache(maxsize=256)
def accepts_gzip(accept_encoding: str) -> bool:
    """Whether gzip is acceptable (RFC 9110 §12.5.3).

    Parameters
    ----------
    accept_encoding
        The header; empty when there is none, and then only bytes as they are is safe.
    """
    qualities = _qualities(accept_encoding)
    return qualities.get("gzip", qualities.get("x-gzip", qualities.get("*", 0.0))) > 0


@lru_cache(maxsize=256)
def preferred_codings(accept_encoding: bytes) -> tuple[str, ...]:
    """Codings of tiles in the order a client wants them (RFC 9110 §12.5.3).

    Parameters
    ----------
    accept_encoding
        The header; empty when there is none.

    Returns
    -------
    tuple of str
        Of ``br``, ``gzip`` and ``identity``, those it accepts, the most wanted first; of equal
        weights, the smallest first. ``identity`` closes the list even where it is refused: a tile
        is better than an error for who refuses all there is, as the RFC lets a server do.
    """
    qualities = _qualities(accept_encoding.decode("latin-1"))
    weights = {
        # Who says `*` knows gzip; br is sent to those who name it.
        "br": qualities.get("br", 0.0),
        "gzip": qualities.get("gzip", qualities.get("x-gzip", qualities.get("*", 0.0))),
    }
    # Not named, bytes as they are remain acceptable, yet less than any coding that is.
    plain = qualities.get("identity", 0.0)
    wanted = [coding for coding, weight in weights.items() if weight > 0 and weight >= plain]
    return (*sorted(wanted, key=lambda coding: -weights[coding]), "identity")


def matches(if_none_match: str, etag: str) -> bool:
    """Whether a strong ETag, quotes included, is in If-None-Match (weak comparison, §13.1.2)."""
    if if_none_match.strip() == "*":
        return True
    return etag in _ETAG.findall(if_none_match)


def parse_range(header: str, size: int) -> tuple[int, int] | None:
    """Read a Range header (RFC 9110 §14.2).

    Parameters
    ----------
    header
        Its value.
    size
        Bytes of the whole.

    Returns
    -------
    tuple[int, int] | None
        First byte and the one after the last; None when the header is to be ignored and the whole
        sent: another unit than bytes, or several ranges, which a server need not honour.

    Raises
    ------
    UnsatisfiableRangeError
        Beyond the end, of no length, or not understood: to be answered by 416.
    """
    unit, equals, spec = header.partition("=")
    if not equals or unit.strip().lower() != "bytes":
        return None
    if "," in spec:
        return None
    match = _RANGE.fullmatch(spec)
    if match is None:
        raise UnsatisfiableRangeError
    first, last, suffix = match.groups()
    if suffix is not None:
        start, end = max(0, size - int(suffix)), size
    else:
        start, end = int(first), size if last is None else int(last) + 1
        if end <= start:
            raise UnsatisfiableRangeError
        end = min(end, size)
    if start >= end:
        raise UnsatisfiableRangeError
    return start, end
