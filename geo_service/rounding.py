"""How the figures of answers are rounded: one number of decimals for each kind."""

from __future__ import annotations

from math import isnan
from typing import Final

#: Decimals of rates and shares: a tenth of a per mille.
SHARE: Final = 4
#: Decimals of distances, km: ten metres.
KM: Final = 2
#: Decimals of the accessibility index.
INDEX: Final = 3


def rounded(value: float | None, decimals: int = SHARE) -> float | None:
    """Round what is known.

    Parameters
    ----------
    value
        NaN stands for unknown, as None does.
    decimals
        Of the result.

    Returns
    -------
    float or None
        None for what is unknown.
    """
    return None if value is None or isnan(value) else round(float(value), decimals)


def share(part: float | None, whole: float | None) -> float | None:
    """Divide and round; None when there is nothing to divide by."""
    return None if part is None or not whole else round(part / whole, SHARE)
