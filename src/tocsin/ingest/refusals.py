"""What is said about messages that cannot be taken in."""

import structlog

from tocsin.model.clock import Clock

_log = structlog.get_logger(__name__)

_QUIET_MS = 60_000


class Refusals:
    """Logs them once a minute for each subject: a sender that is wrong is wrong often."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._spoken: dict[str, int] = {}
        self._silent: dict[str, int] = {}

    def note(self, subject: str, reason: str, detail: str) -> None:
        """A message was refused. `subject` is one of those subscribed to, which are few."""
        now_ms = self._clock.now_ms()
        if subject in self._spoken and now_ms - self._spoken[subject] < _QUIET_MS:
            self._silent[subject] = self._silent.get(subject, 0) + 1
            return
        self._spoken[subject] = now_ms
        _log.warning(
            "a message from NATS was dropped",
            subject=subject,
            reason=reason,
            detail=detail,
            others_since_last_said=self._silent.pop(subject, 0),
        )
