"""Access to the services that have lieux, in memory: the communes are those of ``matrices``."""

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
class Accessibility:
    """Access of the n communes to the s services that have lieux; arrays are read only.

    Attributes
    ----------
    mode
        ``vol-d-oiseau`` or ``itineraire``.
    moteur, profil
        The routing engine; None in straight line.
    catchment
        Zones and weights of the published index.
    services
        Codes of the services, in the order of the référentiel. About 0.5 MB each.
    position
        Row of each service in the arrays.
    from_centre
        Shape (n,), communes measured from the middle of their polygon.
    measured
        Shape (s, n) as all that follow: whether the commune has a chef-lieu to measure from; only
        unmapped ones have not.
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

    mode: str
    moteur: str | None
    profil: str | None
    catchment: Catchment
    services: tuple[str, ...]
    position: Mapping[str, int]
    from_centre: NDArray[np.bool_]
    measured: NDArray[np.bool_]
    index: NDArray[np.float32]
    cluster: NDArray[np.int8]
    zone: NDArray[np.int16]
    imprecise: NDArray[np.bool_]
    elsewhere: NDArray[np.bool_]
    places: NDArray[np.int32]
    imprecise_places: NDArray[np.int32]


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
    services = tuple(code for code in documented if code in columns)
    shape = (len(services), communes)
    measured, imprecise, elsewhere = (np.zeros(shape, dtype=np.bool_) for _ in range(3))
    index = np.zeros(shape, dtype=np.float32)
    cluster, zone = np.full(shape, -1, dtype=np.int8), np.zeros(shape, dtype=np.int16)
    lieux, imprecise_lieux = (np.zeros(shape, dtype=np.int32) for _ in range(2))
    for at, code in enumerate(services):
        rows = np.frombuffer(columns[code][0], ">i4")
        measured[at, rows] = True
        index[at, rows] = np.frombuffer(columns[code][1], ">f4")
        cluster[at, rows] = np.frombuffer(columns[code][2], ">i2")
        zone[at, rows] = np.frombuffer(columns[code][3], ">i2")
        flags = np.frombuffer(columns[code][4], ">i2")
        imprecise[at, rows] = flags & _IMPRECISE != 0
        elsewhere[at, rows] = flags & _ELSEWHERE != 0
        rows = np.frombuffer(places[code][0], ">i4")
        lieux[at, rows] = np.frombuffer(places[code][1], ">i4")
        imprecise_lieux[at, rows] = np.frombuffer(places[code][2], ">i4")
    from_centre = np.zeros(communes, dtype=np.bool_)
    from_centre[np.frombuffer(centres, ">i4")] = True
    return Accessibility(
        mode,
        moteur,
        profil,
        Catchment(tuple(zones), tuple(weights)),
        services,
        {code: at for at, code in enumerate(services)},
        _frozen(from_centre),
        measured=_frozen(measured),
        index=_frozen(index),
        cluster=_frozen(cluster),
        zone=_frozen(zone),
        imprecise=_frozen(imprecise),
        elsewhere=_frozen(elsewhere),
        places=_frozen(lieux),
        imprecise_places=_frozen(imprecise_lieux),
    )


def _frozen(array: _Array) -> _Array:
    array.flags.writeable = False
    return array
