"""Where a row is: its commune, its point, how both were found and how precise that is.

The declared code comes first, whatever its year; the point checks it. Then come the address,
through a geocoder where one is set up, the postcode and the name of the commune, and at last the
middle of the commune, which the mairie's point replaces once all sources are read.
"""

from __future__ import annotations

from etl.location.codes import resolve_codes
from etl.location.locating import SEUIL_KM, locate
from etl.location.points import looks_swapped, points_of
from etl.location.precision import APPROXIMATIFS, LOCALISATIONS

__all__ = [
    "APPROXIMATIFS",
    "LOCALISATIONS",
    "SEUIL_KM",
    "locate",
    "looks_swapped",
    "points_of",
    "resolve_codes",
]
