"""Access: which principal a secret stands for."""

from collections.abc import Sequence
from contextlib import suppress
from functools import partial

from sqlalchemy import Connection

from tocsin.app import sessions
from tocsin.app.passwords import digest
from tocsin.model.access import Principal, Scope
from tocsin.model.clock import Clock
from tocsin.model.errors import Code, Refused
from tocsin.model.event import Change
from tocsin.model.topic import TopicFilter
from tocsin.store import tokens
from tocsin.store.errors import StoreUnavailable
from tocsin.store.public import all_public
from tocsin.store.sessions import Session
from tocsin.store.store import Store

_KNOWN_LIMIT = 10_000


class Access:
    """Recognises tokens and sessions by their secrets.

    Tokens are remembered until a token or user changes; only those that exist are, so that guessing
    fills no memory. Sessions are looked up each time: they expire, and end without an event. Lives
    on the loop.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._known: dict[bytes, Principal] = {}
        self._changes = 0

    async def principal(self, secret: str) -> Principal | None:
        """Whom the secret stands for; None when no token and no session that lasts has it.

        A session lasts on from here. An empty secret is nobody's.
        """
        if not secret:
            return None
        key = digest(secret)
        known = self._known.get(key)
        if known is not None:
            return known
        changes = self._changes
        now = self._clock.now_ms() // 1_000
        session, found = await self._store.read(partial(_find, key=key, now=now))
        if session is not None:
            await self._use(session, now)
        # What was read while a token was deleted may be gone already.
        elif found is not None and changes == self._changes and len(self._known) < _KNOWN_LIMIT:
            self._known[key] = found
        return found

    async def _use(self, session: Session, now: int) -> None:
        """Let a session last on. While nothing can be written, what can be read still is."""
        if sessions.is_due(session, now):
            with suppress(StoreUnavailable):
                await self._store.change(partial(sessions.extend, session=session))

    async def topics(self, caller: Principal | None, patterns: Sequence[str]) -> TopicFilter:
        """The filter of these patterns, which `caller` may read events of; None is nobody known.

        Without the right to read that is only what concerns things on public pages, by their
        topics and not by wildcards. Raises Refused: unauthorized (forbidden for a known caller)
        for anything else, invalid for a caller who may read.
        """
        if caller is not None and caller.may(Scope.READ):
            return TopicFilter.parse(patterns)
        topics = _named(patterns)
        if topics and await self._all_public(topics):
            return topics
        if caller is None:
            raise Refused(Code.UNAUTHORIZED, "Without a token only public things can be watched.")
        raise Refused(Code.FORBIDDEN, "The token lacks the scope read.")

    async def _all_public(self, topics: TopicFilter) -> bool:
        return await self._store.read(lambda conn: all_public(conn, topics.exact))

    def on_change(self, change: Change) -> None:
        """Forget everything if a token or a user changed. To be told of every change."""
        if any(event.type.startswith(("tocsin.token.", "tocsin.user.")) for event in change):
            self._changes += 1
            self._known.clear()


def _named(patterns: Sequence[str]) -> TopicFilter | None:
    """The filter of these topics; None when there is none or one of them is no topic's name."""
    try:
        topics = TopicFilter.parse(patterns)
    except Refused:
        return None
    return None if topics.wildcards else topics


def _find(conn: Connection, key: bytes, now: int) -> tuple[Session | None, Principal | None]:
    token = tokens.by_digest(conn, key)
    if token is not None:
        return None, sessions.of_token(token)
    return sessions.by_digest(conn, key, now) or (None, None)
