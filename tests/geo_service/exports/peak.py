"""Program of test_memory.py: peak memory of each format, one line of JSON each."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import shapely

from geo_service.exports import FORMATS, Batch, Column, Dataset, Geometry, Workshop, download
from tests.geo_service.exports.making import ORIGIN

#: Vertices of a polygon, and letters of a text that no format makes much shorter: 20 kB a row.
VERTICES, LETTERS = 250, 16_000
COLUMNS = (Column("code", "text"), Column("texte", "text"), Column("rang", "integer"))


def polygons(count: int) -> Dataset:
    """Make rows with polygons that differ, as they are asked."""
    angles = np.linspace(0, 2 * np.pi, VERTICES)

    async def batches() -> AsyncIterator[Batch]:
        for start in range(0, count, 50):
            ranks = range(start, min(start + 50, count))
            rays = 0.1 + np.random.default_rng(start).random((len(ranks), VERTICES)) / 100
            rings = np.stack([rays * np.cos(angles), 45 + rays * np.sin(angles)], axis=-1)
            rings[:, -1] = rings[:, 0]
            found = shapely.multipolygons(shapely.polygons(rings)[:, np.newaxis])
            yield Batch(
                [(f"{rank:05}", os.urandom(LETTERS // 2).hex(), rank) for rank in ranks],
                shapely.to_wkb(found).tolist(),
            )

    return Dataset("communes", COLUMNS, batches, Geometry(missing=False))


async def write(table: Dataset, wanted: str, workshop: Workshop) -> int:
    """Write a file nobody keeps."""
    size = 0
    async with download(table, wanted, ORIGIN, workshop) as file:
        async for piece in file.body:
            size += len(piece)
    return size


def status(name: str) -> int:
    """Read a figure of this process, MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (line,) = [line for line in lines if line.startswith(name + ":")]
    return int(line.split()[1]) // 1024


async def measure(folder: Path, count: int) -> None:
    """Write ``count`` polygons in every format; tell the growth of the peak over what was held."""
    workshop = Workshop(folder)
    for wanted in FORMATS:
        if wanted.startswith("geojson") and wanted != "geojson":
            continue  # features written as in the collection
        # What is loaded once, and what the allocator keeps, are not those of the rows.
        await write(polygons(100), wanted, workshop)
        Path("/proc/self/clear_refs").write_text("5")
        held = status("VmRSS")
        size = await write(polygons(count), wanted, workshop)
        growth = status("VmHWM") - held
        sys.stdout.write(json.dumps({"format": wanted, "bytes": size, "growth": growth}) + "\n")


asyncio.run(measure(Path(sys.argv[1]), int(sys.argv[2])))
