"""Giving back to the system the memory that is used no more."""

from __future__ import annotations

import ctypes
import gc


def give_back() -> None:
    """Give back what reading a publication needed for a moment: some 15 MB for the country."""
    gc.collect()
    trim()


def trim() -> None:
    """Give back what was freed in the midst of what is still used.

    The GNU C library keeps it until it is asked (malloc_trim(3)), so a process that answered a
    crowd would stay as large as the crowd; others have no such function, and nothing is done.
    """
    found = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if found is not None:
        found(0)
