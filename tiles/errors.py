"""Errors of this package that are shown to people."""

from __future__ import annotations

from boundaries.errors import AtlasError


class TilesError(AtlasError):
    """An archive of tiles cannot be built or read; the message is a French sentence."""


class StoreAwayError(TilesError):
    """The object store of the archives does not answer; it will be back by itself."""

    def __init__(self) -> None:
        super().__init__(
            "Le stockage des tuiles ne répond pas pour le moment. Réessayez dans quelques "
            "secondes : le service revient de lui-même."
        )
