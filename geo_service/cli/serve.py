"""``geo-service serve``: the API, the tiles and the web pages."""

from __future__ import annotations

import errno
import multiprocessing
import os
import resource
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from granian.constants import HTTPModes, Interfaces, Loops
from granian.errors import FatalError
from granian.http import HTTP1Settings

from geo_service.databases import prepare_reader
from geo_service.faults import InstallationError
from geo_service.operations.draining import DrainingServer
from geo_service.operations.exposition import serve_metrics
from geo_service.operations.gathering import SOCKET_VARIABLE, Gathering
from geo_service.operations.settings import read_listening
from geo_service.settings import Settings, load_settings

#: Seconds a worker has to end its requests when the service stops.
_GRACE = 10
#: Connections that wait to be accepted, all workers together; the kernel may allow fewer.
_BACKLOG = 4096
#: Heaps of the GNU C library in each worker (``MALLOC_ARENA_MAX``, mallopt(3)). By default it makes
#: eight for each processor, and a thread leaves what it freed in its own: 40 MB more after an
#: evening of pages and files on two processors.
_HEAPS = "2"
#: Files that a process holds besides connections: archives, libraries, the database.
_OTHER_FILES = 512


def serve(
    host: Annotated[str | None, typer.Option(help="Adresse d'écoute (GEO_HOST).")] = None,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Port d'écoute (GEO_PORT ou PORT).")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=64, help="Nombre de processus (GEO_WORKERS).")
    ] = None,
) -> None:
    """Sert l'atlas : pages, API et tuiles."""
    settings = load_settings()
    chosen = {"host": host, "port": port, "workers": workers}
    settings = settings.model_copy(update={k: v for k, v in chosen.items() if v is not None})
    prepare_reader(settings)
    run(settings)


def run(settings: Settings) -> None:
    """Serve until the process is told to stop.

    Parameters
    ----------
    settings
        Where to listen, with how many processes.

    Raises
    ------
    InstallationError
        If nothing can listen at that address, or something already does.
    """
    if not settings.share_port:
        _check_address(settings.host, settings.port)
    # The workers are new processes: they read the same state folder whatever their current one.
    os.environ["GEO_STATE_DIR"] = str(settings.state_dir)
    os.environ.setdefault("MALLOC_ARENA_MAX", _HEAPS)
    # A fork would keep what the other commands import here, pandas among them: 100 MB a process.
    multiprocessing.set_start_method("spawn", force=True)
    server = DrainingServer(
        "geo_service.server:app",
        drain_seconds=settings.drain_seconds,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        workers=settings.workers,
        workers_kill_timeout=_GRACE,
        respawn_failed_workers=True,
        log_enabled=False,
        websockets=False,
        backlog=_BACKLOG,
        # By default Granian accepts some hundred connections, kept ones included, and no more.
        backpressure=_connections(settings.limit_connections),
        # HTTP/2 comes with TLS, from the proxy; without it nobody speaks it, and no bound on idle
        # connections would hold.
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(
            # Counts from the end of the answer before: idle connections are closed by it too.
            header_read_timeout=settings.limit_idle_seconds * 1000,
            max_buffer_size=4 * settings.limit_headers,
        ),
    )
    typer.echo(f"Atlas servi sur http://{settings.host}:{settings.port}  (Ctrl+C pour arrêter)")
    try:
        with _told(settings):
            server.serve()
    except FatalError as error:
        raise InstallationError(f"Le service s'est arrêté : {error}.") from None


@contextmanager
def _told(settings: Settings) -> Iterator[None]:
    """Serve the figures of all processes where the settings say, if they do."""
    os.environ.pop(SOCKET_VARIABLE, None)
    if settings.metrics is None:
        yield
        return
    gathering = Gathering()
    try:
        stop = serve_metrics(gathering, *read_listening(settings.metrics))
    except OSError as error:
        gathering.close()
        raise InstallationError(
            f"Impossible d'écouter sur {settings.metrics} (GEO_METRICS) : {error.strerror}."
        ) from None
    os.environ[SOCKET_VARIABLE] = str(gathering.path)
    try:
        yield
    finally:
        stop()
        gathering.close()


def _connections(wanted: int) -> int:
    """Let this process open as many files as it may; give the connections there is room for."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if most == resource.RLIM_INFINITY:
        return wanted
    return max(1, min(wanted, most - _OTHER_FILES))


def _check_address(host: str, port: int) -> None:
    """Refuse an address that is taken: the server would share it, and answer one time in two."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except socket.gaierror:
        raise InstallationError(
            f"L'adresse d'écoute « {host} » est inconnue : vérifiez GEO_HOST."
        ) from None
    except OSError as error:
        reason = (
            "un autre programme écoute déjà sur ce port"
            if error.errno == errno.EADDRINUSE
            else str(error.strerror).lower()
        )
        raise InstallationError(
            f"Impossible d'écouter sur {host}:{port} : {reason}. "
            "Choisissez un autre port, par exemple « PORT=8001 make run »."
        ) from None
