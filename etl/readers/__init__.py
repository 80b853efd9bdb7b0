"""Readers of sources: one module for each producer's format."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from etl.config import SourceConfig
from etl.readers import bibliotheques, engagement_citoyen, france_services, mairies
from etl.readers.base import Context, Reading

Reader = Callable[[Path, SourceConfig, Context], Reading]

#: By the name given to ``lecteur`` in ``atlas.toml``.
READERS: dict[str, Reader] = {
    "mairies": mairies.read,
    "france_services": france_services.read,
    "bibliotheques": bibliotheques.read,
    "engagement_citoyen": engagement_citoyen.read,
}

__all__ = ["READERS", "Context", "Reader", "Reading"]
