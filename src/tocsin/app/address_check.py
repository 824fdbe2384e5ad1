"""Looking where a URL leads to before anything is sent there."""

import asyncio
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from tocsin.app import lookup
from tocsin.model.address_warning import AddressWarning, warnings
from tocsin.model.reach import Address, Network

# How long somebody waits at most for a name to be resolved, in seconds.
_WITHIN_S: Final = 5


class AddressCheck:
    """Tells what speaks against URLs. Lives on the loop.

    It forbids nothing: a name may lead elsewhere by the time of a request, which has a check of its
    own (app/outgoing.py) by the same rule and the same `allowed` networks.
    """

    def __init__(self, allowed: Sequence[Network]) -> None:
        self._allowed = tuple(allowed)

    async def warnings(self, url: str) -> list[AddressWarning]:
        """What speaks against a URL, which has to be one that `model.hook_url` takes."""
        return warnings(url, await _addresses(urlsplit(url).hostname or ""), self._allowed)


async def _addresses(host: str) -> list[Address]:
    """Where the host is; nothing if that cannot be found out in time."""
    try:
        async with asyncio.timeout(_WITHIN_S):
            found = await lookup.look_up(host, None)
    except OSError:  # a timeout is an OSError, too
        return []
    texts = dict.fromkeys(str(address[0]).partition("%")[0] for *_, address in found)
    return [ip_address(text) for text in texts]
