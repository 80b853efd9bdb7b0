"""Errors of the territories, worded for the people who run the atlas."""

from __future__ import annotations


class BoundariesError(Exception):
    """Something in the territories' files or in their topology cannot be used.

    The message is a French sentence: what is wrong, where, what to do. It is shown as it is.
    """
