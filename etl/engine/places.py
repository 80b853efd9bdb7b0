"""What grows with the number of lieux, computed by the workers: counts, distances, the index.

Distances: parts of lieux are compact, so that the nearest lieu of a commune is most often in the
part that is nearest to it. Asked there first, the commune then asks only the parts whose extent is
no farther than the lieu found: the answer is the nearest of all, with the same tie-break as
:func:`etl.accessibility.nearest.nearest`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import psycopg
import shapely
from numpy.typing import NDArray

from etl.accessibility.catchment import PEOPLE
from etl.engine import tasks
from etl.engine.export import Part, export_places

if TYPE_CHECKING:
    from etl.engine.cluster import Cluster

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

_METRES = 1000.0

#: What an extent's distance may owe to rounding: a part is asked that much too often, never missed.
_ROUNDING = 1 + 1e-9


@dataclass(frozen=True)
class ServiceAccess:
    """How a service is reached from the communes.

    Attributes
    ----------
    service
        Code of the service.
    nearest
        Columns ``commune, distance_km, lieu, chez`` (commune of the lieu), as
        :func:`etl.accessibility.nearest.nearest` gives them, by commune.
    index
        Shape (n,), E2SFCA index of the n communes asked for.
    """

    service: str
    nearest: pd.DataFrame
    index: Floats


class DistributedPlaces:
    """The lieux of a publication being built, in the hands of the workers.

    Parameters
    ----------
    cluster
        The workers.
    parts
        The files of lieux, as :func:`etl.engine.export.export_places` wrote them.
    members
        Columns ``niveau, code, commune``: the communes of each territory.
    """

    def __init__(self, cluster: Cluster, parts: list[Part], members: pd.DataFrame) -> None:
        self._cluster = cluster
        self._parts = parts
        self._members = members

    @classmethod
    def of(cls, cluster: Cluster, conn: psycopg.Connection) -> DistributedPlaces:
        """Hand over the lieux of the publication that `conn`'s search_path names.

        Raises
        ------
        OSError
            If the folder of exchange is full.
        """
        rows = conn.execute("SELECT niveau, code, commune FROM appartenances").fetchall()
        members = pd.DataFrame(rows, columns=["niveau", "code", "commune"], dtype="str")
        return cls(cluster, export_places(conn, cluster.exchange / "lieux"), members)

    def count_by_territory(self) -> pd.DataFrame:
        """Count the lieux of each service in each territory.

        Returns
        -------
        pandas.DataFrame
            Columns ``niveau, code, service, lieux``; a row only where there is a lieu.

        Raises
        ------
        EtlError
            If the engine is lost.
        """
        if not self._parts:
            return pd.DataFrame({"niveau": [], "code": [], "service": [], "lieux": []})
        import dask.dataframe as dd  # noqa: PLC0415 (optional)

        paths = [str(part.path) for part in self._parts]
        rows = dd.read_parquet(paths, columns=["service", "commune"])
        counts = rows.groupby(["service", "commune"]).size().rename("lieux").reset_index()
        placed = counts.merge(self._members, on="commune")
        summed = placed.groupby(["niveau", "code", "service"])["lieux"].sum().reset_index()
        (found,) = self._cluster.results([self._cluster.client.compute(summed)])
        return pd.DataFrame(found).sort_values(["niveau", "code", "service"], ignore_index=True)

    def access(self, communes: pd.DataFrame, *, with_index: bool = True) -> Iterator[ServiceAccess]:
        """Measure how each service is reached from communes, by straight line.

        Parameters
        ----------
        communes
            Columns ``commune, srid, point`` (projected, metres), ``population`` (missing where
            unknown).
        with_index
            False for the distances alone; the index is then 0 everywhere.

        Yields
        ------
        ServiceAccess
            By service, for those with lieux in a zone that has distances.

        Raises
        ------
        EtlError
            If the engine is lost.
        """
        parts = [part for part in self._parts if part.srid]
        rows = {int(str(srid)): here for srid, here in communes.groupby("srid").indices.items()}
        origins = {srid: self._write(communes.iloc[here], srid) for srid, here in rows.items()}
        reached = [part for part in parts if part.srid in origins]
        surveys = dict(
            zip(
                reached,
                self._cluster.map(
                    tasks.survey,
                    [str(part.path) for part in reached],
                    [part.srid for part in reached],
                    [str(origins[part.srid]) for part in reached],
                    with_index=with_index,
                ),
                strict=True,
            )
        )
        searches = [
            _Search(service, communes.iloc[rows[srid]], str(origins[srid]), mine, surveys)
            for (service, srid), mine in _grouped(reached)
        ]
        self._ask([(search, *asked) for search in searches for asked in search.at_home()])
        self._ask([(search, *asked) for search in searches for asked in search.elsewhere()])
        for service in dict.fromkeys(part.service for part in parts):
            mine = [search for search in searches if search.service == service]
            index = np.zeros(len(communes))
            for search in mine if with_index else []:
                index[rows[search.srid]] = search.index()
            yield ServiceAccess(service, _table([search.found() for search in mine]), index)

    def _ask(self, asked: list[tuple[_Search, Part, Indices]]) -> None:
        """Ask parts for the lieu nearest to some communes; searches keep what is nearer."""
        answers = self._cluster.map(
            tasks.nearest_in,
            [str(part.path) for _, part, _ in asked],
            [part.srid for _, part, _ in asked],
            [rows for _, _, rows in asked],
            [search.origins for search, _, _ in asked],
        )
        for (search, _, rows), hits in zip(asked, answers, strict=True):
            search.keep(rows, hits)

    def _write(self, communes: pd.DataFrame, srid: int) -> Path:
        """Write the communes of a zone, for the workers to measure from."""
        path = self._cluster.exchange / f"communes-{srid}.parquet"
        xy = shapely.get_coordinates(communes["point"].to_numpy())
        people = communes["population"].fillna(0).to_numpy(dtype=np.float64)
        frame = pd.DataFrame({"x": xy[:, 0], "y": xy[:, 1], "population": people})
        frame.to_parquet(path, index=False)
        return path


class _Search:
    """The search of the lieu nearest to each commune of a zone, for one service.

    Parameters
    ----------
    service
        Its code.
    communes
        Those of the zone.
    origins
        File of them.
    parts
        The lieux of that service in that zone.
    surveys
        What is known of each part.
    """

    def __init__(
        self,
        service: str,
        communes: pd.DataFrame,
        origins: str,
        parts: list[Part],
        surveys: Mapping[Part, tasks.Survey],
    ) -> None:
        self.service = service
        self.srid = parts[0].srid
        self.origins = origins
        self._communes = communes["commune"].to_numpy()
        self._parts = parts
        self._shares = [surveys[part].index for part in parts]
        xy = shapely.get_coordinates(communes["point"].to_numpy())
        self._gaps = np.column_stack([_gap(xy, surveys[part].box) for part in parts])
        self._home = self._gaps.argmin(axis=1)
        count = len(communes)
        self._metres = np.full(count, np.inf)
        self._lieu = np.full(count, "", dtype=object)
        self._chez = np.full(count, "", dtype=object)

    def at_home(self) -> Iterator[tuple[Part, Indices]]:
        """Ask each part for the communes that it is nearest to."""
        return self._asked(self._home[:, np.newaxis] == np.arange(len(self._parts)))

    def elsewhere(self) -> Iterator[tuple[Part, Indices]]:
        """Ask each part for the communes that it may hold a nearer lieu of, or one as near."""
        within = self._gaps <= self._metres[:, np.newaxis] * _ROUNDING
        within[np.arange(len(within)), self._home] = False
        return self._asked(within)

    def _asked(self, wanted: NDArray[np.bool_]) -> Iterator[tuple[Part, Indices]]:
        for part, column in zip(self._parts, wanted.T, strict=True):
            rows = np.flatnonzero(column)
            if len(rows):
                yield part, rows

    def keep(self, rows: Indices, hits: tasks.Hits) -> None:
        """Keep what is nearer than before; of equals, the smallest identifier."""
        before = self._metres[rows]
        nearer = hits.metres < before
        nearer |= (hits.metres == before) & (hits.lieu < self._lieu[rows])
        self._metres[rows[nearer]] = hits.metres[nearer]
        self._lieu[rows[nearer]] = hits.lieu[nearer]
        self._chez[rows[nearer]] = hits.chez[nearer]

    def index(self) -> Floats:
        """Add the shares of the parts, in their order: index of the communes of the zone."""
        total = np.zeros(len(self._communes))
        for share in self._shares:
            total += share
        return total * PEOPLE

    def found(self) -> pd.DataFrame:
        """Nearest lieu of each commune of the zone."""
        return pd.DataFrame(
            {
                "commune": self._communes,
                "distance_km": self._metres / _METRES,
                "lieu": self._lieu,
                "chez": self._chez,
            }
        )


def _gap(xy: Floats, box: Floats) -> Floats:
    """Distance of points to an extent (west, south, east, north), 0 inside."""
    west, south, east, north = box
    x, y = xy.T
    gap: Floats = np.hypot(
        np.maximum(np.maximum(west - x, x - east), 0),
        np.maximum(np.maximum(south - y, y - north), 0),
    )
    return gap


def _grouped(parts: list[Part]) -> Iterator[tuple[tuple[str, int], list[Part]]]:
    for key, mine in groupby(parts, key=lambda part: (part.service, part.srid)):
        yield key, list(mine)


def _table(found: list[pd.DataFrame]) -> pd.DataFrame:
    if not found:
        return pd.DataFrame({"commune": [], "distance_km": [], "lieu": [], "chez": []})
    return pd.concat(found, ignore_index=True)
