"""The servers beside the databases: API, object store, proxy."""

from __future__ import annotations

import http.client
import json
import signal
import sys
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from string import Template

from tests.processes import free_port
from tests.support import ROOT
from tests.topology.certificates import write_certificate
from tests.topology.ground import Ground
from tests.topology.part import Part, TopologyError

BUCKET = "atlas"
#: The name that the public asks, and that the certificate is of.
HOST = "localhost"
TEMPLATE = ROOT / "docker" / "nginx" / "nginx.conf.template"
_NGINX = next((p for p in map(Path, ("/usr/sbin/nginx", "/usr/bin/nginx")) if p.is_file()), None)


class Api(Part):
    """A ``geo-service serve``.

    Parameters
    ----------
    name
        Names its log.
    folder
        Where its log is.
    settings
        Its environment.
    """

    def __init__(self, name: str, folder: Path, settings: dict[str, str]) -> None:
        super().__init__(name, folder)
        self.metrics = f"127.0.0.1:{free_port()}"
        self.settings = {**settings, "GEO_PORT": str(self.port), "GEO_METRICS": self.metrics}

    def command(self) -> Sequence[str | Path]:
        """As an operator starts it."""
        return [Path(sys.executable).with_name("geo-service"), "serve"]

    def environment(self) -> dict[str, str]:
        """Settings of the service."""
        return self.settings

    def answers(self) -> bool:
        """Tell whether it says it is ready."""
        return self.ready() is not None

    def answered(self, route: str) -> int:
        """Count what it has answered at a route since it was started."""
        with urllib.request.urlopen(f"http://{self.metrics}/metrics", timeout=20) as answer:
            lines = answer.read().decode().splitlines()
        mine = [line for line in lines if line.startswith("atlas_requetes_total{")]
        return int(sum(float(line.split()[-1]) for line in mine if f'route="{route}"' in line))

    def ready(self) -> dict[str, object] | None:
        """Give what ``/ready`` says; None if it is not ready."""
        try:
            with urllib.request.urlopen(f"{self.url}/ready", timeout=5) as answer:
                told: dict[str, object] = json.load(answer)
        except (OSError, http.client.HTTPException):
            return None
        return told


class Store(Part):
    """A stand-in for an object store: it speaks S3 and keeps everything in memory.

    Parameters
    ----------
    folder
        Where its log is.
    publications
        Folder of the archives as the ETL built them: killed, it comes back with them.
    """

    def __init__(self, folder: Path, publications: Path) -> None:
        super().__init__("stockage", folder)
        self.publications = publications

    def command(self) -> Sequence[str | Path]:
        """The server of moto."""
        return [
            sys.executable,
            "-m",
            "moto.server",
            "--host",
            "127.0.0.1",
            "--port",
            str(self.port),
        ]

    @property
    def settings(self) -> dict[str, str]:
        """Environment of those who use it."""
        return {
            "GEO_ARCHIVES_URL": f"s3://{BUCKET}/publications",
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "essai",
            "AWS_SECRET_ACCESS_KEY": "essai",
        }

    def start(self) -> None:
        """Start it, with its bucket and whatever the ETL has built so far."""
        if not self.is_running:
            super().start()
            self.fill()

    def fill(self) -> None:
        """Wait until it answers, and give it its bucket and the archives."""
        self.wait()
        self._put(BUCKET, b"")
        for path in sorted(self.publications.glob("*/*.pmtiles")):
            name = path.relative_to(self.publications).as_posix()
            self._put(f"{BUCKET}/publications/{name}", path.read_bytes())

    def _put(self, name: str, body: bytes) -> None:
        # Without a type, urllib says that the body is a form, and the server waits for its end.
        kind = {"Content-Type": "application/vnd.pmtiles"}
        request = urllib.request.Request(f"{self.url}/{name}", body or None, kind, method="PUT")
        with urllib.request.urlopen(request, timeout=60):
            pass


class Proxy(Part):
    """The nginx of the compose file: TLS, cache, several servers of the API behind.

    Parameters
    ----------
    ground
        Where its files are.
    apis
        The servers of the API.
    movable_clock
        Whether :meth:`advance` moves its clock (``libfaketime``): what it keeps then ages at once.
    variables
        Of the template, instead of those below.
    """

    ending = signal.SIGQUIT  # answers in full before it leaves

    def __init__(
        self,
        ground: Ground,
        apis: Sequence[Api],
        *,
        movable_clock: bool = False,
        **variables: str,
    ) -> None:
        super().__init__("mandataire", ground.folder, ground.runner)
        self.ground = ground
        self.apis = apis
        self.home = ground.make("mandataire")
        self.probe = free_port()
        self.http = free_port()
        self.certificate = self.home / "certificat.pem"
        self.clock = ground.write(self.home / "horloge", "+0\n") if movable_clock else None
        self.variables = variables

    @property
    def url(self) -> str:
        """The public address."""
        return f"https://{HOST}:{self.port}"

    def command(self) -> Sequence[str | Path]:
        """In the foreground, with a configuration of its own."""
        if _NGINX is None:
            raise TopologyError("nginx est introuvable : « apt-get install nginx ».")
        configuration = self.home / "nginx.conf"
        # nginx forgets the variables it is not told to keep.
        kept = "".join(f"env {name}; " for name in self.environment())
        return [_NGINX, "-p", self.home, "-c", configuration, "-g", f"{kept}daemon off;"]

    def environment(self) -> dict[str, str]:
        """What moves its clock."""
        if self.clock is None:
            return {}
        library = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
        if library is None:
            raise TopologyError("libfaketime est introuvable : « apt-get install libfaketime ».")
        return {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self.clock),
            "FAKETIME_NO_CACHE": "1",
            # Its own timeouts are counted on that one, which goes on as it is.
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    def advance(self, seconds: int) -> None:
        """Move its clock forward from where it is."""
        if self.clock is None:
            raise TopologyError("L'horloge de ce mandataire ne se déplace pas.")
        ahead = int(self.clock.read_text()) + seconds
        self.ground.write(self.clock, f"+{ahead}\n")

    def prepare(self) -> None:
        """Write its configuration and its certificate."""
        key = self.home / "cle.pem"
        if not self.certificate.is_file():
            for path, text in zip((self.certificate, key), write_certificate(HOST), strict=True):
                self.ground.write(path, text)
        text = Template(TEMPLATE.read_text(encoding="utf-8")).safe_substitute(
            {
                "ATLAS_DOSSIER": str(self.home),
                "ATLAS_JOURNAL": str(self.home / "acces.log"),
                "ATLAS_DELAI_ENTETES": "10s",
                "ATLAS_DEVANT": "",
                "ATLAS_SERVEURS": " ".join(
                    f"server 127.0.0.1:{api.port} max_fails=3 fail_timeout=1s;" for api in self.apis
                ),
                "ATLAS_CACHE": "200m",
                "ATLAS_ECOUTE_HTTP": f"127.0.0.1:{self.http}",
                "ATLAS_ECOUTE_HTTPS": f"127.0.0.1:{self.port}",
                "ATLAS_ECOUTE_SONDE": f"127.0.0.1:{self.probe}",
                "ATLAS_NOMS": HOST,
                "ATLAS_URL": self.url,
                "ATLAS_CERTIFICAT": str(self.certificate),
                "ATLAS_CLE": str(key),
                **self.variables,
            }
        )
        self.ground.write(self.home / "nginx.conf", text)

    def answers(self) -> bool:
        """Tell whether its probe answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.probe}/sonde", timeout=2) as told:
                return bool(told.status == 204)
        except OSError:
            return False
