"""What a request costs its client: tokens, by template of the address."""

from __future__ import annotations

from typing import Final

#: An answer from memory, or a short query.
ORDINARY: Final = 1.0
#: A file of many rows, or a picture.
FILE: Final = 5.0
#: A search, a document: up to seconds of a processor.
SEARCH: Final = 10.0

#: Never counted nor refused: whoever keeps the service running asks for them.
ALIVE: Final = "/health"
PROBES: Final = frozenset({ALIVE, "/ready"})

#: Files of the build: refusing one costs as much as sending it.
_FREE_STARTS: Final = ("/assets/", "/styles/", "/sprites/", "/fonts/", "/docs", "/{name:path}")
_FREE: Final = frozenset({"/tiles/{tileset}.json", "/favicon.ico", "/widget.js", *PROBES})

_SEARCHES: Final = ("/implantations", ".pdf")
_FILES: Final = (".png", "/carte.svg", "/rapport", "/diff/{apres}", ".xlsx", ".zip")

#: Forms in which rows are asked for that are not files.
_NO_FILE: Final = (b"format=json", b"f=json", b"f=html")


def free(template: str) -> bool:
    """Tell whether requests under a template are never counted."""
    return template in _FREE or template.startswith(_FREE_STARTS)


def tokens_of(template: str) -> float:
    """Give what a request under a template costs, whatever its parameters."""
    if free(template):
        return 0.0
    if template.endswith(_SEARCHES):
        return SEARCH
    return FILE if template.endswith(_FILES) else ORDINARY


def tokens(base: float, query: bytes) -> float:
    """Give what a request costs.

    Parameters
    ----------
    base
        What :func:`tokens_of` says of its template.
    query
        Its query string.
    """
    if base == ORDINARY and b"format=" in query and not any(form in query for form in _NO_FILE):
        return FILE
    return base
