"""The distributed engine against PostGIS: the same answers, compared whole, and what each costs.

``python -m tests.benchmarks.engine 10000000 DOSSIER 1 2 4`` makes that many places up (synthetic,
and the same at each run), more of them where more people live, and asks PostGIS, then 1, 2 and 4
workers of dask: which commune holds each point, how many places of each service each territory has,
which place is nearest to each commune's middle. Only the territories are real. ``make bench
ARGS=moteur`` runs it, after the same question on the published atlas.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dask.dataframe as dd
import geopandas as gpd
import numpy as np
import pandas as pd
import psutil
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from psycopg import sql
from pyarrow import csv

from boundaries import build
from boundaries.copying import copy_frame
from boundaries.tables import appartenances, territoires
from etl.accessibility.nearest import project
from etl.config import AtlasConfig
from etl.engine import tasks
from etl.engine.cluster import Cluster, open_cluster
from etl.engine.export import export_places
from etl.engine.outlines import DistributedOutlines
from etl.engine.places import DistributedPlaces
from etl.engine.settings import Calcul
from etl.fetch import fetch
from etl.sql import load
from geo_service.private_cluster import PrivateCluster
from tests.benchmarks.synthetic import KM_PER_DEGREE, SERVICES
from tests.support import DOWNLOADS, ROOT

#: Places made at once.
CHUNK = 250_000
#: What makes them the same at each run.
SEED = 20_261_122

#: The tables of the atlas that the engines read, without what other steps need of them.
_TABLES = """
CREATE TABLE territoires (niveau text, code text, population integer, srid_legal integer,
                          geom geometry(MultiPolygon, 4326), PRIMARY KEY (niveau, code));
CREATE TABLE appartenances (niveau text, code text, commune text);
CREATE UNLOGGED TABLE fictifs (id bigint, x float8, y float8, un text, deux text);
"""
_PLACES = """
CREATE UNLOGGED TABLE points AS SELECT id, ST_Point(x, y, 4326) AS geom FROM fictifs;
CREATE INDEX ON points USING gist (geom);
ANALYZE points;
"""
#: Of two communes that share a border the lower code is kept, as the atlas does.
_LOCATE = """
CREATE UNLOGGED TABLE situes AS
SELECT p.id, min(t.code) AS commune
FROM territoires t JOIN points p ON ST_Intersects(t.geom, p.geom)
WHERE t.niveau = 'commune'
GROUP BY p.id;
"""
_LIEUX = """
CREATE UNLOGGED TABLE lieux AS
SELECT 'fictif:' || lpad(f.id::text, 9, '0') AS id, s.commune, NULL::float8 AS capacite,
       ST_Point(f.x, f.y, 4326) AS geom
FROM fictifs f JOIN situes s USING (id);
CREATE UNLOGGED TABLE lieux_services AS
SELECT 'fictif:' || lpad(f.id::text, 9, '0') AS lieu, g.service
FROM fictifs f JOIN situes USING (id), LATERAL (SELECT f.un UNION SELECT f.deux) AS g (service);
ANALYZE lieux, lieux_services;
CREATE UNLOGGED TABLE lieux_par_territoire (niveau text, code text, service text, lieux bigint);
"""
#: Nearest by the index, zone by zone and service by service; the coordinates of the chefs-lieux are
#: the engine's own, to the bit.
_PROJECT = """
CREATE UNLOGGED TABLE cibles AS
SELECT l.id, ST_Transform(l.geom, {srid}) AS geom
FROM lieux_services s
JOIN lieux l ON l.id = s.lieu
JOIN territoires t ON t.niveau = 'commune' AND t.code = l.commune
WHERE s.service = {service} AND t.srid_legal = {srid};
CREATE INDEX ON cibles USING gist (geom);
ANALYZE cibles;
"""
_NEAREST = """
SELECT o.commune, n.metres, n.id
FROM origines o
CROSS JOIN LATERAL (
    SELECT c.id, c.geom <-> o.geom AS metres FROM cibles c ORDER BY c.geom <-> o.geom LIMIT 1
) n
WHERE o.srid = %(srid)s
"""


@dataclass
class Costs:
    """Seconds and processor seconds of each step of an engine, its own processes all counted."""

    processor: Callable[[], float]
    steps: dict[str, dict[str, float]] = field(default_factory=dict)

    @contextmanager
    def of(self, step: str) -> Iterator[None]:
        started, before = time.monotonic(), self.processor()
        yield
        self.steps[step] = {
            "secondes": round(time.monotonic() - started, 1),
            "processeur": round(self.processor() - before, 1),
        }


def _processor(root: psutil.Process) -> Callable[[], float]:
    """Processor seconds of a process and of all that it started, those that ended included."""

    def spent() -> float:
        total = 0.0
        for process in [root, *root.children(recursive=True)]:
            try:
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue  # it has just ended: its parent counts it
            total += times.user + times.system + times.children_user + times.children_system
        return total

    return spent


def read_territories() -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Give the real territories: the table, and its members."""
    config = AtlasConfig.load(ROOT / "atlas.toml")
    paths = [
        fetch(config.source(name), DOWNLOADS, config.dossier_local, lambda _sentence: None)
        for name in ("cog-2026", "contours-2024", "epci-2026")
    ]
    built = build.from_files(*(path for path in paths if path))
    return built.territoires, built.appartenances


