"""Which network addresses the server may call on somebody else's behalf."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NAT64 = IPv6Network("64:ff9b::/96")
_COMPATIBLE = IPv6Network("::/96")
_GLOBAL_UNICAST = IPv6Network("2000::/3")

# Global for the standard library, in some of its versions, and yet no place of the public internet:
# protocol assignments and documentation, the anycast prefix of 6to4 relays, and the address by
# which Azure's hosts answer their guests.
_INSIDE: tuple[Network, ...] = tuple(
    ip_network(network)
    for network in (
        *("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32"),
        *("2001::/23", "2001:db8::/32", "3fff::/20"),
    )
)


def may_call(address: Address, allowed: Iterable[Network]) -> bool:
    """Whether a connection to the address may be opened: it is global unicast, or in `allowed`.

    Addresses of one protocol wrapped in the other (mapped, compatible, NAT64, 6to4, Teredo) are
    judged by those that they lead to.
    """
    networks = tuple(allowed)
    return all(_is_allowed(inner, networks) for inner in _unwrapped(address))


def _is_allowed(address: Address, allowed: tuple[Network, ...]) -> bool:
    if any(address in network for network in allowed):
        return True
    if address.version == 6 and address not in _GLOBAL_UNICAST:
        return False
    inside = any(address in network for network in _INSIDE)
    return address.is_global and not address.is_multicast and not inside


def _unwrapped(address: Address) -> tuple[Address, ...]:
    if isinstance(address, IPv4Address):
        return (address,)
    if address.teredo is not None:
        return address.teredo
    wrapped = address.ipv4_mapped or address.sixtofour
    if wrapped is None and (address in _NAT64 or (address in _COMPATIBLE and int(address) > 1)):
        wrapped = IPv4Address(int(address) & 0xFFFF_FFFF)
    return (wrapped or address,)
