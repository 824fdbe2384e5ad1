"""Changing only what one has seen: entity tags and the condition that a change may carry."""

import re
from dataclasses import dataclass
from typing import Self

from tocsin.model.errors import Code, Refused

_TAG = re.compile(r'(W/)?"([^"]*)"')


def etag(about: str, version: int) -> str:
    """The strong entity tag of one version of the thing whose id is `about`, with its quotes."""
    return f'"{about}.{version}"'


@dataclass(frozen=True)
class Precondition:
    """What `If-Match` asked for (RFC 9110, section 13.1.1). `tags` None: anything that exists."""

    tags: frozenset[str] | None = None

    @classmethod
    def parse(cls, header: str | None) -> Self:
        """The condition that the header states. A weak tag never matches, as the RFC has it."""
        if header is None or header.strip() == "*":
            return cls()
        return cls(frozenset(f'"{tag}"' for weak, tag in _TAG.findall(header) if not weak))

    def check(self, about: str, version: int) -> None:
        """Raise Refused (precondition_failed) when the thing is not as the caller saw it."""
        if self.tags is not None and etag(about, version) not in self.tags:
            raise Refused(
                Code.PRECONDITION_FAILED,
                "It has changed since you read it: read it again, then repeat the change.",
            )
