"""What a WebSocket client and this server say to each other: sysadm's session, with its effects."""

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import assert_never

import msgspec

from tocsin.app import notice_logs, ssl_keys
from tocsin.app.access import Access
from tocsin.app.notice_feeds import NoticeFeeds
from tocsin.app.passwords import letters_and_digits
from tocsin.app.sessions import NOTICES, SignedIn
from tocsin.app.sign_in import SignIn
from tocsin.app.watching import Watching
from tocsin.model.access import Principal
from tocsin.model.clock import Clock
from tocsin.model.errors import Code, Refused
from tocsin.model.owner import also
from tocsin.push.websocket import Connection
from tocsin.store import ssl_keys as key_rows
from tocsin.store.errors import StoreUnavailable
from tocsin.store.store import Store
from tocsin.wire import sysadm, sysadm_logs, sysadm_session
from tocsin.wire.sysadm import Request
from tocsin.wire.sysadm_calls import (
    AskChallenge,
    Follow,
    KeyAction,
    ListKeys,
    ReadLogs,
    RegisterKey,
    RevokeKey,
    SignInAction,
    SignInWithKey,
    SignInWithPassword,
    SignInWithToken,
    Subscribe,
    Task,
    Unsubscribe,
)
from tocsin.wire.sysadm_session import CHALLENGE_SIZE, Say, Session


@dataclass(frozen=True)
class Partners:
    """What every conversation works with. `hostname` is what this server says its name is."""

    store: Store
    access: Access
    sign_in: SignIn
    feeds: NoticeFeeds
    clock: Clock
    hostname: str


class Conversation:
    """Hears one client's messages, one after the other, and answers them."""

    __slots__ = ("_connection", "_partners", "_session", "_watching")

    def __init__(self, partners: Partners, connection: Connection) -> None:
        self._partners = partners
        self._connection = connection
        self._session = Session()
        self._watching = Watching(connection, partners.feeds, partners.store)

    async def heard(self, message: bytes) -> None:
        """Answer one message; a sign-out has no answer."""
        try:
            who = await self._partners.access.principal(self._session.secret)
        except StoreUnavailable:
            self._refuse(sysadm.read(message), _unavailable())
            return
        decision = self._session.heard(message, who, self._partners.hostname)
        if not isinstance(decision, Say):
            await self._try(decision.request, decision.task, who)
        elif decision.message:
            self._connection.send(decision.message)

    async def _try(self, request: Request, task: Task, who: Principal | None) -> None:
        try:
            await self._do(request, task, who)
        except Refused as refused:
            self._refuse(request, refused)
        except StoreUnavailable:
            self._refuse(request, _unavailable())

    def _refuse(self, request: Request, refused: Refused) -> None:
        self._connection.send(sysadm_session.refusal(request, refused))

    async def _do(self, request: Request, task: Task, who: Principal | None) -> None:
        match task:
            case Subscribe() | Follow() | Unsubscribe():
                await self._watching.do(request, task)
            case ReadLogs():
                self._connection.send(sysadm.reply(request, await self._logs(task)))
            case RegisterKey() | ListKeys() | RevokeKey():
                user_id = (who and who.user_id) or ""
                self._connection.send(sysadm.reply(request, await self._keys(task, user_id)))
            case AskChallenge():
                self._connection.send(self._challenge(request))
            case SignInWithPassword() | SignInWithToken() | SignInWithKey():
                await self._sign_in(request, task)
            case _:
                assert_never(task)

    def _challenge(self, request: Request) -> bytes:
        text = letters_and_digits(CHALLENGE_SIZE)
        return self._session.challenge(request, text, self._partners.clock.now_ms())

    async def _sign_in(self, request: Request, action: SignInAction) -> None:
        secret, principal = await self._signed_in(action)
        self._connection.owner = also(self._connection.owner, principal.id)
        lifetime_s = principal.lifetime_s or NOTICES.lifetime_s
        self._connection.send(self._session.signed_in(request, secret, lifetime_s))

    async def _signed_in(self, action: SignInAction) -> SignedIn:
        sign_in, address = self._partners.sign_in, self._connection.address
        match action:
            case SignInWithPassword(email, password):
                return await sign_in.with_password(address, email, password, NOTICES)
            case SignInWithToken(token):
                return await sign_in.with_token(address, token, NOTICES)
            case SignInWithKey(encrypted):
                user_id = await self._owner_of_key(encrypted)
                return await sign_in.as_user(address, user_id, NOTICES)
            case _:
                assert_never(action)

    async def _owner_of_key(self, encrypted: str) -> str:
        """The id of the user whose key has encrypted what it was to encrypt."""
        sign_in, address = self._partners.sign_in, self._connection.address
        text = self._session.take_challenge(self._partners.clock.now_ms())
        if text is None:
            raise Refused(Code.UNAUTHORIZED, "There was nothing to encrypt, or too long ago.")
        await sign_in.check(address)
        keys = await self._partners.store.read(key_rows.everybodys)
        user_id = await asyncio.to_thread(ssl_keys.owner, keys, text, encrypted)
        if user_id is None:
            await sign_in.failed(address)
            raise Refused(Code.UNAUTHORIZED, "No key that is registered has encrypted this.")
        return user_id

    async def _logs(self, task: ReadLogs) -> bytes:
        span = sysadm_logs.span(task, self._partners.clock.now_ms() // 1_000)
        read = partial(notice_logs.read, classes=task.classes, span=span)
        return await self._partners.store.read(read)

    async def _keys(self, action: KeyAction, user_id: str) -> bytes:
        """What comes of a request about the keys of that user, as JSON."""
        store = self._partners.store
        match action:
            case RegisterKey():
                await store.change(partial(ssl_keys.register, user_id=user_id, given=action))
            case RevokeKey(key):
                await store.change(partial(ssl_keys.revoke, user_id=user_id, given=key))
            case ListKeys():
                listed = await store.read(partial(ssl_keys.listing, user_id=user_id))
                return msgspec.json.encode(listed)
            case _:
                assert_never(action)
        return b"{}"


def _unavailable() -> Refused:
    return Refused(Code.UNAVAILABLE, "The log cannot be used now.")
