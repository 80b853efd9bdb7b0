"""Outlines for drawing: one generalisation of the whole coverage for each zoom.

Borders are simplified where two territories share them, once for both, so that nothing tears apart.
At each zoom the larger territories are unions of the simplified smaller ones: their outlines are
made of the very same edges, at every level.

The algorithm is Visvalingam & Whyatt's (1993, *Line generalisation by repeated elimination of
points*, The Cartographic Journal 30(1), 46-51) as GEOS ``CoverageSimplifier`` applies it to a
coverage: a vertex goes when the triangle it makes with its neighbours is smaller than the
square of the tolerance; vertices where three territories meet stay; a ring keeps a triangle at
least, so that no territory vanishes.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from boundaries import coverage, crs, groups
from boundaries.build import Territories
from boundaries.errors import BoundariesError

#: Zooms at which the outline of each level is drawn, for tiles of `TILE_PIXELS`.
ZOOMS = {
    "region": range(3, 12),
    "departement": range(4, 12),
    "epci": range(5, 12),
    "commune": range(7, 12),
    "arrondissement": range(9, 12),
}
#: Zooms at which groupes are drawn. They overlap one another and may be made of communes anywhere:
#: no layer of the coverage, only unions of the communes as they are drawn.
GROUP_ZOOMS = range(5, 12)
#: Side of a tile, in pixels of the screen and in units of a vector tile.
TILE_PIXELS, TILE_UNITS = 512, 4096
#: Length of the equator in EPSG:3857, metres.
_EQUATOR = 2 * np.pi * 6_378_137
#: At most zooms triangles under one square pixel go: a border moves by less than a pixel. The last
#: zoom is stretched by the client when it goes nearer, so it keeps what a tile can hold.
_PIXELS, _PIXELS_LAST = 1.0, TILE_PIXELS / TILE_UNITS
#: Share of vertices under which a generalisation is not worth its time: the outlines stay whole.
_WORTH = 0.01
#: A vertex of this many rings is a node of the coverage.
_NODE = 3
#: First zooms at which communes, then EPCI, are drawn, and the last of all.
_FIRST_COMMUNE, _FIRST_EPCI = ZOOMS["commune"].start, ZOOMS["epci"].start
_LAST = max(zooms.stop for zooms in ZOOMS.values()) - 1
#: Zooms simplified straight from the full detail; farther ones each start from the one before.
_NEAR = range(_FIRST_COMMUNE + 1, _LAST + 1)


def tolerance(zoom: int) -> float:
    """Tolerance of the generalisation at a zoom, in metres of EPSG:3857.

    ``equator / 2^zoom / 512`` is the width of a pixel; the tolerance is one pixel, and one unit of
    the tile's grid (an eighth of a pixel) at the last zoom.
    """
    pixels = _PIXELS_LAST if zoom == _LAST else _PIXELS
    return float(_EQUATOR / 2**zoom / TILE_PIXELS * pixels)


@dataclass(frozen=True)
class _Pieces:
    """A coverage in EPSG:3857, and the territory of each level every piece belongs to."""

    outlines: NDArray[np.object_]
    keys: pd.DataFrame

    def simplified(self, zoom: int) -> _Pieces:
        """Simplify the coverage for a zoom."""
        outlines = shapely.coverage_simplify(self.outlines, tolerance(zoom))
        if shapely.is_empty(outlines).any():
            raise BoundariesError(
                f"La généralisation au zoom {zoom} fait disparaître "
                f"{int(shapely.is_empty(outlines).sum())} territoires."
            )
        return _Pieces(outlines, self.keys)

    def dissolved(self, key: str, kept: list[str]) -> _Pieces:
        """Union the pieces by a key, of which the levels `kept` are functions."""
        codes, outlines = coverage.dissolve(self.outlines, self.keys[key])
        table = self.keys.drop_duplicates(key).set_index(key, drop=False)[[key, *kept]]
        return _Pieces(outlines, table.loc[codes.tolist()].reset_index(drop=True))


def generalise(territories: Territories, workers: int = 2) -> gpd.GeoDataFrame:
    """Draw every territory at every zoom of `ZOOMS`.

    Parameters
    ----------
    territories
        A valid coverage (see :func:`boundaries.checks.check`).
    workers
        Threads; GEOS lets go of the interpreter while it works.

    Returns
    -------
    GeoDataFrame
        ``zoom, niveau, code, geometry`` (MultiPolygon, EPSG:3857), in the order of zoom, level and
        code.

    Raises
    ------
    BoundariesError
        When a territory would vanish.
    """
    pieces = _pieces(territories)
    simplified = _worth_simplifying(pieces.outlines)
    whole = [zoom for zoom in _NEAR if zoom not in simplified]
    with ThreadPoolExecutor(workers) as pool:
        jobs = [pool.submit(_far, pieces)]
        jobs += [
            pool.submit(lambda zoom: _near(pieces.simplified(zoom), [zoom]), zoom)
            for zoom in sorted(simplified)
        ]
        jobs.append(pool.submit(_near, pieces, whole))
        rows = pd.concat([frame for job in jobs for frame in job.result()], ignore_index=True)
    rows = rows.sort_values(["zoom", "niveau", "code"], ignore_index=True)
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=crs.WEB_MERCATOR)


def outline_groups(drawn: gpd.GeoDataFrame, members: pd.DataFrame) -> gpd.GeoDataFrame:
    """Draw the groupes: unions of their communes as drawn at the same zoom.

    Their borders are those of the communes, to the bit. Where communes are not drawn yet, those of
    the first zoom where they are stand in: a groupe of scattered communes has no simpler outline.

    Parameters
    ----------
    drawn
        What :func:`generalise` gives.
    members
        ``niveau, code, commune``: the communes of each territory. Only rows of groupes are read;
        communes without an outline are left out, and so is a groupe that has no other.

    Returns
    -------
    GeoDataFrame
        As `drawn`, of niveau ``groupe`` alone.
    """
    rows = members.loc[members["niveau"] == groups.NIVEAU, ["code", "commune"]]
    inside = (drawn["niveau"] == "commune") & drawn["code"].isin(rows["commune"].unique())
    communes = pd.DataFrame(drawn[inside]).drop(columns="niveau")
    joined = communes.rename(columns={"code": "commune"}).merge(rows, on="commune")
    frames = [pd.DataFrame(columns=drawn.columns)]
    for zoom in ZOOMS["commune"]:
        here = joined[joined["zoom"] == zoom]
        codes, outlines = coverage.dissolve(here["geometry"].to_numpy(), here["code"])
        outlines = coverage.multi(outlines)
        first = GROUP_ZOOMS.start if zoom == _FIRST_COMMUNE else zoom
        frames += [
            pd.DataFrame({"zoom": at, "niveau": groups.NIVEAU, "code": codes, "geometry": outlines})
            for at in range(first, zoom + 1)
        ]
    whole = pd.concat([frame for frame in frames if len(frame)] or frames, ignore_index=True)
    return gpd.GeoDataFrame(whole, geometry="geometry", crs=drawn.crs)


def _pieces(territories: Territories) -> _Pieces:
    """Communes, those with arrondissements cut into them, and the codes of their territories."""
    frame = territories.territoires
    members = territories.appartenances.pivot(index="commune", columns="niveau", values="code")
    old = territories.codes_anciens
    city_of = old[old["motif"] == "arrondissement"].set_index("code")["commune"]
    parts = frame[frame["niveau"] == "arrondissement"]
    # A provider without arrondissements municipaux leaves the cities whole.
    cut = parts["code"].map(city_of)
    whole = frame[(frame["niveau"] == "commune") & ~frame["code"].isin(cut) & frame["geom"].notna()]
    keys = pd.DataFrame(
        {
            "commune": np.r_[whole["code"], cut],
            "arrondissement": np.r_[np.full(len(whole), None), parts["code"]],
        },
        dtype="str",
    )
    keys = keys.join(members[["epci", "departement", "region"]], on="commune")
    # An EPCI may straddle départements: the finest pieces of both are where they cross.
    keys["cellule"] = keys["departement"] + " " + keys["epci"].fillna("")
    outlines = np.r_[whole["geom"].to_numpy(), parts["geom"].to_numpy()]
    return _Pieces(crs.project(outlines, crs.GEOGRAPHIC, crs.WEB_MERCATOR), keys)


def _worth_simplifying(outlines: NDArray[np.object_]) -> set[int]:
    """Zooms of `_NEAR` whose tolerance removes enough vertices.

    Counts the vertices whose triangle is smaller than the square of the tolerance, nodes of the
    coverage (vertices of three pieces or more) left out, since they always stay.
    """
    xy, ring = shapely.get_coordinates(
        shapely.get_rings(shapely.get_parts(outlines)), return_index=True
    )
    _, vertex, uses = np.unique(xy[:, 0] + 1j * xy[:, 1], return_inverse=True, return_counts=True)
    ahead, behind = xy[2:] - xy[1:-1], xy[:-2] - xy[1:-1]
    areas = np.abs(ahead[:, 0] * behind[:, 1] - ahead[:, 1] * behind[:, 0]) / 2
    areas = areas[(ring[2:] == ring[:-2]) & (uses[vertex[1:-1]] < _NODE)]
    return {zoom for zoom in _NEAR if np.mean(areas < tolerance(zoom) ** 2) > _WORTH}


def _near(drawn: _Pieces, zooms: list[int]) -> list[pd.DataFrame]:
    """Every level, of pieces drawn the same at several zooms where communes are drawn."""
    larger = _cells(drawn)
    departements = larger.dissolved("departement", ["region"])
    levels = {
        "commune": drawn,
        "arrondissement": drawn,
        "epci": larger,
        "departement": larger,
        "region": departements,
    }
    return [
        frame
        for niveau, base in levels.items()
        for frame in _rows(base, niveau, [zoom for zoom in zooms if zoom in ZOOMS[niveau]])
    ]


def _far(pieces: _Pieces) -> list[pd.DataFrame]:
    """Zooms from the first with communes to the farthest, each simplified from the one before."""
    drawn = pieces.simplified(_FIRST_COMMUNE)
    frames = _near(drawn, [_FIRST_COMMUNE])
    drawn = _cells(drawn)
    for zoom in range(_FIRST_COMMUNE - 1, ZOOMS["region"].start - 1, -1):
        if zoom == _FIRST_EPCI - 1:
            drawn = drawn.dissolved("departement", ["region"])
        drawn = drawn.simplified(zoom)
        for niveau in ("epci", "departement", "region"):
            if zoom in ZOOMS[niveau]:
                frames += _rows(drawn, niveau, [zoom])
    return frames


def _cells(pieces: _Pieces) -> _Pieces:
    return pieces.dissolved("cellule", ["epci", "departement", "region"])


def _rows(pieces: _Pieces, niveau: str, zooms: list[int]) -> list[pd.DataFrame]:
    """Outlines of a level, the same at each zoom given."""
    if not zooms:
        return []
    codes, outlines = coverage.dissolve(pieces.outlines, pieces.keys[niveau])
    outlines = coverage.multi(outlines)
    return [
        pd.DataFrame({"zoom": zoom, "niveau": niveau, "code": codes, "geometry": outlines})
        for zoom in zooms
    ]
