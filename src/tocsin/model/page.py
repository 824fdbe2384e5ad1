"""The status page: which components it shows, in which order."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

# The page that answers when no other page has the request's host. It exists from the start.
MAIN = "main"


def host_name(host: str) -> str:
    """The name in a Host header, in lower case: without port, and without the dot of the root."""
    name = host[: host.find("]") + 1] if host.startswith("[") else host.partition(":")[0]
    return name.rstrip(".").lower()


class Visibility(StrEnum):
    """Who may see a page: everyone, or the bearers of its bypass token and the signed-in."""

    PUBLIC = "public"
    PRIVATE = "private"


@dataclass(frozen=True)
class Group:
    """Components shown together. The ungrouped ones stand in a group without id and name."""

    id: str | None
    name: str | None
    component_ids: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    """A status page. `hosts` are the Host headers that choose it, the first one for its links."""

    id: str
    slug: str
    name: str
    description: str
    hosts: tuple[str, ...]
    timezone: str
    visibility: Visibility
    groups: tuple[Group, ...]
    created_at: int

    @cached_property
    def component_ids(self) -> tuple[str, ...]:
        """All its components, in page order."""
        return tuple(self._in_order())

    def _in_order(self) -> Iterator[str]:
        for group in self.groups:
            yield from group.component_ids
