"""Distances, accessibility index and clusters of a publication: its tables are filled here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import psycopg
import shapely
from numpy.typing import NDArray

from boundaries.copying import copy_frame
from etl import tables
from etl.accessibility import e2sfca
from etl.accessibility.catchment import DEFAULT
from etl.accessibility.clusters import find_clusters
from etl.accessibility.contiguity import Pairs, components, touching
from etl.accessibility.nearest import STRAIGHT_LINE, nearest, project
from etl.accessibility.routed import BY_ROAD, nearest_by_road
from etl.accessibility.routing import RoutingEngine
from etl.config import Itineraires
from etl.sql import load

if TYPE_CHECKING:
    from etl.engine.places import DistributedPlaces

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Roads:
    """A routing engine that answers, how it is configured, and the version of its data."""

    engine: RoutingEngine
    settings: Itineraires
    data: str

    @property
    def described(self) -> dict[str, Any]:
        """What decides the distances it gives."""
        chosen = self.settings.model_dump(mode="json", include={"moteur", "profil", "candidats"})
        return {**chosen, "donnees": self.data}


@dataclass(frozen=True)
class _Land:
    """The communes that have a chef-lieu.

    Attributes
    ----------
    communes
        Columns ``commune, population, srid, x, y, point``, sorted by commune.
    people
        Shape (n,), inhabitants, 0 where unknown.
    pairs
        Which of them touch.
    piece
        Piece of land of each commune, by its code.
    """

    communes: pd.DataFrame
    people: Floats
    pairs: Pairs
    piece: pd.Series[int]


@dataclass(frozen=True)
class _Access:
    """How one service is reached.

    Attributes
    ----------
    distances
        Columns ``commune, distance_km, lieu, chez`` (commune of the lieu); ``duree_min`` by road.
    index
        Shape (n,), E2SFCA index of the communes of the land.
    """

    service: str
    distances: pd.DataFrame
    index: Floats


def compute_accessibility(
    conn: psycopg.Connection,
    roads: Roads | None = None,
    distributed: DistributedPlaces | None = None,
) -> None:
    """Fill ``distances``, ``accessibilites`` and ``mesures`` for every service that has lieux.

    Distances go from the chef-lieu of each commune to the nearest lieu, neighbours' lieux included:
    straight lines in the legal projected CRS of the zone (2154, 5490, 2972, 2975, 4471), or roads
    when an engine is given. The index and the weights of its catchments are of straight lines in
    both cases: it needs millions of pairs. Clusters are those of the distances kept.

    Parameters
    ----------
    conn
        Its search_path is the schema of a publication being built, with ``chefs_lieux`` filled.
    roads
        The routing engine; None for straight lines.
    distributed
        Measures straight lines and the index in place of this process, with the same results;
        left out where roads are measured.

    Raises
    ------
    EtlError
        If an engine is away or refuses.
    """
    land = _read_land(conn)
    chosen = DEFAULT
    copy_frame(
        conn,
        tables.mesures,
        pd.DataFrame(
            {
                "mode": [BY_ROAD if roads else STRAIGHT_LINE],
                "moteur": [roads.engine.name if roads else None],
                "profil": [roads.engine.profile if roads else None],
                "zones_km": [list(chosen.zones_km)],
                "poids": [list(chosen.poids)],
            }
        ),
    )
    measured: list[pd.DataFrame] = []
    derived: list[pd.DataFrame] = []
    if distributed is None or roads is not None:
        found = (_access(land, service, places, roads) for service, places in _read_lieux(conn))
    else:
        found = (
            _Access(access.service, access.nearest, access.index)
            for access in distributed.access(land.communes)
        )
    for access in found:
        distances = _across_water(land, access.distances)
        measured.append(distances.assign(service=access.service))
        derived.append(_derive(land, access.index, distances).assign(service=access.service))
    if measured:
        copy_frame(conn, tables.distances, pd.concat(measured))
        copy_frame(conn, tables.accessibilites, pd.concat(derived))


def _rows(conn: psycopg.Connection, name: str, columns: list[str]) -> pd.DataFrame:
    with conn.cursor(binary=True) as cursor:
        return pd.DataFrame(
            cursor.execute(load(f"accessibility_{name}")).fetchall(), columns=columns
        )


def _read_land(conn: psycopg.Connection) -> _Land:
    communes = _rows(conn, "communes", ["commune", "population", "srid", "x", "y", "geom"])
    pairs = touching(shapely.from_wkb(communes.pop("geom").to_numpy()))
    communes["point"] = project(communes)
    return _Land(
        communes=communes,
        people=communes["population"].fillna(0).to_numpy(dtype=np.float64),
        pairs=pairs,
        piece=pd.Series(components(len(communes), pairs), index=communes["commune"]),
    )


def _read_lieux(conn: psycopg.Connection) -> Iterator[tuple[str, pd.DataFrame]]:
    found = _rows(conn, "lieux", ["service", "lieu", "commune", "srid", "x", "y", "capacite"])
    # Collectivités without polygons have no plane to measure in.
    found = found[found["srid"].notna()].astype({"srid": "int64"})
    found["point"] = project(found)
    found["capacite"] = found["capacite"].astype(np.float64).fillna(1.0)
    for service, places in found.groupby("service"):
        yield str(service), places.drop(columns="service").reset_index(drop=True)


def _access(land: _Land, service: str, places: pd.DataFrame, roads: Roads | None) -> _Access:
    """Measure how one service is reached, its lieux in memory."""
    if roads is None:
        found = nearest(land.communes, places)
    else:
        found = nearest_by_road(
            land.communes,
            places.sort_values("lieu", ignore_index=True),
            roads.engine,
            count=roads.settings.candidats,
            positions_max=roads.settings.positions_max,
        )
    home = found["lieu"].map(places.set_index("lieu")["commune"])
    return _Access(service, found.assign(chez=home), _index(land, places))


def _across_water(land: _Land, found: pd.DataFrame) -> pd.DataFrame:
    """Tell whether the nearest lieu is on another piece of land."""
    there = found["chez"].map(land.piece)
    here = found["commune"].map(land.piece)
    return found.drop(columns="chez").assign(autre_terre=here.to_numpy() != there.to_numpy())


def _index(land: _Land, places: pd.DataFrame) -> Floats:
    """Compute the accessibility index of each commune, zone by zone."""
    index = np.zeros(len(land.communes))
    for srid in places["srid"].unique():
        here = np.flatnonzero(land.communes["srid"] == srid)
        there = np.flatnonzero(places["srid"] == srid)
        if len(here):
            index[here] = e2sfca.index(
                _metres(land.communes, here),
                land.people[here],
                _metres(places, there),
                places["capacite"].to_numpy()[there],
            )
    return index


def _derive(land: _Land, index: Floats, distances: pd.DataFrame) -> pd.DataFrame:
    """Index and cluster of each commune."""
    km = distances.set_index("commune")["distance_km"].reindex(land.communes["commune"])
    clusters = find_clusters(km.to_numpy(dtype=np.float64), land.people, land.pairs)
    return pd.DataFrame(
        {
            "commune": land.communes["commune"],
            "e2sfca": index,
            "grappe": clusters.kind,
            "p_valeur": clusters.p_value,
            "zone": pd.Series(clusters.zone, dtype="Int32").mask(clusters.zone == 0),
        }
    )


def _metres(frame: pd.DataFrame, rows: NDArray[np.intp]) -> Floats:
    coordinates: Floats = shapely.get_coordinates(frame["point"].to_numpy()[rows])
    return coordinates
