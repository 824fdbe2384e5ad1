"""The state of the host that the server runs on, as the notice `system-state` tells it.

Fields and priorities after sysadm's (reference: originals, 3.5), with disks for its pools.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tocsin.model.notice import NewNotice

CLASS = "system-state"

# Priorities: nothing to see, another host name than before, a disk more than 90 % full.
_CALM, _RENAMED, _FULL = 0, 3, 6
_FULL_PERCENT = 90


@dataclass(frozen=True)
class Space:
    """Memory, or the disk under a mount point: bytes in all, and bytes that can be had."""

    size: int
    free: int

    @property
    def used_percent(self) -> int:
        """How full it is, in whole percent, rounded down."""
        return (self.size - self.free) * 100 // self.size if self.size else 0

    def told(self) -> dict[str, object]:
        """As a member of the notice."""
        return {"size": self.size, "free": self.free, "capacity": f"{self.used_percent}%"}


@dataclass(frozen=True)
class Reading:
    """One look at the host. `load` is the run queue's length over the last 1, 5, 15 minutes."""

    hostname: str
    load: tuple[float, float, float]
    memory: Space
    disks: Mapping[str, Space]


def notice_of(now: Reading, before: Reading | None) -> NewNotice:
    """What subscribers are told of a reading, after the one before it."""
    renamed = before is not None and before.hostname != now.hostname
    args: dict[str, object] = {"hostname": now.hostname}
    if renamed:
        args["hostnamechanged"] = "true"
    args |= {
        "load": [round(each, 2) for each in now.load],
        "memory": now.memory.told(),
        "disks": {mount: disk.told() for mount, disk in now.disks.items()},
    }
    return NewNotice(CLASS, priority=_priority(now, renamed), args=args)


def _priority(now: Reading, renamed: bool) -> int:
    if any(disk.used_percent > _FULL_PERCENT for disk in now.disks.values()):
        return _FULL
    return _RENAMED if renamed else _CALM
