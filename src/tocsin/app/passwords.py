"""Secrets made and passwords hashed."""

import asyncio
import secrets
from hashlib import blake2b


def new_secret() -> str:
    """A token's secret; the prefix lets scanners recognise one that leaked."""
    return f"tocsin_{secrets.token_urlsafe(32)}"


def new_password() -> str:
    """A password for somebody who did not bring one."""
    return secrets.token_urlsafe(15)


def digest(secret: str) -> bytes:
    """What is stored of a token's secret. It is random and long, so one plain hash is enough."""
    return blake2b(secret.encode(), digest_size=32).digest()


async def hashed(password: str) -> str:
    """The argon2id hash of a password, made in a thread since it takes tens of milliseconds."""
    return await asyncio.to_thread(_hash, password)


def _hash(password: str) -> str:
    # Imported here: few runs of the program ever hash a password.
    from argon2 import PasswordHasher

    return PasswordHasher().hash(password)
