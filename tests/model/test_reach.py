"""No address that a stranger gives leads into somebody's own network."""

from ipaddress import ip_address, ip_network

import pytest

from tocsin.model.reach import may_call

PUBLIC = [
    "8.8.8.8",
    "1.1.1.1",
    "2606:4700:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
    "2002:808:808::1",
]

INSIDE = [
    "0.0.0.0",
    "0.1.2.3",
    "10.1.2.3",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:127.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::8.8.8.8",
    "100::1",
    "2001:0:808:808::f5ff:fffe",
    "2001:0:7f00:1::f7f7:f7f7",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_may_be_called(address: str) -> None:
    assert may_call(ip_address(address), ())


@pytest.mark.parametrize("address", INSIDE)
def test_all_others_may_not(address: str) -> None:
    assert not may_call(ip_address(address), ())


def test_what_the_operator_allows_may_be_called_in_every_writing() -> None:
    allowed = [ip_network("127.0.0.0/8"), ip_network("fd00::/8")]
    for address in ("127.0.0.1", "::ffff:127.0.0.1", "64:ff9b::127.0.0.1", "fd12::1"):
        assert may_call(ip_address(address), allowed)
    for address in ("10.0.0.1", "::1", "::ffff:10.0.0.1", "fe80::1"):
        assert not may_call(ip_address(address), allowed)


def test_an_address_that_leads_to_two_needs_leave_for_both() -> None:
    teredo = ip_address("2001:0:808:808::f5ff:fffe")  # server 8.8.8.8, client 10.0.0.1
    assert not may_call(teredo, ())
    assert may_call(teredo, [ip_network("10.0.0.0/8")])
