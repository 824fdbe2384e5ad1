"""A page, issues and bulletins, as letters and webhooks tell of them."""

from dataclasses import replace
from typing import Any

from tocsin.model.bulletin import Bulletin, Kind
from tocsin.model.component import State
from tocsin.model.issue import Issue, IssueLabel, Update, UpdateLabel
from tocsin.model.page import Group, Page, Visibility
from tocsin.wire.letter import Links

AT = 1_700_000_000  # 14 November 2023, 22:13:20 UTC

PAGE = Page(
    id="page",
    slug="main",
    name="Acme",
    description="",
    hosts=("status.acme.test",),
    timezone="UTC",
    visibility=Visibility.PUBLIC,
    groups=(Group(None, None, ("web", "api")),),
    created_at=AT,
)

NAMES = {"web": "Website", "api": "API"}

LINKS = Links(
    "https://status.acme.test",
    "https://status.acme.test/subscription/TOKEN",
    "https://status.acme.test/subscription/TOKEN/stop",
)

ISSUE = Issue(
    id="issue1",
    title="Slow answers",
    body="We are on it.",
    body_html="<p>We are on it.</p>\n",
    label=IssueLabel.INVESTIGATING,
    component_ids=("web", "elsewhere"),
    state_override=State.DEGRADED,
    standing=True,
    scheduled=False,
    starts_at=None,
    ends_at=None,
    began_at=AT,
    ended_at=None,
    created_at=AT,
    cancelled=False,
    retrospective=False,
    announced=True,
)

WORK = replace(
    ISSUE,
    id="work",
    title="Move",
    label=IssueLabel.MAINTENANCE,
    standing=False,
    scheduled=True,
    starts_at=AT + 3_600,
    ends_at=AT + 7_200,
    began_at=None,
)


def said(label: UpdateLabel | None, body: str) -> Update:
    """An update of ISSUE."""
    return Update("update1", "issue1", body, f"<p>{body}</p>\n", label, AT)


def bulletin(number: int, kind: Kind, issue: Issue = ISSUE, **fields: Any) -> Bulletin:
    """The bulletin of that number, a minute after the one before."""
    given = {"update": None, "at": AT + 60 * number, **fields}
    return Bulletin(id=f"{number:024x}", kind=kind, sequence=number, issue=issue, **given)
