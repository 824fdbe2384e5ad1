"""What can be done with incidents, as units of work; what they decide is in model/incident*.py."""

from collections.abc import Callable, Iterable, Sequence

from sqlalchemy import Connection

from tocsin.app import escalations, incident_telling
from tocsin.app.components import recalculate
from tocsin.model import incident_alerts
from tocsin.model import incident_command as course
from tocsin.model.errors import invalid, not_found
from tocsin.model.incident import Incident, NewIncident, topic_of
from tocsin.model.incident_alerts import AlertTotals
from tocsin.model.incident_command import Act, Decision, Step
from tocsin.model.person import Person
from tocsin.model.precondition import Precondition
from tocsin.model.severity import Severity, Status
from tocsin.store import alerts, incidents, people, timeline
from tocsin.store.timeline import StoredEntry
from tocsin.store.tx import Tx
from tocsin.wire import incident_event

# A command with all that it needs but whom it is done to, by whom and when.
Command = Callable[[Incident, Act], Decision]

ANY = Precondition()


def get(conn: Connection, incident_id: str) -> Incident:
    """The incident of that id. Refused: not_found."""
    found = incidents.find(conn, incident_id)
    if found is None:
        raise not_found("incident")
    return found


def create(
    tx: Tx, new: NewIncident, to: Sequence[Person] = (), actor: Person | None = None
) -> Incident:
    """An incident is born, and given to these people. Refused (invalid) as by the model; components
    and custom fields are the caller's to check."""
    made = course.create(new, to, Act(actor, tx.now_ms))
    incidents.add(tx.conn, made.incident)
    _follow(tx, None, made.incident)
    _tell(tx, made.steps)
    return made.incident


def act(
    tx: Tx, incident_id: str, command: Command, actor: Person | None, seen: Precondition = ANY
) -> Incident:
    """Carry out a command; `actor` None: it happens by itself. Refused: not_found,
    precondition_failed when it is not as `seen`, and as the command says."""
    incident = get(tx.conn, incident_id)
    seen.check(incident.id, incident.version)
    return carry_out(tx, incident, command(incident, Act(actor, tx.now_ms)))


def carry_out(tx: Tx, before: Incident, decision: Decision) -> Incident:
    """Keep what was decided of an incident, which was as `before`, and tell of it. Its alerts are
    closed along with it, unless they have recovered or are another's by then."""
    after = decision.incident
    incidents.save(tx.conn, before, after)
    if before.open and not after.open and after.status is not Status.OK:
        alerts.close(tx.conn, after.id, after.close_time)
    escalations.follow(tx, before, decision)
    _follow(tx, before, after)
    _tell(tx, decision.steps)
    return after


def follow(tx: Tx, before: Incident, totals: AlertTotals) -> Incident:
    """Let an incident follow its alerts, which writes no event of its own."""
    after = incident_alerts.follow(before, totals, tx.now)
    incidents.save(tx.conn, before, after)
    _follow(tx, before, after)
    return after


def person(conn: Connection, person_id: int) -> Person:
    """The person of that number. Refused: invalid."""
    found = people.find(conn, person_id)
    if found is None:
        raise invalid("person_id", "there is no such person")
    return found


def persons(conn: Connection, person_ids: Sequence[int]) -> list[Person]:
    """The people of these numbers. Refused (invalid): somebody whom there is not."""
    found = people.load(conn, person_ids)
    for at, person_id in enumerate(person_ids):
        if person_id not in found:
            raise invalid(f"person_ids.{at}", "there is no such person")
    return [found[person_id] for person_id in person_ids]


def _follow(tx: Tx, before: Incident | None, after: Incident) -> None:
    """Let the components' states follow an incident, where they have to, as of when it changed."""
    was, is_ = _bearing(before), _bearing(after)
    if was != is_:
        at = min(after.updated_at, tx.now)
        recalculate(tx, {component_id for component_id, _ in was ^ is_}, at)


def _bearing(incident: Incident | None) -> set[tuple[str, Severity]]:
    """What an incident means to components: how bad it is for each that it affects."""
    if incident is None or not incident.open:
        return set()
    return {(component_id, incident.severity) for component_id in incident.component_ids}


def _tell(tx: Tx, steps: Iterable[Step]) -> None:
    """Append the events, each to the log and to the timeline."""
    told = []
    for entry, incident in steps:
        incident_telling.write(tx, entry, incident)
        sequence = tx.append(
            entry.type.log_type,
            topic_of(incident.id),
            incident_event.data(entry, incident),
            key=incident.id,
            time_ms=entry.event_time,
        )
        told.append(StoredEntry(tx.new_id(), incident.id, sequence, entry))
    timeline.add(tx.conn, told)
