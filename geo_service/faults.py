"""Faults of the installation: one French sentence, never a stack trace."""

from __future__ import annotations


class InstallationError(Exception):
    """A fault the person who runs the command can mend.

    The message is a whole French sentence: what is wrong, where, what to do.
    """
