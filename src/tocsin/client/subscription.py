"""Following the event stream across lost connections."""

import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from tocsin.client.messages import Message, Verdict, read
from tocsin.client.reconnecting import LOST, Lost, log
from tocsin.client.stream import EventStream


def log_verdict(verdict: Verdict) -> None:
    """Tell the log: as a warning when something is missing."""
    level = logging.WARNING if verdict.verdict in {"gap", "reset"} else logging.INFO
    missed = "" if verdict.missed is None else f", {verdict.missed} missed"
    log.log(level, "%s at %s%s", verdict.verdict, verdict.position, missed)


@dataclass(frozen=True)
class Subscription:
    """One reader of the event stream: the topics it wants, and from where."""

    stream: EventStream
    topics: Sequence[str]
    since: str | None

    async def messages(self) -> AsyncIterator[Message]:
        """Verdicts and events, for ever; raises `ServerRefused` when asking again will not help."""
        while True:
            try:
                async for message in self.stream.connection(self._parameters()):
                    yield read(message.event, message.data)
                raise Lost("ended by the server")
            except LOST as error:
                await self.stream.pauses.after(error)

    def _parameters(self) -> list[tuple[str, str]]:
        since = [("since", self.since)] if self.since else []
        return [("topic", topic) for topic in self.topics] + since
