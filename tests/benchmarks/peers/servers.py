"""The servers compared: how each is started, and how it spells a question.

All run on this machine as one worker process, with their own defaults for everything else, and
compress as a client that says ``Accept-Encoding: gzip`` is offered by default.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from abc import ABC, abstractmethod
from pathlib import Path
from urllib.parse import quote

import yaml

from tests.benchmarks.peers import installing
from tests.benchmarks.peers.questions import Items, Question, Tile
from tests.benchmarks.peers.tables import TABLE, Database
from tests.processes import free_port
from tests.support import Server

#: Seconds a server has to answer for the first time.
_PATIENCE = 60


class Peer(ABC):
    """A server under comparison.

    Attributes
    ----------
    name
        As people read it, with its version.
    said
        How it was started, for people.
    """

    name: str
    said: str

    def __init__(self) -> None:
        self.port = free_port()
        self._folder = tempfile.TemporaryDirectory()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def folder(self) -> Path:
        """Folder of its configuration and log."""
        return Path(self._folder.name)

    @property
    def pid(self) -> int:
        """Its first process."""
        assert self._process is not None
        return self._process.pid

    @abstractmethod
    def command(self) -> list[str | Path]:
        """Program and its arguments."""

    def environment(self) -> dict[str, str]:
        """Variables it reads."""
        return {}

    @abstractmethod
    def address(self, question: Question) -> str | None:
        """Path and query of a question; None if this server does not answer such questions."""

    def first_address(self) -> str:
        """Path that answers as soon as the server is ready."""
        return "/"

    def __enter__(self) -> Peer:
        log = self.folder / "log"
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                self.command(),
                cwd=self.folder,
                env={**os.environ, **self.environment()},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                urllib.request.urlopen(
                    f"http://127.0.0.1:{self.port}{self.first_address()}"
                ).close()
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.1)
            else:
                return self
        output_end = log.read_text(errors="replace")[-2_000:]
        self.__exit__()
        raise installing.NotInstalledError(f"{self.name} ne démarre pas : {output_end}")

    def __exit__(self, *_error: object) -> None:
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)
            try:
                self._process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
        self._folder.cleanup()


def _query(**parameters: object) -> str:
    return "&".join(
        f"{name.replace('_', '-')}={quote(str(value), safe=',')}"
        for name, value in parameters.items()
    )


class Atlas(Peer):
    """This service, as ``geo-service serve`` starts it."""

    def __init__(self, state: Path) -> None:
        super().__init__()
        self.name = "atlas"
        self.said = "GEO_WORKERS=1 geo-service serve (Granian, 1 processus)"
        self._server = Server(state, GEO_WORKERS="1")
        self.port = self._server.port

    def command(self) -> list[str | Path]:
        return [Path(sys.executable).with_name("geo-service"), "serve"]

    def __enter__(self) -> Peer:
        self._server.__enter__()
        self._process = self._server.process
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.__exit__()
        self._folder.cleanup()

    def address(self, question: Question) -> str | None:
        match question:
            case Tile(z, x, y):
                return f"/tiles/territoires/{z}/{x}/{y}.mvt"
            case Items() as wanted:
                return f"/ogc/collections/communes/items?{_items(wanted, 'f=json', 'geometry')}"


class Tipg(Peer):
    """Tipg, the FastAPI server of the same standards, on the same HTTP server as ours."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self._programs = installing.environment("tipg")
        self._database = database
        granian = installing.version("tipg", "granian")
        self.name = f"tipg {installing.version('tipg', 'tipg')}"
        self.said = f"granian {granian} --interface asgi --loop uvloop tipg.main:app (1 processus)"

    def command(self) -> list[str | Path]:
        return [
            self._programs / "granian", "--interface", "asgi", "--loop", "uvloop",
            "--port", str(self.port), "--no-access-log", "--log-level", "error", "tipg.main:app",
        ]  # fmt: skip

    def environment(self) -> dict[str, str]:
        place = self._database
        host = quote(str(place.socket), safe="")
        return {
            # A role that may only read will not do: tipg makes functions in pg_temp.
            "DATABASE_URL": f"postgresql://{place.user}@{host}:{place.port}/{place.name}",
            "TIPG_DB_SCHEMAS": '["public"]',
        }

    def first_address(self) -> str:
        return "/healthz"

    def address(self, question: Question) -> str | None:
        collection = f"/collections/public.{TABLE}"
        match question:
            case Tile(z, x, y):
                return f"{collection}/tiles/WebMercatorQuad/{z}/{x}/{y}"
            case Items() as wanted:
                return f"{collection}/items?{_items(wanted, 'f=geojson')}"


def _items(wanted: Items, form: str, geometry: str = "geom") -> str:
    """Parameters as OGC API – Features and CQL2 spell them, with the name of the geometry."""
    parameters: dict[str, object] = {"limit": wanted.limit}
    if wanted.departement is not None:
        parameters["departement"] = wanted.departement
    if wanted.bbox is not None:
        parameters["bbox"] = ",".join(map(str, wanted.bbox))
    if wanted.polygon is not None:
        parameters["filter"] = f"S_INTERSECTS({geometry},{wanted.wkt})"
        parameters["filter_lang"] = "cql2-text"
    return f"{form}&{_query(**parameters)}"


