"""From the views of a page's history to HTML."""

from tocsin.web.archive_view import DayPageView, IssuePageView, MonthsView
from tocsin.web.page import Head, Place, moments, render
from tocsin.web.view import Look, Shown
from tocsin.web.words import WORDS


def months_html(view: MonthsView, now: int, place: Place) -> str:
    """The page of some months, as of `now` (Unix seconds)."""
    what = WORDS[view.look.language].history.title
    if view.alone:
        what = moments(view.look, now).month(view.months[0].first)
    head = _head(view.look, what, what)
    return render("months.html", head, now, place, view=view, what=what)


def day_html(view: DayPageView, now: int, place: Place) -> str:
    """The page of a day."""
    what = moments(view.look, now).full(view.day)
    told = ", ".join(issue.title for issue in view.issues)
    summary = told or WORDS[view.look.language].history.nothing_that_day
    return render("day.html", _head(view.look, what, summary), now, place, view=view, what=what)


def issue_html(view: IssuePageView, now: int, place: Place) -> str:
    """The page of an issue."""
    said = view.entries[-1]
    times = moments(view.look, now)
    head = _head(view.look, view.title, f"{said.label}, {times.clock(said.at)}", view.shown)
    return render("issue.html", head, now, place, view=view)


def _head(look: Look, what: str, summary: str, shown: Shown = Shown.NONE) -> Head:
    title = WORDS[look.language].history.title_of.format(what=what, title=look.title)
    return Head(look, title, summary, shown)
