"""What the deliverer does in the database (spec: webhooks, "Delivery")."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from tocsin.app import endpoint_notices
from tocsin.model import health
from tocsin.model.delivery import Delivery, State
from tocsin.model.endpoint import CONCURRENCY, Endpoint
from tocsin.model.event import Event
from tocsin.model.exchange import Exchange
from tocsin.model.health import Failed, Health
from tocsin.model.retrying import Verdict, follows
from tocsin.model.sending_rate import grant
from tocsin.store import attempts, deliveries, endpoint_health, log, workers
from tocsin.store.deliveries import Settled
from tocsin.store.endpoint_health import Standing
from tocsin.store.tx import Tx

# How many deliveries a worker takes of an endpoint that does well, so that there is something to
# send while the results of others are written.
LOOK_AHEAD: Final = 8 * CONCURRENCY

# A turn ends with the endpoint at which it has taken so many: whoever else writes must get there.
_AT_ONCE: Final = 512

# How long what a worker has taken is left to it after it was last heard of.
_LEASE_MS: Final = 30_000

# The reason of a delivery whose event is not in the log any more, which retention prevents.
_NO_EVENT: Final = "no_event"


@dataclass(frozen=True)
class Claimed:
    """A delivery that a worker has taken, with what it takes to send it."""

    delivery: Delivery
    endpoint: Endpoint
    event: Event


@dataclass(frozen=True)
class Made:
    """An attempt that was made. `chance` is a random number for the wait until the next."""

    claimed: Claimed
    exchange: Exchange
    chance: float

    @property
    def verdict(self) -> Verdict:
        """What follows from it."""
        tries = self.claimed.delivery.tries + 1
        return follows(self.claimed.endpoint, tries, self.exchange, self.chance)


@dataclass(frozen=True, kw_only=True)
class Hands:
    """What a worker has in its hands: attempts that were made, deliveries to be given back (by id),
    and how many more it has of each endpoint's. `served` are the endpoints that have got something,
    the latest last."""

    worker: str
    made: Sequence[Made] = ()
    unbegun: Collection[str] = ()
    held: Mapping[str, int] = field(default_factory=dict)
    served: Sequence[str] = ()


@dataclass(frozen=True)
class Turn:
    """What a turn has brought.

    `next_ms` is when there will be more to take (Unix ms) if nothing happens before; `halted` are
    endpoints at which nothing more is to be begun.
    """

    claimed: Sequence[Claimed]
    next_ms: int | None
    halted: Collection[str]


def begin(tx: Tx, worker: str) -> None:
    """Take up work; what a worker of that name had taken before was not sent."""
    deliveries.free(tx.conn, worker, tx.now_ms)
    workers.prolong(tx.conn, worker, tx.now_ms + _LEASE_MS)


def beat(tx: Tx, worker: str) -> None:
    """Tell others that this worker lives, and take back what those had taken that do not."""
    workers.prolong(tx.conn, worker, tx.now_ms + _LEASE_MS)
    for one in workers.dead(tx.conn, tx.now_ms):
        _leave(tx, one)


def end(tx: Tx, hands: Hands) -> None:
    """Keep what was made, and give back the rest for good."""
    keep(tx, hands)
    _leave(tx, hands.worker)


def turn(tx: Tx, hands: Hands) -> Turn:
    """Keep what was made and give back what was not begun; then take what is due."""
    standings = keep(tx, hands)
    working = {one.id: one for one in tx.endpoints()}
    halted = [one for one in standings if one not in working or _is_halted(standings[one], tx)]
    heads = deliveries.heads(tx.conn)
    due = [working[one] for one, at_ms in heads.items() if at_ms <= tx.now_ms and one in working]
    standings |= endpoint_health.load(tx.conn, {one.id for one in due} - standings.keys())
    taken: list[Delivery] = []
    for endpoint in _in_line(due, heads, hands):
        taken += _take(tx, hands, endpoint, standings)
        if len(taken) >= _AT_ONCE:
            break
    claimed = _with_events(tx, hands.worker, taken, working)
    return Turn(claimed, _next_ms(tx, heads, taken, standings), halted)


def keep(tx: Tx, hands: Hands) -> dict[str, Standing]:
    """Keep what was made, and what follows from it; returns how the endpoints do that were called.

    An attempt counts for its endpoint even where its delivery was lost to another worker.
    """
    conn, made = tx.conn, hands.made
    deliveries.give_back(conn, hands.unbegun, hands.worker, tx.now_ms)
    if not made:
        return {}
    verdicts = [(one, one.verdict) for one in made]
    attempts.add(conn, [(one.claimed.delivery.id, one.exchange) for one in made])
    deliveries.settle(conn, hands.worker, [_settled(*each) for each in verdicts], tx.now_ms)
    standings = endpoint_health.load(conn, {one.claimed.endpoint.id for one in made})
    working = {one.id: one for one in tx.endpoints()}
    for one, verdict in verdicts:
        name = one.claimed.endpoint.id
        after = _health_after(standings[name].health, one.exchange, verdict)
        standings[name] = standings[name]._replace(health=after.health)
        if name in working and endpoint_notices.follow(tx, working[name], after, verdict):
            del working[name]
    endpoint_health.save(conn, standings)
    return standings


def _settled(made: Made, verdict: Verdict) -> Settled:
    delivery, over_ms = made.claimed.delivery, made.exchange.ended_ms
    return Settled(
        delivery.id,
        delivery.tries + 1,
        verdict.state,
        due_ms=over_ms + verdict.wait_ms,
        ended_ms=None if verdict.state is State.PENDING else over_ms,
        reason=verdict.reason,
    )


def _health_after(before: Health, exchange: Exchange, verdict: Verdict) -> Failed:
    if verdict.state is not State.DELIVERED:
        return health.failed(before, exchange.started_at_ms, exchange.ended_ms)
    return Failed(health.succeeded(before, exchange.ended_ms), warn=None, disable=False)


def _is_halted(standing: Standing, tx: Tx) -> bool:
    return not health.allowance(standing.health, tx.now_ms, free=1, under_way=0)


def _in_line(due: Sequence[Endpoint], heads: Mapping[str, int], hands: Hands) -> list[Endpoint]:
    """By turns: a turn takes so much and no more, and whoever has much waiting for long must not
    be first every time."""
    latest = {endpoint_id: at for at, endpoint_id in enumerate(hands.served)}
    return sorted(due, key=lambda one: (latest.get(one.id, -1), heads[one.id]))


def _take(
    tx: Tx, hands: Hands, endpoint: Endpoint, standings: dict[str, Standing]
) -> list[Delivery]:
    """Take as many of what is due as the endpoint is to get now."""
    standing = standings[endpoint.id]
    free = _free(tx, endpoint, standing.health, hands.held.get(endpoint.id, 0))
    limit = grant(standing.next_ms, endpoint.rate_per_s, tx.now_ms, free).number
    if not limit:
        return []
    taken = deliveries.claim(tx.conn, endpoint.id, hands.worker, tx.now_ms, limit)
    granted = grant(standing.next_ms, endpoint.rate_per_s, tx.now_ms, len(taken))
    if granted.next_ms != standing.next_ms:
        standings[endpoint.id] = standing._replace(next_ms=granted.next_ms)
        endpoint_health.save(tx.conn, {endpoint.id: standings[endpoint.id]})
    return taken


def _free(tx: Tx, endpoint: Endpoint, how: Health, held: int) -> int:
    """How many more the endpoint may get now, of which this worker has so many in its hands."""
    # Of who is held to a rate, or fails, no more is taken than it can get at once.
    steady = not endpoint.rate_per_s and how.failing_since_ms is None
    room = max(0, (LOOK_AHEAD if steady else CONCURRENCY) - held)
    free = health.allowance(how, tx.now_ms, room, held)
    if not (free and how.pauses):
        return free
    # It may be another worker that tries the ground.
    return health.allowance(how, tx.now_ms, room, deliveries.sending(tx.conn, endpoint.id))


def _with_events(
    tx: Tx, worker: str, taken: Sequence[Delivery], working: Mapping[str, Endpoint]
) -> list[Claimed]:
    """What was taken, with its events. What has none left fails for good."""
    sequences = {one.sequence for one in taken}
    events = {event.sequence: event for event in log.chosen(tx.conn, sequences)}
    lost = [
        Settled(one.id, one.tries + 1, State.FAILED, one.due_ms, tx.now_ms, _NO_EVENT)
        for one in taken
        if one.sequence not in events
    ]
    deliveries.settle(tx.conn, worker, lost, tx.now_ms)
    return [
        Claimed(one, working[one.endpoint_id], events[one.sequence])
        for one in taken
        if one.sequence in events
    ]


def _next_ms(
    tx: Tx, heads: Mapping[str, int], taken: Collection[Delivery], standings: Mapping[str, Standing]
) -> int | None:
    """What is due and was not taken waits for the end of a pause, for its rate, or for another that
    is under way."""
    if len(taken) >= _AT_ONCE:
        return tx.now_ms
    if taken:
        heads = deliveries.heads(tx.conn)
    times = [
        due_ms if due_ms > tx.now_ms else _allowed_ms(standings.get(one, Standing()))
        for one, due_ms in heads.items()
    ]
    return min((time_ms for time_ms in times if time_ms > tx.now_ms), default=None)


def _allowed_ms(standing: Standing) -> int:
    return max(standing.health.paused_until_ms, standing.next_ms)


def _leave(tx: Tx, worker: str) -> None:
    deliveries.free(tx.conn, worker, tx.now_ms)
    workers.remove(tx.conn, worker)
