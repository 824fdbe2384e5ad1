"""Reading the log page by page, as JSON."""

from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection

from tocsin.model.position import Position
from tocsin.model.resume import Anchor, Moment, Verdict, verdict
from tocsin.model.topic import TopicFilter
from tocsin.store import log
from tocsin.store.log import LogFacts
from tocsin.wire import cloudevents

# A page ends early once it is so long, and is read in parts of so many events at once, since an
# event can have 256 KiB.
_PAGE_BYTES = 8 * 1024 * 1024
_PART_EVENTS = 100


@dataclass(frozen=True)
class Asked:
    """At most `limit` events of these topics that stand after `since`."""

    topics: TopicFilter
    since: Position | Anchor | Moment
    limit: int


class HistoryPage(NamedTuple):
    """`{"data", "next", "head"}` as JSON, and how it continues what the reader had."""

    body: bytes
    verdict: Verdict


def read(conn: Connection, asked: Asked) -> HistoryPage:
    """The events that `asked` chooses, oldest first.

    Short or empty, with a `next` that lies further on, when few events match: the work of one call
    is bounded. Who has `next` equal to `head` has everything.
    """
    facts = log.facts(conn)
    place = _place(conn, asked.since, facts.epoch)
    said = verdict(place, facts.epoch, facts.head, facts.first_available)
    events, scanned = _events(conn, asked, said.after, facts)
    body = b'{"data":[%b],"next":"%b","head":"%b"}' % (
        b",".join(events),
        str(Position(facts.epoch, scanned)).encode(),
        str(Position(facts.epoch, facts.head)).encode(),
    )
    return HistoryPage(body, said)


def _place(conn: Connection, since: Position | Anchor | Moment, epoch: str) -> Position | Anchor:
    if isinstance(since, Moment):
        return Position(epoch, log.sequence_at(conn, since.time_ms))
    return since


def _events(conn: Connection, asked: Asked, after: int, facts: LogFacts) -> tuple[list[bytes], int]:
    """The rendered events, and the sequence up to which the log has been looked at."""
    found: list[bytes] = []
    size = 0
    for _ in range(0, asked.limit, _PART_EVENTS):
        part = min(_PART_EVENTS, asked.limit - len(found))
        page = log.page(conn, asked.topics, after, facts.head, part)
        rendered = [cloudevents.render(event, facts.epoch) for event in page.events]
        found += rendered
        after = page.scanned
        size += sum(map(len, rendered))
        if len(rendered) < part or size > _PAGE_BYTES:
            break
    return found, after
