"""Errors of this package that are shown to people."""

from __future__ import annotations

from boundaries.errors import AtlasError


class TilesError(AtlasError):
    """An archive of tiles cannot be built or read; the message is a French sentence."""
