"""Administration of a store that a running server owns: calls to its API."""

import os
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from tocsin.cli.administration import NewUser, NotPossible
from tocsin.client import Client
from tocsin.folder import DataFolder, FolderOwned


class OwnerApi:
    """The owner, spoken to with an admin token."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def add_token(self, name: str, scopes: Sequence[str], email: str | None) -> str:
        """`POST /tokens`."""
        user_id = await self._user_id(email) if email else None
        wanted = {"name": name, "scopes": list(scopes), "user_id": user_id}
        answer = await self._client.call("POST", "/api/v1/tokens", wanted)
        return str(answer["secret"])

    async def _user_id(self, email: str) -> str:
        found = (await self._client.call("GET", f"/api/v1/users?email={quote(email)}"))["data"]
        if not found:
            raise NotPossible(f"There is no user with the address {email}.")
        return str(found[0]["id"])

    async def add_user(self, user: NewUser) -> str | None:
        """`POST /users`."""
        answer = await self._client.call("POST", "/api/v1/users", user._asdict())
        made_up: str | None = answer["password"]
        return made_up

    async def backup(self, target: Path) -> str:
        """`POST /backup`, whose answer is the copy."""
        with _new_file(target) as out:
            return await self._client.download("POST", "/api/v1/backup", out.write)

    async def prune(self) -> int:
        """`POST /prune`."""
        return int((await self._client.call("POST", "/api/v1/prune"))["removed"])


@contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    """A private file that is on the disk when the block ends, or is not there when it fails."""
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except OSError as error:
        raise NotPossible(f"{path}: {error.strerror}") from error
    try:
        with os.fdopen(handle, "wb") as out:
            yield out
            out.flush()
            os.fsync(handle)
    except BaseException:
        path.unlink()
        raise


@asynccontextmanager
async def owner_api(
    folder: DataFolder, owner: FolderOwned, admin_token: str
) -> AsyncIterator[OwnerApi]:
    """The API of the folder's owner. Raises `NotPossible` when it cannot be spoken to."""
    address = folder.address()
    if address is None:
        raise NotPossible(f"{owner} It is not answering yet, or is another command: try again.")
    token = admin_token or folder.admin_token()
    if token is None:
        raise NotPossible(
            f"{owner} An admin token is needed to ask it: set TOCSIN_ADMIN_TOKEN, "
            f"since {folder.admin_token_file} cannot be read."
        )
    # The address was left by the owner in a folder of ours; its certificate is for the public name.
    async with Client(address, token, verify_tls=False) as client:
        yield OwnerApi(client)
