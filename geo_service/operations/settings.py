"""Settings of what is told of the service and of its limits (``GEO_…``)."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from geo_service.operations.clients import Network, networks

_PORTS = 65535


def read_listening(text: str) -> tuple[str, int]:
    """Read ``address:port``.

    Raises
    ------
    ValueError
        French sentence, for what is none.
    """
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 1 <= int(port) <= _PORTS:
        raise ValueError("la forme attendue est « adresse:port », par exemple 127.0.0.1:9464")
    return host.strip("[]"), int(port)


def _listening(text: str) -> str:
    read_listening(text)
    return text


def _networks(text: str) -> str:
    networks(text)
    return text


def _public_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        named = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        named = False
    else:
        named = named and parts.scheme in {"http", "https"} and "@" not in parts.netloc
        named = named and not (parts.path.strip("/") or parts.query or parts.fragment)
    if not named:
        raise ValueError("la forme attendue est « https://atlas.exemple.fr », sans chemin")
    return text.rstrip("/")


class OperationSettings(BaseSettings):
    """Observation, limits and shutdown.

    Attributes
    ----------
    metrics
        ``address:port`` where Prometheus reads ``/metrics``; ``None``: nowhere. Never the port of
        the public: behind a proxy on this machine, everybody comes from this machine.
    log_clients
        Whether the network (/24, /48) of the client is in the lines of the log.
    log_tiles
        One tile in so many has a line in the log; 0: none has.
    public_url
        Origin of the service as the public sees it: absolute links follow it, and nothing else.
        ``None``: they follow the ``Host`` of the request.
    trusted_proxies
        Networks of our proxies, whose ``X-Forwarded-…`` are believed; ``aucun``: clients connect
        to the service itself; ``None``: nobody said, so clients cannot be told apart, and have no
        limit of their own.
    limit_rate, limit_burst
        Tokens a second of each client, and tokens it may have saved; see
        :mod:`geo_service.operations.costs`. A rate of 0 is no limit.
    limit_url, limit_parameters, limit_headers
        Bytes of path and query; parameters; bytes of headers.
    limit_queue_ms
        Milliseconds a request may have waited in one turn of the event loop before it is refused;
        it takes two turns.
    limit_connections
        Connections open at once in a process, idle ones too.
    limit_idle_seconds
        Seconds in which a client must have sent its headers, on a new connection or a kept one.
    drain_seconds
        Seconds between the order to stop (SIGTERM) and the end of listening.
    share_port
        Whether another server may listen to the same port: the next version, started before this
        one stops.
    """

    model_config = SettingsConfigDict(env_prefix="GEO_", env_ignore_empty=True, frozen=True)

    metrics: Annotated[str, AfterValidator(_listening)] | None = None
    log_clients: bool = False
    log_tiles: int = Field(default=0, ge=0)
    public_url: Annotated[str, AfterValidator(_public_url)] | None = None
    trusted_proxies: Annotated[str, AfterValidator(_networks)] | None = None
    limit_rate: float = Field(default=50, ge=0, le=1_000_000)
    limit_burst: float = Field(default=500, ge=1, le=1_000_000)
    limit_url: int = Field(default=8192, ge=256, le=32_768)
    limit_parameters: int = Field(default=64, ge=1, le=1000)
    limit_headers: int = Field(default=16_384, ge=1024, le=65_536)
    limit_queue_ms: int = Field(default=500, ge=10, le=60_000)
    limit_connections: int = Field(default=16_384, ge=64, le=1_000_000)
    limit_idle_seconds: int = Field(default=30, ge=1, le=600)
    drain_seconds: float = Field(default=3, ge=0, le=300)
    share_port: bool = False

    @property
    def proxies(self) -> tuple[Network, ...] | None:
        """Networks of our proxies; None where nobody said."""
        return None if self.trusted_proxies is None else networks(self.trusted_proxies)
