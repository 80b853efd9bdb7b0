"""One request, redirections included: every hop checked, the body bounded in size and time."""

from __future__ import annotations

import email.utils
import ssl
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx

from etl.errors import EtlError
from etl.fetch.hosts import check_public, resolve, shown

#: Longest wait for a connection, and for the next bytes, seconds.
CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 30.0
#: Redirections followed.
MAX_HOPS = 5
_CHUNK = 1 << 18
_DEFAULT_PORTS = {"http": 80, "https": 443}
#: Answers that say to come back later (RFC 9110; 425 and 429: RFC 8470, RFC 6585).
_TRY_AGAIN = frozenset({408, 425, 429})
_NOT_MODIFIED, _OK, _GONE, _SERVER_FAULT = 304, 200, (404, 410), 500
_REDIRECTIONS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True)
class Asking:
    """A file to ask for, and within which bounds.

    Attributes
    ----------
    source : str
        Name of the source, for messages.
    address : str
    etag, last_modified : str or None
        What is known of the copy already kept.
    max_bytes : int
        Largest body, decoded.
    deadline : float
        When to give up, on the clock of `time.monotonic`.
    private : bool
        Whether servers of private networks may be asked.
    """

    source: str
    address: str
    etag: str | None
    last_modified: str | None
    max_bytes: int
    deadline: float
    private: bool


@dataclass(frozen=True)
class Answer:
    """A file that was got: where it is, and what its server says of it."""

    path: Path
    etag: str | None
    last_modified: str | None


class NotModified(Exception):  # noqa: N818 (an answer, not a fault)
    """The copy already kept is the right one."""


class UnavailableError(EtlError):
    """The file cannot be had now.

    Attributes
    ----------
    wait : float or None
        Seconds that the server asks to wait before another try.
    """

    def __init__(self, message: str, wait: float | None = None) -> None:
        super().__init__(message)
        self.wait = wait


class GoneError(UnavailableError):
    """The file cannot be had, and asking again would not help."""


def get(asking: Asking, target: Path) -> Answer:
    """Ask for a file and write it.

    Raises
    ------
    NotModified
        If the copy already kept is the right one.
    UnavailableError
        If the server does not give it; `GoneError` when asking again is of no use.
    EtlError
        If an address on the way is not allowed.
    """
    address = asking.address
    for _ in range(MAX_HOPS + 1):
        with _opened(asking, address) as response:
            if response.status_code in _REDIRECTIONS:
                address = _next(asking, address, response.headers.get("location", ""))
                continue
            _check_status(asking, response)
            _save(asking, response, target)
            headers = response.headers
            return Answer(target, headers.get("etag"), headers.get("last-modified"))
    raise GoneError(
        f"L'adresse de la source « {asking.source} » renvoie plus de {MAX_HOPS} fois vers une "
        f"autre : {shown(asking.address)}. Ouvrez-la dans un navigateur, et donnez la dernière."
    )


def _next(asking: Asking, address: str, location: str) -> str:
    """Where a redirection leads; never from an encrypted address to one that is not."""
    target = urljoin(address, location)
    schemes = {"https"} if urlsplit(address).scheme == "https" else {"http", "https"}
    if not location or urlsplit(target).scheme not in schemes:
        raise GoneError(
            f"L'adresse de la source « {asking.source} » renvoie vers une autre qui n'est pas "
            f"admise ({shown(target)}) : elle n'a pas été suivie. Vérifiez l'adresse auprès du "
            "producteur."
        )
    return target


