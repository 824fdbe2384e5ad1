"""Secrets made and passwords hashed."""

import asyncio
import secrets
import string
from hashlib import blake2b

_LETTERS_AND_DIGITS = string.ascii_letters + string.digits


def new_secret() -> str:
    """A token's secret; the prefix lets scanners recognise one that leaked."""
    return f"tocsin_{secrets.token_urlsafe(32)}"


def new_short_secret() -> str:
    """A secret as sysadm gives them (seeds/sysadm-events.txt)."""
    return letters_and_digits(20)


def letters_and_digits(count: int) -> str:
    """So many of them, that nobody can guess."""
    base = len(_LETTERS_AND_DIGITS)
    number = secrets.randbelow(base**count)  # at once: to ask the kernel for each takes 0.5 ms
    return "".join(_LETTERS_AND_DIGITS[number // base**place % base] for place in range(count))


def new_password() -> str:
    """A password for somebody who did not bring one."""
    return secrets.token_urlsafe(15)


def digest(secret: str) -> bytes:
    """What is stored of a token's or session's secret, which is random and long, so that one plain
    hash is enough."""
    return blake2b(secret.encode(), digest_size=32).digest()


async def hashed(password: str) -> str:
    """The argon2id hash of a password, made in a thread since it takes tens of milliseconds."""
    return await asyncio.to_thread(_hash, password)


def _hash(password: str) -> str:
    # Imported here: few runs of the program ever hash a password.
    from argon2 import PasswordHasher

    return PasswordHasher().hash(password)


async def matches(password: str, password_hash: str | None) -> bool:
    """Whether the hash is of this password, found out in a thread.

    None is the hash of nobody's: it takes as long and is False, so that the time an answer takes
    does not tell whether there is such a user.
    """
    return await asyncio.to_thread(_matches, password, password_hash)


def _matches(password: str, password_hash: str | None) -> bool:
    from argon2 import PasswordHasher
    from argon2.exceptions import InvalidHashError, VerificationError

    if password_hash is None:
        _hash(password)
        return False
    try:
        return PasswordHasher().verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
