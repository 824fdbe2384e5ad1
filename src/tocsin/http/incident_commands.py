"""/api/v1/incidents/{id}/...: what can be done to an incident."""

from collections.abc import Callable

from fastapi import Request
from starlette.responses import Response

from tocsin.app import incident_merging, incidents
from tocsin.http.changes import change
from tocsin.http.conditions import IfMatch
from tocsin.http.incident_answers import IncidentOut
from tocsin.http.incident_bodies import (
    Ack,
    Assignment,
    CommandBody,
    Comment,
    Merging,
    Reopening,
    Resolution,
    Responders,
    Snooze,
    Storm,
    Unack,
    Unmerging,
    Wake,
)
from tocsin.http.incidents import actor, answer
from tocsin.http.route import Handler, Routes
from tocsin.http.services import services_of
from tocsin.model.access import Scope
from tocsin.model.errors import Code
from tocsin.model.incident import Incident
from tocsin.model.precondition import Precondition
from tocsin.store.tx import Tx

routes = Routes("incidents")

# What a body says that is left out.
_ACK, _UNACK, _WAKE = Ack(), Unack(), Wake()
_RESOLUTION, _REOPENING = Resolution(), Reopening()


def _command(name: str, *refuses: Code) -> Callable[[Handler], Handler]:
    """Declare the route of a command; `refuses` beside that the incident has changed or, but for
    `reopen`, is closed."""
    return routes.post(
        f"/incidents/{{incident_id}}/{name}",
        Scope.INCIDENTS_WRITE,
        answers=IncidentOut,
        status=200,
        refuses=(Code.PRECONDITION_FAILED, *refuses),
        tagged=True,
    )


@_command("assign", Code.INCIDENT_CLOSED)
async def assign_incident(
    request: Request, incident_id: str, given: Assignment, if_match: IfMatch
) -> Response:
    """Give an incident to these people, and to nobody else."""
    return await _carry_out(request, incident_id, given, if_match)


@_command("responders", Code.INCIDENT_CLOSED)
async def add_responders(
    request: Request, incident_id: str, given: Responders, if_match: IfMatch
) -> Response:
    """Give an incident to these people too."""
    return await _carry_out(request, incident_id, given, if_match)


@_command("ack", Code.INCIDENT_CLOSED, Code.INCIDENT_ALREADY_ACKNOWLEDGED)
async def acknowledge_incident(
    request: Request, incident_id: str, if_match: IfMatch, given: Ack = _ACK
) -> Response:
    """Take an incident on."""
    return await _carry_out(request, incident_id, given, if_match)


@_command("unack", Code.INCIDENT_CLOSED, Code.INCIDENT_NOT_ACKNOWLEDGED)
async def unacknowledge_incident(
    request: Request, incident_id: str, if_match: IfMatch, given: Unack = _UNACK
) -> Response:
    """Take an acknowledgement back."""
    return await _carry_out(request, incident_id, given, if_match)


@_command("snooze", Code.INCIDENT_CLOSED)
async def snooze_incident(
    request: Request, incident_id: str, given: Snooze, if_match: IfMatch
) -> Response:
    """Let an incident rest for some minutes."""
    return await _carry_out(request, incident_id, given, if_match)


@_command("wake", Code.INCIDENT_CLOSED, Code.INCIDENT_NOT_SNOOZED)
async def wake_incident(
    request: Request, incident_id: str, if_match: IfMatch, given: Wake = _WAKE
) -> Response:
    """End the snooze of an incident."""
    return await _carry_out(request, incident_id, given, if_match)


@_command("storm", Code.INCIDENT_CLOSED)
async def tell_of_a_storm(
    request: Request, incident_id: str, given: Storm, if_match: IfMatch
) -> Response:
    """Say that so many alerts have come: once for each number, here or by the channel's rules."""
    return await _carry_out(request, incident_id, given, if_match)


@_command("comment")
async def comment_on_incident(
    request: Request, incident_id: str, given: Comment, if_match: IfMatch
) -> Response:
    """Say something about an incident."""
    return await _carry_out(request, incident_id, given, if_match)


@_command("resolve", Code.INCIDENT_CLOSED)
async def resolve_incident(
    request: Request, incident_id: str, if_match: IfMatch, given: Resolution = _RESOLUTION
) -> Response:
    """Close an incident, with its alerts."""
    return await _carry_out(request, incident_id, given, if_match)


@_command("reopen", Code.INCIDENT_OPEN)
async def reopen_incident(
    request: Request, incident_id: str, if_match: IfMatch, given: Reopening = _REOPENING
) -> Response:
    """Open a closed incident again, with the alerts that were closed along with it."""
    return await _carry_out(request, incident_id, given, if_match)


@_command("merge", Code.INCIDENT_CLOSED)
async def merge_incidents(
    request: Request, incident_id: str, given: Merging, if_match: IfMatch
) -> Response:
    """Merge incidents into this one: it gets their alerts, and they are closed."""

    def unit(tx: Tx) -> Incident:
        return incident_merging.merge(
            tx,
            incident_id,
            given.source_ids,
            given.comment,
            actor=actor(request, tx),
            seen=if_match,
        )

    return await _answered(request, unit)


@_command("unmerge", Code.INCIDENT_CLOSED, Code.INCIDENT_NOT_MERGED)
async def unmerge_incident(
    request: Request, incident_id: str, given: Unmerging, if_match: IfMatch
) -> Response:
    """Open an incident again that was merged into this one, and give its alerts back to it."""

    def unit(tx: Tx) -> Incident:
        return incident_merging.unmerge(
            tx, incident_id, given.source_id, actor=actor(request, tx), seen=if_match
        )

    return await _answered(request, unit)


async def _carry_out(
    request: Request, incident_id: str, given: CommandBody, if_match: Precondition
) -> Response:
    def unit(tx: Tx) -> Incident:
        return incidents.act(tx, incident_id, given.command(tx), actor(request, tx), if_match)

    return await _answered(request, unit)


async def _answered(request: Request, unit: Callable[[Tx], Incident]) -> Response:
    url = services_of(request).url
    return await change(request, unit, lambda incident: answer(incident, url))
