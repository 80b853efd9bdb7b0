"""The territories of each niveau side by side, in memory: what they have, and who touches whom.

Made from the matrices of the communes (:mod:`geo_service.matrices`) when a publication is opened:
comparing one territory with all the others of its niveau is then a pass of NumPy.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import isnan
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection
from psycopg.rows import TupleRow

from geo_service.borders import Borders, read_borders, sparse
from geo_service.matrices import ABSENT, NON_RENSEIGNE, PARTAGE, CommuneMatrices
from geo_service.sql import load
from geo_service.territories import Territories

#: Niveaux whose territories are compared with one another.
NIVEAUX: Final = ("commune", "ept", "epci", "departement", "region")

Rows = int | NDArray[np.intp] | slice
Columns = int | slice


@dataclass(frozen=True)
class Sums:
    """Sums over the communes of each of n larger territories, for each of s services.

    Attributes
    ----------
    covered, absent, unknown
        (n, s) inhabitants of the communes where the service is present or shared, absent,
        ``non_renseigne``. A commune of unknown population adds nobody.
    communes_absent, communes_unknown
        (n, s) number of these communes.
    """

    covered: NDArray[np.float64]
    absent: NDArray[np.float64]
    unknown: NDArray[np.float64]
    communes_absent: NDArray[np.int32]
    communes_unknown: NDArray[np.int32]


class Bracketed(NamedTuple):
    """Territories of one population bracket that have inhabitants and a density.

    Attributes
    ----------
    rows
        (m,) their rows, by increasing population.
    scaled
        (2, m) logarithms of their population and density, in standard deviations of the bracket.
    weights
        (2,) inverse of these deviations; 0 for a figure that is the same for all.
    """

    rows: NDArray[np.intp]
    scaled: NDArray[np.float64]
    weights: NDArray[np.float64]


@dataclass(frozen=True)
class Level:
    """The n territories of one niveau and the s documented services.

    Attributes
    ----------
    niveau
        Their niveau.
    codes
        (n,) codes, sorted.
    population
        (n,) inhabitants; NaN when unknown.
    area
        (n,) km²; NaN for those without polygon.
    place
        (n, 2) longitude and latitude, degrees: chef-lieu of a commune, point inside a larger
        territory; NaN for those without polygon.
    communes
        (n,) number of communes.
    borders
        Those that share a border.
    statuts
        (n, s) of communes; ``None`` for larger territories.
    sums
        Of larger territories; ``None`` for communes, whose sums are their statuts.
    """

    niveau: str
    codes: NDArray[np.object_]
    population: NDArray[np.float64]
    area: NDArray[np.float64]
    place: NDArray[np.float64]
    communes: NDArray[np.int64]
    borders: Borders
    statuts: NDArray[np.int8] | None = None
    sums: Sums | None = None
    _brackets: dict[tuple[float, float], Bracketed] = field(default_factory=dict, repr=False)

    def between(self, low: float, high: float) -> Bracketed:
        """Give the territories of a population bracket, bounds included; worked out once."""
        found = self._brackets.get((low, high))
        if found is None:
            rows, people, logs = self.by_population
            # Nobody's population is between 0 and 1, and 0 has no logarithm.
            first = np.searchsorted(people, max(low, 1))
            last = np.searchsorted(people, high, "right")
            inside = logs[:, first:last]
            spread = inside.std(axis=1)
            # A figure that is the same for the whole bracket tells nobody apart.
            weights = np.divide(1, spread, out=np.zeros(2), where=spread > 0)
            found = Bracketed(rows[first:last], inside * weights[:, None], weights)
            self._brackets[low, high] = found
        return found

    @cached_property
    def position(self) -> Mapping[str, int]:
        """Row of each code."""
        return {code: row for row, code in enumerate(self.codes)}

    @cached_property
    def by_latitude(self) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]:
        """Rows (m,) from south to north, latitudes and longitudes (m,): who is on the map."""
        rows = np.flatnonzero(~np.isnan(self.place).any(axis=1))
        rows = rows[np.argsort(self.place[rows, 1], kind="stable")]
        longitudes, latitudes = np.ascontiguousarray(self.place[rows].T)
        return rows, latitudes, longitudes

    @cached_property
    def density(self) -> NDArray[np.float64]:
        """(n,) inhabitants per km²; NaN when the population or the area is unknown."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.area > 0, self.population / self.area, np.nan)

    @cached_property
    def by_population(self) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]:
        """Rows (m,) by increasing population, populations (m,), logarithms (2, m).

        The natural logarithms are those of population and density; only the territories that have
        both, and inhabitants, are there.
        """
        with np.errstate(invalid="ignore"):
            rows = np.flatnonzero((self.population > 0) & (self.density > 0))
        rows = rows[np.argsort(self.population[rows], kind="stable")]
        people = self.population[rows]
        return rows, people, np.log(np.stack([people, self.density[rows]]))

    @cached_property
    def rate(self) -> NDArray[np.float64]:
        """(n,) rate of coverage: mean share over the documented services (DESIGN §5)."""
        shares = self.part(np.arange(len(self.codes)))
        if not shares.shape[1]:
            return np.full(len(self.codes), np.nan)
        mean: NDArray[np.float64] = shares.mean(axis=1)
        return mean

    def part(self, rows: Rows, columns: Columns = slice(None)) -> NDArray[np.float64]:
        """Share of the population of some territories that has some services.

        Parameters
        ----------
        rows, columns
            Which territories, which services.

        Returns
        -------
        ndarray
            Indexed as a matrix would be. Of a commune 1 or 0, whatever its population; of a larger
            territory NaN when its population is unknown or none.
        """
        if self.statuts is not None:
            return (self.statuts[rows, columns] >= PARTAGE).astype(np.float64)
        return self._shares[rows, columns]

    @cached_property
    def _shares(self) -> NDArray[np.float64]:
        """(n, s) share of the population of larger territories; NaN without any."""
        people = np.where(self.population > 0, self.population, np.nan)
        shares: NDArray[np.float64] = self._sums.covered / people[:, None]
        shares.flags.writeable = False
        return shares

    def absent(self, row: int) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        """People, and communes, of a territory for whom each service is absent, both (s,)."""
        return self._concerned(row, ABSENT)

    def unknown(self, row: int) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        """People, and communes, of a territory of which nobody said anything, both (s,)."""
        return self._concerned(row, NON_RENSEIGNE)

    def lacks(self, row: int) -> NDArray[np.bool_]:
        """Tell which services (s,) most of a territory is without.

        A commune that lacks it; a larger territory where it is absent for more than half of the
        inhabitants.
        """
        lacking: NDArray[np.bool_]
        if self.statuts is not None:
            lacking = self.statuts[row] == ABSENT
        else:
            lacking = self._sums.absent[row] > self.population[row] / 2
        return lacking

    def neighbours(self, row: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Rows of the territories that share a border with one, and its length in km."""
        mine = slice(self.borders.starts[row], self.borders.starts[row + 1])
        return self.borders.others[mine], self.borders.km[mine]

    def _concerned(self, row: int, statut: int) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        if self.statuts is not None:
            here = self.statuts[row] == statut
            people = float(self.population[row])
            return here * (0.0 if isnan(people) else people), here.astype(np.int32)
        sums = self._sums
        if statut == ABSENT:
            return sums.absent[row], sums.communes_absent[row]
        return sums.unknown[row], sums.communes_unknown[row]

    @property
    def _sums(self) -> Sums:
        assert self.sums is not None  # noqa: S101 (a level has statuts or sums)
        return self.sums


def read_levels(
    connection: Connection[TupleRow], territories: Territories, matrices: CommuneMatrices
) -> dict[str, Level]:
    """Put the territories of a publication side by side, niveau by niveau.

    Parameters
    ----------
    connection
        Its ``search_path`` is the schema of the publication.
    territories, matrices
        Those of the publication.

    Returns
    -------
    dict
        One level for each of :data:`NIVEAUX`; 0.4 s for the whole of France.

    Raises
    ------
    psycopg.Error
        If the database is away or the publication incomplete.
    """
    rows: dict[str, list[TupleRow]] = defaultdict(list)
    for row in connection.execute(load("niveaux"), {"niveaux": list(NIVEAUX)}):
        rows[row[0]].append(row[1:])
    borders = read_borders(connection)
    levels = {}
    for niveau in NIVEAUX:
        found = rows[niveau]
        codes = [row[0] for row in found]
        people = [territories.by_key[niveau, code].population for code in codes]
        figures = np.array([row[1:] for row in found], dtype=np.float64).reshape(len(found), 3)
        statuts: NDArray[np.int8] | None = matrices.statuts
        sums: Sums | None = None
        communes = np.ones(len(codes), dtype=np.int64)
        if niveau != "commune":
            members = [matrices.members(niveau, code) for code in codes]
            communes = np.array([len(mine) for mine in members], dtype=np.int64)
            statuts, sums = None, sum_up(members, matrices.statuts, matrices.population)
        levels[niveau] = Level(
            niveau=niveau,
            codes=np.array(codes, dtype=object),
            population=np.array(people, dtype=np.float64),
            area=figures[:, 0],
            place=figures[:, 1:],
            communes=communes,
            borders=sparse(codes, borders[niveau]),
            statuts=statuts,
            sums=sums,
        )
    for level in levels.values():
        # Now rather than in the first request.
        level.position, level.rate, level.by_population, level.by_latitude  # noqa: B018
    return levels


def sum_up(
    members: Sequence[NDArray[np.intp]],
    statuts: NDArray[np.int8],
    people: NDArray[np.float64],
) -> Sums:
    """Sum up the communes of each territory.

    Parameters
    ----------
    members
        Rows of the communes of each of n territories.
    statuts
        (c, s) statut of each service in each commune.
    people
        (c,) population of each commune; NaN when unknown.

    Returns
    -------
    Sums
        Arrays of (n, s).
    """
    rows = np.concatenate([*members, np.zeros(0, dtype=np.intp)]).astype(np.intp)
    owner = np.repeat(np.arange(len(members)), [len(mine) for mine in members])
    known = np.nan_to_num(people)[rows]
    shape = (len(members), statuts.shape[1])
    covered, absent, unknown = (np.zeros(shape) for _ in range(3))
    communes_absent, communes_unknown = (np.zeros(shape, dtype=np.int32) for _ in range(2))
    for column in range(shape[1]):
        here = statuts[rows, column]
        for kept, sums in (
            (here >= PARTAGE, covered),
            (here == ABSENT, absent),
            (here == NON_RENSEIGNE, unknown),
        ):
            sums[:, column] = np.bincount(owner, known * kept, len(members))
        communes_absent[:, column] = np.bincount(owner[here == ABSENT], minlength=len(members))
        communes_unknown[:, column] = np.bincount(
            owner[here == NON_RENSEIGNE], minlength=len(members)
        )
    return Sums(covered, absent, unknown, communes_absent, communes_unknown)