def make_places(communes: gpd.GeoDataFrame, rows: int, folder: Path) -> list[Path]:
    """Write made-up places: ``row, x, y`` (degrees), and the one or two services they give."""
    people = communes["population"].fillna(0).to_numpy(dtype="float64") + 1
    share = people / people.sum()
    radius = np.sqrt(communes["superficie_km2"].to_numpy(dtype="float64") / np.pi) / KM_PER_DEGREE
    lon, lat = shapely.get_coordinates(communes["centre"].to_numpy()).T
    services = np.array(sorted(SERVICES.values()))
    paths = []
    for first in range(0, rows, CHUNK):
        random = np.random.default_rng([SEED, first])
        count = min(CHUNK, rows - first)
        where = random.choice(len(share), count, p=share)
        north, east = random.normal(0, 0.5, (2, count)) * radius[where]
        some = random.integers(0, len(services), (2, count))
        path = folder / f"lieux-{first:09d}.parquet"
        table = pa.table(
            {
                "row": np.arange(first, first + count),
                "x": (lon[where] + east / np.cos(np.radians(lat[where]))).round(6),
                "y": (lat[where] + north).round(6),
                "un": services[some[0]],
                "deux": services[some[1]],
            }
        )
        pq.write_table(table, path)
        paths.append(path)
    return paths


def _fill(
    conn: psycopg.Connection, land: gpd.GeoDataFrame, members: pd.DataFrame, paths: list[Path]
) -> None:
    conn.execute(_TABLES)
    columns = ["niveau", "code", "population", "srid_legal", "geom"]
    copy_frame(conn, territoires, pd.DataFrame(land)[columns])
    copy_frame(conn, appartenances, members)
    with conn.cursor() as cursor, cursor.copy("COPY fictifs FROM STDIN (FORMAT csv)") as copy:
        for path in paths:
            sink = pa.BufferOutputStream()
            csv.write_csv(pq.read_table(path), sink, csv.WriteOptions(include_header=False))
            copy.write(sink.getvalue().to_pybytes())
    conn.execute("ANALYZE")


@dataclass
class Question:
    """What every engine is asked: files of places, outlines, and points to measure from."""

    rows: int
    paths: list[Path]
    geoms: np.ndarray
    origins: pd.DataFrame


@dataclass
class Answers:
    """What an engine answers: commune of each place, counts, and nearest place by service."""

    located: np.ndarray
    counts: pd.DataFrame
    nearest: pd.DataFrame


def ask_postgis(conn: psycopg.Connection, question: Question, costs: Costs) -> Answers:
    """Ask PostGIS, by SQL alone; the tables of places are left for the other engine."""
    origins, codes = question.origins, pd.Index(question.origins["commune"])
    with costs.of("situer"):
        conn.execute(_PLACES)
        conn.execute(_LOCATE)
    located = np.full(question.rows, -1)
    with conn.cursor(binary=True) as cursor:
        cursor.execute("SELECT id, commune FROM situes")
        while block := cursor.fetchmany(CHUNK):
            ids, communes = zip(*block, strict=True)
            located[np.array(ids)] = codes.get_indexer(pd.Index(communes))
    conn.execute(_LIEUX)
    with costs.of("compter"):
        conn.execute(load("lieux_par_territoire"))
    counts = pd.DataFrame(
        conn.execute("SELECT niveau, code, service, lieux FROM lieux_par_territoire").fetchall(),
        columns=["niveau", "code", "service", "lieux"],
    )
    conn.execute("CREATE TABLE origines (commune text, srid integer, geom geometry(Point))")
    with conn.cursor() as cursor:
        xy = shapely.get_coordinates(origins["point"].to_numpy()).tolist()
        cursor.executemany(
            "INSERT INTO origines VALUES (%s, %s, ST_Point(%s, %s, %s))",
            [
                (code, srid, *point, srid)
                for code, srid, point in zip(
                    origins["commune"], origins["srid"].tolist(), xy, strict=True
                )
            ],
        )
    found = []
    with costs.of("plus proche"):
        for service in sorted(SERVICES.values()):
            for srid in sorted(origins["srid"].unique().tolist()):
                chosen = {"service": sql.Literal(service), "srid": sql.Literal(srid)}
                conn.execute(sql.SQL(_PROJECT).format(**chosen))
                near = conn.execute(_NEAREST, {"srid": srid}).fetchall()
                found += [(service, *row) for row in near]
                conn.execute("DROP TABLE cibles")
    columns = ["service", "commune", "metres", "lieu"]
    return Answers(located, counts, pd.DataFrame(found, columns=columns))


