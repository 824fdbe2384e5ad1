"""Statuspage's public JSON, version 2, so that what reads other status pages reads this one.

Field names, types and nesting are those of https://metastatuspage.com/api; words and states are
always its own, in English, since programs compare them. Where it knows more states than there are
here, the others are never used.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from tocsin.model.component import Component, State, worst
from tocsin.model.issue import Issue, IssueLabel, Phase, Update, UpdateLabel
from tocsin.model.page import Group
from tocsin.model.report import Report, closed_at, last_change, newest, state_at

Json = dict[str, Any]

_STATUS = {
    State.OPERATIONAL: "operational",
    State.DEGRADED: "degraded_performance",
    State.OUTAGE: "major_outage",
}
_INDICATOR = {
    State.OPERATIONAL: ("none", "All Systems Operational"),
    State.DEGRADED: ("minor", "Partially Degraded Service"),
    State.OUTAGE: ("critical", "Major Service Outage"),
}

# What an incident begins with; without a word about it, it is being investigated.
_OPENING: dict[IssueLabel | None, str] = {
    IssueLabel.ASSESSED: "identified",
    IssueLabel.IDENTIFIED: "identified",
    IssueLabel.INFORMATIONAL: "resolved",
    IssueLabel.MAINTENANCE: "identified",
}
_SPOKEN = {
    UpdateLabel.IDENTIFIED: "identified",
    UpdateLabel.INVESTIGATING: "investigating",
    UpdateLabel.MONITORING: "monitoring",
    UpdateLabel.RESOLVED: "resolved",
}


def render(report: Report, name: str) -> bytes:
    """The file `name`, one of FILES."""
    return msgspec.json.encode({"page": _page(report), **FILES[name](report)})


def _summary(report: Report) -> Json:
    return {
        **_components(report),
        **_incidents(report, {Phase.STANDING}),
        **_maintenances(report, {Phase.ANNOUNCED, Phase.UNDERWAY}),
        **_overall(report),
    }


def _overall(report: Report) -> Json:
    indicator, description = _INDICATOR[report.picture.state]
    return {"status": {"indicator": indicator, "description": description}}


def _components(report: Report) -> Json:
    return {"components": list(_shown(report).values())}


def _incidents(report: Report, phases: set[Phase]) -> Json:
    shown = _shown(report)
    incidents = [issue for issue in report.issues if issue.phase in phases]
    return {"incidents": [_incident(report, shown, issue) for issue in incidents]}


def _maintenances(report: Report, phases: set[Phase]) -> Json:
    shown = _shown(report)
    works = [issue for issue in report.issues if issue.phase in phases]
    return {"scheduled_maintenances": [_maintenance(report, shown, issue) for issue in works]}


# The files by their paths below /api/v2/, without `.json`.
FILES: dict[str, Callable[[Report], Json]] = {
    "summary": _summary,
    "status": _overall,
    "components": _components,
    "incidents": lambda report: _incidents(report, {Phase.STANDING, Phase.RESOLVED, Phase.NOTED}),
    "incidents/unresolved": lambda report: _incidents(report, {Phase.STANDING}),
    "scheduled-maintenances": lambda report: _maintenances(
        report, {Phase.ANNOUNCED, Phase.UNDERWAY, Phase.OVER, Phase.CANCELLED}
    ),
    "scheduled-maintenances/upcoming": lambda report: _maintenances(report, {Phase.ANNOUNCED}),
    "scheduled-maintenances/active": lambda report: _maintenances(report, {Phase.UNDERWAY}),
}


def _page(report: Report) -> Json:
    return {
        "id": report.page.id,
        "name": report.page.name,
        "url": report.address,
        "time_zone": "Etc/UTC" if report.page.timezone == "UTC" else report.page.timezone,
        "updated_at": _time(report.changed_at),
    }


# Components


def _shown(report: Report) -> dict[str, Json]:
    """The page's components and groups by id, in page order. Positions count from one: those of
    groups and of components without a group together, those in a group for themselves."""
    components = {one.id: one for one in report.picture.components}
    shown: dict[str, Json] = {}
    position = 0
    for group in report.page.groups:
        members = [components[id_] for id_ in group.component_ids if id_ in components]
        if group.id is not None:
            position += 1
            shown[group.id] = _group(report, group, members, position)
        for place, component in enumerate(members, 1 if group.id else position + 1):
            shown[component.id] = _component(report, component, group.id, place)
        position += 0 if group.id else len(members)
    return shown


def _component(report: Report, component: Component, group_id: str | None, position: int) -> Json:
    return {
        "id": component.id,
        "name": component.name,
        "status": _STATUS[component.state],
        "created_at": _time(component.created_at),
        "updated_at": _time(report.since(component)),
        "position": position,
        "description": component.description or None,
        "showcase": report.page.show_bars,
        "start_date": _time(component.created_at)[:10],
        "group_id": group_id,
        "page_id": report.page.id,
        "group": False,
        "only_show_if_degraded": False,
    }


def _group(report: Report, group: Group, members: list[Component], position: int) -> Json:
    created_at = report.page.created_at
    return {
        "id": group.id,
        "name": group.name,
        "status": _STATUS[worst(one.state for one in members)],
        "created_at": _time(created_at),
        "updated_at": _time(max((report.since(one) for one in members), default=created_at)),
        "position": position,
        "description": None,
        "showcase": False,
        "start_date": None,
        "group_id": None,
        "page_id": report.page.id,
        "group": True,
        "only_show_if_degraded": False,
        "components": [one.id for one in members],
    }


# Issues


def _incident(report: Report, shown: Mapping[str, Json], issue: Issue) -> Json:
    statuses = list(_statuses(issue))
    status = next(one for one in statuses if one != "postmortem") if issue.standing else _end(issue)
    return _issue(report, shown, issue, status, statuses)


def _maintenance(report: Report, shown: Mapping[str, Json], issue: Issue) -> Json:
    times = [*(update.created_at for update in issue.updates), issue.created_at]
    labels = [*(update.label for update in issue.updates), None]
    statuses = [_progress(issue, at, label) for at, label in zip(times, labels, strict=True)]
    return {
        **_issue(report, shown, issue, _stage(issue), statuses),
        "scheduled_for": _time_or_none(issue.starts_at),
        "scheduled_until": _time_or_none(issue.ends_at),
    }


def _issue(
    report: Report, shown: Mapping[str, Json], issue: Issue, status: str, statuses: list[str]
) -> Json:
    monitoring = newest(issue, UpdateLabel.MONITORING)
    return {
        "id": issue.id,
        "name": issue.title,
        "status": status,
        "created_at": _time(issue.created_at),
        "updated_at": _time(last_change(issue)),
        "monitoring_at": _time(monitoring.created_at) if monitoring else None,
        "resolved_at": _time_or_none(closed_at(issue)),
        "impact": "maintenance" if issue.scheduled else _impact(issue),
        "shortlink": report.issue_address(issue),
        "started_at": _time(issue.began_at or issue.created_at),
        "page_id": report.page.id,
        "incident_updates": list(_updates(report, shown, issue, statuses)),
        "components": [shown[one.id] for one in report.components_of(issue)],
        "reminder_intervals": None,
    }


def _impact(issue: Issue) -> str:
    """That of the worst state the issue ever gave its components, as far as it is still known."""
    given = (issue.state_override, *(update.state_override for update in issue.updates))
    return _INDICATOR[worst(state for state in given if isinstance(state, State))][0]


def _updates(
    report: Report, shown: Mapping[str, Json], issue: Issue, statuses: list[str]
) -> Iterator[Json]:
    """What was said, newest first: the updates, and last the issue's own text under its own id."""
    opening = Update(issue.id, issue.id, issue.body, issue.body_html, None, issue.created_at)
    for update, status in zip((*issue.updates, opening), statuses, strict=True):
        at = _time(update.created_at)
        yield {
            "id": update.id,
            "status": status,
            "body": update.body,
            "incident_id": issue.id,
            "created_at": at,
            "updated_at": at,
            "display_at": at,
            "affected_components": _affected(report, shown, issue, update.created_at),
            "deliver_notifications": True,
            "custom_tweet": None,
            "tweet_id": None,
        }


