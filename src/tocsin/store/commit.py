"""Group commit: many units of work in one transaction, each answered as if it had been alone."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from itertools import islice

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from tocsin.model.clock import Clock
from tocsin.model.event import Change
from tocsin.store import log
from tocsin.store.batch import Batch, Mark
from tocsin.store.engine import Backend
from tocsin.store.enlisting import Terms
from tocsin.store.errors import StoreUnavailable
from tocsin.store.handover import Handover, Outcome, Work
from tocsin.store.ids import Ids
from tocsin.store.listening import Listening
from tocsin.store.log import LogFacts
from tocsin.store.tx import Tx

# A batch ends with the unit that reaches this many events, together with what endpoints are to be
# told of them: the next in line has waited enough.
MAX_ROWS = 1_000


class _RunAgain(Exception):  # noqa: N818 - not an error: the first attempt was a bet
    """The transaction cannot be committed: a unit failed after it had written, or broke it."""


class GroupCommit:
    """Runs batches of units and hands over what came of them. Used by one thread at a time.

    A batch is first run bare, betting that no unit fails after it has written; that spares two
    statements per unit. When the bet is lost, or COMMIT fails, all is rolled back and run again,
    each unit in a savepoint of its own. When that fails too, the database is at fault: every unit
    is told so, and the next batch starts on a new connection.
    """

    def __init__(
        self,
        backend: Backend,
        clock: Clock,
        hand_over: Callable[[Handover], None],
        base_url: str,
    ) -> None:
        self._backend = backend
        self._clock = clock
        self._hand_over = hand_over
        self._base_url = base_url
        self._listening = Listening()
        self._ids = Ids(0)
        self._conn: Connection | None = None
        self._transaction: str | None = None
        self._handed_over = 0
        self._unsettled: tuple[str, list[Outcome]] | None = None

    @property
    def in_doubt(self) -> bool:
        """Whether a COMMIT failed that may have happened; even an empty batch finds out."""
        return self._unsettled is not None

    def open(self) -> LogFacts:
        """Connect and make sure the log can be written; what it holds counts as handed over."""
        conn = self._connect()
        self._backend.enter(conn)
        facts = log.facts(conn)
        conn.rollback()
        self._handed_over = facts.head
        self._ids = Ids(facts.recorded_ms)
        return facts

    def close(self) -> None:
        """Give up the connection, and with it what was not committed."""
        if self._conn is not None:
            with suppress(SQLAlchemyError):
                self._conn.close()
            self._conn = None

    def run(self, queued: Iterator[Work]) -> None:
        """Take units from `queued` and commit them; each unit taken is answered in a handover."""
        taken: list[Work] = []
        try:
            handover = self._run_together(queued, taken)
        except Exception:  # the second run either meets the same fault or gets over it
            self._roll_back()
            handover = self._run_again(taken or list(islice(queued, 1)), queued)
        self._hand_over(handover)

    def _run_again(self, taken: list[Work], queued: Iterable[Work]) -> Handover:
        try:
            return self._run_apart(taken)
        except BaseException as error:
            self.close()
            # Those still waiting too: their batches would take as long to fail as this one did.
            return Handover([self._refused(work, error) for work in (*taken, *queued)])

    def _run_together(self, queued: Iterable[Work], taken: list[Work]) -> Handover:
        batch = self._begin()
        outcomes: list[Outcome] = []
        changes: list[Change] = []
        for work in queued:
            taken.append(work)
            mark = batch.mark()
            outcome = self._attempt(batch, work)
            if not batch.intact or (outcome.error is not None and batch.touched_since(mark)):
                raise _RunAgain
            outcomes.append(outcome)
            if len(batch.rows) > mark.rows:
                changes.append(batch.change_since(mark))
            if batch.size >= MAX_ROWS:
                break
        return self._commit(batch, outcomes, changes)

    def _run_apart(self, works: Iterable[Work]) -> Handover:
        unsettled = self._unsettled
        batch = self._begin()
        if unsettled and self._backend.committed(batch.conn, unsettled[0]):
            self._roll_back()
            return Handover(unsettled[1], enlisted=True)
        outcomes: list[Outcome] = []
        changes: list[Change] = []
        for work in works:
            mark = batch.mark()
            batch.protect()
            outcome = self._attempt(batch, work, accept=True)
            if outcome.error is not None:
                _undo(batch, mark, outcome.error)
            elif len(batch.rows) > mark.rows:
                changes.append(batch.change_since(mark))
            outcomes.append(outcome)
        return self._commit(batch, outcomes, changes)

    def _begin(self) -> Batch:
        conn = self._connect()
        self._transaction = self._backend.enter(conn)
        facts = log.facts(conn)
        batch = Batch(conn, self._backend, facts, self._listening, self._terms(facts))
        if batch.head > self._handed_over:
            self._hand_over_missed(batch)
        self._unsettled = None
        return batch

    def _terms(self, facts: LogFacts) -> Terms:
        now_ms = self._clock.now_ms()
        return Terms(facts.epoch, self._base_url, now_ms, partial(self._ids.new, now_ms))

    def _connect(self) -> Connection:
        if self._conn is None:
            self._conn = self._backend.writing.connect()
        self._conn.begin()
        return self._conn

    def _hand_over_missed(self, batch: Batch) -> None:
        """What another writer committed, or a COMMIT that we never saw succeed."""
        for change in log.changes(batch.conn, self._handed_over, batch.head):
            head = change[-1].sequence
            self._hand_over(Handover((), [change], head, batch.first_available, enlisted=True))
        self._handed_over = batch.head

    def _attempt(self, batch: Batch, work: Work, *, accept: bool = False) -> Outcome:
        tx = Tx(batch, self._ids, self._clock.now_ms())
        try:
            value = work.unit(tx)
            if accept:
                batch.accept()
        except BaseException as error:
            return Outcome(work.future, error=self._explained(error))
        return Outcome(work.future, value, batch.head)

    def _commit(self, batch: Batch, outcomes: list[Outcome], changes: list[Change]) -> Handover:
        batch.flush()
        try:
            batch.conn.commit()
        except Exception:
            if self._transaction:
                self._unsettled = (self._transaction, outcomes)
            # SQLAlchemy takes the transaction for ended now, but the database may not.
            self.close()
            raise
        self._handed_over = batch.head
        return Handover(outcomes, changes, batch.head, batch.first_available, batch.enlisted)

    def _roll_back(self) -> None:
        try:
            if self._conn is not None:
                self._conn.rollback()
        except SQLAlchemyError:
            self.close()

    def _refused(self, work: Work, error: BaseException) -> Outcome:
        """Each waiter gets an error of its own: raised in many tasks, one mixes their traces."""
        fault = self._explained(error)
        if not isinstance(fault, StoreUnavailable):
            fault = StoreUnavailable("The database could not commit.")
        refusal = StoreUnavailable(*fault.args)
        refusal.__cause__ = error
        return Outcome(work.future, error=refusal)

    def _explained(self, error: BaseException) -> BaseException:
        unavailable = self._backend.explain(error)
        if unavailable is not None:
            unavailable.__cause__ = error
            return unavailable
        if isinstance(error, StopIteration):  # which no future takes
            return RuntimeError("a unit of work raised StopIteration")
        return error


def _undo(batch: Batch, mark: Mark, error: BaseException) -> None:
    try:
        batch.undo(mark)
    except SQLAlchemyError:
        # The savepoint is gone, and the transaction with it: what ended it is the reason, not this.
        raise error from None
