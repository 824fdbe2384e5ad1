"""What the owner of an endpoint is told when nothing arrives there, in plain text."""

from datetime import UTC, datetime

from tocsin.model.endpoint import Endpoint, Reason
from tocsin.model.health import PATIENCE_MS
from tocsin.wire.telling import Text


def warned(endpoint: Endpoint, since_ms: int, cause: str) -> Text:
    """Nothing has arrived since then (Unix ms); `cause` is why the last attempt failed."""
    return Text(
        f"[Warning] Endpoint failing: {_line(endpoint.name)}",
        f"{_nothing_arrived(since_ms, cause)}\n"
        f"It will be disabled if that goes on until {_time(since_ms + PATIENCE_MS)}.",
    )


def disabled(endpoint: Endpoint, reason: Reason, since_ms: int, cause: str) -> Text:
    """It was disabled, by itself."""
    gone = reason is Reason.GONE
    why = f"It wants no more: {cause}." if gone else _nothing_arrived(since_ms, cause)
    return Text(
        f"[Critical] Endpoint disabled: {_line(endpoint.name)}",
        f"{why}\nWhat was on its way is cancelled. Enable it, then replay what it has missed.",
    )


def _nothing_arrived(since_ms: int, cause: str) -> str:
    return f"Nothing has arrived since {_time(since_ms)}: {cause}."


def _line(name: str) -> str:
    return " ".join(name.split())


def _time(at_ms: int) -> str:
    return f"{datetime.fromtimestamp(at_ms // 1_000, UTC):%Y-%m-%d %H:%M} UTC"
