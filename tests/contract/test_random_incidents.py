"""Random courses of a few incidents: no alert is lost, and every timeline says what there is."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select
from tests.clock import HeldClock

from tocsin.app import incident_commands, incident_merging, incidents
from tocsin.model.alert import Alert
from tocsin.model.errors import Refused
from tocsin.model.incident import Command, Incident, NewIncident, allowed
from tocsin.model.person import Person
from tocsin.model.severity import Severity, Status, worst
from tocsin.model.timeline import replay
from tocsin.store import alerts, people, timeline
from tocsin.store import incidents as rows
from tocsin.store.store import Store
from tocsin.store.tables import alerts as alert_table
from tocsin.store.tx import Tx

SEVERITIES = (Severity.INFO, Severity.WARNING, Severity.CRITICAL, Severity.WARNING)
Step = tuple[str, int, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["merge", "unmerge", "resolve", "reopen", "ack", "alert"]),
        st.integers(0, 3),
        st.integers(0, 3),
    ),
    max_size=14,
)


def anybody(tx: Tx) -> Person:
    return Person(people.add(tx.conn, "Anna", None, tx.now), "Anna", "")


def raise_(at: int, tx: Tx) -> Incident:
    """An alert comes and makes an incident."""
    severity, key = SEVERITIES[at], f"{at} {tx.head}"
    new = NewIncident(tx.new_id(), key, severity, tx.now, tx.now, 1, labels={})
    made = incidents.create(tx, new)
    _add(tx, severity, key, made.id)
    return made


def _add(tx: Tx, severity: Severity, key: str, incident_id: str) -> None:
    status = Status(severity)
    alert = Alert(tx.new_id(), key, "0" * 24, key, "", severity, status, tx.now, tx.now)
    alerts.add(tx.conn, replace(alert, incident_id=incident_id))


def _joins(tx: Tx, incident_id: str, key: str) -> None:
    """Another alert comes and joins an incident, if that is open."""
    incident = incidents.get(tx.conn, incident_id)
    allowed(incident.progress, Command.STORM)
    _add(tx, Severity.INFO, key, incident_id)
    incidents.follow(tx, incident, alerts.totals(tx.conn, incident_id))


def unit(step: Step, ids: Sequence[str], anna: Person) -> Callable[[Tx], object]:
    """What a step does to the incidents."""
    name, first, second = step
    one, other = ids[first], ids[second]
    match name:
        case "merge":
            return lambda tx: incident_merging.merge(tx, one, [other], "", actor=anna)
        case "unmerge":
            return lambda tx: incident_merging.unmerge(tx, one, other, actor=anna)
        case "resolve":
            return lambda tx: incidents.act(tx, one, incident_commands.resolve(), anna)
        case "reopen":
            return lambda tx: incidents.act(tx, one, incident_commands.reopen(tx, ""), anna)
        case "ack":
            return lambda tx: incidents.act(tx, one, incident_commands.ack(tx, None), anna)
        case _:
            return lambda tx: _joins(tx, one, f"late {tx.head}")


def check(conn: Connection, ids: Sequence[str], count: int) -> None:
    """What has to be true at any time."""
    found = rows.load(conn, ids)
    held = {one: alerts.listing(conn, alerts.Chosen(one), None, 99) for one in ids}
    assert sum(map(len, held.values())) == count
    for row in conn.execute(select(alert_table).where(alert_table.c.incident_id.in_(ids))):
        assert row.incident_id == _root(found, row.origin_id)
    for one in found.values():
        its = held[one.id]
        assert one.alert_cnt == len(its)
        if one.open and its:
            assert one.status is worst(alert.status for alert in its if alert.open)
        if not one.open:
            assert not any(alert.open for alert in its)
        assert _by_people(one) == _by_people(_replayed(conn, one.id))


def _root(found: dict[str, Incident], incident_id: str) -> str:
    into = found[incident_id].merged_into
    return incident_id if into is None else _root(found, into)


def _by_people(one: Incident) -> Sequence[object]:
    """What alerts have no say in."""
    people_ = (one.progress, one.responders, one.closer, one.ack_time, one.close_time)
    return (*people_, one.merged_into, one.version, one.event_ms)


def _replayed(conn: Connection, incident_id: str) -> Incident:
    found = timeline.listing(conn, incident_id, None, 99)
    return replay(stored.entry for stored in reversed(found))


@given(steps=STEPS)
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_no_alert_is_lost_and_every_timeline_says_what_there_is(
    store: Store, clock: HeldClock, steps: list[Step]
) -> None:
    anna = (await store.change(anybody)).value
    made = [(await store.change(partial(raise_, at))).value for at in range(4)]
    ids, count = [one.id for one in made], len(made)
    for step in steps:
        clock.advance(1)
        with suppress(Refused):
            await store.change(unit(step, ids, anna))
            count += step[0] == "alert"
        await store.read(partial(check, ids=ids, count=count))
