"""Workers of dask.distributed: started on this machine, or joined at a scheduler's address.

What a worker's death costs is one task, done again elsewhere. What the death of all of them, or of
the scheduler, costs is the run: it stops with a French sentence and publishes nothing.
"""

from __future__ import annotations

import importlib
import logging
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from etl.engine.settings import LOCAL_WORKERS, Calcul
from etl.errors import EtlError

if TYPE_CHECKING:
    from distributed import Client, Future

_UNCHANGED = "L'atlas en place est inchangé."

#: Seconds between two looks at the health of the cluster while its tasks run.
_LOOK = 1.0

#: Folders of exchange older than this are what killed runs left, seconds.
_FORGOTTEN = 86_400

_PREFIX = "echange-"

#: Pages that the scheduler and workers of this machine would show.
_SILENT: dict[str, list[str]] = {
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
}


class Cluster:
    """Workers that run our functions.

    A cluster of this machine is started by the first thing asked of it: a run that has nothing to
    do costs nothing. One that is elsewhere is joined, and looked at, at once.

    Parameters
    ----------
    settings
        ``[calcul]`` of the configuration.
    exchange
        Folder of the files that are handed over; every worker sees it at the same path.
    stack
        Closes what is opened.
    """

    def __init__(self, settings: Calcul, exchange: Path, stack: ExitStack) -> None:
        self.settings = settings
        self.exchange = exchange
        self._stack = stack
        self._client: Client | None = None

    @property
    def client(self) -> Client:
        """The client of dask.distributed, connected."""
        if self._client is None:
            # TLS with certificates of the run alone: on a shared machine, whoever could open the
            # scheduler's port could run code in our name.
            import dask  # noqa: PLC0415 (optional, and slow)
            from distributed import Client, LocalCluster  # noqa: PLC0415
            from distributed.security import Security  # noqa: PLC0415

            # Nor does it tell anything of itself over HTTP.
            dask.config.set(_SILENT)
            security = Security.temporary()
            memory = self.settings.memoire_mo
            local = self._stack.enter_context(
                LocalCluster(
                    n_workers=self.settings.processus,
                    threads_per_worker=1,
                    host="127.0.0.1",
                    protocol="tls://",
                    security=security,
                    dashboard_address="127.0.0.1:0",
                    silence_logs=logging.CRITICAL,
                    memory_limit=f"{memory}MB" if memory else 0,
                    local_directory=str(self.exchange),
                )
            )
            self._client = self._stack.enter_context(
                Client(local, security=security, set_as_default=False)
            )
        return self._client

    def join(self) -> None:
        """Connect to the scheduler of the configuration, and look at its workers.

        Raises
        ------
        EtlError
            If it does not answer, has no worker, or if they would not give the same results.
        """
        from distributed import Client  # noqa: PLC0415

        address, patience = self.settings.adresse, self.settings.delai_s
        try:
            self._client = self._stack.enter_context(
                Client(address, timeout=patience, set_as_default=False)
            )
        except (OSError, TimeoutError, ValueError, RuntimeError):
            raise EtlError(
                f"L'ordonnanceur dask ne répond pas à l'adresse {address} ([calcul] de la "
                f"configuration) en {patience:g} s. Vérifiez qu'il est démarré et joignable "
                f"d'ici. {_UNCHANGED}"
            ) from None
        deadline = time.monotonic() + patience
        while not self._workers():
            if time.monotonic() > deadline:
                raise EtlError(
                    f"L'ordonnanceur dask {address} n'a aucun processus de calcul après "
                    f"{patience:g} s. Démarrez-en (« dask worker {address} »). {_UNCHANGED}"
                )
            time.sleep(0.1)
        self._check_workers()

    @property
    def workers(self) -> int:
        """How many workers there are."""
        return len(self._workers())

    def _workers(self) -> list[str]:
        return list(self.client.scheduler_info(n_workers=-1)["workers"])

    def _check_workers(self) -> None:
        """Refuse workers of other versions, of other code, or that do not see the exchange."""
        from etl.engine import tasks  # noqa: PLC0415 (as workers do)

        mark = self.exchange / "temoin"
        mark.write_text(self.exchange.name, encoding="utf-8")
        mine = tasks.describe(str(mark))
        try:
            found = self.client.run(tasks.describe, str(mark))
        except (ImportError, AttributeError):
            raise EtlError(
                "Les processus de calcul dask n'ont pas le code de l'atlas. Installez-y la même "
                f"version, avec l'extra « distribue ». {_UNCHANGED}"
            ) from None
        for worker, its in sorted(found.items()):
            if its["echange"] != mine["echange"]:
                raise EtlError(
                    f"Le processus de calcul {worker} ne lit pas le dossier {self.exchange} : "
                    "« dossier » de [calcul] doit être vu au même chemin de toutes les machines. "
                    f"{_UNCHANGED}"
                )
            others = sorted(name for name in mine if its[name] != mine[name])
            if others:
                raise EtlError(
                    f"Le processus de calcul {worker} n'est pas de la même version que cette "
                    f"machine ({', '.join(others)}) : ses résultats pourraient différer. "
                    f"Installez-y la même version de l'atlas. {_UNCHANGED}"
                )

    def results(self, futures: Sequence[Future[Any]]) -> list[Any]:
        """Wait for tasks, and give their results in order.

        Raises
        ------
        EtlError
            If the scheduler is gone, if there has been no worker for ``delai_s``, or if a task
            killed several workers.
        """
        from distributed import KilledWorker, wait  # noqa: PLC0415
        from distributed.comm.core import CommClosedError  # noqa: PLC0415

        if not futures:
            return []
        alone_since: float | None = None
        try:
            while True:
                try:
                    with self.client.as_current():
                        wait(futures, timeout=_LOOK)
                    break
                except TimeoutError:
                    pass
                if self.client.status != "running":
                    raise self._lost()
                if self._workers():
                    alone_since = None
                    continue
                alone_since = alone_since or time.monotonic()
                if time.monotonic() - alone_since > self.settings.delai_s:
                    raise EtlError(
                        "Le moteur de calcul dask n'a plus aucun processus depuis "
                        f"{self.settings.delai_s:g} s. Relancez-en, puis la commande. {_UNCHANGED}"
                    )
            return list(self.client.gather(list(futures)))
        except KilledWorker:
            raise EtlError(
                "Un calcul a fait tomber plusieurs processus du moteur dask, sans doute faute de "
                "mémoire. Donnez-leur plus de mémoire, ou moins de processus par machine ([calcul] "
                f"de la configuration). {_UNCHANGED}"
            ) from None
        except (CancelledError, CommClosedError, OSError):
            raise self._lost() from None

    def _lost(self) -> EtlError:
        return EtlError(
            "La liaison avec l'ordonnanceur dask est perdue pendant le calcul. Vérifiez qu'il "
            f"tourne, puis relancez la commande. {_UNCHANGED}"
        )

    def map(self, task: Callable[..., Any], *arguments: Sequence[Any], **same: Any) -> list[Any]:
        """Run a function of :mod:`etl.engine.tasks` on each of the arguments; results in order."""
        # Not "pure": the name of a task would be hashed from its arguments, for nothing.
        return self.results(self.client.map(task, *arguments, pure=False, **same))


