"""``geo-service serve``: the API, the tiles and the web pages."""

from __future__ import annotations

import errno
import multiprocessing
import os
import socket
from typing import Annotated

import typer
from granian import Granian
from granian.constants import Interfaces, Loops
from granian.errors import FatalError

from geo_service.databases import prepare_reader
from geo_service.faults import InstallationError
from geo_service.settings import Settings, load_settings

#: Seconds a worker has to end its requests when the service stops.
_GRACE = 10


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
    _check_address(settings.host, settings.port)
    # The workers are new processes: they read the same state folder whatever their current one.
    os.environ["GEO_STATE_DIR"] = str(settings.state_dir)
    # A fork would keep what the other commands import here, pandas among them: 100 MB a process.
    multiprocessing.set_start_method("spawn", force=True)
    server = Granian(
        "geo_service.server:app",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        workers=settings.workers,
        workers_kill_timeout=_GRACE,
        respawn_failed_workers=True,
        log_enabled=False,
        websockets=False,
    )
    typer.echo(f"Atlas servi sur http://{settings.host}:{settings.port}  (Ctrl+C pour arrêter)")
    try:
        server.serve()
    except FatalError as error:
        raise InstallationError(f"Le service s'est arrêté : {error}.") from None


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
