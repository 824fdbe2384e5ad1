"""/api/v1/alerts: what was brought in, whatever became of it."""

from typing import Annotated

from fastapi import Query, Request

from tocsin.http.body import Id
from tocsin.http.incident_answers import AlertOut
from tocsin.http.listing import Listing, Page
from tocsin.http.route import Routes
from tocsin.http.services import services_of
from tocsin.model.alert_event import KEY_LIMIT
from tocsin.model.errors import not_found
from tocsin.store import alerts
from tocsin.store.alerts import Chosen

routes = Routes("alerts")

Key = Annotated[str | None, Query(pattern=rf"^[^\x00]{{1,{KEY_LIMIT}}}$")]
Open = Annotated[bool | None, Query(description="Neither recovered nor closed with its incident.")]


@routes.get("/alerts", answers=Listing[AlertOut])
async def list_all_alerts(
    request: Request,
    page: Page,
    integration_id: Annotated[Id | None, Query()] = None,
    alert_key: Key = None,
    open: Open = None,  # noqa: A002 - the parameter's name
) -> Listing[AlertOut]:
    """Every alert, newest first, or those that the filters choose."""
    chosen = Chosen(None, integration_id, alert_key, open)
    found = await services_of(request).store.read(
        lambda conn: alerts.listing(conn, chosen, page.before, page.fetch)
    )
    return page.page(found, lambda one: one.id, AlertOut.of)


@routes.get("/alerts/{alert_id}", answers=AlertOut)
async def show_alert(request: Request, alert_id: str) -> AlertOut:
    """One alert."""
    found = await services_of(request).store.read(lambda conn: alerts.find(conn, alert_id))
    if found is None:
        raise not_found("alert")
    return AlertOut.of(found)
