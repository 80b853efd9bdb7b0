"""Opaque cursors of keyset pages: where the next page starts, and which list it belongs to."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Any

import orjson

from geo_service.errors import Problem


def _mark(publication: str, listing: str) -> str:
    return hashlib.blake2b(f"{publication}\0{listing}".encode(), digest_size=6).hexdigest()


def encode(publication: str, listing: str, *key: int | str) -> str:
    """Make the cursor of the page that follows a row.

    Parameters
    ----------
    publication, listing
        The list the page belongs to: the publication, and its filters in one spelling.
    key
        Key of the last row shown.

    Returns
    -------
    str
        Base64 for URLs, without padding.
    """
    content = orjson.dumps([_mark(publication, listing), *key])
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def decode(
    cursor: str, publication: str, listing: str, kinds: tuple[type, ...] = (int, str)
) -> tuple[Any, ...]:
    """Read a cursor.

    Parameters
    ----------
    cursor
        What :func:`encode` gave, sent back by a client.
    publication, listing
        The list asked for now.
    kinds
        Type of each part of the key; an ``int`` fits in 31 bits.

    Returns
    -------
    tuple
        Key of the last row shown.

    Raises
    ------
    Problem
        400 if it is no cursor, or that of another list.
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        content = orjson.loads(base64.b64decode(padded.encode("ascii"), b"-_", validate=True))
        mark, *key = content
    except (ValueError, binascii.Error, TypeError):
        raise _refused("n’est pas un curseur donné par cette adresse") from None
    if tuple(map(type, key)) != kinds or any(
        isinstance(part, int) and abs(part) >= 2**31 for part in key
    ):
        raise _refused("n’est pas un curseur donné par cette adresse")
    if mark != _mark(publication, listing):
        raise _refused(
            "vient d’une autre liste : les filtres ou la publication de l’atlas ont changé"
        )
    return tuple(key)


def _refused(why: str) -> Problem:
    return Problem(
        400,
        f"Le paramètre « cursor » {why}. Reprenez à la première page, sans « cursor ».",
        {"parametres": [{"nom": "cursor", "motif": "valeur_refusee"}]},
    )
