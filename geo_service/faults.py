"""Faults of the installation: one French sentence, never a stack trace."""

from __future__ import annotations

from boundaries.errors import AtlasError


class InstallationError(AtlasError):
    """A fault the person who runs the command can mend.

    The message is a whole French sentence: what is wrong, where, what to do.
    """
