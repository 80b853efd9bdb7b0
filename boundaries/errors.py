"""Errors worded for people: the base of them all, and those of the territories."""

from __future__ import annotations


class AtlasError(Exception):
    """Base of every error shown to people.

    The message is one or more French sentences: what is wrong, where, what to do. It is shown as it
    is, without a stack trace.
    """


class BoundariesError(AtlasError):
    """Something in the territories' files or in their topology cannot be used."""
