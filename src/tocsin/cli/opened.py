"""Administration of a store that nobody else has open."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pydantic import ValidationError

from tocsin.app import pages, tokens, users
from tocsin.app.admin import ensure_admin
from tocsin.app.backups import Backups
from tocsin.app.clock import SystemClock
from tocsin.app.passwords import hashed, new_password, new_secret
from tocsin.app.tokens import NewToken
from tocsin.app.upkeep import Retention, Upkeep
from tocsin.cli.administration import NewUser, NotPossible
from tocsin.cli.options import say_made
from tocsin.folder import DataFolder
from tocsin.http.tokens import TokenIn
from tocsin.http.users import UserIn
from tocsin.store import users as user_rows
from tocsin.store.store import Store, open_store

if TYPE_CHECKING:
    from tocsin.config import Settings

M = TypeVar("M", TokenIn, UserIn)


class OpenedStore:
    """The store itself."""

    def __init__(self, store: Store, upkeep: Upkeep, backups: Backups) -> None:
        self._store = store
        self._upkeep = upkeep
        self._backups = backups

    async def add_token(self, name: str, scopes: Sequence[str], email: str | None) -> str:
        """Make a token."""
        user_id = await self._user_id(email) if email else None
        given = _checked(TokenIn, {"name": name, "scopes": scopes, "user_id": user_id})
        secret = new_secret()
        new = NewToken(given.name, frozenset(given.scopes), given.user_id)
        await self._store.change(lambda tx: tokens.create(tx, new, secret))
        return secret

    async def _user_id(self, email: str) -> str:
        user = await self._store.read(lambda conn: user_rows.by_email(conn, email.lower()))
        if user is None:
            raise NotPossible(f"There is no user with the address {email}.")
        return user.id

    async def add_user(self, user: NewUser) -> str | None:
        """Make a user."""
        given = _checked(UserIn, user._asdict())
        made_up = None if given.password else new_password()
        digest = await hashed(given.password or made_up or "")
        new = users.NewUser(given.email, given.name, given.role)
        await self._store.change(lambda tx: users.create(tx, new, digest))
        return made_up

    async def backup(self, target: Path) -> str:
        """Copy the store."""
        return str(await self._backups.into_file(target))

    async def prune(self) -> int:
        """Apply retention."""
        return await self._upkeep.prune()


def _checked(model: type[M], values: dict[str, object]) -> M:
    """The values under the API's own rules for them."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        wrong = (f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise NotPossible("; ".join(wrong)) from error


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
        backups = Backups(store, settings.store_url, settings.store.data)
        yield OpenedStore(store, Upkeep(store, keep), backups)
    finally:
        await store.stop()
