"""Secrets that webhooks are signed with."""

import secrets
from base64 import b64encode
from typing import Final

from tocsin.wire import signature

_BYTES: Final = 32


def new_secret() -> str:
    """A secret as Standard Webhooks has them: `whsec_` and the base64 of random bytes."""
    return signature.PREFIX + b64encode(secrets.token_bytes(_BYTES)).decode()
