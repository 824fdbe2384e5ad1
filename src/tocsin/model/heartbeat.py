"""The dead man's switch: something says regularly that it lives; its silence is the alert."""

import re
from dataclasses import dataclass, replace
from typing import Self

from tocsin.model.alert_event import AlertEvent
from tocsin.model.errors import invalid
from tocsin.model.severity import Status

DEFAULT_EVERY_S = 60
EVERY_S = range(1, 31 * 86_400 + 1)

_NAME = re.compile(r"[A-Za-z0-9._:-]{1,128}", re.ASCII)
_SECONDS = re.compile(r"[0-9]{1,7}", re.ASCII)


@dataclass(frozen=True)
class Heartbeat:
    """What beats by this name, how often it should, when it last did, and when it was told that it
    had fallen silent, 0 while it has not (Unix milliseconds)."""

    name: str
    every_s: int
    beat_ms: int
    silent_ms: int = 0

    @property
    def due_ms(self) -> int:
        """Until when the next beat may take: twice as long as it should."""
        return self.beat_ms + self.every_s * 2_000

    def beat(self, every_s: int, now_ms: int) -> tuple[Self, AlertEvent | None]:
        """It beats: how it is then, and the recovery if it had fallen silent. A clock that was put
        back neither brings a silence forward nor has the recovery come before it."""
        beat_ms = max(self.beat_ms, self.silent_ms, now_ms)
        beaten = replace(self, every_s=every_s, beat_ms=beat_ms, silent_ms=0)
        return beaten, beaten._event(Status.OK, beat_ms, "") if self.silent_ms else None

    def look(self, now_ms: int) -> tuple[Self, AlertEvent | None]:
        """How it is at `now_ms`, and its alert if it is then that it falls silent."""
        if self.silent_ms or now_ms <= self.due_ms:
            return self, None
        told = f"It should come every {self.every_s} s. For twice as long there was none."
        return replace(self, silent_ms=now_ms), self._event(Status.CRITICAL, now_ms, told)

    def _event(self, status: Status, time_ms: int, description: str) -> AlertEvent:
        return AlertEvent(
            key=f"heartbeat/{self.name}",
            title=f"No heartbeat from {self.name}",
            status=status,
            time=time_ms // 1_000,
            started_at=self.beat_ms // 1_000,
            description=description,
            labels={"heartbeat": self.name},
        )


def check_name(name: str) -> None:
    """Refuse (`invalid`) what cannot be the name of a heartbeat."""
    if not _NAME.fullmatch(name):
        raise invalid("name", "must be 1 to 128 of A-Z a-z 0-9 . _ : -")


def parse_every(text: str) -> int:
    """How often it should beat, in seconds, as the query says it."""
    if not _SECONDS.fullmatch(text) or int(text) not in EVERY_S:
        raise invalid("every", f"must be seconds, 1 to {EVERY_S[-1]:,}")
    return int(text)
