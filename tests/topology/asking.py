"""Readers: one question through the proxy, and a crowd that asks without a pause."""

from __future__ import annotations

import gzip
import http.client
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

import brotli

from tests.topology.servers import HOST, Proxy

#: Seconds between an answer and the next question of a reader: the servers need some of the
#: processors to start.
_PAUSE = 0.025


@dataclass(frozen=True)
class Answer:
    """What came: status, headers by name in lower case, bytes as they were sent."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def cache(self) -> str:
        """What the proxy did: ``HIT``, ``MISS``, ``EXPIRED``, ``STALE``; empty: nothing."""
        return self.headers.get("x-cache", "")

    @property
    def plain(self) -> bytes:
        """The content, decoded."""
        coding = self.headers.get("content-encoding", "identity")
        if coding == "gzip":
            return gzip.decompress(self.body)
        return bytes(brotli.decompress(self.body)) if coding == "br" else self.body


@lru_cache
def trusting(certificate: Path) -> ssl.SSLContext:
    """Make a context that trusts one certificate and no other."""
    return ssl.create_default_context(cafile=certificate)


def connect(proxy: Proxy, name: str = HOST) -> ssl.SSLSocket:
    """Open a TLS connection, asking for a name."""
    plain = socket.create_connection(("127.0.0.1", proxy.port), timeout=60)
    return trusting(proxy.certificate).wrap_socket(plain, server_hostname=name)


def ask(
    proxy: Proxy, path: str, headers: Mapping[str, str] | None = None, *, method: str = "GET"
) -> Answer:
    """Ask one thing on a connection of its own, the certificate checked."""
    connection = http.client.HTTPSConnection(
        HOST, proxy.port, timeout=60, context=trusting(proxy.certificate)
    )
    try:
        connection.request(method, path, headers=dict(headers or {}))
        answer = connection.getresponse()
        told = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, told, answer.read())
    finally:
        connection.close()


class Readers:
    """A crowd on kept connections, asking from its entry to its exit, 40 times a second each.

    Parameters
    ----------
    proxy
        Who is asked.
    address
        Gives the path of each question from its number; another one each time is kept by no cache.
    crowd
        Readers at once.

    Attributes
    ----------
    seen
        How often each status came; what is no status is the name of an error.
    """

    def __init__(self, proxy: Proxy, address: Callable[[int], str], crowd: int = 3) -> None:
        self.proxy = proxy
        self.seen: Counter[str] = Counter()
        self._address = address
        self._number = count()
        self._told = threading.Condition()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._read) for _ in range(crowd)]

    def __enter__(self) -> Self:
        """Begin."""
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End, once each reader has its last answer."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def wait_for(self, more: int) -> None:
        """Wait until that many more answers have come."""
        with self._told:
            wanted = self.seen.total() + more
            if not self._told.wait_for(lambda: self.seen.total() >= wanted, timeout=60):
                raise TimeoutError(f"{self.seen} after a minute")

    def _read(self) -> None:
        connection = http.client.HTTPSConnection(
            HOST, self.proxy.port, timeout=60, context=trusting(self.proxy.certificate)
        )
        try:
            while not self._stop.wait(_PAUSE):
                try:
                    connection.request("GET", self._address(next(self._number)))
                    answer = connection.getresponse()
                    answer.read()
                    what = str(answer.status)
                except (OSError, http.client.HTTPException) as error:
                    what = type(error).__name__
                    connection.close()
                with self._told:
                    self.seen[what] += 1
                    self._told.notify_all()
        finally:
            connection.close()
