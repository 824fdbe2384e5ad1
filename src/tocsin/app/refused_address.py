"""Addresses that must not be called on behalf of strangers."""

from collections.abc import Sequence
from ipaddress import ip_address

from tocsin.model.reach import Network, may_call


class RefusedAddress(OSError):  # noqa: N818 - a refusal of ours
    """The target is at an address that must not be called."""


def check(address: str, allowed: Sequence[Network]) -> None:
    """Raises `RefusedAddress` for an address that must not be called; ValueError for none."""
    if not may_call(ip_address(address.partition("%")[0]), allowed):
        raise RefusedAddress(f"{address} must not be called")