def ask_workers(
    cluster: Cluster, question: Question, places: DistributedPlaces, costs: Costs
) -> Answers:
    """Ask the workers what PostGIS was asked."""
    with costs.of("situer"):
        read = dd.read_parquet([str(path) for path in question.paths], columns=["row", "x", "y"])
        meta = tasks.as_points(pd.DataFrame({"row": [0], "x": [0.0], "y": [0.0]})).iloc[:0]
        points = read.map_partitions(tasks.as_points, meta=meta)
        located = DistributedOutlines(cluster, question.geoms).join(points, question.rows)
    with costs.of("compter"):
        counts = places.count_by_territory()
    with costs.of("plus proche"):
        found = [
            access.nearest.assign(service=access.service)
            for access in places.access(question.origins, with_index=False)
        ]
    nearest = pd.concat(found).assign(metres=lambda frame: frame["distance_km"] * 1000)
    return Answers(located, counts, nearest[["service", "commune", "metres", "lieu"]])


def compare(theirs: Answers, ours: Answers) -> dict[str, Any]:
    """Compare two engines' answers, every row of them."""
    keys = ["niveau", "code", "service"]
    counts = theirs.counts.merge(ours.counts, on=keys, how="outer", suffixes=("", "_autre"))
    counted = counts[["lieux", "lieux_autre"]].fillna(0).astype("int64")
    near = theirs.nearest.merge(
        ours.nearest, on=["service", "commune"], how="outer", suffixes=("", "_autre")
    )
    metres = (near["metres"] - near["metres_autre"]).abs()
    return {
        "points_compares": len(ours.located),
        "points_differents": int((theirs.located != ours.located).sum()),
        "points_hors_communes": int((ours.located < 0).sum()),
        "comptes_compares": len(counts),
        "plus_grand_ecart_de_compte": int((counted["lieux"] - counted["lieux_autre"]).abs().max()),
        "distances_comparees": len(near),
        "distances_sans_pendant": int(metres.isna().sum()),
        "plus_grand_ecart_m": float(metres.max()),
        "lieux_differents_a_meme_distance": int((near["lieu"] != near["lieu_autre"]).sum()),
    }


def measure(
    rows: int,
    state: Path,
    processes: Sequence[int],
    tell: Callable[[dict[str, Any]], None] = lambda _found: None,
) -> dict[str, Any]:
    """Make the places, ask PostGIS, then each number of workers; everything in `state`.

    Parameters
    ----------
    tell
        Receives what is known so far: the whole takes long.
    """
    land, members = read_territories()
    communes = land[(land["niveau"] == "commune") & land["geom"].notna()].sort_values("code")
    origins = pd.DataFrame(
        {
            "commune": communes["code"].to_numpy(),
            "population": communes["population"].to_numpy(),
            "srid": communes["srid_legal"].to_numpy(dtype="int64"),
            "x": shapely.get_x(communes["centre"].to_numpy()),
            "y": shapely.get_y(communes["centre"].to_numpy()),
        }
    )
    origins["point"] = project(origins)
    paths = make_places(communes, rows, state)
    question = Question(rows, paths, np.asarray(communes["geom"], dtype=object), origins)
    mine = psutil.Process()
    found: dict[str, Any] = {"lieux": rows, "services": len(SERVICES), "moteurs": {}}
    with PrivateCluster(state / "postgres") as server:
        server.ensure_database("moteur")
        with psycopg.connect(server.url("moteur"), autocommit=True) as conn:
            _fill(conn, land, members, paths)
            (pid,) = conn.execute("SELECT pg_backend_pid()").fetchone() or (0,)
            costs = Costs(_processor(psutil.Process(pid).parent() or mine))
            theirs = ask_postgis(conn, question, costs)
            found["moteurs"]["postgis"] = costs.steps
            tell(found)
            (size,) = conn.execute("SELECT pg_database_size(current_database())").fetchone() or (0,)
            found["base_mo"] = round(size / 2**20)
            costs = Costs(_processor(mine))
            with costs.of("exporter, une fois"):
                parts = export_places(conn, state / "parts")
            found["export"] = {"parties": len(parts), **costs.steps["exporter, une fois"]}
            tell(found)
            for count in processes:
                with open_cluster(Calcul(processus=count), state / "calcul") as cluster:
                    costs = Costs(_processor(mine))
                    with costs.of("demarrer"):
                        cluster.map(tasks.describe, [""] * 4 * count)
                    places = DistributedPlaces(cluster, parts, members)
                    ours = ask_workers(cluster, question, places, costs)
                found["moteurs"][f"dask, {count} processus"] = {
                    **costs.steps,
                    "comparaison": compare(theirs, ours),
                }
                tell(found)
    found["memoire_du_client_mo"] = round(mine.memory_info().rss / 2**20)
    return found


def _tell(found: dict[str, Any]) -> None:
    sys.stderr.write(json.dumps(found, ensure_ascii=False) + "\n")


def main() -> None:
    """Measure one size; its figures are the last line of the output."""
    rows, state = int(sys.argv[1]), Path(sys.argv[2])
    state.mkdir(parents=True)
    try:
        found = measure(
            rows,
            state,
            [int(count) for count in sys.argv[3:]],
            _tell,
        )
    finally:
        PrivateCluster(state / "postgres").remove()
        shutil.rmtree(state, ignore_errors=True)
    sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
