"""Secrets that webhooks are signed with."""

import secrets
from base64 import b64encode
from typing import Final

from tocsin.wire.visitor_hook import SECRET_PREFIX

_BYTES: Final = 32


def new_secret() -> str:
    """A secret as Standard Webhooks has them: `whsec_` and the base64 of random bytes."""
    return SECRET_PREFIX + b64encode(secrets.token_bytes(_BYTES)).decode()
