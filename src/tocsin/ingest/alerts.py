"""What comes about alerts, as FlashDuty's standard push says it."""

from collections.abc import Callable, Sequence
from functools import partial

from tocsin.app import intake
from tocsin.app.alert_intake import AlertIntake, Source
from tocsin.model.alert import Effect
from tocsin.model.alert_event import AlertEvent
from tocsin.model.errors import Code, Refused
from tocsin.store.tx import Tx
from tocsin.wire import standard_alert
from tocsin.wire.malformed import Malformed, Reason

# The key of an integration, and what it brings.
Brought = tuple[str, AlertEvent]


class AlertMessages:
    """Takes in what is published on `alerts.KEY`; `intake` keeps the account."""

    subjects = ("alerts.*",)

    def __init__(self, intake_: AlertIntake) -> None:
        self._intake = intake_

    def read(self, subject: str, payload: bytes) -> Brought:
        """What a message brings. Raises `wire.malformed.Malformed`."""
        try:
            event = standard_alert.read(payload, self._intake.now)
        except Refused as refused:
            reason = Reason.WRONG_SHAPE if refused.errors else Reason.NOT_JSON
            raise Malformed(reason, refused.detail) from refused
        return subject.partition(".")[2], event

    def prepare(self, asked: Sequence[Brought]) -> Callable[[Tx], list[Effect | None]]:
        """The part of a unit of work that takes these in."""
        return partial(intake.take_all, brought=asked)

    def taken(self, outcome: Sequence[Effect | None]) -> None:
        """Count what the events did; a key that is nobody's is a refusal."""
        self._intake.count(Source.NATS, (one for one in outcome if one is not None))
        self._refused(Code.UNAUTHORIZED, outcome.count(None))

    def malformed(self) -> None:
        """Count it."""
        self._refused(Code.INVALID, 1)

    def _refused(self, code: Code, count: int) -> None:
        if count:
            self._intake.refusals[Source.NATS, code] += count
