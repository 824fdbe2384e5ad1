"""Past notices, as `rpc/logs` gives them: by class, then by the second they were told in."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from tocsin.wire.sysadm_calls import ReadLogs

_DEFAULT_S = 12 * 60 * 60


class Span(NamedTuple):
    """From one moment to just before another, in Unix milliseconds."""

    start_ms: int
    end_ms: int


class PastNotice(NamedTuple):
    """A notice that was told at a time (Unix milliseconds). `args` is JSON."""

    time_ms: int
    args: bytes


def span(asked: ReadLogs, now: int) -> Span:
    """Which time is asked for: whole seconds, the last one included."""
    end = now if asked.end is None else asked.end
    start = max(end - _DEFAULT_S, 0) if asked.start is None else asked.start
    return Span(start * 1_000, (end + 1) * 1_000)


def render(by_class: Mapping[str, Iterable[PastNotice]]) -> bytes:
    """`{CLASS: {SECONDS: args}}`; the notices of each class are given oldest first.

    A second's further notices follow it as `SECONDS.000001` and so on, which is a number too, and
    in order as text.
    """
    return msgspec.json.encode({name: _by_second(told) for name, told in by_class.items()})


def _by_second(told: Iterable[PastNotice]) -> dict[str, msgspec.Raw]:
    found: dict[str, msgspec.Raw] = {}
    second, count = -1, 0
    for notice in told:
        at = notice.time_ms // 1_000
        count = count + 1 if at == second else 0
        second = at
        found[f"{at}.{count:06}" if count else str(at)] = msgspec.Raw(notice.args)
    return found
