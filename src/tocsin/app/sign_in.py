"""Signing in, and refusing for a while those who fail too often."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from ipaddress import IPv4Network, IPv6Network
from weakref import WeakValueDictionary

from sqlalchemy import Connection

from tocsin.app import sessions
from tocsin.app.access import Access
from tocsin.app.passwords import matches
from tocsin.app.sessions import Kind, SignedIn
from tocsin.app.throttle import TooOften
from tocsin.model.access import Principal
from tocsin.model.clock import Clock
from tocsin.model.errors import Code, Refused
from tocsin.model.network import is_within, network
from tocsin.model.sign_in import Failures, Limit, failed
from tocsin.store import sign_in_failures, users
from tocsin.store.store import Store
from tocsin.store.tx import Tx

_log = logging.getLogger(__name__)

# Passwords compared at the same time: each takes a core and 64 MiB for tens of milliseconds.
_COMPARED_AT_ONCE = 2


class SignIn:
    """The ways of signing in, whose failures count together for each network address.

    Attempts from one address are made one after the other, so that many at once are not more tries
    than are allowed. Addresses in `exempt` are never refused. `end` ends what the session of that
    id had opened. Lives on the loop.
    """

    def __init__(  # noqa: PLR0913 - its parts, by name
        self,
        store: Store,
        access: Access,
        clock: Clock,
        *,
        limit: Limit,
        exempt: Sequence[IPv4Network | IPv6Network],
        end: Callable[[str], object],
    ) -> None:
        self._store = store
        self._access = access
        self._clock = clock
        self._limit = limit
        self._exempt = exempt
        self._end = end
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._comparing = asyncio.Semaphore(_COMPARED_AT_ONCE)

    async def check(self, address: str) -> None:
        """Raise `TooOften` while sign-ins from this address are refused."""
        if self._is_exempt(address):
            return
        known = await self._store.read(partial(sign_in_failures.find, address=network(address)))
        wait_s = known.wait_s(self._clock.now_ms() // 1_000) if known else 0
        if wait_s:
            raise TooOften(wait_s)

    async def with_password(self, address: str, email: str, password: str, kind: Kind) -> SignedIn:
        """Sign a user in. Refused: unauthorized, too_many_requests (`TooOften`)."""
        async with self._turn(address):
            user_id, hashed = await self._store.read(partial(_credentials, email=email))
            async with self._comparing:
                right = await matches(password, hashed)
            if user_id is None or not right:
                await self.failed(address)
                raise Refused(Code.UNAUTHORIZED, "The e-mail address or the password is wrong.")
            return await self._begin(address, user_id, kind, hashed)

    async def with_token(self, address: str, secret: str, kind: Kind) -> SignedIn:
        """Sign in with an API token, or with a session's secret: one of that kind goes on.

        Refused: unauthorized, too_many_requests (`TooOften`).
        """
        async with self._turn(address):
            principal = await self._access.principal(secret)
            if principal is None:
                await self.failed(address)
                raise Refused(Code.UNAUTHORIZED, "The token is not known, or has expired.")
            if principal.lifetime_s == kind.lifetime_s:
                return SignedIn(secret, principal)
            return await self._begin(address, principal.id, kind)

    async def as_user(self, address: str, user_id: str, kind: Kind) -> SignedIn:
        """Sign in a user who has proven in some other way who it is.

        Refused: unauthorized when the user was deleted, too_many_requests (`TooOften`).
        """
        async with self._turn(address):
            return await self._begin(address, user_id, kind)

    async def failed(self, address: str) -> None:
        """Count a failed sign-in."""
        if self._is_exempt(address):
            return
        where = network(address)
        count = partial(_count, address=where, limit=self._limit)
        if (await self._store.change(count)).value.blocked_until is not None:
            _log.warning("sign-ins from %s are refused for %d s", where, self._limit.block_s)

    async def out(self, principal: Principal) -> None:
        """End a session, and what it opened."""
        await self._store.change(partial(sessions.end, session_id=principal.id))
        self._end(principal.id)

    def _is_exempt(self, address: str) -> bool:
        return is_within(address, self._exempt)

    @asynccontextmanager
    async def _turn(self, address: str) -> AsyncIterator[None]:
        """The time of one attempt from this address. Raises `TooOften` when it has none."""
        if self._is_exempt(address):
            yield
            return
        async with self._turns.setdefault(network(address), asyncio.Lock()):
            await self.check(address)
            yield

    async def _begin(
        self, address: str, owner: str, kind: Kind, password_hash: str | None = None
    ) -> SignedIn:
        secret, where = kind.new_secret(), network(address)

        def unit(tx: Tx) -> SignedIn:
            if password_hash is not None and users.password_hash(tx.conn, owner) != password_hash:
                raise Refused(Code.UNAUTHORIZED, "The password was changed meanwhile.")
            sign_in_failures.remove(tx.conn, where)
            return sessions.begin(tx, owner, kind, secret)

        return (await self._store.change(unit)).value


def _credentials(conn: Connection, email: str) -> tuple[str | None, str | None]:
    """The id and the password's hash of a user. U+0000 is in no address, and not every database
    takes it."""
    user = None if "\0" in email else users.by_email(conn, email)
    return (None, None) if user is None else (user.id, users.password_hash(conn, user.id))


def _count(tx: Tx, address: str, limit: Limit) -> Failures:
    known = failed(sign_in_failures.find(tx.conn, address), tx.now, limit)
    sign_in_failures.save(tx.conn, address, known)
    return known
