"""All the servers together."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from geo_service.cluster_place import locate
from tests.geo_service import small_run
from tests.support import ROOT
from tests.topology.databases import Primary, Replica, new_passwords
from tests.topology.ground import Ground
from tests.topology.part import Part, TopologyError
from tests.topology.servers import Api, Proxy, Store


class Topology:
    """Primary, replica, API servers, object store and proxy; all started when entered.

    Parameters
    ----------
    folder
        Folder of the topology, made if it is not there: logs, and what the servers write.
    state
        State folder of an atlas, with its own private cluster stopped: **a copy**, since it is
        served and written to. None: a new state, on which :meth:`publish` puts a tiny country.
    replica, store, proxy
        Whether there is one.
    apis
        Number of API servers.
    durable
        Whether the databases wait for the disk; only then does a fault prove anything of it.
    settings
        More of the environment of the API servers.
    proxy_variables
        Of the template of nginx, instead of its defaults here.
    movable_clock
        Whether the clock of nginx can be moved (:meth:`Proxy.advance`).

    Attributes
    ----------
    primary, replica, apis, store, proxy
        The servers, each with ``url``, ``port``, ``start``, ``stop``, ``kill``, ``pause`` and
        ``resume``; replica, store and proxy may be None.
    """

    def __init__(
        self,
        folder: Path,
        *,
        state: Path | None = None,
        replica: bool = True,
        apis: int = 2,
        store: bool = True,
        proxy: bool = True,
        durable: bool = True,
        settings: dict[str, str] | None = None,
        proxy_variables: dict[str, str] | None = None,
        movable_clock: bool = False,
    ) -> None:
        self.ground = Ground(folder)
        self.folder = self.ground.folder
        self.state = (state or self.folder / "etat").absolute()
        self.passwords = new_passwords()
        data = None if state is None else _data_of(self.state)
        self.primary = Primary("primaire", self.ground, self.passwords, data=data, durable=durable)
        self.replica = Replica("replique", self.primary) if replica else None
        self.store = Store(self.folder, self.state / "publications") if store else None
        self.settings = settings or {}
        self.apis = [Api(f"api{n + 1}", self.folder, {}) for n in range(apis)]
        self.proxy = (
            Proxy(self.ground, self.apis, movable_clock=movable_clock, **(proxy_variables or {}))
            if proxy
            else None
        )
        for api in self.apis:
            api.settings = {**self._common(), **self._serving(), **api.settings, **self.settings}
        self._config: Path | None = None

    @property
    def parts(self) -> list[Part]:
        """All servers, those that others need first."""
        found = [self.primary, self.replica, self.store, *self.apis, self.proxy]
        return [part for part in found if part is not None]

    @property
    def public_url(self) -> str:
        """Where the public asks."""
        return self.proxy.url if self.proxy is not None else self.apis[0].url

    def __enter__(self) -> Self:
        """Start all servers; a state of its own is published first."""
        with ExitStack() as undone:
            undone.callback(self.close)
            self.start()
            undone.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End all servers."""
        self.close()

    def start(self) -> None:
        """Start all servers; a state that holds nothing is published first."""
        self.primary.start()
        if self.store is not None:
            self.store.start()
        if not self._has_publication():
            self.publish()
        elif self.store is not None:
            self._run("etl", "run")
        if self.replica is not None:
            self.replica.start()
        for api in self.apis:
            api.launch()
        for api in self.apis:
            api.wait()
        if self.proxy is not None:
            self.proxy.start()

    def close(self) -> None:
        """End all servers at once, and remove what they keep outside the folder."""
        for part in reversed(self.parts):
            part.kill()
        self.ground.clear()

    # --- what is done with it --------------------------------------------------------------------

    def publish(self, *, title: str = "Petit atlas", rows: int = 20) -> str:
        """Publish the tiny country by ``geo-service etl run``.

        Parameters
        ----------
        title
            Another one is another publication.
        rows
            Rows of one of its sources.

        Returns
        -------
        str
            Id of the active publication.
        """
        folder = self.folder / "pays"
        folder.mkdir(exist_ok=True)
        self._config = small_run.write_config(folder, title=title)
        small_run.write_lieux(folder / "donnees" / "un.csv", rows)
        self._run("etl", "run")
        return self.publication

    @property
    def publication(self) -> str:
        """Id of the active publication."""
        ((active,),) = self.primary.ask("SELECT publication FROM atlas.publication_active")
        return str(active)

    def activate(self, publication: str) -> None:
        """Go back to a publication, or forward."""
        self._run("publications", "activate", publication)

    @contextmanager
    def without(self, part: Part) -> Iterator[None]:
        """Kill a server for the time of a block."""
        part.kill()
        try:
            yield
        finally:
            part.start()

    # --- settings --------------------------------------------------------------------------------

    def _common(self) -> dict[str, str]:
        store = self.store.settings if self.store is not None else {}
        return {"GEO_STATE_DIR": str(self.state), **store}

    def _serving(self) -> dict[str, str]:
        found = {
            "GEO_DATABASE_READ_URL": self.primary.url,
            "GEO_WORKERS": "1",
            "GEO_DRAIN_SECONDS": "1",
        }
        if self.replica is not None:
            found["GEO_DATABASE_READ_URLS"] = self.replica.url
        if self.proxy is not None:
            found |= {"GEO_PUBLIC_URL": self.proxy.url, "GEO_TRUSTED_PROXIES": "127.0.0.1"}
        return found

    def _has_publication(self) -> bool:
        rows = self.primary.ask("SELECT to_regclass('atlas.publication_active') IS NOT NULL")
        return rows == [(True,)] and bool(
            self.primary.ask("SELECT publication FROM atlas.publication_active")
        )

    def _run(self, *command: str) -> None:
        """Run a command of the project as the machine that publishes does."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GEO_")}
        settings = self._common() | {"GEO_DATABASE_URL": self.primary.owner_url}
        if self._config is not None:
            settings["GEO_CONFIG"] = str(self._config)
        done = subprocess.run(
            [Path(sys.executable).with_name("geo-service"), *command],
            cwd=ROOT,
            env=kept | settings,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise TopologyError(f"geo-service {' '.join(command)} : {done.stderr[-2000:]}")


def _data_of(state: Path) -> Path:
    """Find the data of the private cluster of a state folder."""
    data = locate(state / "postgres").data
    if not (data / "PG_VERSION").is_file():
        raise TopologyError(f"{state} ne contient pas d'atlas (pas de base dans {data}).")
    if (data / "postmaster.pid").is_file():
        raise TopologyError(
            f"La base de {state} est en marche ou s'est arrêtée brutalement : lancez « geo-service "
            "db down » avec GEO_STATE_DIR sur ce dossier, qui doit être une copie."
        )
    return data
