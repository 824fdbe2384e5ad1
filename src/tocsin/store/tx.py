"""What a unit of work gets to work with."""

from collections.abc import Sequence

from sqlalchemy import Connection

from tocsin.model.endpoint import Endpoint
from tocsin.model.event import SOURCE
from tocsin.store.batch import Batch
from tocsin.store.enlisting import Due
from tocsin.store.ids import Ids


class Tx:
    """The transaction as one unit of work sees it; valid until the unit returns.

    A unit may be run more than once, and only the last run counts. So it must have no effect but
    through here: take times, ids and sequences from here, keep nothing outside, wait for nothing.
    """

    __slots__ = ("_batch", "_first", "_ids", "now_ms")

    def __init__(self, batch: Batch, ids: Ids, now_ms: int) -> None:
        self._batch = batch
        self._ids = ids
        self._first = batch.head + 1
        self.now_ms = now_ms

    @property
    def conn(self) -> Connection:
        """For SQL of every kind. It does not see the log's newest events before `flush`."""
        return self._batch.conn

    @property
    def now(self) -> int:
        """Unix seconds."""
        return self.now_ms // 1_000

    @property
    def epoch(self) -> str:
        """Which log this is."""
        return self._batch.epoch

    @property
    def head(self) -> int:
        """The sequence of the newest event, this unit's own included."""
        return self._batch.head

    @property
    def first_available(self) -> int:
        """The sequence of the oldest event that retention has left, `head + 1` if it left none."""
        return self._batch.first_available

    def new_id(self) -> str:
        """24 hex digits, higher than any this writer gave before."""
        return self._ids.new(self.now_ms)

    def append(  # noqa: PLR0913 - an event's fields
        self,
        type: str,  # noqa: A002 - CloudEvents' name
        topic: str,
        data: bytes,
        *,
        key: str | None = None,
        time_ms: int | None = None,
        source: str = SOURCE,
    ) -> int:
        """Add an event to the log and return its sequence; `data` is JSON text, or empty for none.

        `key` defaults to the topic, `time_ms` to now. All events of one unit are one change.
        """
        batch = self._batch
        batch.head = sequence = batch.head + 1
        # A clock that was set back does not take the log with it: `log.sequence_at` bisects.
        batch.recorded_ms = recorded_ms = max(batch.recorded_ms, self.now_ms)
        batch.rows.append(
            (
                sequence,
                self._first,
                type,
                topic,
                topic if key is None else key,
                source,
                self.now_ms if time_ms is None else time_ms,
                recorded_ms,
                data,
            )
        )
        return sequence

    def flush(self) -> None:
        """Write the events appended so far, so that this unit's SQL sees them."""
        self._batch.flush()

    def enlist(self, dues: Sequence[Due]) -> None:
        """Let endpoints, which are enabled, be told of events that are in the log already."""
        self._batch.enlist(dues)

    def endpoints(self) -> Sequence[Endpoint]:
        """Those that are told of events by themselves."""
        return self._batch.endpoints()

    def endpoints_changed(self) -> None:
        """To be called before endpoints are written: they are told of what is appended from here
        on, and not of what was before."""
        self._batch.endpoints_changed()

    def trimmed(self, until: int) -> None:
        """Note that this unit has removed the events up to `until` from the log."""
        self._batch.first_available = until + 1
