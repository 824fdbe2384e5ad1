"""The fence in front of the real log: what `tests/push` proves, with the store and its threads."""

from collections import deque
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from hypothesis import HealthCheck, settings
from tests.clock import HeldClock
from tests.push.readers import make_hub
from tests.push.test_fence import Client, FenceMachine

from tocsin.app.log_feeds import LogSurface
from tocsin.model.event import Change
from tocsin.model.topic import TopicFilter
from tocsin.store.store import Store, open_store
from tocsin.store.tx import Tx

OURS = TopicFilter.parse(["ours/*"])


class StoreFenceMachine(FenceMachine):
    """Every change is committed on disk; the hub hears of it when a rule says so."""

    PAGE, HIGH, LARGEST = 1200, 1000, 800
    ENDS = False

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.store: Store | None = None
        self.committed: deque[Change] = deque()
        self._short_pages = patch("tocsin.app.log_feeds._PAGE_EVENTS", 2)
        self._short_pages.start()

    async def _start(self) -> None:
        """Open the log again, after a first time or a crash: what was committed is there."""
        self.snapshots = False
        if self.store is not None:
            await self.store.stop()
        path = Path(self.folder.name) / "tocsin.db"
        self.store = open_store(f"sqlite:///{path}", HeldClock())
        await self.store.start()
        self.store.on_commit = self._on_commit
        self.committed.clear()
        self.head = self.store.head
        self.hub = make_hub(position=self.head)
        self.surface = LogSurface(self.hub, self.store)

    def _on_commit(self, changes: Sequence[Change]) -> None:
        self.committed.extend(changes)

    def _commit(self, batch: list[int | None]) -> None:
        assert self.store is not None
        self.run(self.store.change(lambda tx: self._append(tx, batch)))
        for change in list(self.committed)[-1:]:
            self.log += [event.sequence for event in change if event.topic == "ours/1"]
            self.head = change[-1].sequence

    def _append(self, tx: Tx, batch: list[int | None]) -> None:
        for size in batch:
            topic = "theirs/1" if size is None else "ours/1"
            tx.append("test.event", topic, b'"%b"' % (b"x" * (size or 0)))

    async def _deliver(self, until: int) -> None:
        while self.committed and self.committed[0][-1].sequence <= until:
            change = self.committed.popleft()
            self.surface.publish(change)
            self.hub.advance(change[-1].sequence)

    async def _connect(self, client: Client, after: int) -> None:
        self.surface.join(client.connect(self.hub, after), OURS, b"", after)

    def teardown(self) -> None:
        try:
            super().teardown()
        finally:
            self._short_pages.stop()
            self.folder.cleanup()

    def _settle(self) -> None:
        super()._settle()
        assert self.store is not None
        self.run(self.store.stop())


TestStoreFence = StoreFenceMachine.TestCase
TestStoreFence.settings = settings(
    max_examples=20,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
