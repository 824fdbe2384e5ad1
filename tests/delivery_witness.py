"""What a receiver of webhooks saw, held against what was promised of order, loss and repetition."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from tocsin.model.delivery import State
from tocsin.model.endpoint import Order


class Seen(NamedTuple):
    """One request as the receiver saw it: in which life of the server (from 0), what its headers
    said, and whether the answer ended the matter (it was taken, or refused for good)."""

    life: int
    key: str
    webhook_id: str
    ordinal: int
    previous_id: str | None
    superseded: int
    final: bool


class Row(NamedTuple):
    """A delivery as the server has it."""

    key: str
    webhook_id: str
    ordinal: int
    state: State


@dataclass
class Evidence:
    """All that one receiver saw, in the order in which it came, and what the server had written
    down when each of its lives was over, the last one included."""

    order: Order
    seen: Sequence[Seen]
    lives: Sequence[Sequence[Row]]
    _states: list[dict[str, State]] = field(init=False)

    def __post_init__(self) -> None:
        self._states = [{row.webhook_id: row.state for row in rows} for rows in self.lives]

    @property
    def states(self) -> Mapping[str, State]:
        """How everything stood in the end."""
        return self._states[-1]

    def was_in_flight(self, one: Seen) -> bool:
        """Whether the server died before it had written down what became of a request."""
        return self._states[one.life].get(one.webhook_id) is State.SENDING

    def was_settled(self, webhook_id: str, lives: range) -> bool:
        """Whether one of these lives left it settled."""
        ended = (State.DELIVERED, State.FAILED, State.SUPERSEDED, State.CANCELLED)
        return any(self._states[life].get(webhook_id) in ended for life in lives)


def violations(of: Evidence) -> list[str]:
    """All promises that were broken; none is as it should be."""
    found = [*_unfinished(of), *_repeated(of), *_misplaced(of)]
    match of.order:
        case Order.STRICT:
            found += [*_disordered(of), *_missing(of)]
        case Order.SUPERSEDE:
            found += [*_outdated(of), *_unaccounted(of)]
        case Order.NONE:
            found += _missing(of)
    return found


def _unfinished(of: Evidence) -> Iterator[str]:
    passed_over = of.order is Order.SUPERSEDE
    for row in of.lives[-1]:
        if row.state is State.SUPERSEDED and passed_over:
            continue
        if row.state not in (State.DELIVERED, State.FAILED):
            yield f"{row.webhook_id} ended as {row.state}"


def _repeated(of: Evidence) -> Iterator[str]:
    """Once the matter was ended nothing of it comes again, but for what was in flight when the
    server died: that may, in the lives after, until it is settled."""
    ended: dict[str, Seen] = {}
    for one in of.seen:
        before = ended.get(one.webhook_id)
        if before is not None:
            yield from _repetition(of, before, one)
        if one.final and before is None:
            ended[one.webhook_id] = one


def _repetition(of: Evidence, before: Seen, again: Seen) -> Iterator[str]:
    if again.life == before.life:
        yield f"{again.webhook_id} came again in one life"
    elif not of.was_in_flight(before):
        yield f"{again.webhook_id} came again although it was not in flight"
    elif of.was_settled(again.webhook_id, range(before.life, again.life)):
        yield f"{again.webhook_id} came again after it was settled"


def _misplaced(of: Evidence) -> Iterator[str]:
    """The place of each among those of its key, and the one before it, are what they are for all
    tries and in all rows; places have no hole."""
    for key, rows in _by_key(of.lives[-1]).items():
        if sorted(rows) != list(range(1, len(rows) + 1)):
            yield f"{key} has the places {sorted(rows)}"
    by_id = {row.webhook_id: row for row in of.lives[-1]}
    ids = {(row.key, row.ordinal): row.webhook_id for row in of.lives[-1]}
    for one in of.seen:
        row = by_id.get(one.webhook_id)
        if row is None or (row.key, row.ordinal) != (one.key, one.ordinal):
            yield f"{one.webhook_id} said it was {one.ordinal} of {one.key}, but is {row}"
        if one.previous_id != ids.get((one.key, one.ordinal - 1)):
            yield f"{one.webhook_id} said that it came after {one.previous_id}"


def _disordered(of: Evidence) -> Iterator[str]:
    """Nobody asks for the next of a key before the one before it is ended."""
    reached: dict[str, int] = defaultdict(int)
    for one in of.seen:
        if one.ordinal > reached[one.key] + 1:
            yield f"{one.key}: {one.ordinal} came when {reached[one.key]} was the last to end"
        if one.final:
            reached[one.key] = max(reached[one.key], one.ordinal)


def _missing(of: Evidence) -> Iterator[str]:
    ended = {one.webhook_id for one in of.seen if one.final}
    for row in of.lives[-1]:
        if row.webhook_id not in ended:
            yield f"{row.webhook_id} is missing"


def _outdated(of: Evidence) -> Iterator[str]:
    """Who has taken one is not told an older one any more, and all end with the newest."""
    newest = {key: max(rows) for key, rows in _by_key(of.lives[-1]).items()}
    reached: dict[str, int] = defaultdict(int)
    for one in of.seen:
        if one.ordinal < reached[one.key]:
            yield f"{one.key}: {one.ordinal} came after {reached[one.key]}"
        if one.final:
            reached[one.key] = max(reached[one.key], one.ordinal)
    for key, ordinal in newest.items():
        if reached[key] != ordinal:
            yield f"{key} ended with {reached[key]} instead of {ordinal}"


def _unaccounted(of: Evidence) -> Iterator[str]:
    """By its headers the receiver knows exactly what it was not told.

    What the server counts as superseded although it was taken was in flight when the server died.
    """
    said = {one.webhook_id: one.superseded for one in of.seen}
    ended: dict[str, Seen] = {}
    for one in of.seen:
        if one.final:
            ended.setdefault(one.webhook_id, one)
    for key, rows in _by_key(of.lives[-1]).items():
        told = [at for at in sorted(rows) if rows[at].state is not State.SUPERSEDED]
        for before, at in pairwise([0, *told]):
            webhook_id = rows[at].webhook_id
            if said.get(webhook_id) != at - before - 1:
                yield f"{key}: {at} said {said.get(webhook_id)} were passed over since {before}"
            if webhook_id not in ended:
                yield f"{key}: {at} never came"
    for webhook_id, one in ended.items():
        if of.states.get(webhook_id) is State.SUPERSEDED and not of.was_in_flight(one):
            yield f"{webhook_id} was taken and counts as passed over"


def _by_key(rows: Iterable[Row]) -> dict[str, dict[int, Row]]:
    found: dict[str, dict[int, Row]] = defaultdict(dict)
    for row in rows:
        found[row.key][row.ordinal] = row
    return found
