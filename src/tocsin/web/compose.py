"""From the board to what a page shows: its issues, its components, and the answer in a sentence."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from tocsin.model.board import Board, Picture
from tocsin.model.component import Component, State
from tocsin.model.issue import Issue, Phase, Update
from tocsin.model.page import Page, Visibility
from tocsin.model.recent import Recent
from tocsin.web import moment, wording
from tocsin.web.bars import SHOWN, Almanac
from tocsin.web.recent_days import recent_days
from tocsin.web.view import (
    AnswerView,
    ComponentView,
    EntryView,
    GroupView,
    IssueView,
    Look,
    MaintenanceView,
    PageView,
    Shown,
)
from tocsin.web.words import WORDS, Words

Rows = Mapping[str, ComponentView]  # by component id, in page order

_ALARM = {shown: alarm for alarm, shown in enumerate(Shown)}


def compose(board: Board, slug: str, recent: Recent, now: int, touched_at: int = 0) -> PageView:
    """The view at `now` (Unix seconds) of the page `slug`, which the board has.

    `touched_at` is the last change of the page of which the board keeps no trace, such as the end
    of an issue that changed no component; 0 when none is known.
    """
    page, picture = board.pages[slug], board.picture(slug)
    assert picture is not None  # it has one for each of its pages
    words, look = WORDS[page.language], look_of(page)
    almanac = Almanac(page, recent.issues.values(), moment.zone(page.timezone), now)
    issues = list(picture.issues.values())
    rows = _rows(board, picture, almanac)
    return PageView(
        look=look,
        today=almanac.today,
        bar_days=page.history_days,
        answer=_answer(look, board, rows, issues, touched_at),
        issues=tuple(_issue(issue, rows, words) for issue in _in(Phase.STANDING, issues)),
        maintenance=tuple(_maintenance(issue, rows, words) for issue in _works(issues)),
        groups=tuple(_groups(page, rows, words)),
        day_issues=tuple((issue.id, issue.title) for issue in almanac.issues),
        past=recent_days(almanac, rows, words) if rows else (),
    )


def look_of(page: Page) -> Look:
    """What all documents of a page have in common."""
    public = page.visibility is Visibility.PUBLIC
    return Look(
        slug=page.slug,
        title=wording.title(WORDS[page.language], page.name),
        name=page.name,
        description=page.description,
        timezone=page.timezone,
        language=page.language,
        public=public,
        listed=public and page.robots,
        logo=page.logo.digest if page.logo else None,
        accent=page.accent,
        links=page.links,
        text_above=page.text_above_html,
        text_below=page.text_below_html,
    )


def _in(phase: Phase, issues: Iterable[Issue]) -> list[Issue]:
    return [issue for issue in issues if issue.phase is phase]


def _works(issues: Sequence[Issue]) -> list[Issue]:
    """Maintenance in progress, what ends first before the rest; then what comes, the next first."""
    underway = sorted(_in(Phase.UNDERWAY, issues), key=lambda issue: (issue.ends_at or 0, issue.id))
    coming = sorted(
        _in(Phase.ANNOUNCED, issues), key=lambda issue: (issue.starts_at or 0, issue.id)
    )
    return underway + coming


# Components


def _rows(board: Board, picture: Picture, almanac: Almanac) -> Rows:
    return {
        component.id: _component(component, board, almanac, list(picture.issues.values()))
        for component in picture.components
    }


def _since(board: Board, component_id: str) -> int:
    """Since when (Unix seconds) the component is in its state."""
    return board.periods[component_id][-1].began_at


def _component(
    component: Component, board: Board, almanac: Almanac, issues: Sequence[Issue]
) -> ComponentView:
    about = [issue for issue in issues if component.id in issue.component_ids]
    works = _in(Phase.UNDERWAY, about)
    shown, since = SHOWN[component.state], _since(board, component.id)
    if works and _is_explained(component.state, works, _in(Phase.STANDING, about)):
        shown, since = Shown.MAINTENANCE, min(work.began_at or since for work in works)
    return ComponentView(
        id=component.id,
        name=component.name,
        description=component.description,
        shown=shown,
        since=None if shown is Shown.OPERATIONAL else since,
        bars=almanac.bars(component.id, board.periods[component.id]),
    )


def _is_explained(state: State, works: Sequence[Issue], standing: Sequence[Issue]) -> bool:
    """Whether maintenance is all there is to a component's state: trouble that it does not declare,
    or that an unplanned issue declares as well, is shown as what it is."""
    if state is State.OPERATIONAL:
        return True
    declared = any(work.state_override for work in works)
    return declared and not any(issue.state_override for issue in standing)


def _groups(page: Page, rows: Rows, words: Words) -> Iterator[GroupView]:
    for group in page.groups:
        components = tuple(rows[id_] for id_ in group.component_ids if id_ in rows)
        shown = [component.shown for component in components]
        if components:
            yield GroupView(
                key=f"group-{group.id}" if group.id else "ungrouped",
                name=group.name,
                shown=max(shown, key=_ALARM.__getitem__),
                summary=wording.group_summary(words, shown),
                components=components,
            )


# Issues


def _affected(issue: Issue, rows: Rows) -> tuple[str, ...]:
    """The names of its components on this page, in page order."""
    return tuple(row.name for id_, row in rows.items() if id_ in issue.component_ids)


def _issue(issue: Issue, rows: Rows, words: Words) -> IssueView:
    return IssueView(
        id=issue.id,
        title=issue.title,
        shown=SHOWN[issue.state_override] if issue.state_override else Shown.NONE,
        affects=_affected(issue, rows),
        entries=(*said_after(issue, words), opening(issue, words)),
    )


def _maintenance(issue: Issue, rows: Rows, words: Words) -> MaintenanceView:
    return MaintenanceView(
        id=issue.id,
        title=issue.title,
        in_progress=issue.phase is Phase.UNDERWAY,
        starts_at=issue.starts_at or 0,
        ends_at=issue.ends_at or 0,
        affects=_affected(issue, rows),
        html=issue.body_html,
        updates=said_after(issue, words),
    )


def opening(issue: Issue, words: Words) -> EntryView:
    """What an issue itself says."""
    return EntryView(
        id=issue.id,
        label=wording.label(words, issue.label),
        html=issue.body_html,
        at=issue.created_at,
    )


def said_after(issue: Issue, words: Words) -> tuple[EntryView, ...]:
    """An issue's updates, newest first."""
    return tuple(_entry(update, words) for update in issue.updates)