def _affected(report: Report, shown: Mapping[str, Json], issue: Issue, at: int) -> list[Json]:
    """The states of the issue's components right before that time, and from then on."""
    return [
        {
            "code": one.id,
            "name": _full_name(shown, one),
            "old_status": _STATUS[state_at(report.periods[one.id], at - 1)],
            "new_status": _STATUS[state_at(report.periods[one.id], at)],
        }
        for one in report.components_of(issue)
    ]


def _full_name(shown: Mapping[str, Json], component: Component) -> str:
    group_id = shown[component.id]["group_id"]
    return f"{shown[group_id]['name']} - {component.name}" if group_id else component.name


def _statuses(issue: Issue) -> list[str]:
    """The status that each thing said of an incident gave it, newest first. What is said without a
    label leaves it as it was, but opens again what was resolved."""
    spoken = "resolved" if issue.retrospective else _OPENING.get(issue.label, "investigating")
    statuses = [spoken]
    for update in reversed(issue.updates):
        if update.label is UpdateLabel.ADDENDUM:
            statuses.append("postmortem")
            continue
        if update.label is not None:
            spoken = _SPOKEN[update.label]
        elif spoken == "resolved" and issue.label is not IssueLabel.INFORMATIONAL:
            spoken = "investigating"
        statuses.append(spoken)
    return statuses[::-1]


def _end(issue: Issue) -> str:
    """The status of an incident that does not stand."""
    explained = issue.updates and issue.updates[0].label is UpdateLabel.ADDENDUM
    return "postmortem" if explained else "resolved"


def _stage(issue: Issue) -> str:
    """The status of a maintenance."""
    match issue.phase:
        case Phase.PLANNED | Phase.ANNOUNCED:
            return "scheduled"
        case Phase.UNDERWAY:
            latest = issue.updates[0].label if issue.updates else None
            return "verifying" if latest is UpdateLabel.MONITORING else "in_progress"
        case _:
            return "completed"


def _progress(issue: Issue, at: int, label: UpdateLabel | None) -> str:
    """The status of a maintenance when something was said of it."""
    closed = closed_at(issue)
    if closed is not None and at >= closed:
        return "completed"
    if issue.began_at is None or at < issue.began_at:
        return "scheduled"
    return "verifying" if label is UpdateLabel.MONITORING else "in_progress"


def _time(at: int) -> str:
    """RFC 3339 in UTC, with the milliseconds that its readers may expect."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _time_or_none(at: int | None) -> str | None:
    return None if at is None else _time(at)
