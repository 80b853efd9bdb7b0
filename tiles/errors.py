"""Errors of this package that are shown to people."""

from __future__ import annotations

from boundaries.errors import AtlasError


class TilesError(AtlasError):
    """An archive of tiles cannot be built or read; the message is a French sentence."""


class StoreAwayError(TilesError):
    """The object store of the archives does not answer; it will be back by itself."""

    def __init__(
        self,
        message: str = "Le stockage des tuiles ne répond pas pour le moment. Réessayez dans "
        "quelques secondes : le service revient de lui-même.",
    ) -> None:
        super().__init__(message)


class CutArchiveError(StoreAwayError):
    """The archive was cut while it was open: its tiles come back once somebody has repaired it."""

    def __init__(self) -> None:
        super().__init__(
            "Les tuiles sont abîmées sur le disque du service. Elles reviendront dès qu’elles "
            "auront été refaites."
        )
