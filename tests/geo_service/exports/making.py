"""Small tables, and the whole bytes of their files."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import date

from geo_service.exports import Batch, Column, Dataset, Geometry, Origin, Value, Workshop, download

SOURCES = [
    {
        "id": "mairies",
        "nom": "Mairies",
        "producteur": "DILA",
        "licence": "LO 2.0",
        "date": "2026-02-01",
        "ancienne": False,
        "synthetique": False,
        "avertissement": None,
    }
]
ORIGIN = Origin(
    {
        "publication": "0123456789ab",
        "millesime": 2026,
        "sources": SOURCES,
        "definitions": {"taux": "/api/definitions#taux"},
    },
    "/api/essai?",
    date(2026, 3, 4),
)


def dataset(
    columns: Sequence[Column],
    rows: Sequence[Sequence[Value]],
    geometries: Sequence[bytes | None] | None = None,
    geometry: Geometry | None = None,
    *,
    size: int = 2,
    identifier: str | None = None,
) -> Dataset:
    """Make a table given by batches of ``size`` rows."""

    async def batches() -> AsyncIterator[Batch]:
        for start in range(0, len(rows), size):
            part = slice(start, start + size)
            yield Batch(rows[part], None if geometries is None else geometries[part])

    return Dataset("essai-communes", columns, batches, geometry, identifier)


async def written(
    table: Dataset,
    wanted: str,
    *,
    origin: Origin = ORIGIN,
    workshop: Workshop | None = None,
    gzipped: bool = False,
) -> bytes:
    """Write a whole file."""
    making = download(table, wanted, origin, workshop or Workshop(), gzipped=gzipped)
    async with making as file:
        content = b"".join([piece async for piece in file.body])
        assert file.size in (None, len(content))
    return content
