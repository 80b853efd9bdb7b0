"""Groupes: named sets of communes, such as a programme, a PETR, a SCoT or an association's members.

A groupe may be made of communes anywhere, and a commune may be in several: it is no level of the
country, nobody's parent, and no outline of the map's coverage.
"""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from boundaries import coverage, crs
from boundaries.build import Territories, centres, sums
from boundaries.errors import BoundariesError
from boundaries.names import normalise

NIVEAU = "groupe"


def add(territories: Territories, groupes: pd.DataFrame, membres: pd.DataFrame) -> Territories:
    """Add groupes to the territories: their outlines, their figures and their communes.

    Parameters
    ----------
    territories
        The communes, current codes.
    groupes
        ``code, nom, nature``.
    membres
        ``groupe, commune``, each pair once.

    Returns
    -------
    Territories
        With one more territory for each groupe. The population is missing when that of one
        commune is, the area when one commune has no polygon, the legal CRS when there are several.

    Raises
    ------
    BoundariesError
        When a groupe has no commune, has one the COG does not have, or a code is taken twice.
    """
    frame = territories.territoires
    communes = frame[frame["niveau"] == "commune"].set_index("code")
    _check(groupes, membres, communes.index)
    if groupes.empty:
        return territories
    rows = membres.sort_values(["groupe", "commune"], ignore_index=True)
    joined = rows.join(communes, on="commune")
    by_group = joined.groupby("groupe")
    codes = groupes.sort_values("code", ignore_index=True)
    figures = sums(joined, joined["groupe"]).loc[codes["code"]].reset_index(drop=True)
    drawn = joined[joined["geom"].notna()]
    keys, unions = coverage.dissolve(drawn["geom"].to_numpy(), drawn["groupe"])
    # An outline is missing when no commune of the groupe has one.
    outlines = pd.Series(np.full(len(codes), None, dtype=object), index=codes["code"])
    outlines[keys.tolist()] = coverage.multi(unions)
    middles = pd.Series(np.full(len(codes), None, dtype=object), index=codes["code"])
    middles[keys.tolist()] = centres(outlines[keys.tolist()].to_numpy())
    one_zone = (by_group["srid_legal"].nunique(dropna=False) == 1).loc[codes["code"]].to_numpy()
    areas = by_group["superficie_km2"].agg(lambda km2: km2.sum(skipna=False)).loc[codes["code"]]
    added = pd.DataFrame(
        {
            "niveau": NIVEAU,
            "code": codes["code"],
            "nom": codes["nom"],
            "nature": codes["nature"],
            "recherche": codes["nom"].map(normalise),
            "population": figures["population"],
            "population_annee": figures["population_annee"],
            "superficie_km2": areas.to_numpy(),
            "srid_legal": figures["srid_legal"].where(one_zone),
            "chef_lieu": pd.Series(np.full(len(codes), None, dtype=object)),
            "codes_postaux": [[] for _ in range(len(codes))],
            "emprise": [
                None if outline is None else shapely.bounds(outline).round(6).tolist()
                for outline in outlines
            ],
            "centre": middles.to_numpy(),
            "geom": outlines.to_numpy(),
        },
        columns=frame.columns,
    ).astype(dict(frame.drop(columns=["geom", "centre"]).dtypes))
    whole = pd.concat([pd.DataFrame(frame), added], ignore_index=True)
    members = rows.rename(columns={"groupe": "code"}).assign(niveau=NIVEAU)
    return replace(
        territories,
        territoires=gpd.GeoDataFrame(whole, geometry="geom", crs=crs.GEOGRAPHIC),
        appartenances=pd.concat(
            [territories.appartenances, members[["niveau", "code", "commune"]]], ignore_index=True
        ),
    )


def _check(groupes: pd.DataFrame, membres: pd.DataFrame, communes: pd.Index[str]) -> None:
    twice = groupes.loc[groupes["code"].duplicated(), "code"]
    if len(twice):
        raise BoundariesError(f"Des groupes portent le même code : {', '.join(twice)}.")
    empty = sorted(set(groupes["code"]) - set(membres["groupe"]))
    if empty:
        raise BoundariesError(f"Des groupes n’ont aucune commune : {', '.join(empty)}.")
    unknown = sorted(set(membres["commune"]) - set(communes))
    if unknown:
        raise BoundariesError(
            f"Des groupes contiennent des communes inconnues : {', '.join(unknown[:10])}."
        )
