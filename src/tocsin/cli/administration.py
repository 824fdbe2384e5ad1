"""What the owner of a data folder does for others: asked over its API, or done on the store.

A store has one writer. So while a server owns the folder these commands are calls to it, and
otherwise they own the folder themselves for as long as they take.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from tocsin.folder import DataFolder, FolderOwned

if TYPE_CHECKING:
    from tocsin.config import Settings


class NotPossible(Exception):  # noqa: N818 - told to the caller
    """The command cannot be carried out. The text says why, and what to do about it."""


class NewUser(NamedTuple):
    """A user to be made; without a password one is made up."""

    email: str
    name: str
    role: str
    password: str | None


class Administration(Protocol):
    """The commands that change a store in use."""

    async def add_token(self, name: str, scopes: Sequence[str], email: str | None) -> str:
        """Make a token, for the user with this address if any; its secret."""
        ...

    async def add_user(self, user: NewUser) -> str | None:
        """Make a user; the password if one was made up."""
        ...

    async def backup(self, target: Path) -> str:
        """Copy the store into the new file; the position that it is consistent with."""
        ...

    async def prune(self) -> int:
        """Apply retention now; how many events it removed."""
        ...


def require_store(settings: "Settings") -> None:
    """Refuse to begin a store in a mistyped folder. Raises `NotPossible` when there is none."""
    file = settings.store_file
    if file is not None and not file.exists():
        raise NotPossible(f"There is no store: {file} is not there. The first start makes it.")


@asynccontextmanager
async def administration(settings: "Settings") -> AsyncIterator[Administration]:
    """The way to the store that is open now. Raises what keeps it closed."""
    folder = DataFolder(settings.store.data)
    async with AsyncExitStack() as held:
        way: AbstractAsyncContextManager[Administration]
        try:
            held.enter_context(folder.own())
        except FolderOwned as owner:
            from tocsin.cli.owner import owner_api

            way = owner_api(folder, owner, settings.admin_token)
        else:
            from tocsin.cli.opened import opened_store

            way = opened_store(settings)
        yield await held.enter_async_context(way)
