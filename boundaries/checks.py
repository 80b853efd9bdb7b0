"""What must be true of the territories before anybody sees them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from boundaries import coverage, unmapped
from boundaries.build import Territories
from boundaries.errors import BoundariesError

#: A gap narrower than this between two communes is a mismatch, not water (degrees, about a metre).
GAP = 1e-5
#: Relative difference of area allowed between a territory and the sum of its communes: projections
#: bend straight edges, no more.
_AREA_TOLERANCE = 1e-6
#: Levels that share out the whole country.
_PARTITIONS = ("commune", "departement", "region", "pays")
_SHOWN = 10


def check(territories: Territories) -> dict[str, int | float]:
    """Verify the territories; answer the figures to publish with them.

    Returns
    -------
    dict
        ``{niveau}`` the number of territories of each level that have a polygon; ``sans_contour``
        that of the communes and collectivités without any; ``population`` the inhabitants of the
        country; ``superficie_km2`` its area, in the legal CRS of each zone; ``trous`` and
        ``trous_km2`` the enclosed areas that are no commune's (lakes, estuaries, foreign
        enclaves).

    Raises
    ------
    BoundariesError
        On the first thing that is not true: unique codes, valid polygons, borders shared without
        gap or overlap, every commune in its département, région and country, areas and populations
        equal to the sums of those of the communes.
    """
    _check_codes(territories.territoires)
    without = _check_unmapped(territories)
    frame = territories.territoires[~without]
    by_level = {str(level): rows for level, rows in frame.groupby("niveau")}
    _check_polygons(frame)
    for level in ("commune", "arrondissement"):
        _check_borders(by_level.get(level, frame.iloc[:0]), level)
    _check_members(territories)
    _check_sums(territories)
    country = by_level["pays"].iloc[0]
    holes = coverage.holes(by_level["region"]["geom"].to_numpy())
    return {
        **{level: len(rows) for level, rows in by_level.items()},
        "sans_contour": int(without.sum()),
        "population": int(country["population"]),
        "superficie_km2": float(country["superficie_km2"]),
        "trous": len(holes),
        "trous_km2": coverage.area_km2(holes),
    }


def _named(rows: pd.DataFrame) -> str:
    """First names and codes of some territories, for a message."""
    shown = [f"{nom} ({code})" for nom, code in zip(rows["nom"], rows["code"], strict=True)]
    return ", ".join(shown[:_SHOWN]) + ("…" if len(shown) > _SHOWN else "")


def _check_codes(frame: pd.DataFrame) -> None:
    twice = frame[frame.duplicated(["niveau", "code"])]
    if len(twice):
        raise BoundariesError(f"Des territoires figurent deux fois : {_named(twice)}.")


def _check_unmapped(territories: Territories) -> pd.Series[bool]:
    """Tell the territories of collectivités without polygons, which no larger figure counts."""
    frame, members = territories.territoires, territories.appartenances
    absent = frame[(frame["niveau"] == "commune") & frame["geom"].isna()]
    theirs = members[members["commune"].isin(absent["code"])]
    larger = theirs[~theirs["niveau"].isin(unmapped.LEVELS)]
    if len(larger):
        counted = absent[absent["code"].isin(larger["commune"])]
        raise BoundariesError(
            f"{len(counted)} communes sans contour comptent dans un territoire plus grand que leur "
            f"collectivité : {_named(counted)}."
        )
    mapped = members[~members["commune"].isin(absent["code"])]
    alone = set(theirs["code"]) - set(mapped["code"])
    without: pd.Series[bool] = frame["niveau"].isin(unmapped.LEVELS) & frame["code"].isin(alone)
    return without


def _check_polygons(frame: pd.DataFrame) -> None:
    outlines, centres = frame["geom"].to_numpy(), frame["centre"].to_numpy()
    bad = shapely.is_missing(outlines) | shapely.is_empty(outlines) | ~shapely.is_valid(outlines)
    if bad.any():
        raise BoundariesError(
            f"{bad.sum()} territoires ont un contour vide ou invalide : {_named(frame[bad])}."
        )
    outside = ~shapely.intersects(outlines, centres)
    if outside.any():
        raise BoundariesError(
            f"{outside.sum()} territoires ont leur centre hors de leur contour : "
            f"{_named(frame[outside])}."
        )


def _check_borders(rows: pd.DataFrame, level: str) -> None:
    broken = coverage.broken(rows["geom"].to_numpy(), GAP)
    if broken.size:
        raise BoundariesError(
            f"Les limites de {broken.size} territoires (niveau {level}) se chevauchent ou laissent "
            f"un vide avec leurs voisins : {_named(rows.iloc[broken])}."
        )


def _check_members(territories: Territories) -> None:
    frame, members = territories.territoires, territories.appartenances
    known = pd.MultiIndex.from_frame(frame[["niveau", "code"]])
    used = pd.MultiIndex.from_frame(members[["niveau", "code"]])
    lost = used.difference(known)
    if len(lost):
        raise BoundariesError(
            f"Des communes appartiennent à des territoires inconnus : {list(lost[:_SHOWN])}."
        )
    communes = frame[(frame["niveau"] == "commune") & frame["geom"].notna()]
    members = members[members["commune"].isin(communes["code"])]
    for level in _PARTITIONS:
        placed = members.loc[members["niveau"] == level, "commune"]
        apart = communes[~communes["code"].isin(placed)]
        if len(apart) or placed.duplicated().any():
            raise BoundariesError(
                f"Chaque commune doit appartenir à un seul territoire de niveau {level} : "
                f"{len(apart)} n’en ont pas, {int(placed.duplicated().sum())} en ont plusieurs. "
                f"{_named(apart)}"
            )


def _check_sums(territories: Territories) -> None:
    frame = territories.territoires
    communes = frame[frame["niveau"] == "commune"].set_index("code")
    members = territories.appartenances.join(
        communes[["population", "superficie_km2"]], on="commune"
    )
    sums = members.groupby(["niveau", "code"])[["population", "superficie_km2"]].sum(min_count=1)
    sums = sums.rename(columns={"population": "habitants", "superficie_km2": "km2"})
    rows = frame.join(sums, on=["niveau", "code"])
    rows = rows[rows["niveau"] != "arrondissement"]
    unequal = rows[(rows["population"] != rows["habitants"]).fillna(False).astype(bool)]
    if len(unequal):
        raise BoundariesError(
            "La population de ces territoires n’est pas la somme de celles de leurs communes : "
            f"{_named(unequal)}."
        )
    rows = rows[rows["geom"].notna()]
    apart = (rows["superficie_km2"] / rows["km2"] - 1).abs()
    unequal = rows[~(apart <= _AREA_TOLERANCE)]
    if len(unequal):
        raise BoundariesError(
            "La superficie de ces territoires n’est pas la somme de celles de leurs communes : "
            f"{_named(unequal)}."
        )
    _check_cities(territories, communes)


def _check_cities(territories: Territories, communes: pd.DataFrame) -> None:
    """Arrondissements municipaux cover their city and share out its inhabitants."""
    frame, old = territories.territoires, territories.codes_anciens
    city_of = old[old["motif"] == "arrondissement"].set_index("code")["commune"]
    parts = frame[frame["niveau"] == "arrondissement"]
    sums = parts.groupby(parts["code"].map(city_of))[["population", "superficie_km2"]].sum()
    cities = communes.loc[sums.index]
    wrong = (sums["population"] != cities["population"]) | ~np.isclose(
        sums["superficie_km2"], cities["superficie_km2"], rtol=_AREA_TOLERANCE
    )
    if wrong.any():
        raise BoundariesError(
            "Les arrondissements ne couvrent pas leur ville, ou n’en ont pas la population : "
            f"{_named(cities[wrong].reset_index())}."
        )
