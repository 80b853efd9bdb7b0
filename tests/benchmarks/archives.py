"""The archive of territories beside tippecanoe's: seconds, bytes, and what the borders look like.

Both start from the same communes, EPCI, départements, régions, arrondissements, groupes and label
points, in full detail and with the same attributes, and end with a PMTiles archive of the same
zooms. tippecanoe has what a careful user gives it for borders without gaps: ``-pn`` (nodes and
edges shared by several polygons are simplified once), no feature dropped, no tiny polygon merged,
and our buffer. Its tolerance is a distance, ours an area: 6 units of a tile (0.75 pixel), one at
the last zoom, move the borders as far as we do at zoom 7, where both simplify most (``moyenne_px``
and ``p95_px`` tell; with 8 units, it moves them by 40 % more).

``python -m tests.benchmarks.archives`` measures the atlas published in this checkout.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import orjson
import pandas as pd
import psycopg
import shapely
from rich.console import Console
from rich.table import Table

from boundaries import crs, generalise
from boundaries.build import Territories
from boundaries.load import copy_contours
from etl.schemas import schema_of
from geo_service.databases import prepare_owner
from geo_service.settings import load_settings
from tests.benchmarks import borders
from tests.benchmarks.processes import processor_seconds
from tests.tiles.decoding import attributes
from tiles import queries
from tiles.archive import Archive
from tiles.build import LAYERS, build_territoires

#: Schema of the outlines that the benchmark draws again, removed at the end.
SCHEMA = "banc_archives"

#: Tiles looked at closely at each zoom.
TILES = 6

#: Options of tippecanoe beside its inputs; see the module's docstring.
OPTIONS = (
    "--no-simplification-of-shared-nodes", "--simplification=6",
    "--simplification-at-maximum-zoom=1", "--no-tiny-polygon-reduction", "--no-feature-limit",
    "--no-tile-size-limit", "--drop-rate=1", "--buffer=4", "--read-parallel", "--quiet", "--force",
)  # fmt: skip

console = Console()


@dataclass
class Spent:
    """Seconds on the clock, and of processor by all processes that took part."""

    seconds: float = 0.0
    processor: float = 0.0


@contextmanager
def spending(conns: list[psycopg.Connection[Any]]) -> Iterator[Spent]:
    """Measure a block: this process, its children that end meanwhile, and these connections."""

    def used() -> float:
        mine = sum(sum(resource.getrusage(who)[:2]) for who in _WHO)
        return mine + processor_seconds(conn.info.backend_pid for conn in conns)

    spent = Spent(time.perf_counter(), used())
    yield spent
    spent.seconds = round(time.perf_counter() - spent.seconds, 2)
    spent.processor = round(used() - spent.processor, 2)


_WHO = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)


def bench_archives(owner_url: str, identifier: str, work: Path) -> dict[str, Any]:
    """Build the archive of a publication both ways and compare.

    Parameters
    ----------
    owner_url
        libpq URL of the role that owns the atlas.
    identifier
        The publication.
    work
        An empty folder for the archives and tippecanoe's inputs (some 150 MB).
    """
    with psycopg.connect(owner_url, autocommit=True) as conn, _second(owner_url) as helper:
        schema = schema_of(identifier)
        try:
            conn.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE; CREATE SCHEMA {SCHEMA}".encode())
            conn.execute(
                f"CREATE TABLE {SCHEMA}.contours (LIKE {schema}.contours INCLUDING ALL)".encode()
            )
            for each in (conn, helper):
                each.execute(f"SET search_path = {SCHEMA}, {schema}, public".encode())
            found = _compare(conn, helper, identifier, work)
        finally:
            conn.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE".encode())
    _show(found)
    return found


@contextmanager
def _second(url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(url, autocommit=True) as conn:
        yield conn


def _compare(
    conn: psycopg.Connection[Any], helper: psycopg.Connection[Any], identifier: str, work: Path
) -> dict[str, Any]:
    ours, theirs = work / "atlas.pmtiles", work / "tippecanoe.pmtiles"
    territories, members = _territories(conn)
    conns = [conn, helper]
    kept: dict[str, Any] = {}

    def keep(step: str, make: Callable[[], Any]) -> Any:
        if step not in kept:
            kept[step] = make()
        return kept[step]

    def build() -> None:
        build_territoires(
            conn, ours, attribution="x", publication=identifier, helpers=[helper], keep=keep
        )

    # What a run does with the other core busy reading sources, it does alone here.
    with spending(conns) as drawing:
        whole = generalise.generalise(territories)
        grouped = generalise.outline_groups(whole, members)
        with conn.transaction():
            copy_contours(conn, whole)
            copy_contours(conn, grouped)
    conn.execute("ANALYZE contours")
    with spending(conns) as first:
        build()
    with spending(conns) as again:
        build()
    layers = _write_layers(conn, work, _first_zooms(ours))
    with spending([]) as peer:
        _tippecanoe(theirs, layers)
    archives = {"atlas": Archive(ours), "tippecanoe": Archive(theirs)}
    return {
        "version": _version(),
        "options": " ".join(OPTIONS),
        "charge": os.getloadavg()[0],
        "secondes": {
            "generalisation": vars(drawing),
            "archive": vars(first),
            "archive_contours_gardes": vars(again),
            "tippecanoe": vars(peer),
        },
        "octets": {name: archive.size for name, archive in archives.items()},
        "rapports": _ratios(peer, first, again, drawing, archives),
        "tuile_max_octets": {name: borders.largest(archive) for name, archive in archives.items()},
        "bords": _borders(archives, territories),
    }


def _ratios(
    peer: Spent, first: Spent, again: Spent, drawing: Spent, archives: dict[str, Archive]
) -> dict[str, float]:
    """How many times faster, on the clock and in processor; how much lighter."""
    total = Spent(drawing.seconds + first.seconds, drawing.processor + first.processor)
    found = {
        f"{name}_{unit}": round(getattr(peer, unit) / getattr(spent, unit), 2)
        for name, spent in (
            ("archive", first),
            ("archive_contours_gardes", again),
            ("generalisation_et_archive", total),
        )
        for unit in ("seconds", "processor")
    }
    return found | {"octets": round(archives["atlas"].size / archives["tippecanoe"].size, 3)}


def _territories(conn: psycopg.Connection[Any]) -> tuple[Territories, pd.DataFrame]:
    """The territories as the ETL draws them, before groupes are added; the members of all."""
    rows = conn.execute(
        "SELECT niveau, code, ST_AsBinary(geom) FROM territoires ORDER BY niveau, code", binary=True
    ).fetchall()
    frame = pd.DataFrame(rows, columns=["niveau", "code", "geom"])
    rows = conn.execute("SELECT niveau, code, commune FROM appartenances").fetchall()
    members = pd.DataFrame(rows, columns=["niveau", "code", "commune"])
    old = conn.execute("SELECT code, commune, motif FROM codes_anciens").fetchall()
    frame["geom"] = shapely.from_wkb(frame["geom"])
    territories = Territories(
        millesime=0,
        territoires=gpd.GeoDataFrame(frame, geometry="geom", crs=crs.GEOGRAPHIC),
        appartenances=members[members["niveau"] != "groupe"],
        codes_anciens=pd.DataFrame(old, columns=["code", "commune", "motif"]),
        codes_partages={},
        mouvements=pd.DataFrame(),
    )
    return territories, members


def _first_zooms(archive: Path) -> dict[tuple[str, str], int]:
    """First zoom where each label is drawn: tippecanoe is told, not asked to choose."""
    found: dict[tuple[str, str], int] = {}
    opened = Archive(archive)
    for zoom in range(opened.zooms[1], opened.zooms[0] - 1, -1):
        for label in attributes(opened, zoom, "etiquettes"):
            found[label["niveau"], label["code"]] = zoom
    return found


def _write_layers(
    conn: psycopg.Connection[Any], work: Path, labels: dict[tuple[str, str], int]
) -> dict[str, Path]:
    """Write the layers tippecanoe reads, one GeoJSON feature a line, with the same attributes."""
    (described,) = queries.run([("attributs.sql", {})], [conn])
    said = {(row[0], row[1]): row[2:] for row in described}
    zooms = conn.execute("SELECT niveau, min(zoom), max(zoom) FROM contours GROUP BY niveau")
    paths: dict[str, Path] = {}
    for niveau, first, last in zooms.fetchall():
        paths[LAYERS[niveau]] = path = work / f"{niveau}.geojsonl"
        with path.open("wb") as file:
            for code, outline in conn.execute(
                "SELECT code, ST_AsGeoJSON(geom, 7) FROM territoires"
                " WHERE niveau = %s AND geom IS NOT NULL ORDER BY code",
                [niveau],
            ):
                nom, population, taux, presents, documentes, themes = said[niveau, code]
                rates = {f"taux_{k}": v for k, v in orjson.loads(themes or b"{}").items()}
                properties = {"code": code, "nom": nom, "population": population, "taux": taux}
                properties |= {"services_presents": presents, "services_documentes": documentes}
                _write(file, properties | rates, outline, first, last)
    paths["etiquettes"] = path = work / "etiquettes.geojsonl"
    with path.open("wb") as file:
        for niveau, code, nom, population, rang, point in conn.execute(
            "SELECT niveau, code, nom, population, row_number() OVER (PARTITION BY niveau"
            ' ORDER BY population DESC NULLS LAST, code COLLATE "C"), ST_AsGeoJSON(centre, 7)'
            " FROM territoires WHERE centre IS NOT NULL ORDER BY niveau, code"
        ):
            if (niveau, code) in labels:
                properties = {"niveau": niveau, "code": code, "nom": nom, "population": population}
                first = labels[niveau, code]
                _write(
                    file, properties | {"rang": rang}, point, first, generalise.ZOOMS["commune"][-1]
                )
    return paths


def _write(file: Any, properties: dict[str, Any], geometry: str, first: int, last: int) -> None:
    known = {name: value for name, value in properties.items() if value is not None}
    file.write(
        b'{"type":"Feature","tippecanoe":{"minzoom":%d,"maxzoom":%d},"properties":%s,"geometry":%s}\n'
        % (first, last, orjson.dumps(known), geometry.encode())
    )


def _binary() -> Path:
    return Path(sys.executable).with_name("tippecanoe")


def _version() -> str:
    done = subprocess.run([_binary(), "--version"], check=True, capture_output=True, text=True)
    return (done.stderr or done.stdout).strip()


def _tippecanoe(target: Path, layers: dict[str, Path]) -> None:
    zooms = [zoom for levels in generalise.ZOOMS.values() for zoom in levels]
    named = [f"--named-layer={name}:{path}" for name, path in layers.items()]
    command = [_binary(), *OPTIONS, f"-Z{min(zooms)}", f"-z{max(zooms)}", "-o", target, *named]
    subprocess.run(command, check=True)


def _borders(archives: dict[str, Archive], territories: Territories) -> dict[str, Any]:
    frame = territories.territoires
    communes = frame[(frame["niveau"] == "commune") & frame["geom"].notna()]
    outlines = crs.project(communes["geom"].to_numpy(), crs.GEOGRAPHIC, crs.WEB_MERCATOR)
    country = borders.Country(outlines, shapely.coverage_union_all(outlines))
    found: dict[str, Any] = {}
    for zoom in generalise.ZOOMS["commune"]:
        tiles = country.inside(zoom, TILES)
        found[str(zoom)] = {
            name: {
                "communes": len({f["code"] for f in attributes(archive, zoom, "communes")}),
                **borders.tears(archive, tiles),
                **borders.deviation(archive, country, tiles),
            }
            for name, archive in archives.items()
        }
    return found


def _show(found: dict[str, Any]) -> None:
    table = Table(
        "", "secondes", "processeur", title=f"Archive des territoires ({found['version']})"
    )
    for name, spent in found["secondes"].items():
        table.add_row(name, str(spent["seconds"]), str(spent["processor"]))
    console.print(table)
    console.print(f"Rapports : {found['rapports']}, octets {found['octets']}")
    table = Table("zoom", "archive", *next(iter(found["bords"].values()))["atlas"])
    for zoom, archives in found["bords"].items():
        for name, measured in archives.items():
            table.add_row(zoom, name, *map(str, measured.values()))
    console.print(table)


def main() -> None:
    """Measure the atlas published in this checkout; its figures are the last line of the output."""
    url = prepare_owner(load_settings())
    with psycopg.connect(url) as conn:
        row = conn.execute("SELECT publication FROM atlas.publication_active").fetchone()
    if row is None:
        raise SystemExit("Aucun atlas n'est publié : lancez « geo-service etl run ».")
    work = Path(tempfile.mkdtemp(prefix="archives-"))
    try:
        found = bench_archives(url, row[0], work)
    finally:
        shutil.rmtree(work)
    sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
