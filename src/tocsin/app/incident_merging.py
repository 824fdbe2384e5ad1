"""Incidents that turn out to be one, or not: their alerts go along, in the same transaction."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection, and_, not_

from tocsin.app import incidents
from tocsin.app.incidents import ANY
from tocsin.model import incident_merge as course
from tocsin.model.errors import invalid
from tocsin.model.incident import Incident
from tocsin.model.incident_alerts import AlertTotals, follow
from tocsin.model.incident_command import Act
from tocsin.model.person import Person
from tocsin.model.precondition import Precondition
from tocsin.store import alerts
from tocsin.store import incidents as stored
from tocsin.store.tx import Tx


def merge(  # noqa: PLR0913 - what a merge is of, and who does it
    tx: Tx,
    target_id: str,
    source_ids: Sequence[str],
    comment: str,
    *,
    actor: Person | None,
    seen: Precondition = ANY,
) -> Incident:
    """Merge the sources into the target. Refused: not_found, precondition_failed, invalid for a
    source that does not exist, and as `incident_merge.merge`."""
    target = incidents.get(tx.conn, target_id)
    seen.check(target.id, target.version)
    sources = _sources(tx.conn, source_ids)
    joined = alerts.totals(tx.conn, target_id, alerts.of([target_id, *source_ids]))
    merged = course.merge(
        follow(target, joined, tx.now),
        [_emptied(source, tx.now) for source in sources],
        comment,
        Act(actor, tx.now_ms),
    )
    alerts.move(tx.conn, alerts.of(source_ids), target_id)
    for source, decision in zip(sources, merged.sources, strict=True):
        incidents.carry_out(tx, source, decision)
    return incidents.carry_out(tx, target, merged.target)


def unmerge(
    tx: Tx, target_id: str, source_id: str, *, actor: Person | None, seen: Precondition = ANY
) -> Incident:
    """Give the target's alerts that were the source's back to it; answers with the target. Refused:
    not_found, precondition_failed, invalid for a source that does not exist, and as
    `incident_merge.unmerge`."""
    target = incidents.get(tx.conn, target_id)
    seen.check(target.id, target.version)
    source = stored.find(tx.conn, source_id)
    if source is None:
        raise invalid("source_id", "there is no such incident")
    its = alerts.began_in(_merged(tx.conn, source_id))
    going = and_(alerts.of([target_id]), its)
    staying = and_(alerts.of([target_id]), not_(its))
    unmerged = course.unmerge(
        follow(target, alerts.totals(tx.conn, target_id, staying), tx.now),
        follow(source, alerts.totals(tx.conn, source_id, going), tx.now),
        Act(actor, tx.now_ms),
    )
    alerts.move(tx.conn, going, source_id)
    incidents.carry_out(tx, source, unmerged.source)
    return incidents.carry_out(tx, target, unmerged.target)


def forgo(conn: Connection, incident: Incident) -> None:
    """Leave the alerts of a merged incident that is opened again, but not by unmerging, to the one
    they are with: they are not given back any more."""
    if incident.merged_into is not None:
        alerts.settle(conn, alerts.began_in(_merged(conn, incident.id)))


def _sources(conn: Connection, source_ids: Sequence[str]) -> list[Incident]:
    found = stored.load(conn, source_ids)
    for at, source_id in enumerate(source_ids):
        if source_id not in found:
            raise invalid(f"source_ids.{at}", "there is no such incident")
    return [found[source_id] for source_id in source_ids]


def _emptied(source: Incident, now: int) -> Incident:
    return follow(source, replace(AlertTotals.of(source), alert_cnt=0), now)


def _merged(conn: Connection, incident_id: str) -> set[str]:
    """The incident, and those that were merged into it or into one of these."""
    every: set[str] = set()
    found = {incident_id}
    while found:
        every |= found
        found = stored.merged_into(conn, found) - every
    return every
