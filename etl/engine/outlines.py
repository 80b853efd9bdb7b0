"""Which commune holds each point, found by the workers: dask-geopandas' spatial join."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from boundaries import crs

if TYPE_CHECKING:
    from etl.engine.cluster import Cluster

Indices = NDArray[np.int64]

#: Pieces the points are cut in for each worker: one that is slow is waited for less.
_PIECES = 4


class DistributedOutlines:
    """Outlines of communes, given once to the workers.

    Parameters
    ----------
    cluster
        The workers.
    outlines
        Shape (n,), polygons in EPSG:4326, in the order of their codes.
    """

    def __init__(self, cluster: Cluster, outlines: NDArray[np.object_]) -> None:
        self._cluster = cluster
        frame = gpd.GeoDataFrame(
            {"position": np.arange(len(outlines))}, geometry=outlines, crs=crs.GEOGRAPHIC
        )
        self._path = cluster.exchange / "contours-communes.parquet"
        frame.to_parquet(self._path)
        self._held: Any = None

    @property
    def held(self) -> Any:
        """The outlines in the workers' memory; one that dies has them read from the file again."""
        if self._held is None:
            import dask_geopandas  # noqa: PLC0415 (optional)

            # In one piece: a second would make every point be asked twice.
            read = dask_geopandas.read_parquet(str(self._path)).repartition(npartitions=1)
            self._held = self._cluster.client.persist(read)
        return self._held

    def at(self, points: NDArray[np.object_]) -> Indices:
        """Position of the outline each point lies in, -1 for none; on a border, the lowest.

        Parameters
        ----------
        points
            Shape (m,), EPSG:4326.

        Raises
        ------
        EtlError
            If the engine is lost.
        """
        import dask_geopandas  # noqa: PLC0415 (optional)

        frame = gpd.GeoDataFrame(
            {"row": np.arange(len(points))}, geometry=points, crs=crs.GEOGRAPHIC
        )
        pieces = min(len(points), _PIECES * max(1, self._cluster.workers))
        sent = dask_geopandas.from_geopandas(frame, npartitions=pieces, sort=False)
        return self.join(sent, len(points))

    def join(self, points: Any, count: int) -> Indices:
        """Join points that are already in dask.

        Parameters
        ----------
        points
            ``dask_geopandas.GeoDataFrame`` with a column ``row``, each of 0 to `count` once.
        count
            How many.

        Returns
        -------
        ndarray
            Shape (count,), as :meth:`at`.
        """
        import dask_geopandas  # noqa: PLC0415 (optional)

        joined = dask_geopandas.sjoin(points, self.held, predicate="intersects")
        (pairs,) = self._cluster.results(
            [self._cluster.client.compute(joined[["row", "position"]])]
        )
        found = np.full(count, np.iinfo(np.int64).max)
        np.minimum.at(found, pairs["row"].to_numpy(), pairs["position"].to_numpy())
        return np.where(found == np.iinfo(np.int64).max, -1, found)