def _entry(update: Update, words: Words) -> EntryView:
    return EntryView(
        id=update.id,
        label=wording.label(words, update.label),
        html=update.body_html,
        at=update.created_at,
    )


# The answer


def _answer(
    look: Look, board: Board, rows: Rows, issues: Sequence[Issue], touched_at: int
) -> AnswerView:
    words = WORDS[look.language]
    shown, since = _overall(board, rows)
    names = {each: [row.name for row in rows.values() if row.shown is each] for each in Shown}
    return AnswerView(
        shown=shown,
        headline=wording.headline(words, shown, look.title),
        sentence=wording.sentence(words, shown, names),
        more=wording.more(words, shown, names, len(_in(Phase.STANDING, issues))),
        since=since,
        changed_at=max((touched_at, *_changes(board, rows, issues))) or None,
    )


def _overall(board: Board, rows: Rows) -> tuple[Shown, int | None]:
    """How the page as a whole is shown, and since when. Fine since its last recovery, if ever."""
    if not rows:
        return Shown.NONE, None
    worst = max((row.shown for row in rows.values()), key=_ALARM.__getitem__)
    if worst is not Shown.OPERATIONAL:
        return worst, min(row.since for row in rows.values() if row.shown is worst and row.since)
    recovered = (_since(board, id_) for id_ in rows if len(board.periods[id_]) > 1)
    return worst, max(recovered, default=None)


def _changes(board: Board, rows: Rows, issues: Sequence[Issue]) -> Iterator[int]:
    """When what is shown came to be as it is."""
    yield from (_since(board, id_) for id_ in rows)
    for issue in issues:
        yield issue.created_at
        yield issue.began_at or 0
        yield from (update.created_at for update in issue.updates)
