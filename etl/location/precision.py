"""How a lieu was located, and how far from the truth its point may be."""

from __future__ import annotations

import numpy as np

from etl.communes import METRES_PAR_DEGRE, FloatArray

#: How a lieu was located, and its estimated uncertainty in metres where it is a constant. See
#: docs/donnees.md. ``point`` is the coordinates of the source; ``adresse``, ``rue`` and
#: ``lieu_dit`` what a geocoder found; ``centre_commune`` a point inside the commune; ``chef_lieu``
#: its mairie.
LOCALISATIONS: dict[str, float | None] = {
    "point": 100.0,
    "adresse": 50.0,
    "rue": 300.0,
    "lieu_dit": 500.0,
    "chef_lieu": None,
    "centre_commune": None,
}

#: Those that are drawn and measured as imprecise.
APPROXIMATIFS = ("rue", "lieu_dit", "chef_lieu", "centre_commune")

#: Decimals beyond which a coordinate is as precise as an address: the fourth is worth 11 m.
_DECIMALS = 5


def precision_of_points(lon: FloatArray, lat: FloatArray, ecart_km: FloatArray) -> FloatArray:
    """Uncertainty of the coordinates a source gives, in metres.

    The largest of: what the points of a same place differ by from source to source
    (``LOCALISATIONS["point"]``, measured); the rounding of the coordinates, half a unit of their
    last decimal, in both directions; the distance to the commune the place is declared in.

    Parameters
    ----------
    lon, lat : numpy.ndarray of float, shape (n,)
        Degrees; missing values give a missing precision.
    ecart_km : numpy.ndarray of float, shape (n,)
        Distance to the commune, 0 inside.
    """
    given = (np.abs(lon) <= 180) & (np.abs(lat) <= 180)  # noqa: PLR2004
    lon, lat = np.where(given, lon, np.nan), np.where(given, lat, np.nan)
    rounding = np.full(len(lon), 0.0)
    for decimals in range(_DECIMALS, -1, -1):
        # A last zero is not written: the axis with more decimals tells.
        rounded = np.isclose(lon, np.round(lon, decimals), rtol=0, atol=1e-9) & np.isclose(
            lat, np.round(lat, decimals), rtol=0, atol=1e-9
        )
        rounding[rounded] = 0.5 * 10.0**-decimals * METRES_PAR_DEGRE * np.sqrt(2)
    base = LOCALISATIONS["point"] or 0.0
    found = np.maximum(np.maximum(base, rounding), np.nan_to_num(ecart_km) * 1000)
    return np.where(given, np.round(found), np.nan)
