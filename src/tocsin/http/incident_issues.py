"""/api/v1/incidents/{id}/issues: what the status page says of an incident."""

from typing import Self

from fastapi import Request
from pydantic import BaseModel
from sqlalchemy import Connection
from starlette.responses import Response

from tocsin.app import incident_issues, incidents, issues, templates
from tocsin.http.changes import change, created
from tocsin.http.conditions import IfMatch
from tocsin.http.incidents import actor
from tocsin.http.issues import IssueIn, IssueOut, rendered
from tocsin.http.route import Routes
from tocsin.http.services import services_of
from tocsin.model.access import Scope
from tocsin.model.component import State
from tocsin.model.errors import Code
from tocsin.model.incident_issue import Draft, draft
from tocsin.model.issue import IssueLabel, NewIssue
from tocsin.model.precondition import etag
from tocsin.store import incident_issues as rows
from tocsin.store.issues import StoredIssue
from tocsin.store.tx import Tx

routes = Routes("incidents")


class DraftOut(BaseModel):
    """What an issue about an incident may say, to be read before it is posted."""

    title: str
    body: str
    label: IssueLabel
    component_ids: list[str]
    state_override: State | None

    @classmethod
    def of(cls, drafted: Draft) -> Self:
        """As the API shows it."""
        return cls(**{**vars(drafted), "component_ids": list(drafted.component_ids)})


class IncidentIssuesOut(BaseModel):
    """The issues that were posted about an incident, oldest first, and a draft of another."""

    data: list[IssueOut]
    draft: DraftOut


@routes.get("/incidents/{incident_id}/issues", answers=IncidentIssuesOut)
async def list_incident_issues(request: Request, incident_id: str) -> IncidentIssuesOut:
    """The issues about an incident, and a draft of another."""

    def query(conn: Connection) -> IncidentIssuesOut:
        incident = incidents.get(conn, incident_id)
        ids = rows.of_incident(conn, incident_id)
        about = [IssueOut.of(issues.get(conn, issue_id)) for issue_id in ids]
        return IncidentIssuesOut(data=about, draft=DraftOut.of(draft(incident)))

    return await services_of(request).store.read(query)


@routes.post(
    "/incidents/{incident_id}/issues",
    Scope.ISSUES_WRITE,
    answers=IssueOut,
    refuses=(Code.PRECONDITION_FAILED,),
    tagged=True,
)
async def post_issue(
    request: Request, incident_id: str, given: IssueIn, if_match: IfMatch
) -> Response:
    """Make an issue about an incident, whose timeline tells of it. `If-Match` is the incident's."""
    said = await rendered(given.model_dump(exclude_unset=True, exclude={"template"}))

    def unit(tx: Tx) -> StoredIssue:
        fields = templates.filled(tx.conn, given.template, said)
        new = NewIssue(id=tx.new_id(), **fields)
        return incident_issues.post(tx, incident_id, new, actor(request, tx), if_match)

    return await change(
        request,
        unit,
        lambda made: created(
            IssueOut.of(made), made.issue.id, etag=etag(made.issue.id, made.version)
        ),
    )
