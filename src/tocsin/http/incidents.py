"""/api/v1/incidents: what there are, one of them, and what happened to it."""

from typing import Annotated, cast

from fastapi import Query, Request
from sqlalchemy import Connection
from starlette.responses import Response

from tocsin.app import incident_commands, incidents
from tocsin.app.idempotency import Answer
from tocsin.http.changes import change, created, done, shown
from tocsin.http.conditions import IfMatch
from tocsin.http.incident_answers import AlertOut, EntryOut, IncidentOut
from tocsin.http.incident_bodies import IncidentIn, IncidentPatch, Number
from tocsin.http.listing import Listing, Page
from tocsin.http.route import Routes
from tocsin.http.services import services_of
from tocsin.model.access import Principal, Scope
from tocsin.model.alert import Alert
from tocsin.model.errors import Code
from tocsin.model.incident import Incident, Progress
from tocsin.model.incident_command import Act, Decision
from tocsin.model.person import Person
from tocsin.model.precondition import etag
from tocsin.model.severity import Severity
from tocsin.store import alerts as alert_rows
from tocsin.store import incidents as rows
from tocsin.store import timeline as entry_rows
from tocsin.store.incidents import Chosen
from tocsin.store.timeline import StoredEntry
from tocsin.store.tx import Tx

routes = Routes("incidents")


@routes.get("/incidents", answers=Listing[IncidentOut])
async def list_incidents(  # noqa: PLR0913, PLR0917 - one parameter for each filter
    request: Request,
    page: Page,
    channel_id: Annotated[tuple[Number, ...], Query()] = (),
    incident_severity: Annotated[tuple[Severity, ...], Query()] = (),
    progress: Annotated[tuple[Progress, ...], Query()] = (),
    text: Annotated[str, Query(max_length=255, description="In the title or description.")] = "",
) -> Listing[IncidentOut]:
    """Every incident, newest first, or those that the filters choose; one that is repeated chooses
    any of its values."""
    services = services_of(request)
    chosen = Chosen(channel_id, incident_severity, progress, text)
    found = await services.store.read(
        lambda conn: rows.listing(conn, chosen, page.before, page.fetch)
    )
    return page.page(found, lambda one: one.id, lambda one: IncidentOut.of(one, services.url))


@routes.post("/incidents", Scope.INCIDENTS_WRITE, answers=IncidentOut, tagged=True)
async def create_incident(request: Request, given: IncidentIn) -> Response:
    """Make an incident by hand, and give it to people if there are any."""
    url = services_of(request).url

    def unit(tx: Tx) -> Incident:
        return incident_commands.report(tx, given.reported(), actor(request, tx))

    return await change(
        request, unit, lambda made: created(IncidentOut.of(made, url), made.id, etag=tag(made))
    )


@routes.get("/incidents/{incident_id}", answers=IncidentOut, tagged=True)
async def show_incident(request: Request, incident_id: str) -> Response:
    """One incident."""
    services = services_of(request)
    found = await services.store.read(lambda conn: incidents.get(conn, incident_id))
    return shown(IncidentOut.of(found, services.url), etag=tag(found))


@routes.patch(
    "/incidents/{incident_id}",
    Scope.INCIDENTS_WRITE,
    answers=IncidentOut,
    refuses=(Code.PRECONDITION_FAILED,),
    tagged=True,
)
async def edit_incident(
    request: Request, incident_id: str, given: IncidentPatch, if_match: IfMatch
) -> Response:
    """Change what an incident says: an event for each field that really changes."""
    url = services_of(request).url

    def unit(tx: Tx) -> Incident:
        edit = incident_commands.edit(tx, given.changes())

        def command(incident: Incident, act: Act) -> Decision:
            given.check_repeated(IncidentOut.of(incident, url))
            return edit(incident, act)

        return incidents.act(tx, incident_id, command, actor(request, tx), if_match)

    return await change(request, unit, lambda incident: answer(incident, url))


@routes.get("/incidents/{incident_id}/timeline", answers=Listing[EntryOut])
async def list_timeline(request: Request, incident_id: str, page: Page) -> Listing[EntryOut]:
    """What happened to an incident, newest first."""
    store = services_of(request).store

    def query(conn: Connection) -> list[StoredEntry]:
        incidents.get(conn, incident_id)
        return entry_rows.listing(conn, incident_id, page.before, page.fetch)

    def show(one: StoredEntry) -> EntryOut:
        return EntryOut.of(one, str(store.position(one.sequence)))

    return page.page(await store.read(query), lambda one: one.id, show)


@routes.get("/incidents/{incident_id}/alerts", answers=Listing[AlertOut])
async def list_alerts(request: Request, incident_id: str, page: Page) -> Listing[AlertOut]:
    """The alerts of an incident, newest first."""

    def query(conn: Connection) -> list[Alert]:
        incidents.get(conn, incident_id)
        chosen = alert_rows.Chosen(incident_id=incident_id)
        return alert_rows.listing(conn, chosen, page.before, page.fetch)

    found = await services_of(request).store.read(query)
    return page.page(found, lambda one: one.id, AlertOut.of)


def actor(request: Request, tx: Tx) -> Person:
    """The person that the caller acts as."""
    caller = cast(Principal, request.state.principal)
    return incidents.person(tx.conn, caller.person_id)


def answer(incident: Incident, url: str) -> Answer:
    """200 with the incident as it is after a change."""
    return done(IncidentOut.of(incident, url), incident.id, etag=tag(incident))


def tag(incident: Incident) -> str:
    """Its ETag."""
    return etag(incident.id, incident.version)
