"""Readers who go on asking while something breaks, and what they saw."""

from __future__ import annotations

import gzip
import hashlib
import http.client
import json
import math
import re
import socket
import threading
import time
import zlib
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus
from typing import Literal, Self
from urllib.parse import quote

import brotli

#: Seconds after which a reader has given up.
PATIENCE = 15.0
#: Seconds between two requests of one reader.
_PAUSE = 0.02
#: The same for every server: absolute links follow it.
_HOST = "atlas.exemple.fr"
#: What changes whatever the data: when it is written, when a run last found nothing to do.
_OF_THE_MOMENT = re.compile(rb'"(timeStamp|activee_le)" *: *"[^"]*"')
#: Zoom of the tiles that are asked.
_ZOOM = 8

Sort = Literal["juste", "refus", "echec"]


@dataclass(frozen=True)
class Seen:
    """One request.

    Attributes
    ----------
    address
        What was asked.
    began, ended
        Seconds of the monotonic clock.
    sort
        ``juste``: the answer of before the fault; ``refus``: 503 or 429 that says when to come
        back; ``echec``: anything else.
    why
        Of a refusal or a failure.
    """

    address: str
    began: float
    ended: float
    sort: Sort
    why: str = ""


class Readers:
    """Threads that ask one address after the other, each on a connection that it keeps.

    Parameters
    ----------
    port
        Of the server they ask, on 127.0.0.1.
    addresses
        What is asked, in turn.
    count
        How many readers there are.
    model
        Port of the server whose answers are the right ones; by default, the one they ask.

    Attributes
    ----------
    seen
        Requests, in the order they ended.
    """

    def __init__(
        self, port: int, addresses: Sequence[str], count: int = 4, model: int | None = None
    ) -> None:
        self._model = model or port
        self.seen: list[Seen] = []
        self._port = port
        self._addresses = addresses
        self._right: dict[str, str] = {}
        self._ending = threading.Event()
        self._threads = [
            threading.Thread(target=self._read, args=(number,), daemon=True)
            for number in range(count)
        ]

    def __enter__(self) -> Self:
        self.learn()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join()

    def learn(self) -> None:
        """Take the answers of now for the right ones; a busy server is asked again for a while."""
        patience = time.monotonic() + PATIENCE
        for address in self._addresses:
            while True:
                with closing(self._connect(self._model)) as connection:
                    status, headers, body = self._ask(connection, address)
                if status != HTTPStatus.SERVICE_UNAVAILABLE or time.monotonic() > patience:
                    break
                time.sleep(0.2)
            if status not in {200, 204}:
                raise AssertionError(f"{address} : {status} {headers} sans panne")
            self._right[address] = _hash(body)

    @property
    def addresses(self) -> Sequence[str]:
        """What is asked."""
        return self._addresses

    def since(self, moment: float) -> list[Seen]:
        """Requests that began, or were under way, from a moment on."""
        return [one for one in list(self.seen) if one.ended >= moment]

    def all_right_since(self, moment: float) -> bool:
        """Whether every address was asked after a moment, each answer right."""
        later = [one for one in list(self.seen) if one.began >= moment]
        return {one.address for one in later} == set(self._addresses) and all(
            one.sort == "juste" for one in later
        )

    def _connect(self, port: int | None = None) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", port or self._port, timeout=PATIENCE)

    @staticmethod
    def _ask(
        connection: http.client.HTTPConnection, address: str
    ) -> tuple[int, dict[str, str], bytes]:
        connection.request("GET", address, headers={"Accept-Encoding": "br, gzip", "Host": _HOST})
        answer = connection.getresponse()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        body = answer.read()
        if headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        elif headers.get("content-encoding") == "br":
            body = brotli.decompress(body)
        return answer.status, headers, body

    def _read(self, number: int) -> None:
        connection = self._connect()
        turn = number * len(self._addresses) // len(self._threads)
        while not self._ending.wait(_PAUSE):
            address = self._addresses[turn % len(self._addresses)]
            turn += 1
            began = time.monotonic()
            sort: Sort = "echec"
            try:
                status, headers, body = self._ask(connection, address)
            except (gzip.BadGzipFile, EOFError, zlib.error, brotli.error):
                why = "illisible"
            except (OSError, http.client.HTTPException) as error:
                why = "délai dépassé" if isinstance(error, socket.timeout) else "connexion perdue"
                connection.close()
                connection = self._connect()
            else:
                sort, why = self._judge(address, status, headers, body)
            self.seen.append(Seen(address, began, time.monotonic(), sort, why))
        connection.close()

    def _judge(
        self, address: str, status: int, headers: dict[str, str], body: bytes
    ) -> tuple[Sort, str]:
        if status in {429, 503} and headers.get("retry-after", "").isdigit():
            return "refus", f"{status} avec Retry-After"
        if status not in {200, 204}:
            return "echec", f"statut {status}"
        if _hash(body) != self._right[address]:
            return "echec", f"autre contenu ({_kind(address)})"
        return "juste", ""


def _kind(address: str) -> str:
    """Name the kind of an address by its first part."""
    return address.partition("?")[0].split("/")[1] or "accueil"


def _hash(body: bytes) -> str:
    return hashlib.sha256(_OF_THE_MOMENT.sub(b"", body)).hexdigest()


def find_addresses(base_url: str, communes: int = 6) -> list[str]:
    """Choose what readers of a site ask: pages, diagnoses, lists, searches, tiles.

    Parameters
    ----------
    base_url
        Of a server, ready.
    communes
        How many communes are asked about.
    """
    port = int(base_url.rpartition(":")[2])
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
        connection.request("GET", f"/ogc/collections/communes/items?f=json&limit={communes}")
        features = json.loads(connection.getresponse().read())["features"]
    found = ["/", "/ogc/collections/lieux/items?f=json&limit=20", "/api/publications"]
    for feature in features:
        code, nom = feature["id"], feature["properties"]["nom"]
        lon, lat = _first_point(feature["geometry"]["coordinates"])
        x, y = _tile(lon, lat)
        found += [
            f"/commune/{code}",
            f"/api/territoires/commune/{code}/diagnostic",
            f"/api/territoires/commune/{code}/lieux",
            f"/api/territoires?q={quote(nom[:5])}",
            f"/tiles/territoires/{_ZOOM}/{x}/{y}.mvt",
            f"/tiles/lieux/{_ZOOM}/{x}/{y}.mvt",
        ]
    return list(dict.fromkeys(found))


def _first_point(coordinates: list[object]) -> tuple[float, float]:
    while isinstance(coordinates[0], list):
        coordinates = coordinates[0]
    lon, lat = coordinates[:2]
    assert isinstance(lon, float | int)
    assert isinstance(lat, float | int)
    return float(lon), float(lat)


def _tile(lon: float, lat: float) -> tuple[int, int]:
    side = 2**_ZOOM
    north = math.asinh(math.tan(math.radians(lat)))
    return int((lon + 180) / 360 * side), int((1 - north / math.pi) / 2 * side)


def reasons(seen: Sequence[Seen]) -> dict[str, int]:
    """Count what was not right, by its reason."""
    return dict(Counter(one.why for one in seen if one.sort != "juste").most_common())
