"""Administration of a store that nobody else has open."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tocsin.app import pages, tokens, users
from tocsin.app.admin import ensure_admin
from tocsin.app.clock import SystemClock
from tocsin.app.passwords import hashed, new_password, new_secret
from tocsin.app.tokens import NewToken
from tocsin.app.upkeep import Retention, Upkeep
from tocsin.cli.administration import NewUser, NotPossible
from tocsin.cli.options import say_made
from tocsin.folder import DataFolder
from tocsin.model import access
from tocsin.store import users as user_rows
from tocsin.store.store import Store, open_store

if TYPE_CHECKING:
    from tocsin.config import Settings


class OpenedStore:
    """The store itself."""

    def __init__(self, store: Store, upkeep: Upkeep) -> None:
        self._store = store
        self._upkeep = upkeep

    async def add_token(self, name: str, scopes: Sequence[str], email: str | None) -> str:
        """Make a token."""
        user_id = await self._user_id(email) if email else None
        secret = new_secret()
        new = NewToken(name, frozenset(access.Scope(scope) for scope in scopes), user_id)
        await self._store.change(tokens.create(new, secret))
        return secret

    async def _user_id(self, email: str) -> str:
        user = await self._store.read(lambda conn: user_rows.by_email(conn, email.lower()))
        if user is None:
            raise NotPossible(f"There is no user with the address {email}.")
        return user.id

    async def add_user(self, user: NewUser) -> str | None:
        """Make a user."""
        made_up = None if user.password else new_password()
        digest = await hashed(user.password or made_up or "")
        new = users.NewUser(user.email, user.name, access.Role(user.role))
        await self._store.change(users.create(new, digest))
        return made_up

    async def backup(self, target: Path) -> str:
        """Copy the store."""
        return str(await self._upkeep.copy(target))

    async def prune(self) -> int:
        """Apply retention."""
        return await self._upkeep.prune()


@asynccontextmanager
async def opened_store(settings: "Settings") -> AsyncIterator[OpenedStore]:
    """The store that the settings name, while the block runs; a new one is a first start."""
    clock = SystemClock()
    folder = DataFolder(settings.store.data)
    store = open_store(settings.store_url, clock, readers=1)
    await store.start()
    try:
        await store.change(pages.ensure_main)
        say_made(await ensure_admin(store, settings.admin_token or None, folder.keep_admin_token))
        keep = Retention(settings.log.keep_days, settings.log.keep_events)
        yield OpenedStore(store, Upkeep(store, settings.store_url, settings.store.data, keep))
    finally:
        await store.stop()
