"""What speaks against the URL of an endpoint, as far as can be said before anything is sent to it
(spec: webhooks, "Endpoint")."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import urlsplit

from tocsin.model.reach import Address, Network, may_call


class WarningCode(StrEnum):
    """What may be wrong with a URL."""

    DNS = "dns"
    REFUSED_ADDRESS = "refused_address"
    NOT_HTTPS = "not_https"


class AddressWarning(NamedTuple):
    """One thing that may be wrong, and in words for people what follows from it."""

    code: WarningCode
    detail: str


def warnings(
    url: str, addresses: Sequence[Address], allowed: Sequence[Network]
) -> list[AddressWarning]:
    """What speaks against a URL whose host is at these addresses; none: it could not be found."""
    host = urlsplit(url).hostname or ""
    if not addresses:
        told = f"{host} could not be found. Nothing arrives there until its name can be resolved."
        return [AddressWarning(WarningCode.DNS, told)]
    return [*_refused(host, addresses, allowed), *_readable(url, addresses)]


def _refused(
    host: str, addresses: Sequence[Address], allowed: Sequence[Network]
) -> Iterator[AddressWarning]:
    refused = [str(one) for one in addresses if not may_call(one, allowed)]
    if refused:
        where = "" if refused == [host] else f" ({', '.join(refused)})"
        told = (
            f"Nothing is sent to {host}{where}, which is not on the public internet. The setting "
            "webhooks.allow_networks can allow it."
        )
        yield AddressWarning(WarningCode.REFUSED_ADDRESS, told)


def _readable(url: str, addresses: Sequence[Address]) -> Iterator[AddressWarning]:
    if url.startswith("http://") and any(may_call(one, ()) for one in addresses):
        told = "Everybody on the way can read what is sent by http over the internet; use https."
        yield AddressWarning(WarningCode.NOT_HTTPS, told)
