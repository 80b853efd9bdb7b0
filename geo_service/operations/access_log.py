"""One line of log a request: what was asked for and what came of it; never for whom, nor what for.

A line holds the template of the address, not the address: an address may hold what somebody is
looking for. It holds the path only where the service failed, so that it can be asked again, and no
query string ever. The client is there, cut to its network, if the operator asks for it.

Lines are those of :mod:`geo_service.logs` in shape; they are written without structlog, which
takes 9 µs a line where this takes 1.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from geo_service.operations.clients import shown

#: Status from which the path is written: the service failed.
_FAULT: Final = 500
_PATH: Final = 200
_OPTIONS: Final = orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z


class AccessLog:
    """Writes the lines of requests on standard error.

    Parameters
    ----------
    enabled
        Whether there are any: the level of the log may ask for less.
    clients
        Whether the network of the client is written.
    """

    def __init__(self, *, enabled: bool, clients: bool) -> None:
        self.enabled = enabled
        self._clients = clients

    def write(
        self,
        *,
        request_id: str,
        route: str,
        method: str,
        path: str,
        status: int,
        seconds: float,
        octets: int,
        client: str,
    ) -> None:
        """Write the line of one request.

        Parameters
        ----------
        request_id
            Given to the client too, in ``X-Request-Id``.
        route
            Template of the address.
        method, path, status
            Of the request and its answer; status 0 if nothing was answered.
        seconds
            From the request to the last byte.
        octets
            Of the body.
        client
            Its address, or its name for the limits.
        """
        if not self.enabled:
            return
        line: dict[str, Any] = {
            "event": "requete",
            "requete": request_id,
            "route": route,
            "methode": method[:10],
            "statut": status,
            "ms": round(seconds * 1000, 2),
            "octets": octets,
            "level": "info",
            "date": datetime.now(UTC),
        }
        if status >= _FAULT or not status:
            line["chemin"] = path[:_PATH]
        if self._clients:
            line["client"] = shown(client)
        _write(orjson.dumps(line, option=_OPTIONS))


def _write(line: bytes) -> None:
    """Write a line whole: workers share the log, and a line in two writes could be cut by another.

    A log that cannot be written (the disk is full, the reader is gone) never stops an answer.
    """
    try:
        os.write(sys.__stderr__.fileno() if sys.__stderr__ is not None else 2, line)
    except OSError:
        return
