"""Errors that are shown to people, in French."""

from __future__ import annotations

from boundaries.errors import AtlasError


class EtlError(AtlasError):
    """A failure of the ETL that a data manager can understand and act upon.

    Parameters
    ----------
    message : str
        French sentences: what happened, where, what to do. Shown as is, without a stack trace.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
