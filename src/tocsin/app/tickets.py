"""Tickets: the right to watch one run of one operation with an address alone, for an EventSource
can set no headers (spec: operations, "Stream")."""

from contextlib import suppress
from functools import partial

from sqlalchemy import Connection

from tocsin.app import inbox_places
from tocsin.app.inbox_places import Asked
from tocsin.app.passwords import digest
from tocsin.model import inbox
from tocsin.model.clock import Clock
from tocsin.model.errors import Code, Refused
from tocsin.model.inbox import Follow, Log, Place, Wait, Without
from tocsin.store import sessions, tickets, tokens
from tocsin.store.store import Store, StoreUnavailable
from tocsin.store.tickets import Ticket
from tocsin.store.tx import Tx

# How long a new ticket can be used, in seconds.
GOOD_S = 60

# How long one is kept after its last use, in seconds; longer while its operation is open.
KEPT_S = 7 * 24 * 60 * 60


def make(tx: Tx, operation_id: str, owner: str, secret: str) -> Ticket:
    """Make a ticket for `owner`, which is the id of a token or a session. Refused: unauthorized,
    when that has ended meanwhile."""
    is_token = tokens.find(tx.conn, owner) is not None
    if not is_token and sessions.find(tx.conn, owner) is None:
        raise Refused(Code.UNAUTHORIZED, "Whoever asks was deleted meanwhile.")
    ticket = Ticket(
        digest=digest(secret),
        operation_id=operation_id,
        token_id=owner if is_token else None,
        session_id=None if is_token else owner,
        expires_at=tx.now + GOOD_S,
    )
    tickets.add(tx.conn, ticket)
    return ticket


class Tickets:
    """Recognises tickets and says what they give. Each use is kept for a while."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def find(self, secret: str, operation_id: str) -> Ticket | None:
        """The ticket of that secret, if it can be used for that operation."""
        now = self._clock.now_ms() // 1_000
        found = await self._store.read(partial(tickets.find, digest=digest(secret), now=now))
        return found if found is not None and found.operation_id == operation_id else None

    async def place(self, ticket: Ticket, asked: Asked) -> Place:
        """What the ticket gives of that which is asked for."""
        use = partial(_use, ticket=ticket, asked=asked)
        if ticket.after is None:
            return (await self._store.change(use)).value
        if ticket.expires_at - self._clock.now_ms() // 1_000 < KEPT_S // 2:
            # While nothing can be written, what can be read still is.
            with suppress(StoreUnavailable):
                return (await self._store.change(use)).value
        return await self._store.read(partial(_read, ticket=ticket, asked=asked))


def _read(conn: Connection, ticket: Ticket, asked: Asked) -> Place:
    return _place(conn, ticket, asked, inbox_places.end_of_log(conn))


def _use(tx: Tx, ticket: Ticket, asked: Asked) -> Place:
    """With the ticket as it is now: somebody else may have used it meanwhile, or it has ended."""
    found = tickets.find(tx.conn, ticket.digest, tx.now)
    if found is None:
        return Without.RIGHT
    place = _place(tx.conn, found, asked, Log(tx.epoch, tx.head))
    after = found.after if found.after is not None else _just_before(place)
    if after is not None:
        tickets.use(tx.conn, found.digest, after, tx.now + KEPT_S)
    return place


def _just_before(place: Place) -> int | None:
    """The sequence beyond which the run of that place is the first to be told of."""
    match place:
        case Wait(after):
            return after
        case Follow(run):
            return run.opened - 1
        case _:
            return None


def _place(conn: Connection, ticket: Ticket, asked: Asked, end: Log) -> Place:
    if ticket.after is None:
        return inbox_places.find(conn, asked, end)
    told = tickets.first_told(conn, ticket.operation_id, ticket.after)
    if told is None:
        return inbox_places.find(conn, asked._replace(run=""), end)
    run = tickets.run_telling(conn, ticket.operation_id, told)
    if run is None or asked.run not in {"", inbox_places.LAST, str(run.number)}:
        return Without.RIGHT
    return inbox.ticketed(run, ticket.after, asked.seen, end)
