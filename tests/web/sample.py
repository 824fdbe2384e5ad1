"""Boards to show: built by hand, with times around a fixed NOW."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from tocsin.model.board import Board
from tocsin.model.component import Component, State
from tocsin.model.issue import Issue, IssueLabel, Update, UpdateLabel
from tocsin.model.page import Group, Page, Visibility
from tocsin.model.status import Periods, begin

NOW = int(datetime(2026, 11, 21, 14, 25, 30, tzinfo=UTC).timestamp())
MINUTE, HOUR, DAY = 60, 3_600, 86_400
BORN = NOW - 90 * DAY


def component(id_: str, name: str, state: State = State.OPERATIONAL, **given: Any) -> Component:
    """A component that was made 90 days ago."""
    plain = Component(
        id=id_,
        name=name,
        description="",
        state=state,
        manual_state=state,
        follow_incidents=True,
        created_at=BORN,
    )
    return replace(plain, **given)


def page(*groups: Group, **given: Any) -> Page:
    """The main page of Acme, in UTC."""
    plain = Page(
        id="p0",
        slug="main",
        name="Acme",
        description="",
        hosts=(),
        timezone="UTC",
        visibility=Visibility.PUBLIC,
        groups=groups,
        created_at=BORN,
    )
    return replace(plain, **given)


def issue(id_: str, title: str, *component_ids: str, **given: Any) -> Issue:
    """A standing issue, 23 minutes old."""
    plain = Issue(
        id=id_,
        title=title,
        body="",
        body_html="",
        label=IssueLabel.INVESTIGATING,
        component_ids=component_ids,
        state_override=None,
        standing=True,
        scheduled=False,
        starts_at=None,
        ends_at=None,
        began_at=NOW - 23 * MINUTE,
        ended_at=None,
        created_at=NOW - 23 * MINUTE,
        cancelled=False,
        retrospective=False,
        announced=True,
    )
    return replace(plain, **given)


def work(id_: str, title: str, *component_ids: str, **given: Any) -> Issue:
    """Maintenance that was announced, and starts in 12 hours for two."""
    return issue(
        id_,
        title,
        *component_ids,
        **{
            "label": IssueLabel.MAINTENANCE,
            "standing": False,
            "scheduled": True,
            "starts_at": NOW + 12 * HOUR,
            "ends_at": NOW + 14 * HOUR,
            "began_at": None,
            "created_at": NOW - 2 * DAY,
            **given,
        },
    )


def update(id_: str, at: int, label: UpdateLabel | None, html: str) -> Update:
    """Something said about an issue."""
    return Update(id=id_, issue_id="", body="", body_html=html, label=label, created_at=at)


def board(
    main: Page, *components: Component, issues: tuple[Issue, ...] = (), **since: int
) -> Board:
    """A board of one page; components are in their state since they were made, or `since`."""
    periods = {one.id: _periods(one, since.get(one.id)) for one in components}
    return Board(
        pages={main.slug: main},
        components={one.id: one for one in components},
        periods=periods,
        issues={one.id: one for one in issues},
    )


def _periods(one: Component, since: int | None) -> Periods:
    """Fine until its trouble began, or with an hour's trouble before it was fine again."""
    if since is None:
        return begin((), one.state, one.created_at)
    before = begin((), State.OPERATIONAL, one.created_at)
    if one.state is State.OPERATIONAL:
        before = begin(before, State.OUTAGE, since - HOUR)
    return begin(before, one.state, since)


def nothing() -> Board:
    """A page without components, as it is after the first start."""
    return board(page(name="Status"))


def three_fine() -> Board:
    """Three components, all fine."""
    return board(
        page(Group(None, None, ("c1", "c2", "c3")), description="How our services are doing."),
        component("c1", "Website"),
        component("c2", "API"),
        component("c3", "Database", description="Primary and replicas"),
        c2=NOW - 3 * DAY,
    )


def in_trouble() -> Board:
    """An outage, something degraded, maintenance in progress and to come; two groups."""
    groups = (
        Group("g1", "Customer-facing", ("c1", "c2", "c3")),
        Group("g2", "Regions", ("c4", "c5")),
        Group(None, None, ("c6",)),
    )
    outage = issue(
        "i1",
        "Checkout fails for many customers",
        "c1",
        "c2",
        label=IssueLabel.INVESTIGATING,
        state_override=State.OUTAGE,
        body_html="<p>We see many errors when orders are paid, and are looking into it.</p>",
        updates=(
            update(
                "u2",
                NOW - 3 * MINUTE,
                UpdateLabel.MONITORING,
                "<p>The bad release has been taken back. <strong>Payments go through again</strong>"
                " for most customers; we keep watching the error rate.</p>",
            ),
            update(
                "u1",
                NOW - 14 * MINUTE,
                UpdateLabel.IDENTIFIED,
                "<p>The cause is a release of 13:58. It is being rolled back in all regions:</p>"
                "<ul><li>Europe: done</li><li>America: under way</li></ul>",
            ),
        ),
    )
    minor = issue(
        "i2",
        "Search results are slow",
        "c3",
        label=IssueLabel.IDENTIFIED,
        state_override=State.DEGRADED,
        created_at=NOW - 5 * HOUR,
        body_html="<p>An index is being rebuilt. Results come, but take up to 4 seconds.</p>",
    )
    now = work(
        "i3",
        "New switches in Frankfurt",
        "c4",
        standing=True,
        state_override=State.DEGRADED,
        starts_at=NOW - 55 * MINUTE,
        began_at=NOW - 55 * MINUTE,
        ends_at=NOW + 65 * MINUTE,
        body_html="<p>Short interruptions of up to a minute are possible.</p>",
        updates=(update("u3", NOW - 20 * MINUTE, None, "<p>The first half is done.</p>"),),
    )
    soon = work(
        "i4", "Database upgrade to version 18", "c6", "c2",
        body_html="<p>Orders are read-only for about ten minutes.</p>",
    )  # fmt: skip
    return board(
        page(*groups, timezone="Europe/Berlin"),
        component("c1", "Website", State.OUTAGE),
        component("c2", "Checkout", State.OUTAGE, description="Orders and payments"),
        component("c3", "Search", State.DEGRADED),
        component("c4", "Frankfurt", State.DEGRADED),
        component("c5", "Virginia"),
        component("c6", "Database"),
        issues=(outage, minor, now, soon),
        c1=NOW - 23 * MINUTE,
        c2=NOW - 23 * MINUTE,
        c3=NOW - 5 * HOUR,
        c4=NOW - 55 * MINUTE,
    )


def many(count: int = 300, *, per_group: int = 25) -> Board:
    """Many components in groups; two of them in trouble."""
    states = {37: State.DEGRADED, 113: State.OUTAGE}
    components = [
        component(f"c{number}", f"Service {number:03}", states.get(number, State.OPERATIONAL))
        for number in range(count)
    ]
    groups = [
        Group(f"g{start}", f"Region {start // per_group + 1}", tuple(one.id for one in part))
        for start in range(0, count, per_group)
        if (part := components[start : start + per_group])
    ]
    return board(page(*groups), *components, c37=NOW - HOUR, c113=NOW - 9 * MINUTE)
