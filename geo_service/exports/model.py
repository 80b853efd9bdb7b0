"""What is exported: columns, batches of rows with their geometry, where they come from."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, NamedTuple, Protocol

Kind = Literal["text", "integer", "number", "boolean", "date", "list"]
Value = str | int | float | bool | date | list[str] | None

#: Rows of a batch: enough to make the cost of each batch negligible, few enough to hold many.
BATCH = 1000
#: SRID of longitude and latitude.
DEGREES = 4326


def parts_of(rows: int) -> Iterator[slice]:
    """Cut some rows in parts of :data:`BATCH` at most."""
    for start in range(0, rows, BATCH):
        yield slice(start, start + BATCH)


class Column(NamedTuple):
    """A column: its name, and what its values are."""

    name: str
    kind: Kind


class Geometry(NamedTuple):
    """What the geometries of a table are.

    Attributes
    ----------
    kind
        Their type as OGC Simple Features name it; ``Unknown`` when they are of several.
    srid
        EPSG code of their CRS. Coordinates are always x, y: longitude, latitude in 4326.
    missing
        Whether some may be missing: FlatGeobuf then has no spatial index, which cannot hold them.
    """

    kind: Literal["Point", "MultiPoint", "Polygon", "MultiPolygon", "Unknown"] = "MultiPolygon"
    srid: int = DEGREES
    missing: bool = True

    @property
    def decimals(self) -> int:
        """Decimals of coordinates written as text: 11 cm in degrees, 1 cm in metres."""
        return 6 if self.srid == DEGREES else 2


class Batch(NamedTuple):
    """Some rows.

    Attributes
    ----------
    rows
        One sequence of values per row, in the order of the columns.
    geometries
        One WKB geometry or ``None`` per row; ``None`` for a table without geometry.
    """

    rows: Sequence[Sequence[Value]]
    geometries: Sequence[bytes | None] | None = None


@dataclass(frozen=True)
class Dataset:
    """Rows to export, that are read as they are written: never all held in memory.

    Attributes
    ----------
    name
        Stem of the file's name, and name of its layer.
    columns
        Columns, in order.
    batches
        Reads the rows, batch by batch (some :data:`BATCH` rows, or a few MB, each). A batch is
        asked when the one before was sent: nothing the others need (a connection) may be held in
        between.
    geometry
        What the geometries are; ``None`` for a table without.
    identifier
        Column that is also the ``id`` of GeoJSON features.
    count
        Number of rows, where it is known: too many for a format are refused at once.
    """

    name: str
    columns: Sequence[Column]
    batches: Callable[[], AsyncIterator[Batch]]
    geometry: Geometry | None = None
    identifier: str | None = None
    count: int | None = None


class Geometries(Protocol):
    """Geometries of rows that are in memory, read part by part."""

    @property
    def geometry(self) -> Geometry:
        """What they are."""

    def parts(self) -> Iterator[slice]:
        """Cut the rows in parts that are read at once, in order."""

    async def read(self, part: slice) -> Sequence[bytes | None]:
        """Read one part."""


@dataclass(frozen=True)
class Table:
    """Rows to export that are in memory; their geometries need not be.

    Attributes
    ----------
    name, columns
        As in :class:`Dataset`.
    rows
        One sequence of values per row, in the order of the columns.
    geometries
        WKB points (EPSG:4326) or ``None``, one per row; or what reads geometries; ``None`` for a
        table without any.
    """

    name: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Value]]
    geometries: Sequence[bytes | None] | Geometries | None = None

    def dataset(self) -> Dataset:
        """Give the rows batch by batch."""
        found = self.geometries
        geometry = None
        if found is not None:
            geometry = _points(found) if isinstance(found, Sequence) else found.geometry
        return Dataset(self.name, self.columns, self._batches, geometry, count=len(self.rows))

    async def _batches(self) -> AsyncIterator[Batch]:
        found = self.geometries
        if found is None or isinstance(found, Sequence):
            for part in parts_of(len(self.rows)):
                yield Batch(self.rows[part], None if found is None else found[part])
        else:
            for part in found.parts():
                yield Batch(self.rows[part], await found.read(part))


def _points(found: Sequence[bytes | None]) -> Geometry:
    return Geometry("Point", missing=None in found)


@dataclass(frozen=True)
class Origin:
    """Where a table comes from.

    Attributes
    ----------
    provenance
        ``publication, millesime, sources, definitions``, as JSON answers end with.
    address
        The address asked, in its canonical spelling: the bytes must be those of the ETag.
    made
        Day of the publication: the date of files that must hold one.
    """

    provenance: dict[str, Any]
    address: str
    made: date

    @property
    def members(self) -> dict[str, Any]:
        """The provenance with the address, for formats that hold JSON."""
        return {**self.provenance, "adresse": self.address}
