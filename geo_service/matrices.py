"""What every commune has, in memory: one row per commune, one column per documented service.

A question about the whole country is then a pass of NumPy over some hundred thousand cells, not a
query of SQL over as many rows. A publication of 35 000 communes and 139 documented services takes
5 MB of statuts and 20 MB of distances; with six services, 1 MB altogether.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, LiteralString, TypeVar

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection
from psycopg.rows import TupleRow

from geo_service.sql import load
from geo_service.territories import Key

#: Statuts of a service in a commune (DESIGN §5) as the matrix holds them. They are ordered: what is
#: at least :data:`PARTAGE` is covered.
NON_RENSEIGNE: Final = 0
ABSENT: Final = 1
PARTAGE: Final = 2
PRESENT: Final = 3
#: Names of the statuts, each at its own place.
STATUTS: Final = ("non_renseigne", "absent", "partage", "present")

_Array = TypeVar("_Array", bound=NDArray[Any])


@dataclass(frozen=True)
class CommuneMatrices:
    """Communes × documented services of a publication; arrays are read only.

    Attributes
    ----------
    codes
        (n,) INSEE codes of all communes, sorted; those without polygon overseas included.
    position
        Row of each code.
    population
        (n,) inhabitants; NaN when unknown.
    density
        (n,) inhabitants per km²; NaN when the population or the area is unknown.
    mapped
        (n,) whether the commune has a polygon: the 94 overseas that do not are of no région nor of
        the pays, and are left out of what maps or measures.
    services
        (s,) codes of the documented services, in the order of the référentiel.
    service_position
        Column of each code.
    statuts
        (n, s) one of :data:`NON_RENSEIGNE`, :data:`ABSENT`, :data:`PARTAGE`, :data:`PRESENT`.
    distances
        (n, s) km from the chef-lieu to the nearest lieu, straight line, legal CRS; NaN where the
        zone has no lieu of the service. Single precision: exact to the millimetre below 16 km.
    """

    codes: NDArray[np.object_]
    position: Mapping[str, int]
    population: NDArray[np.float64]
    density: NDArray[np.float64]
    mapped: NDArray[np.bool_]
    services: tuple[str, ...]
    service_position: Mapping[str, int]
    statuts: NDArray[np.int8]
    distances: NDArray[np.float32]
    _members: Mapping[Key, NDArray[np.intp]]

    @cached_property
    def by_population(self) -> NDArray[np.intp]:
        """Rows of all communes, most populated first, unknown populations last, then by code."""
        return _frozen(np.argsort(-self.population, kind="stable"))

    @cached_property
    def people(self) -> NDArray[np.float64]:
        """(n,) inhabitants, 0 where unknown: people nobody has counted weigh nothing."""
        return _frozen(np.nan_to_num(self.population))

    def members(self, niveau: str, code: str) -> NDArray[np.intp]:
        """Rows of the communes of a territory.

        Parameters
        ----------
        niveau, code
            A territory made of communes: any but an arrondissement municipal.

        Returns
        -------
        numpy.ndarray
            Sorted; one row for a commune. Read only.

        Raises
        ------
        KeyError
            If there is no such territory.
        """
        if niveau == "commune":
            return np.array([self.position[code]], dtype=np.intp)
        return self._members[niveau, code]


def read_matrices(connection: Connection[TupleRow], documented: Sequence[str]) -> CommuneMatrices:
    """Read the matrices of a publication.

    Parameters
    ----------
    connection
        Its ``search_path`` is the schema of the publication.
    documented
        Codes of the documented services, in the order of the columns wanted.

    Returns
    -------
    CommuneMatrices
        In half a second for the whole of France; 4 s with all the 131 services documented.

    Raises
    ------
    psycopg.Error
        If the database is away or the publication incomplete.
    """
    communes = connection.execute(load("matrice_communes")).fetchall()
    codes = [row[0] for row in communes]
    columns = {code: column for column, code in enumerate(documented)}
    shape = (len(codes), len(columns))
    statuts = np.full(shape, NON_RENSEIGNE, dtype=np.int8)
    for service, rows, values in packed(connection, load("matrice_statuts"), statuts=list(STATUTS)):
        statuts[np.frombuffer(rows, ">i4"), columns[service]] = np.frombuffer(values, ">i2")
    distances = np.full(shape, np.nan, dtype=np.float32)
    for service, rows, values in packed(connection, load("matrice_distances")):
        distances[np.frombuffer(rows, ">i4"), columns[service]] = np.frombuffer(values, ">f4")
    return CommuneMatrices(
        codes=_frozen(np.array(codes, dtype=object)),
        position={code: row for row, code in enumerate(codes)},
        population=_frozen(np.array([row[1] for row in communes], dtype=np.float64)),
        density=_frozen(np.array([row[2] for row in communes], dtype=np.float64)),
        mapped=_frozen(np.array([row[3] for row in communes], dtype=np.bool_)),
        services=tuple(documented),
        service_position=columns,
        statuts=_frozen(statuts),
        distances=_frozen(distances),
        _members={
            (niveau, code): _frozen(np.sort(np.frombuffer(rows, ">i4").astype(np.intp)))
            for niveau, code, rows in packed(connection, load("matrice_membres"))
        },
    )


def packed(
    connection: Connection[TupleRow], query: LiteralString, **values: list[str]
) -> list[TupleRow]:
    """Run a query whose values are numbers put end to end by PostgreSQL, as ``bytes``.

    NumPy reads them as they are: a tuple of Python for each would take some microseconds, and
    there are millions.
    """
    with connection.cursor(binary=True) as cursor:
        return cursor.execute(query, values).fetchall()


def _frozen(array: _Array) -> _Array:
    array.flags.writeable = False
    return array
