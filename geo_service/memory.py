"""Memory once a publication is read: given back to the system, and left alone by the collector."""

from __future__ import annotations

import ctypes
import gc


def settle() -> None:
    """Give back what reading a publication needed for a moment: some 15 MB for the whole country.

    The GNU C library keeps what was freed in the midst of what is still used until it is asked
    (malloc_trim(3)); others have no such function, and nothing is done.

    What is left lives as long as the publication. The collector would go through all of it every
    now and then, and nobody be answered meanwhile: 80 to 200 ms for the whole country. It is told
    to leave it alone until the next publication.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
