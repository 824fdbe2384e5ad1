"""A stream that NATS keeps: what is published while nobody reads is brought later, each message
once."""

import asyncio
from collections.abc import Sequence
from functools import partial

import structlog
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy, RetentionPolicy, StreamInfo
from nats.js.errors import NotFoundError
from nats.js.manager import JetStreamManager

from tocsin.app.lease import Lease
from tocsin.ingest import stream
from tocsin.ingest.connection import Connection
from tocsin.ingest.errors import BusUnavailable
from tocsin.ingest.source import TOGETHER
from tocsin.store import bus_positions
from tocsin.store.bus_positions import BusPosition
from tocsin.store.store import Store
from tocsin.store.tx import Tx

_log = structlog.get_logger(__name__)

_CONSUMER = "tocsin"
# What is under way to us or being written, at most.
_UNDER_WAY = 2 * TOGETHER
# How often NATS says that there is nothing to bring, in seconds, and how many times it may miss.
_HEARTBEAT_S = 5
_MISSED = 3
# NATS brings again what was not acknowledged for so long, in seconds. It never has to: every
# beginning makes the consumer anew. And what comes again comes out of order.
_ACK_WAIT_S = 60 * 60


class DurableSource:
    """Reads a stream by a durable consumer.

    What has been taken in is known by the position in the store, written in the transaction that
    takes the messages in; that of the consumer is only for those who look at NATS. A consumer that
    others left behind brings first what is new and then, after a while, once more what was never
    acknowledged, so a position would skip messages. Hence each beginning makes the consumer anew,
    right behind the position, and reading ends as soon as the order is in doubt.
    """

    keeps = True

    def __init__(
        self,
        store: Store,
        lease: Lease,
        name: str,
        connection: Connection,
        subjects: Sequence[str],
    ) -> None:
        self._store = store
        self._lease = lease
        self._name = name
        self._connection = connection
        self._subjects = subjects
        self._key = ""
        self._created = ""
        self._taken = 0  # everything up to this sequence had been taken in at the beginning
        self._expected = 1  # the number of the consumer's next message

    async def begin(self) -> None:
        """Find or make the stream, and a consumer that begins behind what has been taken in."""
        manager = self._connection.jsm()
        info = await stream.find(manager, self._name, self._subjects)
        assert info.config.name is not None
        self._key, self._created = info.config.name, str(info.created)
        self._taken = (await self._store.change(partial(self._reconcile, info=info))).value
        if 0 < self._taken < info.state.first_seq - 1:
            _log.warning(
                "messages have left the stream that were never taken in",
                stream=self._key,
                first=self._taken + 1,
                last=info.state.first_seq - 1,
            )
        inbox = self._connection.new_inbox()
        await self._connection.subscribe(inbox)
        await self._remove_consumer(manager)
        await manager.add_consumer(self._key, self._consumer(info, inbox))

    async def take(self) -> Sequence[Msg]:
        """The next messages, unless their order is in doubt."""
        try:
            async with asyncio.timeout(_HEARTBEAT_S * _MISSED):
                messages = await self._connection.arrivals.take(TOGETHER)
        except TimeoutError as error:
            raise BusUnavailable(f"the stream {self._key} has fallen silent") from error
        for message in messages:
            told = message.metadata
            if told.num_delivered != 1 or told.sequence.consumer != self._expected:
                raise BusUnavailable("a message came out of order; beginning anew")
            self._expected += 1
        return await self._fresh(messages)

    async def _fresh(self, messages: Sequence[Msg]) -> Sequence[Msg]:
        """A work queue also brings what was taken in, if it was never told so."""
        stale = [one for one in messages if one.metadata.sequence.stream <= self._taken]
        await self.taken(stale)
        return messages[len(stale) :]

    def note(self, tx: Tx, messages: Sequence[Msg]) -> bool:
        """Write the position of the last one."""
        position = BusPosition(self._created, messages[-1].metadata.sequence.stream)
        known = bus_positions.find(tx.conn, self._key)
        if known and known.created == self._created and known.sequence >= position.sequence:
            return False
        bus_positions.put(tx, self._key, position)
        return True

    async def taken(self, messages: Sequence[Msg]) -> None:
        """Acknowledge them."""
        for message in messages:
            await message.ack()

    async def rest(self) -> Sequence[Sequence[Msg]]:
        """What has not been taken in is brought again."""
        return []

    def _reconcile(self, tx: Tx, info: StreamInfo) -> int:
        """The sequence of the last message that has been taken in, 0 when none has.

        A stream that was made anew begins at the front. A server that lost power may have lost the
        newest messages, and gives their sequences to others: nothing behind its end counts.
        """
        self._lease.check(tx)
        known = bus_positions.find(tx.conn, self._key)
        taken = known.sequence if known and known.created == self._created else 0
        taken = min(taken, info.state.last_seq)
        bus_positions.put(tx, self._key, BusPosition(self._created, taken))
        return taken

    async def _remove_consumer(self, manager: JetStreamManager) -> None:
        """Raises BusUnavailable when it is that of another log, and in use."""
        try:
            found = await manager.consumer_info(self._key, _CONSUMER)
        except NotFoundError:
            return
        if found.push_bound and found.config and found.config.description != self._ours:
            raise BusUnavailable(
                f"another Tocsin, with a log of its own, reads the stream {self._key}; "
                f"give each a stream of its own"
            )
        await manager.delete_consumer(self._key, _CONSUMER)

    def _consumer(self, info: StreamInfo, inbox: str) -> ConsumerConfig:
        """A work queue is always read from its front."""
        front = info.config.retention == RetentionPolicy.WORK_QUEUE
        return ConsumerConfig(
            durable_name=_CONSUMER,
            description=self._ours,
            deliver_subject=inbox,
            deliver_policy=DeliverPolicy.ALL if front else DeliverPolicy.BY_START_SEQUENCE,
            opt_start_seq=None if front else self._taken + 1,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=_ACK_WAIT_S,
            max_ack_pending=_UNDER_WAY,
            idle_heartbeat=_HEARTBEAT_S,
        )

    @property
    def _ours(self) -> str:
        """How the consumer says whose it is: every node of a cluster writes the same log."""
        return f"the log {self._store.epoch}"
