"""Hosts of URLs that are IPv4 addresses, in any of the ways to write one."""

import re
from typing import Final

_ENDS_IN_NUMBER: Final = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)\.?")
_NUMBER: Final = re.compile(r"0x[0-9a-f]+|0[0-7]*|[1-9][0-9]*")
_PARTS: Final = 4


def is_misnumbered(host: str) -> bool:
    """Whether a host, in small letters, is nobody's: it ends in a number, as no name does (WHATWG
    URL, "ends in a number checker"), and is no address to inet_aton, by which we call it."""
    return bool(_ENDS_IN_NUMBER.fullmatch(host)) and not _is_address(host.split("."))


def _is_address(parts: list[str]) -> bool:
    """One to four numbers, the last of which fills what the others leave of the 32 bits."""
    if len(parts) > _PARTS or not all(map(_NUMBER.fullmatch, parts)):
        return False
    *firsts, last = map(_value, parts)
    return all(number < 256 for number in firsts) and last < 256 ** (_PARTS - len(firsts))


def _value(number: str) -> int:
    if number.startswith("0x"):
        return int(number, 16)
    return int(number, 8 if number.startswith("0") else 10)
