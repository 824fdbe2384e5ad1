"""Inboxes, whatever happens: who listens gets all of one run, in order, and is ended with it.

Random telling, opening and closing of two operations, while the feeds hear of it late, and readers
look for a place, join it later, stall, leave and come back, and the service is started anew.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.clock import HeldClock
from tests.push.held_loop import HeldLoop, turns
from tests.push.readers import ListSocket, make_hub

from tocsin.app import operations
from tocsin.app.inbox_places import Asked
from tocsin.app.inboxes import Inboxes
from tocsin.model.event import Change
from tocsin.model.inbox import Follow, Place, Wait, Without
from tocsin.model.operation import Instruction, Open, OperationEvent, Outcome, Tell
from tocsin.model.operation_data import read_message
from tocsin.push.subscriber import Subscriber
from tocsin.store import inboxes as rows
from tocsin.store import schema
from tocsin.store.store import open_store
from tocsin.store.tx import Tx
from tocsin.wire import sse

T = TypeVar("T")

IDS = ("web", "db")
SIZES = (0, 30, 60, 150)


@dataclass
class Told:
    """A run as the log tells of it."""

    opened: int
    messages: list[int] = field(default_factory=list)
    closed: int | None = None


class Log:
    """Every run of every operation, from the changes that were committed."""

    def __init__(self) -> None:
        self.runs: dict[str, list[Told]] = {operation_id: [] for operation_id in IDS}

    def add(self, change: Change) -> None:
        for event in change:
            runs = self.runs[event.topic.partition("/")[2]]
            match event.type:
                case OperationEvent.OPENED:
                    runs.append(Told(event.sequence))
                case OperationEvent.MESSAGE:
                    assert read_message(event.data).run == len(runs)
                    runs[-1].messages.append(event.sequence)
                case OperationEvent.CLOSED:
                    runs[-1].closed = event.sequence


class Client:
    """Checks each message as it reads it: the next one of the run that this connection is for."""

    def __init__(self, operation_id: str, place: Wait | Follow) -> None:
        self.operation_id = operation_id
        self.place = place
        self.after = place.after
        self.away = self.cut_off = False
        self.socket: ListSocket | None = None
        self._parser = sse.Parser()
        self._taken = 0
        self._read: list[int] = []

    def connect(self, subscriber: Subscriber, after: int) -> None:
        """`after` is what a listener who waits joins after: runs that are over by then do not
        concern it."""
        self.socket = ListSocket(subscriber, high=150)
        self.after = after
        subscriber.connect(self.socket)

    def leave(self) -> None:
        assert self.socket is not None
        self.away, self.cut_off = True, not self.socket.closed
        self.socket.abort()

    @property
    def seen(self) -> str:
        """What it comes back with."""
        return self._parser.last_event_id

    def take(self) -> None:
        assert self.socket is not None
        pieces, self._taken = self.socket.received[self._taken :], len(self.socket.received)
        found = self._parser.feed(b"".join(pieces))
        self._read += [int(message.id.rpartition("-")[2]) for message in found]

    def check(self, log: Log, *, everything: bool = False) -> None:
        assert self.socket is not None
        run = self._run(log)
        due = [s for s in run.messages if s > self.place.after] if run is not None else []
        over = run is not None and run.closed is not None
        assert self._read == due[: len(self._read)]
        if self.socket.closed and not self.cut_off:
            assert over
            assert self._read == due
        if everything and not self.away:
            assert self._read == due
            assert self.socket.closed is over

    def _run(self, log: Log) -> Told | None:
        runs = log.runs[self.operation_id]
        if isinstance(self.place, Follow):
            opened = self.place.run.opened
            return next(run for run in runs if run.opened == opened)
        return next((run for run in runs if run.opened > self.after), None)


class InboxMachine(RuleBasedStateMachine):
    """`pending` was committed, but the feeds have not heard of it yet."""

    template: Path

    def __init__(self) -> None:
        super().__init__()
        self._small = [
            patch.multiple("tocsin.push.feed", PAGE_BYTES=200, CHUNK=2),
            patch.multiple("tocsin.app.inboxes", PAGE_BYTES=200, _PAGE_EVENTS=3),
        ]
        for small in self._small:
            small.start()
        self.loop = HeldLoop()
        self.folder = tempfile.TemporaryDirectory()
        url = f"sqlite:///{shutil.copy(self.template, self.folder.name)}"
        self.store = open_store(url, HeldClock())
        self.run(self.store.start())
        self.log = Log()
        self.pending: list[Change] = []
        self.store.on_commit = self._committed
        self.looked: list[Client] = []
        self.clients: list[Client] = []
        self.run(self._start())

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    async def _start(self) -> None:
        self.hub = make_hub(position=self.store.head)
        self.inboxes = Inboxes(self.hub, self.store, await self.store.read(rows.open_runs))

    def _committed(self, changes: Sequence[Change]) -> None:
        for change in changes:
            self.log.add(change)
        self.pending += changes

    @rule(
        operation_id=st.sampled_from(IDS),
        sizes=st.lists(st.sampled_from(SIZES), min_size=1, max_size=6),
    )
    def tell(self, operation_id: str, sizes: list[int]) -> None:
        messages = tuple(b'{"body":"%b","level":""}' % (b"x" * size) for size in sizes)
        self._apply(Tell(operation_id, messages))

    @rule(operation_id=st.sampled_from(IDS))
    def open(self, operation_id: str) -> None:
        self._apply(Open(operation_id))

    def _apply(self, instruction: Instruction) -> None:
        awaited = list(filter(self.inboxes.waits, IDS))
        self.run(self._change(lambda tx: operations.apply(tx, [instruction], awaited)))

    @rule(operation_id=st.sampled_from(IDS))
    def finish(self, operation_id: str) -> None:
        if self.log.runs[operation_id]:
            done = Outcome.SUCCESS
            self.run(self._change(lambda tx: operations.finish(tx, operation_id, done)))

    async def _change(self, unit: Callable[[Tx], object]) -> None:
        await self.store.change(unit)

    @rule(count=st.integers(1, 5))
    def deliver(self, count: int) -> None:
        """The feeds hear of some of what was committed."""
        self.run(self._deliver(count))

    async def _deliver(self, count: int) -> None:
        changes, self.pending = self.pending[:count], self.pending[count:]
        for change in changes:
            self.inboxes.publish(change)
        if changes:
            self.hub.advance(changes[-1][-1].sequence)

    @rule(
        operation_id=st.sampled_from(IDS),
        run=st.sampled_from(["", "", "last", "1"]),
        at_once=st.booleans(),
    )
    def listen(self, operation_id: str, run: str, at_once: bool) -> None:
        """A new reader's place is found; it may join only later."""
        self._look(Asked(operation_id, run, ""), at_once)

    def _look(self, asked: Asked, at_once: bool) -> None:
        place: Place = self.run(self.inboxes.place(asked))
        if isinstance(place, Without):
            return
        client = Client(asked.operation_id, place)
        if at_once:
            self.clients.append(client)
            self.run(self._join(client))
        else:
            self.looked.append(client)

    @precondition(lambda self: self.looked)
    @rule(data=st.data())
    def join(self, data: st.DataObject) -> None:
        client = data.draw(st.sampled_from(self.looked))
        self.looked.remove(client)
        self.clients.append(client)
        self.run(self._join(client))

    async def _join(self, client: Client) -> None:
        subscriber = Subscriber(self.hub, None, "")
        await self._catch_up(client.place)
        over = [
            run.closed
            for run in self.log.runs[client.operation_id]
            if run.closed is not None and run.closed <= self.hub.position
        ]
        client.connect(subscriber, max(client.place.after, *over, 0))
        self.inboxes.join(subscriber, client.operation_id, client.place)

    async def _catch_up(self, place: Wait | Follow) -> None:
        """It joins once the feeds have heard of enough, and no later."""
        caught_up = asyncio.ensure_future(self.inboxes.caught_up(place))
        await turns(1)
        while not caught_up.done():
            await self._deliver(1)
            await turns(2)

    @rule(count=st.integers(1, 4))
    def turn(self, count: int) -> None:
        self.run(turns(count))

    @rule()
    def rest(self) -> None:
        self.run(self._rest())

    async def _rest(self) -> None:
        await asyncio.sleep(1)
        while reading := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(reading)
            await asyncio.sleep(1)

    def _present(self) -> list[Client]:
        return [client for client in self.clients if not client.away]

    @precondition(lambda self: self._present())
    @rule(data=st.data())
    def stall(self, data: st.DataObject) -> None:
        socket = data.draw(st.sampled_from(self._present())).socket
        assert socket is not None
        socket.stalled = True

    @precondition(lambda self: self._present())
    @rule(data=st.data(), stay_stalled=st.booleans())
    def read_on(self, data: st.DataObject, stay_stalled: bool) -> None:
        self.run(self._read_on(data.draw(st.sampled_from(self._present())), stay_stalled))

    async def _read_on(self, client: Client, stay_stalled: bool) -> None:
        assert client.socket is not None
        client.socket.read_on()
        client.socket.stalled = stay_stalled

    @precondition(lambda self: self._present())
    @rule(data=st.data(), at_once=st.booleans())
    def leave_and_come_back(self, data: st.DataObject, at_once: bool) -> None:
        client = data.draw(st.sampled_from(self._present()))
        client.take()
        self.run(self._leave(client))
        self._look(Asked(client.operation_id, "", client.seen), at_once)

    async def _leave(self, client: Client) -> None:
        client.leave()

    @rule()
    def restart(self) -> None:
        for client in self._present():
            self.run(self._leave(client))
        self.pending.clear()
        self.run(self._start())

    @invariant()
    def what_was_read_is_one_run_in_order_and_nobody_is_ended_early(self) -> None:
        for client in self.clients:
            client.take()
            client.check(self.log)

    @invariant()
    def who_waits_is_known(self) -> None:
        waiting = {operation_id for operation_id in IDS if self.inboxes.waits(operation_id)}
        assert waiting <= self.inboxes.listened()

    def teardown(self) -> None:
        """In the end everybody reads, and has all there is for it."""
        try:
            self._settle()
        finally:
            self.run(self.store.stop())
            for small in self._small:
                small.stop()
            self.loop.close()
            self.folder.cleanup()

    def _settle(self) -> None:
        self.deliver(len(self.pending))
        for _ in range(60):
            for client in self._present():
                self.run(self._read_on(client, False))
            self.rest()
        for client in self.clients:
            client.take()
            client.check(self.log, everything=True)


def test_who_waits_is_not_taken_for_a_listener_of_the_run_before(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """The run was closed when the place was found, and the feeds had heard of nothing."""
    InboxMachine.template = tmp_path_factory.mktemp("inboxes") / "tocsin.db"
    schema.migrate(f"sqlite:///{InboxMachine.template}")
    machine = InboxMachine()
    machine.tell("web", [0])
    machine.finish("web")
    machine.listen("web", "", at_once=True)
    machine.teardown()


@pytest.mark.timeout(300)
def test_who_listens_gets_all_of_one_run_and_is_ended_with_it(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    InboxMachine.template = tmp_path_factory.mktemp("inboxes") / "tocsin.db"
    schema.migrate(f"sqlite:///{InboxMachine.template}")
    checks = settings(
        max_examples=60,
        stateful_step_count=40,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    run_state_machine_as_test(InboxMachine, settings=checks)
