"""Polygons of one year turned into the communes of another.

The COG says which communes exist and what each older code means today; the contours say where the
communes of their own year lie. Nothing is listed by hand: a commune that vanished joins the one its
code resolves to (a changed code is that too); a commune that no polygon resolves to was restored,
and takes the polygon of the commune déléguée or associée of its code, or the one it had in an older
layer, cut out of the commune it left.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from boundaries.cog import Cog, Resolver
from boundaries.errors import BoundariesError

#: Types of contours that may become a commune again.
_PARTS = ("COMD", "COMA")
#: Largest share of a city's area that its arrondissements may miss or exceed.
_PLM_TOLERANCE = 1e-4
#: Dimension of a polygon.
_SURFACE = 2
#: A strip left between an older drawing of a border and today's is no land of its own when its mean
#: width is under this (degrees: about 50 m, more than two surveys of a border ever differ by).
_STRIP = 5e-4
_SHOWN = 10


def pieces(
    cog: Cog,
    resolver: Resolver,
    contours: gpd.GeoDataFrame,
    older: gpd.GeoDataFrame | None = None,
) -> gpd.GeoDataFrame:
    """Cut the contours into pieces, each wholly inside one commune of the current COG.

    Parameters
    ----------
    cog
        Current communes.
    resolver
        Resolves the contours' codes to current ones.
    contours
        ``type, code, nom, geometry`` of any year (EPSG:4326). Communes of the collectivités that
        the atlas does not draw are left out; without any arrondissement municipal, cities are
        whole.
    older
        Contours of another year, from before the communes restored since had merged.

    Returns
    -------
    GeoDataFrame
        ``commune``, ``arrondissement`` (missing except in Paris, Lyon and Marseille), ``geometry``;
        borders may still mismatch slightly: see :func:`boundaries.coverage.repair`.

    Raises
    ------
    BoundariesError
        When a commune is there twice, when a contour's code means nothing today, or when a
        current commune has no contour.
    """
    communes = drawn_communes(cog, contours)
    twice = communes.loc[communes["code"].duplicated(), "code"].unique().tolist()
    if twice:
        raise BoundariesError(
            f"{len(twice)} communes figurent deux fois dans le fichier des contours : "
            f"{', '.join(twice[:_SHOWN])}."
        )
    placed = gpd.GeoDataFrame(
        {
            "commune": resolver.resolve_many(communes["code"]).to_numpy(),
            "arrondissement": pd.Series(pd.NA, index=communes.index, dtype="str").to_numpy(),
        },
        geometry=communes.geometry.to_numpy(),
        crs=contours.crs,
    )
    unknown = communes.loc[placed["commune"].isna().to_numpy(), "code"].tolist()
    if unknown:
        raise BoundariesError(
            f"{len(unknown)} communes du fichier des contours n’existent plus et rien ne dit ce "
            f"qu’elles sont devenues : {', '.join(unknown[:_SHOWN])}."
        )
    placed = _restore(cog, contours, older, placed)
    return _split_cities(cog, contours, placed)


def drawn_communes(cog: Cog, contours: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Contours of communes, without those of the collectivités that the atlas does not draw."""
    undrawn = set(cog.communes["code"]) - set(cog.cartographiees()["code"])
    return contours[(contours["type"] == "COM") & ~contours["code"].isin(undrawn)]


