"""The engine as a run sees it: none by default."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import psycopg
from numpy.typing import NDArray

from etl.communes import Communes
from etl.engine.settings import LOCAL_WORKERS, Calcul

if TYPE_CHECKING:
    from etl.engine.cluster import Cluster
    from etl.engine.outlines import DistributedOutlines
    from etl.engine.places import DistributedPlaces


class Engine:
    """The distributed engine of a run.

    Attributes
    ----------
    points_minimum
        Fewer points than this are located by the run itself.
    """

    def __init__(self, cluster: Cluster) -> None:
        self.points_minimum = cluster.settings.points_minimum
        self._cluster = cluster
        self._outlines: tuple[Communes, DistributedOutlines] | None = None

    def at(self, communes: Communes, points: NDArray[np.object_]) -> NDArray[np.int64]:
        """Locate points: the result of :meth:`etl.communes.Communes.at`, from the workers.

        Raises
        ------
        EtlError
            If the engine is lost.
        """
        from etl.engine.outlines import DistributedOutlines  # noqa: PLC0415 (optional libraries)

        if self._outlines is None or self._outlines[0] is not communes:
            self._outlines = communes, DistributedOutlines(self._cluster, communes.geoms)
        return self._outlines[1].at(points)

    def places(self, conn: psycopg.Connection) -> DistributedPlaces:
        """Hand the lieux of the publication being built to the workers."""
        from etl.engine.places import DistributedPlaces  # noqa: PLC0415 (optional libraries)

        return DistributedPlaces.of(self._cluster, conn)


@contextmanager
def open_engine(
    settings: Calcul | None, folder: Path, tell: Callable[[str], None]
) -> Iterator[Engine | None]:
    """Give the engine of the configuration, None for PostGIS and this process.

    Parameters
    ----------
    settings
        ``[calcul]``.
    folder
        Where files are exchanged with workers of this machine.
    tell
        Receives a French sentence on the engine that is used.

    Raises
    ------
    EtlError
        If dask is not installed, or if its scheduler cannot be used.
    """
    if settings is None or settings.moteur == "postgis":
        yield None
        return
    from etl.engine.cluster import open_cluster  # noqa: PLC0415 (optional libraries)

    with open_cluster(settings, folder) as cluster:
        where = (
            f"{settings.processus} processus de cette machine"
            if settings.adresse == LOCAL_WORKERS
            else f"{cluster.workers} processus à l'adresse {settings.adresse}"
        )
        tell(f"Jointures lourdes : dask, {where}.")
        yield Engine(cluster)
