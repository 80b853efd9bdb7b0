"""Stub routing engines, that speak OSRM's and Valhalla's HTTP as their documentation gives it.

OSRM: https://project-osrm.org/docs/v5.24.0/api/ (table and nearest services, result codes).
Valhalla: https://valhalla.github.io/valhalla/api/matrix/api-reference/ and the error codes of
https://valhalla.github.io/valhalla/api/turn-by-turn/api-reference/#http-status-codes-and-conditions
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pyproj import Geod

GEOD = Geod(ellps="WGS84")

Point = tuple[float, float]

#: A road is that much longer than the straight line.
DETOUR = 1.4
#: Kilometres per minute.
SPEED = 0.8


@dataclass
class Roads:
    """The roads a stub knows.

    Attributes
    ----------
    sea
        East of this longitude no road is near a point: the engine refuses it.
    ferry
        East of this one roads are cut from the others: a pair has no route.
    limit
        Most locations of a table.
    longer
        Destinations whose roads are longer still, by a factor.
    """

    sea: float = 180.0
    ferry: float = 180.0
    limit: int = 100
    longer: dict[Point, float] = field(default_factory=dict)

    def km(self, start: Point, end: Point) -> float | None:
        if (start[0] > self.ferry) != (end[0] > self.ferry):
            return None
        metres = GEOD.inv(*start, *end)[2]
        return float(metres / 1000 * DETOUR * self.longer.get(end, 1.0))


@dataclass
class Engine:
    """A stub that runs: its address, what it was asked, the failures it still has to make."""

    roads: Roads
    url: str = ""
    asked: list[str] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    failures: list[int] = field(default_factory=list)
    delay: float = 0.0


def _osrm(engine: Engine, path: str, query: dict[str, list[str]]) -> tuple[int, Any]:
    if path.count("/") < 4:
        return 400, {"code": "InvalidUrl", "message": "URL string malformed close to position 1"}
    _, service, version, profile, coordinates = path.split("/", 4)
    assert (version, profile) == ("v1", "driving")
    points = [tuple(map(float, pair.split(","))) for pair in coordinates.split(";")]
    if service == "nearest":
        way = {"location": points[0], "distance": 1.2, "name": "Rue", "hint": "", "nodes": [1, 2]}
        return 200, {"code": "Ok", "data_version": "2026-01-01", "waypoints": [way]}
    assert service == "table"
    assert query["annotations"] == ["duration,distance"]
    sources, ends = (
        [int(i) for i in query[name][0].split(";")] for name in ("sources", "destinations")
    )
    engine.sizes.append(len(points))
    if len(points) > engine.roads.limit:
        return 400, {"code": "TooBig", "message": "Too many table coordinates"}
    for index, point in enumerate(points):
        if point[0] > engine.roads.sea:
            message = f"Could not find a matching segment for coordinate {index}"
            return 400, {"code": "NoSegment", "message": message}
    km = [[engine.roads.km(points[i], points[j]) for j in ends] for i in sources]
    return 200, {
        "code": "Ok",
        "distances": [[None if d is None else round(d * 1000, 1) for d in row] for row in km],
        "durations": [[None if d is None else round(d / SPEED * 60, 1) for d in row] for row in km],
        "sources": [{"location": points[i], "distance": 0.0, "name": ""} for i in sources],
        "destinations": [{"location": points[j], "distance": 0.0, "name": ""} for j in ends],
    }


def _valhalla(engine: Engine, path: str, body: dict[str, Any]) -> tuple[int, Any]:
    if path == "/status":
        return 200, {"version": "3.5.1", "tileset_last_modified": 1767225600}
    if path != "/sources_to_targets":
        error = "Try any of: '/locate' '/route' '/sources_to_targets' '/status'"
        return 404, {"error_code": 106, "error": error, "status_code": 404, "status": "Not Found"}
    assert body["costing"] == "auto"
    sources, ends = (
        [(place["lon"], place["lat"]) for place in body[name]] for name in ("sources", "targets")
    )
    engine.sizes.append(len(sources) + len(ends))

    def refuse(code: int, error: str) -> tuple[int, Any]:
        return 400, {
            "error_code": code,
            "error": error,
            "status_code": 400,
            "status": "Bad Request",
        }

    if max(len(sources), len(ends)) > engine.roads.limit:
        return refuse(150, f"Exceeded max locations: {engine.roads.limit}")
    if any(point[0] > engine.roads.sea for point in [*sources, *ends]):
        return refuse(171, "No suitable edges near location")
    rows = []
    for i, start in enumerate(sources):
        row = []
        for j, end in enumerate(ends):
            km = engine.roads.km(start, end)
            row.append(
                {
                    "distance": 0.0 if km is None else round(km, 3),
                    "time": None if km is None else round(km / SPEED * 60),
                    "from_index": i,
                    "to_index": j,
                }
            )
        rows.append(row)
    if all(pair["time"] is None for row in rows for pair in row):
        return refuse(442, "No path could be found for input")
    places = [[{"lon": x, "lat": y} for x, y in part] for part in (sources, ends)]
    return 200, {
        "algorithm": "costmatrix",
        "units": "kilometers",
        "sources": places[0],
        "targets": places[1],
        "sources_to_targets": rows,
    }


@contextmanager
def running(kind: str, roads: Roads | None = None) -> Iterator[Engine]:
    """Run a stub of ``osrm`` or ``valhalla`` on a free port of this machine."""
    engine = Engine(roads or Roads())

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Headers and body in one packet: apart, each answer would wait for an acknowledgement.
        wbufsize = -1

        def _answer(self) -> None:
            engine.asked.append(f"{self.command} {self.path}")
            length = int(self.headers.get("Content-Length", 0))
            body = json.loads(self.rfile.read(length)) if length else {}
            time.sleep(engine.delay)
            parts = urlsplit(self.path)
            if engine.failures:
                status, found = engine.failures.pop(0), {"message": "Too Many Requests"}
            elif kind == "osrm":
                status, found = _osrm(engine, parts.path, parse_qs(parts.query))
            elif kind == "valhalla":
                status, found = _valhalla(engine, parts.path, body)
            else:
                status, found = 200, None
            sent = b"<html>Bienvenue</html>" if found is None else json.dumps(found).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        do_GET = do_POST = _answer  # noqa: N815 (as http.server wants)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    engine.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield engine
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
