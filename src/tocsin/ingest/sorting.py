"""Which intake takes a message, and what the message asks of it."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from nats.aio.msg import Msg

from tocsin.app.bus_state import BusState, Fate
from tocsin.ingest.intake import Intake
from tocsin.ingest.refusals import Refusals
from tocsin.ingest.subjects import covers
from tocsin.model.errors import Refused
from tocsin.wire.malformed import FRAME_LIMIT, Malformed, Reason

AnyIntake = Intake[Any, Any]


class Request(NamedTuple):
    """A message that could be read: what it asks of whom. `subject` is as it was subscribed."""

    message: Msg
    subject: str
    intake: AnyIntake
    asked: Any


class Sorting:
    """Reads messages for the intakes, and accounts for all of them."""

    def __init__(self, intakes: Sequence[AnyIntake], state: BusState, refusals: Refusals) -> None:
        self._intakes = {subject: intake for intake in intakes for subject in intake.subjects}
        self._patterns = [subject for subject in self._intakes if "*" in subject or ">" in subject]
        self.state = state
        self._refusals = refusals

    @property
    def subjects(self) -> Sequence[str]:
        """What to subscribe to."""
        return list(self._intakes)

    def read(self, messages: Sequence[Msg]) -> list[Request]:
        """What the messages ask for, in their order; without those that make no sense."""
        return [request for message in messages if (request := self._read(message))]

    def lost(self, subject: str) -> None:
        """A message on `subject` found no room."""
        if (subscribed := self._subscribed(subject)) is not None:
            self.state.frames[subscribed, Fate.LOST] += 1
            self._refusals.note(subscribed, Fate.LOST, "more came than could be written")

    def refused(self, request: Request, refusal: Refused) -> None:
        """The request may not be done."""
        self.ended([request], Fate.REFUSED)
        self._refusals.note(request.subject, refusal.code, refusal.detail)

    def ended(self, requests: Iterable[Request], fate: Fate) -> None:
        """That became of these requests."""
        for request in requests:
            self.state.frames[request.subject, fate] += 1

    def _read(self, message: Msg) -> Request | None:
        subject = self._subscribed(message.subject)
        if subject is None:  # a stream may hold more than is asked for
            return None
        intake = self._intakes[subject]
        try:
            if len(message.data) > FRAME_LIMIT:
                raise Malformed(Reason.TOO_LARGE, f"at most {FRAME_LIMIT:,} bytes are taken")
            return Request(message, subject, intake, intake.read(message.subject, message.data))
        except Malformed as fault:
            self.state.frames[subject, fault.reason] += 1
            self._refusals.note(subject, fault.reason, fault.detail)
            intake.malformed()
            return None

    def _subscribed(self, subject: str) -> str | None:
        if subject in self._intakes:
            return subject
        return next((pattern for pattern in self._patterns if covers(pattern, subject)), None)


def by_intake(requests: Sequence[Request]) -> Iterator[tuple[AnyIntake, list[Any]]]:
    """What is asked of one intake after the other."""
    for intake, those in groupby(requests, key=attrgetter("intake")):
        yield intake, [request.asked for request in those]