@contextmanager
def _opened(asking: Asking, address: str) -> Iterator[httpx.Response]:
    """Ask one address, at an IP address that was checked; word what goes wrong."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port or _DEFAULT_PORTS[parts.scheme]
        url = httpx.URL(address)
    except (ValueError, KeyError, httpx.InvalidURL):
        raise EtlError(
            f"L'adresse de la source « {asking.source} » n'en est pas une : {shown(address)}. "
            "Corrigez-la dans la configuration de l'atlas."
        ) from None
    headers = {"User-Agent": "atlas-internet-citoyen", "Accept-Encoding": "identity"}
    if asking.etag:
        headers["If-None-Match"] = asking.etag
    if asking.last_modified:
        headers["If-Modified-Since"] = asking.last_modified
    proxy = _proxy(parts.scheme, host)
    try:
        targets = _targets(asking, address, host, port, proxied=proxy is not None)
        with httpx.Client(
            verify=ssl.create_default_context(),
            trust_env=False,
            proxy=proxy,
            timeout=_timeout(asking),
        ) as client:
            for position, target in enumerate(targets, start=1):
                request = client.build_request("GET", url, headers=headers)
                if target is not None:
                    # The name stays in the Host header and in the certificate that is wanted.
                    request.url = url.copy_with(host=target)
                    request.extensions["sni_hostname"] = host
                try:
                    response = client.send(request, stream=True)
                except httpx.ConnectError:
                    if position == len(targets):
                        raise
                    continue
                with closing(response):
                    yield response
                return
    except (httpx.TransportError, httpx.DecodingError) as error:
        raise UnavailableError(_unreachable(asking, address, _reason(error))) from None


def _targets(
    asking: Asking, address: str, host: str, port: int, *, proxied: bool
) -> list[str | None]:
    """IP addresses to connect to, checked; None for the name itself, that a proxy resolves."""
    try:
        found = resolve(host, port)
    except OSError:
        if proxied:
            return [None]
        reason = "le nom du serveur est inconnu"
        raise UnavailableError(_unreachable(asking, address, reason)) from None
    if not asking.private:
        check_public(asking.source, address, found)
    return [None] if proxied else [*found]


def _proxy(scheme: str, host: str) -> str | None:
    """Find the proxy that the environment sets for a host, as every other program uses it."""
    if urllib.request.proxy_bypass(host):
        return None
    return urllib.request.getproxies().get(scheme)


def _timeout(asking: Asking) -> httpx.Timeout:
    left = max(0.1, asking.deadline - time.monotonic())
    return httpx.Timeout(min(READ_TIMEOUT, left), connect=min(CONNECT_TIMEOUT, left))


def _check_status(asking: Asking, response: httpx.Response) -> None:
    code = response.status_code
    if code == _NOT_MODIFIED:
        raise NotModified
    if code == _OK:
        return
    message = (
        f"L'adresse de la source « {asking.source} » répond une erreur {code} : "
        f"{shown(asking.address)}. Vérifiez-la dans un navigateur, et corrigez-la dans la "
        "configuration si elle a changé."
    )
    if code >= _SERVER_FAULT or code in _TRY_AGAIN:
        raise UnavailableError(message, _retry_after(response.headers.get("retry-after")))
    raise GoneError(message)


def _retry_after(value: str | None) -> float | None:
    """Seconds to wait, given as such or as a date (RFC 9110, 10.2.3)."""
    if value is None:
        return None
    if value.isdecimal():
        return float(value[:9])
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return None


def _save(asking: Asking, response: httpx.Response, target: Path) -> None:
    size = 0
    with target.open("wb") as stream:
        for chunk in response.iter_bytes(_CHUNK):
            size += len(chunk)
            if size > asking.max_bytes:
                raise GoneError(
                    f"Le fichier de la source « {asking.source} » dépasse "
                    f"{asking.max_bytes // 1_000_000} Mo : téléchargement arrêté. Vérifiez "
                    f"l'adresse {shown(asking.address)}, ou élevez « taille_max_mo »."
                )
            if time.monotonic() > asking.deadline:
                raise GoneError(
                    f"Le téléchargement de la source « {asking.source} » est trop lent : il n'a "
                    f"pas abouti dans le temps admis ({shown(asking.address)}). Relancez plus "
                    "tard, ou élevez « duree_max_s »."
                )
            stream.write(chunk)


def _reason(error: Exception) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "le serveur ne répond pas à temps"
    if isinstance(error, httpx.RemoteProtocolError | httpx.ReadError):
        return "la réponse a été coupée"
    if isinstance(error, httpx.DecodingError):
        return "la réponse est illisible"
    if "CERTIFICATE" in str(error):
        return "le certificat du serveur n'est pas valable"
    return "connexion refusée ou interrompue"


def _unreachable(asking: Asking, address: str, reason: str) -> str:
    return (
        f"L'adresse de la source « {asking.source} » est injoignable : {shown(address)} "
        f"({reason}). Vérifiez que cette machine est reliée à Internet, puis relancez."
    )
