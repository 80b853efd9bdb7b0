"""The addresses of rows, asked of a geocoder where one is set up."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from boundaries.cog import Resolver
from etl.communes import Communes, GeometryArray
from etl.location.geocoder import Geocoder
from etl.location.naming import texts_of
from etl.location.points import BoolArray

IntArray = npt.NDArray[np.int64]

#: What a geocoder finds, and how a lieu placed there is located; the middle of a commune it gives
#: is no better than the atlas's own.
TYPES = {"housenumber": "adresse", "street": "rue", "locality": "lieu_dit"}

#: A geocoded point may be so far (km) from the commune it is said to be in: the border is drawn to
#: some hundred metres.
_MARGE_KM = 1.0


@dataclass(frozen=True)
class Found:
    """Where addresses are: ``centre_commune`` and a null point where none was found."""

    localisation: npt.NDArray[np.object_]
    points: GeometryArray


class Addresses:
    """The addresses of some rows.

    Parameters
    ----------
    rows
        What :func:`etl.location.locate` is given.
    geocoder
        None: no address is found.
    communes, resolver
        Where communes are, and what codes mean.
    """

    def __init__(
        self,
        rows: pd.DataFrame,
        geocoder: Geocoder | None,
        communes: Communes,
        resolver: Resolver,
    ) -> None:
        self._rows = rows
        self._geocoder = geocoder
        self._communes = communes
        self._resolver = resolver

    @cached_property
    def _asked(self) -> pd.DataFrame:
        return pd.DataFrame(
            {name: texts_of(self._rows, name) for name in ("adresse", "code_postal", "commune_nom")}
        )

    def communes_of(self, rows: IntArray) -> IntArray:
        """Position of the commune of the address of each of these rows, -1 for none."""
        position = np.full(len(rows), -1, dtype="int64")
        if self._geocoder is None or not len(rows):
            return position
        asked = self._asked.iloc[rows].assign(code="")
        answers = self._geocoder.find(asked)
        current = self._resolver.resolve_many(answers["code"])
        found: IntArray = self._communes.codes.get_indexer(pd.Index(current)).astype("int64")
        return found

    def points_of(self, rows: IntArray, where: IntArray, wanted: BoolArray) -> Found:
        """Points of the addresses of the rows ``wanted``, within their communes ``where``."""
        localisation = np.full(len(rows), "centre_commune", dtype=object)
        points = np.full(len(rows), None, dtype=object)
        chosen = np.flatnonzero(wanted)
        if self._geocoder is None or not len(chosen):
            return Found(localisation, points)
        codes = self._communes.codes.to_numpy(dtype=object)[where[chosen]]
        answers = self._geocoder.find(self._asked.iloc[rows[chosen]].assign(code=codes))
        kinds = answers["type"].map(TYPES)
        known = chosen[kinds.notna().to_numpy()]
        answers = answers[kinds.notna()]
        given = np.asarray(shapely.points(answers["lon"], answers["lat"]), dtype=object)
        near = self._communes.distance_km(given, where[known]) <= _MARGE_KM
        points[known[near]] = given[near]
        localisation[known[near]] = kinds.dropna().to_numpy(dtype=object)[near]
        return Found(localisation, points)
