"""Giving memory back to the system once a publication is read."""

from __future__ import annotations

import ctypes
import gc


def give_back() -> None:
    """Give back what reading a publication needed for a moment: some 15 MB for the whole country.

    The GNU C library keeps what was freed in the midst of what is still used until it is asked
    (malloc_trim(3)); others have no such function, and nothing is done.
    """
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
