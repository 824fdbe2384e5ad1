"""Reports on pages, built by hand, with times around the samples' NOW."""

from collections.abc import Iterable
from typing import Any

from tests.web.sample import HOUR, MINUTE, NOW, board, component, issue, page, work

from tocsin.model.board import Board
from tocsin.model.component import State
from tocsin.model.issue import Issue, Update, UpdateLabel
from tocsin.model.page import Group
from tocsin.model.report import Report, report

ADDRESS = "https://status.acme.test"


def said(
    id_: str, at: int, label: UpdateLabel | None = None, body: str = "", **given: Any
) -> Update:
    """Something said about an issue, with its HTML as Markdown would have it."""
    return Update(
        id=id_,
        issue_id="",
        body=body,
        body_html=f"<p>{body}</p>\n",
        label=label,
        created_at=at,
        **given,
    )


def closed(id_: str, *updates: Update, ago: int = HOUR, **given: Any) -> Issue:
    """An issue that began and was closed that long ago, in seconds."""
    at = NOW - ago
    times = {"created_at": at, "began_at": at, "ended_at": at}
    return issue(id_, id_, "c1", standing=False, updates=updates, **times, **given)


def over(id_: str, *updates: Update, **given: Any) -> Issue:
    """Maintenance that took the hour before the last."""
    times = {
        "starts_at": NOW - 2 * HOUR,
        "began_at": NOW - 2 * HOUR,
        "ends_at": NOW - HOUR,
        "ended_at": NOW - HOUR,
    }
    return work(id_, id_, "c1", updates=updates, **{**times, **given})


def two_components(*issues: Issue, **given: Any) -> Board:
    """A page with Website in a group, in outage for 23 minutes, and Checkout beside it."""
    groups = (Group("g1", "Shop", ("c1",)), Group(None, None, ("c2",)))
    return board(
        page(*groups, **given),
        component("c1", "Website", State.OUTAGE, description="What everybody sees"),
        component("c2", "Checkout"),
        issues=issues,
        c1=NOW - 23 * MINUTE,
    )


def reported(*issues: Issue, told: Iterable[Issue] = (), **given: Any) -> Report:
    """The report on that page; `issues` are on the board, `told` are not."""
    return report(two_components(*issues, **given), "main", ADDRESS, told)
