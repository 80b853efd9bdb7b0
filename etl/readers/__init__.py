"""Readers of sources: one module for each producer's format."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from etl.config import SourceConfig
from etl.readers import bibliotheques, engagement_citoyen, france_services, mairies
from etl.readers.base import Context, Reading

#: Gives what a file holds, part by part: a reader of large files never holds one whole.
Reader = Callable[[Path, SourceConfig, Context], Iterator[Reading]]


def _whole(read: Callable[[Path, SourceConfig, Context], Reading]) -> Reader:
    """Make a reader of one that reads its file in one go."""

    def parts(path: Path, source: SourceConfig, context: Context) -> Iterator[Reading]:
        yield read(path, source, context)

    return parts


#: By the name given to ``lecteur`` in ``atlas.toml``.
READERS: dict[str, Reader] = {
    "mairies": _whole(mairies.read),
    "france_services": _whole(france_services.read),
    "bibliotheques": _whole(bibliotheques.read),
    "engagement_citoyen": _whole(engagement_citoyen.read),
}

__all__ = ["READERS", "Context", "Reader", "Reading"]
