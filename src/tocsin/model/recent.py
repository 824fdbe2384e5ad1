"""The issues of the last 90 days, over or not: what a page tells of the days that it draws."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from tocsin.model import event_data
from tocsin.model.event import Change
from tocsin.model.history import extent, is_public
from tocsin.model.issue import Issue, IssueEvent
from tocsin.model.status import REACH

_ABOUT_ISSUES = frozenset(IssueEvent)


@dataclass(frozen=True)
class Recent:
    """By id, the issues that visitors may know of and that lasted within the last 91 days, without
    what was said about them.

    `apply` is the only way on, as the board's is.
    """

    issues: Mapping[str, Issue] = field(default_factory=dict)

    def apply(self, change: Change) -> "Recent":
        """What is recent after `change`; the same object when it is about no issue."""
        told = [event for event in change if event.type in _ABOUT_ISSUES]
        if not told:
            return self
        issues = dict(self.issues)
        for event in told:
            issue = event_data.read_issue(event.data).issue
            issues.pop(issue.id, None)
            if event.type != IssueEvent.DELETED:
                issues[issue.id] = issue
        return recent(issues.values(), told[-1].time_ms // 1_000)


def recent(issues: Iterable[Issue], now: int) -> Recent:
    """Those of the issues that are recent at `now` (Unix seconds)."""
    return Recent(
        {
            issue.id: replace(issue, body="", body_html="", updates=())
            for issue in issues
            if is_public(issue) and _is_recent(issue, now)
        }
    )


def _is_recent(issue: Issue, now: int) -> bool:
    until_at = extent(issue).until_at
    return until_at is None or until_at > now - REACH
