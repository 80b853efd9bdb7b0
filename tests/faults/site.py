"""The installation that is harmed, and what must be the same after."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from boundaries.tables import metadata
from etl.fetch import sha256_of
from geo_service.cluster_place import locate
from tests.faults.link import Link
from tests.geo_service import small_run
from tests.processes import family, is_alive
from tests.support import ROOT
from tests.topology import Topology
from tests.topology.part import TopologyError
from tests.topology.servers import Api

#: Room left on the small disks: for a publication more of the tiny atlas, of a given one; the log.
_ROOM = {"primaire": 700 << 20, "etat": 256 << 20}
_GIVEN_ROOM = {"primaire": 4 << 30, "etat": 2 << 30}
_LOG_ROOM = 8 << 20

#: Settings of ``atlas.toml`` that name a file or a folder.
_PATHS = re.compile(r'(?m)^(dossier_local|referentiel|correspondance|dossier) = "([^"]+)"')

FAKETIME = next(
    iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))),
    None,
)


class NotPlayedError(Exception):
    """This machine cannot do that fault; the message says why, in French."""


class Site:
    """A topology whose first API server reaches its database by a :class:`Link`.

    Parameters
    ----------
    folder
        Where everything is made.
    state
        State folder of an atlas, its database stopped: it is copied. None for a tiny one, made
        here.
    config
        ``atlas.toml`` of that state, copied too.
    light
        Without replica nor object store, and with one API server, for faults that need no more.

    Attributes
    ----------
    api
        Reads its tiles on disk, its rows through `link`.
    bucket_api
        Reads its tiles in the object store through `store_link`, its rows from the primary.
    replica_api
        Reads its rows from the replica first.
    """

    def __init__(
        self,
        folder: Path,
        state: Path | None = None,
        config: Path | None = None,
        *,
        light: bool = False,
    ) -> None:
        self._light = light
        self.folder = folder.absolute()
        self.national = state is not None
        self._given = state
        self._given_config = config or ROOT / "atlas.toml"
        self._undone = ExitStack()
        self._title = 0

    def __enter__(self) -> Self:
        with ExitStack() as undone:
            self.disks = {name: undone.enter_context(disk) for name, disk in self._small_disks()}
            self.topology = Topology(
                self.folder,
                state=None if self._given is None else self._copied(self._given),
                apis=1 if self._light else 3,
                replica=not self._light,
                store=not self._light,
                proxy=False,
                durable=not self._light,
            )
            undone.callback(self.topology.close)
            data = self.topology.primary.data
            if not data.is_relative_to(self.disks["primaire"].folder):
                self.disks["primaire"].why_not = f"PostgreSQL ne peut pas entrer dans {self.folder}"
            self.api, *others = self.topology.apis
            self.bucket_api, self.replica_api = others or (self.api, self.api)
            self._settle(undone)
            self._undone = undone.pop_all()
        return self

    def __exit__(self, *_error: object) -> None:
        self._undone.close()

    def _small_disks(self) -> Iterator[tuple[str, SmallDisk]]:
        self.folder.mkdir(parents=True, exist_ok=True)
        # Else the servers that never run as root are put elsewhere, on another disk.
        self.folder.chmod(0o755)
        etat = self.folder / "etat"
        if self._given is None:
            yield "primaire", SmallDisk(self.folder / "primaire", _ROOM["primaire"])
            yield "etat", SmallDisk(etat, _ROOM["etat"])
        else:
            base = size_of(self._given / "postgres")
            rest = size_of(self._given) - base
            yield "etat", SmallDisk(etat, rest + _GIVEN_ROOM["etat"])
            yield "primaire", SmallDisk(etat / "postgres", base + _GIVEN_ROOM["primaire"])
        yield "journaux", SmallDisk(self.folder / "journaux", _LOG_ROOM)

    def _copied(self, state: Path) -> Path:
        """Copy a state to the small disks, and its configuration beside them."""
        data = locate(state / "postgres").data
        if not data.resolve().is_relative_to(state.resolve()):
            raise TopologyError(f"La base de {state} est ailleurs, dans {data} : pas de copie.")
        here = self.folder / "etat"
        subprocess.run(["cp", "-a", f"{state}/.", here], check=True)
        config = self.folder / "pays" / "atlas.toml"
        config.parent.mkdir()
        config.write_text(with_absolute_paths(self._given_config), encoding="utf-8")
        return here

    def _settle(self, undone: ExitStack) -> None:
        topology = self.topology
        self.link = undone.enter_context(Link(topology.primary.port))
        through = urlsplit(topology.primary.url)
        account = through.netloc.rpartition("@")[0]
        first = f"postgresql://{account}@127.0.0.1:{self.link.port}{through.path}"
        # The stand-in of the store keeps all in memory: it is not killed, it is out of reach.
        beyond = topology.store or topology.primary
        self.store_link = undone.enter_context(Link(beyond.port))
        if topology.store is not None:
            self.bucket_api.settings["AWS_ENDPOINT_URL"] = (
                f"http://127.0.0.1:{self.store_link.port}"
            )
        for api in topology.apis:
            if api is not self.bucket_api:
                api.settings.pop("GEO_ARCHIVES_URL", None)
            if api is not self.replica_api:
                api.settings.pop("GEO_DATABASE_READ_URLS", None)
        self.api.settings |= {"GEO_DATABASE_READ_URL": first, "GEO_WORKERS": "2"}
        self.api.log = self.folder / "journaux" / "api1.log"
        topology.start()
        self.config = self.folder / "pays" / "atlas.toml"
        self._sources = {
            path: path.read_bytes()
            for path in (self.config, self.folder / "pays" / "donnees" / "un.csv")
            if path.is_file()
        }

    # --- processes -------------------------------------------------------------------------------

    def workers(self, api: Api) -> list[int]:
        """Processes of a server that answer requests."""
        return [
            pid
            for pid in family(api.pid)[1:]
            if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
        ]

    def supervise(self, api: Api) -> None:
        """Start a server again as systemd does, once its processes have left the port."""
        while True:
            with suppress(Exception):
                api.start()
                return

    # --- the ETL ---------------------------------------------------------------------------------

    def change_sources(self) -> None:
        """Make the next run make another publication: another title, one lieu more."""
        self._title += 1
        title = f"Atlas d'essai {self._title}"
        if not self.national:
            small_run.write_config(self.folder / "pays", title=title)
            small_run.write_lieux(self.folder / "pays" / "donnees" / "un.csv", 20 + self._title)
            return
        lines = self.config.read_text(encoding="utf-8").splitlines()
        lines = [f'titre = "{title}"' if line.startswith("titre =") else line for line in lines]
        self.config.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def former_sources(self) -> None:
        """Put back what the publication on line was made of."""
        for path, content in self._sources.items():
            path.write_bytes(content)

    def etl(self, *command: str) -> subprocess.Popen[str]:
        """Start ``geo-service`` as the machine that publishes does."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GEO_")}
        return subprocess.Popen(
            [Path(sys.executable).with_name("geo-service"), *(command or ("etl", "run"))],
            cwd=ROOT,
            env={
                **kept,
                "GEO_STATE_DIR": str(self.topology.state),
                "GEO_DATABASE_URL": self.topology.primary.owner_url,
                "GEO_CONFIG": str(self.config),
                "COLUMNS": "200",
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def load(self, *command: str) -> tuple[int, str]:
        """Run a command of the ETL to its end; give its code and what it said."""
        with self.etl(*command) as process:
            _, said = process.communicate()
        return process.returncode, said

    # --- what must not be lost -------------------------------------------------------------------

    def catalogue(self) -> dict[str, object]:
        """What the catalogue says, the history, and the rows of the publication on line."""
        ask = self.topology.primary.ask
        active = self.topology.publication
        found: dict[str, object] = {
            "en ligne": active,
            "publications": ask("SELECT id, archives::text FROM atlas.publications ORDER BY id"),
            "historique": ask("SELECT ordre, publication FROM atlas.historique_publications"),
            "taux": ask("SELECT count(*), md5(string_agg(h::text, '' ORDER BY h::text)) "
                        "FROM atlas.historique h"),
        }  # fmt: skip
        for table in metadata.sorted_tables:
            found[table.name] = ask(f"SELECT count(*) FROM pub_{active}.{table.name}")
        return found

    def faults_of_archives(self) -> list[str]:
        """Archives of the publication on line that are not what the catalogue describes."""
        active = self.topology.publication
        query = "SELECT archives::text FROM atlas.publications WHERE id = %s"
        ((text,),) = self.topology.primary.ask(query, active)
        found = []
        for name, archive in json.loads(str(text)).items():
            path = self.topology.state / "publications" / active / f"{name}.pmtiles"
            if "tuiles" in archive and (not path.is_file() or sha256_of(path) != archive["sha256"]):
                found.append(f"archive {name}")
        return found


def with_absolute_paths(config: Path) -> str:
    """Give the text of an ``atlas.toml`` so that it says the same wherever it is put."""
    base = config.resolve().parent

    def absolute(found: re.Match[str]) -> str:
        setting, named = found.groups()
        is_standard = setting == "correspondance" and not named.endswith(".toml")
        return found[0] if is_standard else f'{setting} = "{base / named}"'

    return _PATHS.sub(absolute, config.read_text(encoding="utf-8"))


def size_of(folder: Path) -> int:
    """Bytes that the files of a folder take."""
    return sum(path.lstat().st_blocks * 512 for path in folder.rglob("*"))


class SmallDisk:
    """A disk of its own at a folder, in memory, that can be filled without harm to the machine's.

    Parameters
    ----------
    folder
        Where it is; made if it is not there.
    octets
        Its size.

    Attributes
    ----------
    why_not
        Why there is none, in French; empty when it is there. The folder is then a plain one.
    """

    def __init__(self, folder: Path, octets: int) -> None:
        self.folder = folder
        self.why_not = ""
        self._mounted = False
        self._octets = octets
        self._ballast = folder / ".lest"

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() != 0:
            self.why_not = "il faut être root pour monter un petit disque"
            return self
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={self._octets},mode=755", "atlas", self.folder],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            self.why_not = f"le montage est refusé ici ({done.stderr.strip()[:80]})"
        self._mounted = done.returncode == 0
        return self

    def __exit__(self, *_error: object) -> None:
        self.empty()
        if self._mounted:
            subprocess.run(["umount", "--lazy", self.folder], check=False)

    @contextmanager
    def full(self) -> Iterator[None]:
        """Leave no room on it, for the time of a block."""
        if self.why_not:
            raise NotPlayedError(self.why_not)
        self.fill()
        try:
            yield
        finally:
            self.empty()

    def fill(self) -> None:
        """Leave no room on it."""
        with self._ballast.open("wb", buffering=0) as ballast:
            for piece in (1 << 20, 1 << 12, 1):
                with suppress(OSError):
                    while ballast.write(b"\0" * piece) == piece:
                        pass

    def empty(self) -> None:
        """Give the room back."""
        self._ballast.unlink(missing_ok=True)


def gone(pids: list[int]) -> Callable[[], bool]:
    """Tell whether processes have ended."""
    return lambda: not any(map(is_alive, pids))
