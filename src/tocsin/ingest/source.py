"""Where messages are read from: NATS as it is, or a stream that NATS keeps."""

from collections.abc import Sequence
from typing import Protocol

from nats.aio.msg import Msg

from tocsin.ingest.connection import Connection
from tocsin.store.tx import Tx

# Messages that one unit of work takes in.
TOGETHER = 500


class Source(Protocol):
    """Brings messages, each once, in the order in which they were published."""

    @property
    def keeps(self) -> bool:
        """Whether what is published while nobody reads is brought later."""
        ...

    async def begin(self) -> None:
        """Subscribe. From here on messages come. Raises BusUnavailable and StoreUnavailable."""
        ...

    async def take(self) -> Sequence[Msg]:
        """The next messages, at most TOGETHER, maybe none. Raises BusUnavailable."""
        ...

    def note(self, tx: Tx, messages: Sequence[Msg]) -> bool:
        """Note in the unit of work that takes these messages in that it does; False when they have
        been taken in already."""
        ...

    async def taken(self, messages: Sequence[Msg]) -> None:
        """They are on disk."""
        ...

    async def rest(self) -> Sequence[Sequence[Msg]]:
        """Stop reading. What has come and not been taken, if nobody would bring it again."""
        ...


class CoreSource:
    """NATS as it is: what nobody reads when it is published is gone."""

    keeps = False

    def __init__(self, connection: Connection, subjects: Sequence[str]) -> None:
        self._connection = connection
        self._subjects = subjects

    async def begin(self) -> None:
        """Subscribe, and make sure that the server has heard it.

        Not as a queue group: when another node takes over, messages have to reach it although this
        one is still subscribed, and may no longer write them.
        """
        for subject in self._subjects:
            await self._connection.subscribe(subject)
        await self._connection.settle()

    async def take(self) -> Sequence[Msg]:
        """What waits, once something does."""
        return await self._connection.arrivals.take(TOGETHER)

    def note(self, tx: Tx, messages: Sequence[Msg]) -> bool:
        """Nothing to note: they never come again."""
        return True

    async def taken(self, messages: Sequence[Msg]) -> None:
        """Nothing to do."""

    async def rest(self) -> Sequence[Sequence[Msg]]:
        """Unsubscribe; what the server had sent by then has come once it answers."""
        await self._connection.silence()
        rest = []
        while messages := self._connection.arrivals.take_now(TOGETHER):
            rest.append(messages)
        return rest
