"""What can be done with issues, as units of work; what they decide is in `model/issue.py`."""

from collections.abc import Collection

from sqlalchemy import Connection

from tocsin.app import bulletins
from tocsin.app.components import recalculate
from tocsin.model import event_data, issue_edit
from tocsin.model import issue as course
from tocsin.model.errors import Code, FieldError, Refused, not_found
from tocsin.model.issue import IssueEvent, NewIssue, NewUpdate, Transition
from tocsin.model.issue_edit import Changes
from tocsin.store import components, issues
from tocsin.store.issues import StoredIssue
from tocsin.store.tx import Tx


def get(conn: Connection, issue_id: str) -> StoredIssue:
    """The issue of that id. Refused: not_found."""
    stored = issues.find(conn, issue_id)
    if stored is None:
        raise not_found("issue")
    return stored


def create(tx: Tx, new: NewIssue) -> StoredIssue:
    """Make an issue. Refused (invalid) as `issue.create`, and for components that do not exist."""
    made = course.create(new, tx.now)
    check_existing(tx.conn, new.component_ids)
    issues.add(tx.conn, made.issue)
    return _tell(tx, made, made.issue.component_ids, tx.now)


def edit(tx: Tx, stored: StoredIssue, changes: Changes) -> StoredIssue:
    """Correct an issue. Refused as `issue_edit.edit`, and for components that do not exist."""
    edited = issue_edit.edit(stored.issue, changes, tx.new_id(), tx.now)
    if edited is None:
        return stored
    if edited.issue.component_ids != stored.issue.component_ids:
        check_existing(tx.conn, edited.issue.component_ids)
    return _carry_out(tx, stored, edited, tx.now)


def update(tx: Tx, stored: StoredIssue, given: NewUpdate) -> StoredIssue:
    """Say something about an issue. Refused as `issue.update`."""
    return _carry_out(tx, stored, course.update(stored.issue, given, tx.now), tx.now)


def cancel(tx: Tx, stored: StoredIssue, given: NewUpdate) -> StoredIssue:
    """Call a scheduled issue off. Refused as `issue.cancel`."""
    return _carry_out(tx, stored, course.cancel(stored.issue, given, tx.now), tx.now)


def delete(tx: Tx, stored: StoredIssue) -> None:
    """Remove an issue with its updates, as if it had never been."""
    gone = Transition(stored.issue, (IssueEvent.DELETED,))
    issues.remove(tx.conn, stored.issue.id)
    recalculate(tx, stored.issue.component_ids, tx.now)
    _append(tx, IssueEvent.DELETED, gone, tx.now)


def next_due_ms(conn: Connection) -> int | None:
    """When a schedule takes its next step (Unix ms, maybe past); None when none does."""
    due = issues.next_due(conn)
    return due and due.at * 1_000


def take_due(tx: Tx) -> None:
    """Take the one step of all schedules that was due first, if it is due now, as planned."""
    due = issues.next_due(tx.conn)
    if due is None or due.at > tx.now:
        return
    stored = get(tx.conn, due.issue_id)
    taken = course.on_time(stored.issue, tx.now)
    if taken is not None:
        _carry_out(tx, stored, taken, _planned(taken, tx.now))


def _planned(taken: Transition, now: int) -> int:
    """An issue begins and ends when it was planned to; it is announced when it is."""
    match taken.events:
        case (IssueEvent.STARTED,):
            return taken.issue.began_at or now
        case (IssueEvent.ENDED,):
            return taken.issue.ended_at or now
        case _:
            return now


def _carry_out(tx: Tx, stored: StoredIssue, taken: Transition, at: int) -> StoredIssue:
    """Keep what was decided and tell of it, as of `at` (Unix seconds)."""
    issues.save(tx.conn, stored, taken.issue)
    if taken.update is not None:
        issues.add_update(tx.conn, taken.update)
    return _tell(tx, taken, {*stored.issue.component_ids, *taken.issue.component_ids}, at)


def _tell(tx: Tx, taken: Transition, concerned: Collection[str], at: int) -> StoredIssue:
    """Append the events: first of the components whose state follows, then of the issue."""
    recalculate(tx, concerned, at)
    for event in taken.events:
        _append(tx, event, taken, at)
    return get(tx.conn, taken.issue.id)


def _append(tx: Tx, event: IssueEvent, taken: Transition, at: int) -> None:
    data = event_data.of_issue(event, taken.issue, taken.update)
    time_ms = None if at == tx.now else at * 1_000
    sequence = tx.append(event, f"issue/{taken.issue.id}", data, time_ms=time_ms)
    bulletins.write(tx, event, data, sequence, at)


def check_existing(conn: Connection, component_ids: tuple[str, ...]) -> None:
    """Refuse (invalid) components that do not exist."""
    existing = components.existing(conn, component_ids)
    missing = tuple(
        FieldError(f"component_ids.{at}", "there is no such component")
        for at, component_id in enumerate(component_ids)
        if component_id not in existing
    )
    if missing:
        raise Refused(Code.INVALID, "component_ids: there is no such component", missing)
