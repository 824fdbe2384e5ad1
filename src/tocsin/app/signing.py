"""Signatures as Standard Webhooks has them, made by its own library."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # few services ever send anything
    from standardwebhooks import Webhook


def sign(secret: str, webhook_id: str, at: int, body: bytes) -> str:
    """The signature of a body that is sent at this time (Unix seconds)."""
    return _signer(secret).sign(webhook_id, datetime.fromtimestamp(at, UTC), body.decode())


@lru_cache(maxsize=1_024)
def _signer(secret: str) -> "Webhook":
    from standardwebhooks import Webhook

    return Webhook(secret)
