"""Who asks: the address of a client behind proxies, and what of it may be written down."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

#: Word of the setting for: there is no proxy, clients are those who connect.
NONE: Final = "aucun"

#: Addresses a process remembers to have looked at.
_REMEMBERED: Final = 4096
#: Hops of ``X-Forwarded-For`` that are read: a chain of proxies of ours is shorter.
_HOPS: Final = 10
#: A network that IPv6 gives to one subscriber (RFC 6177 lets it be larger, never smaller).
_SUBSCRIBER: Final = 64
#: What is left of an address that is written down.
_SHOWN_BITS: Final = {4: 24, 6: 48}


def networks(text: str) -> tuple[Network, ...]:
    """Read a list of networks separated by commas; ``aucun`` is the empty list.

    Raises
    ------
    ValueError
        French sentence, for one that is none.
    """
    found: list[Network] = []
    for item in text.split(","):
        name = item.strip()
        if name in {"", NONE}:
            continue
        try:
            found.append(ip_network(name, strict=False))
        except ValueError:
            raise ValueError(
                f"« {name} » n'est pas un réseau (par exemple 10.0.0.0/8 ou 127.0.0.1)"
            ) from None
    return tuple(found)


def read_address(text: str) -> Address | None:
    """Read an address as proxies write it: with a port or not, IPv6 in brackets or not."""
    name = text.strip()
    if name.startswith("["):
        name = name[1:].partition("]")[0]
    elif name.count(":") == 1:
        name = name.partition(":")[0]
    try:
        found = ip_address(name)
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found


def client_key(address: Address) -> str:
    """Name a client to the limits: the whole IPv4 address, the /64 of an IPv6 one."""
    if isinstance(address, IPv6Address):
        return str(IPv6Network((int(address), _SUBSCRIBER), strict=False))
    return str(address)


def shown(address: str) -> str:
    """Cut an address (or the name of a client) to its /24 (IPv4) or /48 (IPv6): no one's."""
    found = read_address(address.partition("/")[0])
    if found is None:
        return "?"
    return str(ip_network((int(found), _SHOWN_BITS[found.version]), strict=False))


class Clients:
    """Finds the client of a request.

    ``X-Forwarded-For`` is written by each proxy at its right end. It is therefore read from the
    right: the client is the first address that is not one of our proxies, and whatever a client
    wrote in the header itself stands to the left of that, never reached.

    Parameters
    ----------
    proxies
        Networks of our proxies; None where nobody said, and no header is then believed.
    """

    def __init__(self, proxies: Sequence[Network] | None) -> None:
        self._proxies = tuple(proxies or ())
        self.known = proxies is not None
        self._direct = lru_cache(_REMEMBERED)(self._look)

    def _look(self, peer: str) -> tuple[bool, str]:
        """Tell whether an address is that of a proxy of ours, and the name of the client it is."""
        address = read_address(peer)
        if address is None:
            return False, peer
        return self._trusted(address), client_key(address)

    def _trusted(self, address: Address) -> bool:
        return any(
            address.version == network.version and address in network for network in self._proxies
        )

    def through_proxy(self, peer: str) -> bool:
        """Tell whether who connects is one of our proxies: its headers may be believed."""
        return self._direct(peer)[0]

    def of(self, peer: str, forwarded: Sequence[bytes]) -> str:
        """Name the client of a request.

        Parameters
        ----------
        peer
            Address of who is connected.
        forwarded
            Values of ``X-Forwarded-For``, in their order.
        """
        trusted, name = self._direct(peer)
        if not trusted or not forwarded:
            return name
        hops = b",".join(forwarded).decode("latin-1").split(",")
        for hop in hops[: -_HOPS - 1 : -1]:
            address = read_address(hop)
            if address is None:
                break  # what lies beyond was written by nobody we know
            trusted, name = self._direct(str(address))
            if not trusted:
                break
        return name
