"""Which addresses count as one, and which are in a network."""

from ipaddress import ip_network

import pytest

from tocsin.model.network import is_within, network

LOOPBACK = [ip_network("127.0.0.0/8"), ip_network("::1/128")]


@pytest.mark.parametrize(
    ("address", "counts_as"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::2%eth0", "2001:db8:1:2::/64"),
        ("", ""),
        ("testclient", "testclient"),
    ],
)
def test_what_a_single_customer_has_counts_as_one(address: str, counts_as: str) -> None:
    assert network(address) == counts_as


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        ("127.8.0.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("::2", False),
        ("192.0.2.1", False),
        ("localhost", False),
        ("", False),
    ],
)
def test_an_address_is_looked_for_in_every_network(address: str, inside: bool) -> None:
    assert is_within(address, LOOPBACK) is inside
    assert not is_within(address, [])
