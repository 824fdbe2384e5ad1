"""Access: which principal a secret stands for."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from tocsin.app.passwords import digest
from tocsin.model.access import Principal, Scope
from tocsin.model.errors import Code, Refused
from tocsin.model.event import Change
from tocsin.model.topic import TopicFilter
from tocsin.store import tokens
from tocsin.store.public import all_public
from tocsin.store.store import Store

_KNOWN_LIMIT = 10_000
_DELETED = "tocsin.token.deleted"


class Access:
    """Recognises tokens, remembering those it saw until a token or user changes.

    Lives on the loop. Only tokens that exist are remembered, so that guessing fills no memory.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[bytes, Principal] = {}
        self._changes = 0

    async def principal(self, secret: str) -> Principal | None:
        """Whom the secret stands for; None when no token has it."""
        key = digest(secret)
        known = self._known.get(key)
        if known is not None:
            return known
        changes = self._changes
        found = await self._store.read(lambda conn: _find(conn, key))
        # What was read while a token was deleted may be gone already.
        if found is not None and changes == self._changes and len(self._known) < _KNOWN_LIMIT:
            self._known[key] = found
        return found

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


def deleted_tokens(change: Change) -> Iterator[str]:
    """The ids of the tokens that a change deleted: what they opened has to end."""
    for event in change:
        if event.type == _DELETED:
            yield event.topic.partition("/")[2]


def _find(conn: Connection, key: bytes) -> Principal | None:
    token = tokens.by_digest(conn, key)
    if token is None:
        return None
    return Principal(token.id, token.name, token.user_id, token.person_id, token.scopes)
