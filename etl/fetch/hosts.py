"""Which servers may be asked, and how an address is shown to people.

A file of sources must not make this machine ask itself, its neighbours or the metadata service of
its host for it (server-side request forgery, OWASP A10:2021). The name is resolved here, all its
addresses are checked, and the connection is made to one of them: resolving again could give another
(DNS rebinding).
"""

from __future__ import annotations

import ipaddress
import re
import socket
from urllib.parse import urlsplit, urlunsplit

from etl.errors import EtlError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

#: IPv4 addresses in IPv6 ones, that a translator of the network gives back (RFC 6052).
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
#: Parameters of an address that open a door.
_SECRETS = re.compile(
    r"((?:^|[&;])[^=&;]*(?:token|key|cle|secret|passw|mot_?de_?passe|signature|sig|auth|credential)"
    r"[^=&;]*=)[^&;]*",
    re.IGNORECASE,
)


def shown(address: str) -> str:
    """Write an address without what it may hold of secret: name, password, tokens."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "(adresse illisible)"
    if not parts.netloc:
        return address
    query = _SECRETS.sub(r"\1…", parts.query)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, query, ""))


def resolve(host: str, port: int) -> list[str]:
    """Addresses of a host, in the order in which the system would try them.

    Raises
    ------
    OSError
        If the name is unknown or the resolver out of reach.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def check_public(nom: str, address: str, resolved: list[str]) -> None:
    """Check that all the addresses a host resolves to are of the public Internet.

    Parameters
    ----------
    nom : str
        Name of the source.
    address : str
        What is asked, for the message.
    resolved : list of str
        IP addresses.

    Raises
    ------
    EtlError
        If one is of this machine, of a private network, or reserved.
    """
    if all(is_public(one) for one in resolved):
        return
    host = urlsplit(address).hostname
    raise EtlError(
        f"L'adresse de la source « {nom} » mène à cette machine ou à un réseau privé "
        f"({host}) : elle n'a pas été demandée. Si ce serveur est bien le vôtre, autorisez-le par "
        "« telechargement = { adresses_privees = true } » dans la source, ou "
        "« adresses_privees = true » dans [atlas]."
    )


def is_public(text: str) -> bool:
    """Whether an IP address is of the public Internet, and not one of this machine."""
    address = ipaddress.ip_address(text.partition("%")[0])
    return all(_is_global(one) for one in _meant(address)) and not _is_own(address)


def _meant(address: Address) -> list[Address]:
    """List the address, and the IPv4 one it stands for."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    inner = address.ipv4_mapped or address.sixtofour
    if inner is None and address in _NAT64:
        inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if inner is not None:
        return [inner]
    return [address, *(address.teredo or ())]


def _is_global(address: Address) -> bool:
    # Site-local addresses (fec0::/10, withdrawn by RFC 3879) are still some networks' own.
    local = isinstance(address, ipaddress.IPv6Address) and address.is_site_local
    return address.is_global and not (address.is_multicast or address.is_reserved or local)


def _is_own(address: Address) -> bool:
    """Whether the system would reach an address from that same address; sends nothing."""
    family = socket.AF_INET if isinstance(address, ipaddress.IPv4Address) else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((str(address), 9))
            return str(probe.getsockname()[0]) == str(address)
    except OSError:
        return False
