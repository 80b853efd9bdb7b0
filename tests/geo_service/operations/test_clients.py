"""Who a request is from: proxies, forged headers, and what is written of an address."""

from __future__ import annotations

import pytest

from geo_service.operations.clients import Clients, networks, read_address, shown

OURS = networks("10.0.0.0/8, 2001:db8:ff::/48")


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        # Nobody between: what the client says of itself is nothing.
        ("82.64.1.2", ["1.1.1.1"], "82.64.1.2"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["82.64.1.2"], "82.64.1.2"),
        # Written by the client before it reached our proxy.
        ("10.0.0.1", ["1.1.1.1, 82.64.1.2"], "82.64.1.2"),
        ("10.0.0.1", ["10.9.9.9, 82.64.1.2"], "82.64.1.2"),
        # In a header of its own: the values follow each other.
        ("10.0.0.1", ["1.1.1.1", "82.64.1.2"], "82.64.1.2"),
        # Two of our proxies.
        ("10.0.0.1", ["1.1.1.1, 82.64.1.2, 10.0.0.7"], "82.64.1.2"),
        ("10.0.0.1", ["82.64.1.2:4711"], "82.64.1.2"),
        # Nothing beyond what does not read is believed.
        ("10.0.0.1", ["82.64.1.2, n'importe quoi"], "10.0.0.1"),
        ("10.0.0.1", ["82.64.1.2, , 10.0.0.7"], "10.0.0.7"),
        ("2001:db8:ff::1", ["2a01:e0a:1:2:3:4:5:6"], "2a01:e0a:1:2::/64"),
        ("10.0.0.1", ["[2a01:e0a:1:2::9]:443"], "2a01:e0a:1:2::/64"),
        ("::ffff:10.0.0.1", ["82.64.1.2"], "82.64.1.2"),
    ],
)
def test_the_client_is_the_first_that_is_not_ours(peer: str, forwarded: list[str], client: str):
    assert Clients(OURS).of(peer, [value.encode() for value in forwarded]) == client


def test_no_header_is_believed_where_nobody_named_a_proxy():
    assert Clients(None).of("10.0.0.1", [b"82.64.1.2"]) == "10.0.0.1"
    assert not Clients(None).known
    assert Clients(networks("aucun")).known


def test_a_long_chain_is_read_to_its_bound():
    chain = ", ".join(["82.64.1.2"] + ["10.0.0.7"] * 50)
    assert Clients(OURS).of("10.0.0.1", [chain.encode()]) == "10.0.0.7"


def test_what_is_no_network_is_refused():
    with pytest.raises(ValueError, match="n'est pas un réseau"):
        networks("10.0.0.0/8, ici")


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("82.64.1.2", "82.64.1.0/24"),
        ("2a01:e0a:1:2:3:4:5:6", "2a01:e0a:1::/48"),
        ("2a01:e0a:1:2::/64", "2a01:e0a:1::/48"),
        ("", "?"),
    ],
)
def test_an_address_is_cut(address: str, written: str):
    assert shown(address) == written


def test_addresses_as_proxies_write_them():
    assert str(read_address(" [::1]:80 ")) == "::1"
    assert read_address("unknown") is None