@contextmanager
def open_cluster(settings: Calcul, folder: Path) -> Iterator[Cluster]:
    """Give the workers of the configuration, and stop those of this machine at the end.

    Parameters
    ----------
    settings
        With ``moteur = "dask"``.
    folder
        Where exchange files go when the configuration says nothing.

    Raises
    ------
    EtlError
        If dask is not installed, or if the scheduler of the configuration cannot be used.
    """
    try:
        for library in ("cryptography", "dask_geopandas", "distributed"):
            importlib.import_module(library)
    except ImportError as error:
        raise EtlError(
            f"Le moteur de calcul dask n'est pas installé ici ({error.name} manque). Installez "
            "l'extra « distribue » (uv sync --extra distribue), ou retirez [calcul] de la "
            f"configuration. {_UNCHANGED}"
        ) from None
    parent = settings.dossier or folder
    with ExitStack() as stack:
        exchange = _exchange(parent)
        stack.callback(partial(shutil.rmtree, exchange, ignore_errors=True))
        cluster = Cluster(settings, exchange, stack)
        if settings.adresse != LOCAL_WORKERS:
            cluster.join()
        yield cluster


def _exchange(parent: Path) -> Path:
    """Make a folder for this run, and remove those that killed runs left."""
    try:
        parent.mkdir(parents=True, exist_ok=True)
        for old in parent.glob(f"{_PREFIX}*"):
            if time.time() - old.stat().st_mtime > _FORGOTTEN:
                shutil.rmtree(old, ignore_errors=True)
        return Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent)).resolve()
    except OSError as error:
        raise EtlError(
            f"Le dossier d'échange {parent} du moteur de calcul ne peut pas être écrit : "
            f"{error.strerror}. {_UNCHANGED}"
        ) from None
