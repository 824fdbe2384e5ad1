"""Incidents, their timelines and their alerts on each database."""

from tests.clock import HeldClock
from tests.domain import domain

from tocsin.app import incidents
from tocsin.model.incident import NewIncident
from tocsin.model.incident_command import ack, comment
from tocsin.model.severity import Severity
from tocsin.model.timeline import replay
from tocsin.store import people
from tocsin.store import timeline as entries


async def test_what_is_kept_is_what_the_timeline_leads_to(url: str, clock: HeldClock) -> None:
    async with domain(url, clock) as there:
        component_id = await there.component()
        anna_id = await there.do(lambda tx: people.add(tx.conn, "Anna", "a@example.org", tx.now))
        anna = await there.store.read(lambda conn: incidents.person(conn, anna_id))
        made = await there.do(
            lambda tx: incidents.create(
                tx,
                NewIncident(
                    tx.new_id(),
                    "Fire",
                    Severity.CRITICAL,
                    tx.now,
                    fields={"n": 1.5},
                    component_ids=(component_id,),
                ),
                [anna],
                anna,
            )
        )
        await there.do(
            lambda tx: incidents.act(
                tx, made.id, lambda incident, act: ack(incident, anna, act), anna
            )
        )
        after = await there.do(
            lambda tx: incidents.act(
                tx, made.id, lambda incident, act: comment(incident, "ok", act), None
            )
        )
        assert await there.store.read(lambda conn: incidents.get(conn, made.id)) == after
        told = await there.store.read(lambda conn: entries.listing(conn, made.id, None, 9))
        assert replay(one.entry for one in reversed(told)) == after
        assert [one.sequence for one in told] == [
            event.sequence for change in reversed(there.changes) for event in reversed(change)
        ][:4]
