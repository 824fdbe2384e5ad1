"""Network addresses, as far as they tell one client from another."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network


def network(address: str) -> str:
    """What counts as one address: of IPv6 the /64 that a single customer has."""
    parsed = _parsed(address)
    if parsed is None:
        return address
    if isinstance(parsed, IPv6Address):
        return str(ip_network((int(parsed), 64), strict=False))
    return str(parsed)


def is_within(address: str, networks: Iterable[IPv4Network | IPv6Network]) -> bool:
    """Whether the address is in one of the networks."""
    parsed = _parsed(address)
    return parsed is not None and any(parsed in each for each in networks)


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    """The address without its zone; an IPv4 address also where IPv6 carries it."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    return (parsed.ipv4_mapped or parsed) if isinstance(parsed, IPv6Address) else parsed
