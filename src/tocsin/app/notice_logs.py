"""Past notices of some classes, for `rpc/logs`."""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection

from tocsin.model.event import Event
from tocsin.store import log, notices
from tocsin.store.notices import Stretch
from tocsin.wire import sysadm, sysadm_logs
from tocsin.wire.sysadm_logs import PastNotice, Span

# Of each class so many are given, and so many bytes of all: many clients take no message beyond
# 1 MiB. The newest are.
_EACH = 1_000
_BYTES = 1_000_000

# Read at once, since a notice can have 256 KiB.
_PART = 50


class _Budget(NamedTuple):
    """Notices of a class, newest first, and the room that they left."""

    told: list[PastNotice]
    room: int


def read(conn: Connection, classes: tuple[str, ...], span: Span) -> bytes:
    """What `rpc/logs` answers."""
    epoch = log.facts(conn).epoch
    ends = (log.sequence_at(conn, moment) for moment in span)
    stretch = Stretch(*ends)
    found: dict[str, list[PastNotice]] = {}
    room = _BYTES
    for class_ in classes:
        told, room = _fitting(_newest_first(conn, class_, stretch), epoch, room)
        found[class_] = told[::-1]
    return sysadm_logs.render(found)


def _fitting(events: Iterator[Event], epoch: str, room: int) -> _Budget:
    told: list[PastNotice] = []
    for event in events:
        args = sysadm.args(event, epoch)
        if len(args) > room:
            break
        room -= len(args)
        told.append(PastNotice(event.recorded_ms, args))
    return _Budget(told, room)


def _newest_first(conn: Connection, class_: str, stretch: Stretch) -> Iterator[Event]:
    for _ in range(0, _EACH, _PART):
        part = notices.newest(conn, class_, stretch, _PART)
        yield from part
        if len(part) < _PART:
            return
        stretch = stretch._replace(until=part[-1].sequence - 1)
