"""What a page says to those who come for its data: feeds, calendars, other people's programs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tocsin.model.board import Board, Picture
from tocsin.model.component import Component, State
from tocsin.model.issue import Issue, Update, UpdateLabel
from tocsin.model.page import Page
from tocsin.model.status import Periods


@dataclass(frozen=True)
class Report:
    """A page, and its issues, closed ones included, newest first.

    `address` is the page's own, without a final slash: what belongs to the page is below it.
    """

    page: Page
    address: str
    picture: Picture
    periods: Mapping[str, Periods]
    issues: tuple[Issue, ...]

    @property
    def changed_at(self) -> int:
        """When anything that the report says last changed (Unix seconds)."""
        stands = (self.since(component) for component in self.picture.components)
        said = (last_change(issue) for issue in self.issues)
        return max((self.page.created_at, *stands, *said))

    def since(self, component: Component) -> int:
        """Since when the component is in its state."""
        return self.periods[component.id][-1].began_at

    def components_of(self, issue: Issue) -> tuple[Component, ...]:
        """The components of the issue that stand on this page, in page order."""
        return tuple(one for one in self.picture.components if one.id in issue.component_ids)

    def issue_address(self, issue: Issue) -> str:
        """Where the issue has a page of its own."""
        return f"{self.address}/issues/{issue.id}"


def report(board: Board, slug: str, address: str, told: Iterable[Issue] = ()) -> Report:
    """The report on the page `slug`, which the board has. `told` are issues of the page that the
    board need not have; one that it shows is taken as the board has it."""
    picture = board.picture(slug)
    assert picture is not None  # it has one for each of its pages
    issues = {**{issue.id: issue for issue in told}, **picture.issues}
    return Report(
        page=board.pages[slug],
        address=address,
        picture=picture,
        periods={one.id: board.periods[one.id] for one in picture.components},
        issues=tuple(sorted(issues.values(), key=lambda one: (-one.created_at, one.id))),
    )


def last_change(issue: Issue) -> int:
    """When the issue was made, began, ended, or was last spoken of: the latest of these."""
    said = (update.created_at for update in issue.updates)
    return max(issue.created_at, issue.began_at or 0, issue.ended_at or 0, *said)


def newest(issue: Issue, label: UpdateLabel) -> Update | None:
    """The newest update of the issue with this label."""
    return next((update for update in issue.updates if update.label is label), None)


def closed_at(issue: Issue) -> int | None:
    """When the issue was over or called off; None while it stands or is to come."""
    if issue.cancelled and issue.ended_at is None:
        cancelled = newest(issue, UpdateLabel.CANCELLED)
        return cancelled.created_at if cancelled else last_change(issue)
    return issue.ended_at


def state_at(periods: Periods, at: int) -> State:
    """The state that a component was in at that time; operational before all that is known."""
    states = (period.state for period in reversed(periods) if period.began_at <= at)
    return next(states, State.OPERATIONAL)
