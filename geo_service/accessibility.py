"""Access to each service that has lieux, in memory: one row per commune, as in ``matrices``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection
from psycopg.rows import TupleRow

from etl.accessibility.catchment import Catchment
from geo_service.sql import load

#: Kinds of clusters, in the order of the numbers that stand for them; -1 is none.
CLUSTERS: Final = ("loin_loin", "loin_pres", "pres_loin", "pres_pres", "non_significatif")
#: Number of the communes far among far: the under-served.
FAR_AMONG_FAR: Final = 0

_IMPRECISE, _ELSEWHERE = 1, 2

_Array = TypeVar("_Array", bound=NDArray[Any])


@dataclass(frozen=True)
class ServiceAccess:
    """Access of every commune to one service; arrays of shape (n,), read only.

    Attributes
    ----------
    measured
        Whether the commune has a chef-lieu to measure from; only unmapped ones have not.
    index
        E2SFCA of the default catchment, per 10 000 inhabitants; 0 where not measured.
    cluster
        Place in :data:`CLUSTERS`; -1 where not tested.
    zone
        Zone of far-among-far communes, 1 being the most populated of the country; 0 for none.
    imprecise
        Whether the nearest lieu is only known by its commune.
    elsewhere
        Whether the nearest lieu is on another piece of land.
    places, imprecise_places
        Lieux in the commune, and those of them only known by their commune.
    """

    measured: NDArray[np.bool_]
    index: NDArray[np.float32]
    cluster: NDArray[np.int8]
    zone: NDArray[np.int16]
    imprecise: NDArray[np.bool_]
    elsewhere: NDArray[np.bool_]
    places: NDArray[np.int32]
    imprecise_places: NDArray[np.int32]


@dataclass(frozen=True)
class Accessibility:
    """Access to the services of a publication.

    Attributes
    ----------
    mode
        ``vol-d-oiseau`` or ``itineraire``.
    moteur, profil
        The routing engine; None in straight line.
    catchment
        Zones and weights of the published index.
    services
        By code, those that have lieux, in the order of the référentiel. About 0.5 MB each.
    from_centre
        Shape (n,), communes measured from the middle of their polygon.
    """

    mode: str
    moteur: str | None
    profil: str | None
    catchment: Catchment
    services: Mapping[str, ServiceAccess]
    from_centre: NDArray[np.bool_]


def read_accessibility(
    connection: Connection[TupleRow], communes: int, documented: Sequence[str]
) -> Accessibility:
    """Read the access to every service of a publication.

    Parameters
    ----------
    connection
        Its ``search_path`` is the schema of the publication.
    communes
        Number of communes, those of :class:`geo_service.matrices.CommuneMatrices`.
    documented
        Codes of the services, in the order wanted.

    Returns
    -------
    Accessibility

    Raises
    ------
    psycopg.Error
        If the database is away or the publication incomplete.
    """
    described = connection.execute("SELECT mode, moteur, profil, zones_km, poids FROM mesures")
    mode, moteur, profil, zones, weights = described.fetchall()[0]
    # Numbers put end to end by PostgreSQL, that NumPy reads as they are (see matrices.py).
    with connection.cursor(binary=True) as cursor:
        cursor.execute(load("accessibilite_colonnes"), {"grappes": list(CLUSTERS)})
        columns = {row[0]: row[1:] for row in cursor}
        places = {row[0]: row[1:] for row in cursor.execute(load("accessibilite_lieux"))}
        centres = cursor.execute(load("accessibilite_centres")).fetchall()[0][0]
    return Accessibility(
        mode,
        moteur,
        profil,
        Catchment(tuple(zones), tuple(weights)),
        {
            code: _service(communes, columns[code], places[code])
            for code in documented
            if code in columns
        },
        _column(communes, np.frombuffer(centres, ">i4"), True, np.bool_),
    )


def _service(communes: int, columns: Sequence[bytes], places: Sequence[bytes]) -> ServiceAccess:
    rows = np.frombuffer(columns[0], ">i4")
    flags = np.frombuffer(columns[4], ">i2")
    there = np.frombuffer(places[0], ">i4")
    cluster = np.full(communes, -1, dtype=np.int8)
    cluster[rows] = np.frombuffer(columns[2], ">i2")
    return ServiceAccess(
        measured=_column(communes, rows, True, np.bool_),
        index=_column(communes, rows, np.frombuffer(columns[1], ">f4"), np.float32),
        cluster=_frozen(cluster),
        zone=_column(communes, rows, np.frombuffer(columns[3], ">i2"), np.int16),
        imprecise=_column(communes, rows, flags & _IMPRECISE != 0, np.bool_),
        elsewhere=_column(communes, rows, flags & _ELSEWHERE != 0, np.bool_),
        places=_column(communes, there, np.frombuffer(places[1], ">i4"), np.int32),
        imprecise_places=_column(communes, there, np.frombuffer(places[2], ">i4"), np.int32),
    )


def _column(communes: int, rows: NDArray[Any], values: Any, kind: type[Any]) -> Any:
    """Put values at their rows, zeros elsewhere."""
    found = np.zeros(communes, dtype=kind)
    found[rows] = values
    return _frozen(found)


def _frozen(array: _Array) -> _Array:
    array.flags.writeable = False
    return array
