"""A place in the log: which log (`epoch`) and how far into it (`sequence`)."""

import re
from typing import NamedTuple, Self

_WRITTEN = re.compile(r"([0-9a-z]{1,40})-(0|[1-9][0-9]{0,18})")


class Position(NamedTuple):
    """Opaque to clients: written `EPOCH-SEQUENCE`, at most 64 of `[0-9a-z-]`.

    The epoch changes when a log is restored or replaced, so that a cursor into the old one is
    answered with `reset` instead of being applied to events it never saw.
    """

    epoch: str
    sequence: int

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The position that `text` writes, or None when it writes none."""
        match = _WRITTEN.fullmatch(text)
        return cls(match[1], int(match[2])) if match else None

    def __str__(self) -> str:
        return f"{self.epoch}-{self.sequence}"
