"""Silences: when a channel wants to hear nothing of some alerts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import Final

from tocsin.model import matcher
from tocsin.model.errors import invalid
from tocsin.model.matcher import Filter

DAYS: Final = range(1, 8)

_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


@dataclass(frozen=True)
class Once:
    """From one time to another (Unix seconds), the end excluded."""

    starts_at: int
    ends_at: int

    def check(self, path: str) -> None:
        """Refuse (`invalid`, under `path`) a window that is none."""
        if self.ends_at <= self.starts_at:
            raise invalid(f"{path}.ends_at", "must be after starts_at")

    def covers(self, now: int, _: tzinfo) -> bool:
        """Whether `now` is within."""
        return self.starts_at <= now < self.ends_at


@dataclass(frozen=True)
class Weekly:
    """On these days (1 Monday to 7 Sunday) from one time to another (`22:00`), the end excluded.
    An end that is not later is on the day after."""

    days: tuple[int, ...]
    from_time: str
    to_time: str

    def check(self, path: str) -> None:
        """Refuse (`invalid`, under `path`) a window that is none."""
        if not self.days or any(day not in DAYS for day in self.days):
            raise invalid(f"{path}.days", "must be some of 1 (Monday) to 7 (Sunday)")
        for name in ("from_time", "to_time"):
            if not _TIME.fullmatch(getattr(self, name)):
                raise invalid(f"{path}.{name}", "must be a time, as 22:00")

    def ends(self, now: int, zone: tzinfo) -> int:
        """When the window that `now` is within ends (Unix seconds), by the clocks of `zone`."""
        local = datetime.fromtimestamp(now, zone)
        begun_today = f"{local:%H:%M}" >= self.from_time
        overnight = self.from_time >= self.to_time and begun_today
        day = local.date() + timedelta(days=1 if overnight else 0)
        end = datetime.combine(day, time.fromisoformat(self.to_time), zone)
        return max(int(end.timestamp()), now + 1)

    def covers(self, now: int, zone: tzinfo) -> bool:
        """Whether `now` is within, by the clocks of `zone`."""
        local = datetime.fromtimestamp(now, zone)
        clock, today = f"{local:%H:%M}", local.isoweekday()
        if self.from_time < self.to_time:
            return today in self.days and self.from_time <= clock < self.to_time
        yesterday = (local.date() - timedelta(days=1)).isoweekday()
        begun_today = today in self.days and clock >= self.from_time
        return begun_today or (yesterday in self.days and clock < self.to_time)


@dataclass(frozen=True)
class Silence:
    """Keeps the alerts that `filter` is for out of incidents, while `window` lasts."""

    name: str
    filter: Filter
    window: Once | Weekly


def check(silence: Silence, path: str) -> None:
    """Refuse (`invalid`, under `path`) a filter or window that makes no sense."""
    matcher.check(silence.filter, f"{path}.filter")
    silence.window.check(f"{path}.window")


def silences(silence: Silence, facts: Mapping[str, str], now: int, zone: tzinfo) -> bool:
    """Whether an alert with these facts is silenced at `now` (Unix seconds), where its channel's
    clocks are those of `zone`."""
    return silence.window.covers(now, zone) and matcher.matches(silence.filter, facts)