def _former(contours: gpd.GeoDataFrame, older: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
    """Outlines that a restored commune may take back, the surest of a code first."""
    parts = contours[contours["type"].isin(_PARTS)]
    if older is not None:
        # As a commune of its own before as a part of another: both are the ground it had.
        rank = older["type"].map({"COM": 0, "COMD": 1, "COMA": 1})
        past = older[rank.notna()].assign(rank=rank).sort_values("rank", kind="stable")
        parts = pd.concat([parts, past], ignore_index=True)
    return parts[["code", "geometry"]].drop_duplicates("code").set_index("code")


def _restore(
    cog: Cog,
    contours: gpd.GeoDataFrame,
    older: gpd.GeoDataFrame | None,
    placed: gpd.GeoDataFrame,
) -> gpd.GeoDataFrame:
    """Give the communes that no contour resolves to the ground they had, out of their parent's."""
    wanted = sorted(set(cog.cartographiees()["code"]) - set(placed["commune"]))
    if not wanted:
        return placed
    former = _former(contours, older)
    lost = [code for code in wanted if code not in former.index]
    if lost:
        raise BoundariesError(
            f"{len(lost)} communes n’ont pas de contour : {', '.join(lost[:_SHOWN])}. "
            "Le fichier des contours est d’une autre année, ou incomplet. Si ces communes ont été "
            "rétablies depuis, donnez aussi un fichier plus ancien où elles figurent "
            '(lecteur = "contours_anciens").'
        )
    parts = former.loc[wanted, "geometry"]
    geometries = placed.geometry.to_numpy().copy()
    inside = shapely.point_on_surface(parts.to_numpy())
    part_at, parent_at = shapely.STRtree(geometries).query(inside, "within")
    added = np.empty(len(parts), dtype=object)
    for part, parent in zip(part_at, parent_at, strict=True):
        added[part], geometries[parent] = _cut(geometries[parent], parts.iloc[part])
    alone = [code for code, geometry in zip(parts.index, added, strict=True) if geometry is None]
    if alone:
        raise BoundariesError(
            f"Les communes rétablies {', '.join(alone)} ne sont dans aucune commune du fichier "
            "des contours."
        )
    restored = gpd.GeoDataFrame(
        {"commune": parts.index.to_numpy(), "arrondissement": np.nan},
        geometry=added,
        crs=placed.crs,
    )
    restored["arrondissement"] = restored["arrondissement"].astype("str")
    return pd.concat([placed.set_geometry(geometries, crs=placed.crs), restored], ignore_index=True)


def _cut(
    whole: shapely.Geometry, part: shapely.Geometry
) -> tuple[shapely.Geometry, shapely.Geometry]:
    """Cut a restored commune out of its parent; answer both.

    Strips that the cut leaves along the parent's outer border, where two years draw it differently,
    go with the restored commune.
    """
    taken = _polygonal(shapely.intersection(whole, part))
    left = shapely.get_parts(_polygonal(shapely.difference(whole, part)))
    width = 2 * shapely.area(left) / shapely.length(left)
    edge = shapely.length(shapely.intersection(left, shapely.boundary(taken)))
    strips = (width < _STRIP) & (edge > 0)
    if not strips.any() or strips.all():
        return taken, shapely.multipolygons(left)
    return _polygonal(shapely.union_all([taken, *left[strips]])), shapely.multipolygons(
        left[~strips]
    )


def _polygonal(geometry: shapely.Geometry) -> shapely.Geometry:
    """Polygons of the result of a cut, without the lines where two outlines only touch."""
    parts = shapely.get_parts(geometry)
    return shapely.multipolygons(parts[shapely.get_dimensions(parts) == _SURFACE])


def _split_cities(
    cog: Cog, contours: gpd.GeoDataFrame, placed: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Replace the cities that have arrondissements municipaux by these, which cover them."""
    city_of = cog.arrondissements.set_index("code")["commune"]
    known = contours[(contours["type"] == "ARM") & contours["code"].isin(city_of.index)]
    if known.empty:
        return placed
    lost = sorted(set(city_of.index) - set(known["code"]))
    if lost:
        raise BoundariesError(
            f"{len(lost)} arrondissements municipaux n’ont pas de contour : "
            f"{', '.join(lost[:_SHOWN])}."
        )
    arrondissements = gpd.GeoDataFrame(
        {
            "commune": known["code"].map(city_of).to_numpy(),
            "arrondissement": known["code"].to_numpy(),
        },
        geometry=known.geometry.to_numpy(),
        crs=placed.crs,
    )
    cities = placed[placed["commune"].isin(arrondissements["commune"])]
    for city, group in arrondissements.groupby("commune"):
        whole = shapely.union_all(cities.geometry[cities["commune"] == city].to_numpy())
        covered = shapely.union_all(group.geometry.to_numpy())
        apart = shapely.area(shapely.symmetric_difference(whole, covered))
        if apart > _PLM_TOLERANCE * shapely.area(whole):
            raise BoundariesError(
                f"Les arrondissements de la commune {city} ne la couvrent pas exactement dans le "
                "fichier des contours."
            )
    rest = placed[~placed["commune"].isin(arrondissements["commune"])]
    return pd.concat([rest, arrondissements], ignore_index=True)
