"""Figures are rounded, and what is unknown stays so."""

from __future__ import annotations

import math

import numpy as np
import pytest

from geo_service.rounding import KM, SHARE, rounded, share


@pytest.mark.parametrize("unknown", [None, math.nan, np.float64("nan")])
def test_the_unknown_is_none(unknown: float | None) -> None:
    assert rounded(unknown) is None


def test_a_figure_of_numpy_becomes_one_of_python() -> None:
    found = rounded(np.float64(1.23456), KM)
    assert (found, type(found)) == (1.23, float)


def test_a_share_of_nothing_is_unknown() -> None:
    assert share(1, 3) == round(1 / 3, SHARE)
    assert share(0, 3) == 0
    assert share(0, 0) is share(1, None) is share(None, 1) is None