class Pygeoapi(Peer):
    """pygeoapi as its documentation deploys it: Flask under Gunicorn, here one process."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self._programs = installing.environment("pygeoapi")
        self._database = database
        gunicorn = installing.version("pygeoapi", "gunicorn")
        self.name = f"pygeoapi {installing.version('pygeoapi', 'pygeoapi')}"
        self.said = f"gunicorn {gunicorn} --workers 1 --threads 4 pygeoapi.flask_app:APP"

    def command(self) -> list[str | Path]:
        configuration = self.folder / "pygeoapi.yml"
        configuration.write_text(yaml.safe_dump(self._configuration()))
        subprocess.run(
            [self._programs / "pygeoapi", "openapi", "generate", configuration,
             "--output-file", self.folder / "openapi.yml"],
            check=True,
            capture_output=True,
            env={**os.environ, **self.environment()},
        )  # fmt: skip
        return [
            self._programs / "gunicorn", "--workers", "1", "--threads", "4", "--keep-alive", "30",
            "--no-control-socket", "--log-level", "error",
            "--bind", f"127.0.0.1:{self.port}", "pygeoapi.flask_app:APP",
        ]  # fmt: skip

    def environment(self) -> dict[str, str]:
        return {
            "PYGEOAPI_CONFIG": str(self.folder / "pygeoapi.yml"),
            "PYGEOAPI_OPENAPI": str(self.folder / "openapi.yml"),
        }

    def address(self, question: Question) -> str | None:
        match question:
            case Tile(z, x, y):
                return f"/collections/{TABLE}/tiles/WebMercatorQuad/{z}/{y}/{x}?f=mvt"
            case Items() as wanted:
                found = _items(wanted, "f=json")
                # Its filters are CQL 1 text, where the operator has another name.
                return f"/collections/{TABLE}/items?" + found.replace(
                    "filter=S_INTERSECTS", "filter=INTERSECTS"
                ).replace("cql2-text", "cql-text")

    def _configuration(self) -> dict[str, object]:
        place = self._database
        here = f"http://127.0.0.1:{self.port}"
        provider = {
            "data": {
                "host": str(place.socket),
                "port": place.port,
                "dbname": place.name,
                "user": place.user,
                "password": "",
                "search_path": ["public"],
            },
            "id_field": "code",
            "table": TABLE,
            "geom_field": "geom",
        }
        texts = {"title": "Communes", "description": "Communes", "keywords": ["communes"]}
        return {
            "server": {
                "bind": {"host": "127.0.0.1", "port": self.port},
                "url": here,
                "mimetype": "application/json; charset=UTF-8",
                "encoding": "utf-8",
                "gzip": True,
                "languages": ["fr-FR"],
                "limits": {"default_items": 10, "max_items": 10_000},
                "map": {"url": f"{here}/{{z}}/{{x}}/{{y}}.png", "attribution": "-"},
            },
            "logging": {"level": "ERROR"},
            "metadata": {
                "identification": texts
                | {"keywords_type": "theme", "terms_of_service": "-", "url": here},
                "license": {"name": "-", "url": here},
                "provider": {"name": "-", "url": here},
                "contact": {"name": "-"},
            },
            "resources": {
                TABLE: texts
                | {
                    "type": "collection",
                    "links": [],
                    "extents": {
                        "spatial": {
                            "bbox": [-180, -90, 180, 90],
                            "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
                        }
                    },
                    "providers": [
                        provider | {"type": "feature", "name": "PostgreSQL"},
                        provider
                        | {
                            "type": "tile",
                            "name": "MVT-postgresql",
                            "options": {"zoom": {"min": 0, "max": 15}},
                            "format": {
                                "name": "pbf",
                                "mimetype": "application/vnd.mapbox-vector-tile",
                            },
                        },
                    ],
                }
            },
        }


class Martin(Peer):
    """Martin (Rust), on the very archive of the atlas or on the table of the communes.

    Parameters
    ----------
    source
        An archive, or the database.
    """

    def __init__(self, source: Path | Database) -> None:
        super().__init__()
        self._program = installing.martin()
        self._source = source
        kind, words = (
            ("archive", "territoires.pmtiles")
            if isinstance(source, Path)
            else ("PostGIS", "postgresql://…/pairs")
        )
        self.name = f"martin {installing.MARTIN_VERSION}, {kind}"
        self.said = f"martin --workers 1 {words} (cache en mémoire compris)"

    def command(self) -> list[str | Path]:
        place = self._source
        if isinstance(place, Database):
            host = quote(str(place.socket), safe="")
            source = f"postgresql://{place.user}@/{place.name}?host={host}&port={place.port}"
        else:
            source = str(place)
        return [
            self._program, "--listen-addresses", f"127.0.0.1:{self.port}",
            "--workers", "1", source,
        ]  # fmt: skip

    def first_address(self) -> str:
        return "/health"

    def address(self, question: Question) -> str | None:
        match question:
            case Tile(z, x, y):
                name = TABLE if isinstance(self._source, Database) else self._source.stem
                return f"/{name}/{z}/{x}/{y}"
            case _:
                return None
