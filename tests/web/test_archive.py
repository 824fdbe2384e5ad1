"""The pages of a status page's history."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from icalendar import Calendar
from tests.domain import Domain
from tests.web.visits import Visited, visited

from tocsin.app import pages
from tocsin.app.pages import PageChanges
from tocsin.model.component import State
from tocsin.model.errors import Refused
from tocsin.model.issue import IssueLabel
from tocsin.web.archive import Archive, Asked
from tocsin.web.site import Site

HOUR, DAY = 3_600, 86_400


@pytest.fixture
async def site(there: Domain) -> AsyncIterator[Visited]:
    """Its time is 22:13 on 14 November 2023."""
    async with visited(there) as site:
        yield site


def text(html: str) -> str:
    """What is read, in one line."""
    main = html.partition("<main")[2].partition(">")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def cells(html: str) -> dict[str, str]:
    """How the days of the calendars are shown, by date."""
    found = re.findall(r'history/(\d{4}-\d\d-\d\d)" data-state="(\w+)"', html)
    return dict(found)


async def past_issue(
    there: Domain, component: str, days_ago: float, hours: float, title: str
) -> str:
    began_at = there.clock.now - int(days_ago * DAY)
    ended_at = began_at + int(hours * HOUR)
    return await there.issue(component, title=title, began_at=began_at, ended_at=ended_at)


async def test_months_are_told_three_at_a_time(site: Visited) -> None:
    there = site.there
    website = await there.component()
    for months_ago, title in enumerate(("New", "Old", "Older", "Oldest")):
        await past_issue(there, website, 1 + 30.4 * months_ago, 1, title)
    first = await site.html("/history")
    read = text(first)
    assert [read.find(month) > 0 for month in ("November", "October", "September", "August")] == [
        True,
        True,
        True,
        False,
    ]
    assert read.index("New") < read.index("Old") < read.index("Older")
    assert "Oldest" not in read
    assert 'href="history?until=2023-08"' in first
    assert "Newer" not in read

    second = await site.html("/history?until=2023-08")
    assert "Oldest" in text(second)
    assert 'href="history?until=2023-11"' in second
    assert "Older" not in text(second).replace("Oldest", "")


async def test_a_month_has_a_page_with_its_days(site: Visited) -> None:
    there = site.there
    website = await there.component()
    await past_issue(there, website, 20, 1, "Slow")
    html = await site.html("/history/2023-10")
    assert "<h1>October 2023</h1>" in html
    assert "Wed 25 Oct, 22:13 to 23:13 UTC (1 hour) · Website" in text(html)
    assert 'href="../history/2023-11"' in html
    assert 'href="../issues/' in html
    days = cells(html)
    assert min(days) == "2023-10-25"
    assert set(days.values()) == {"operational"}
    assert 'class="from-7"' in html


async def test_a_calendar_shows_the_worst_of_each_day(site: Visited) -> None:
    there = site.there
    website = await there.component()
    work = await there.issue(
        await there.component("Database"),
        starts_at=there.clock.now + DAY + 2 * HOUR,
        ends_at=there.clock.now + DAY + 3 * HOUR,
    )
    await set_state(there, website, State.DEGRADED)
    there.clock.advance(HOUR)
    await set_state(there, website, State.OUTAGE)
    there.clock.advance(2 * HOUR)
    await set_state(there, website, State.OPERATIONAL)
    there.clock.advance(DAY)
    await there.timers.catch_up()
    assert (await there.reported(work)).ended_at is not None
    assert cells(await site.html("/history")) == {
        "2023-11-14": "outage",
        "2023-11-15": "outage",
        "2023-11-16": "maintenance",
    }


async def set_state(there: Domain, component_id: str, state: State) -> None:
    await there.edit_component(component_id, manual_state=state)


async def test_a_day_tells_how_long_each_component_was_not_fine(site: Visited) -> None:
    there = site.there
    website = await there.component()
    await there.component("Database")
    await set_state(there, website, State.DEGRADED)
    there.clock.advance(HOUR)
    await set_state(there, website, State.OUTAGE)
    there.clock.advance(2 * HOUR)

    before = text(await site.html("/history/2023-11-14"))
    assert before.startswith("Back to the status Tue 14 Nov 2023 No incidents on this day.")
    assert "Website Outage for 46 minutes" in before
    assert "Website Degraded for 1 hour" in before
    assert "Database" not in before
    today = await site.html("/history/2023-11-15")
    assert "Website Outage for 1 hour 13 minutes" in text(today)
    assert 'data-already="0" data-as="lasting"' in today
    assert 'href="../history/2023-11-14"' in today
    assert "16 November" not in text(today)


async def test_a_day_tells_the_issues_that_touched_it(site: Visited) -> None:
    there = site.there
    website = await there.component()
    issue = await past_issue(there, website, 2, 24, "Long")
    for day, touched in (("12", True), ("13", True), ("14", False)):
        html = await site.html(f"/history/2023-11-{day}")
        assert (issue in html) is touched
    assert "Every component was operational all day." in text(html)


@pytest.mark.parametrize(
    "path",
    [
        "/history/2023-12",
        "/history/2023-13",
        "/history/2023-10",
        "/history/2023-11-15",
        "/history/2023-11-13",
        "/history/2023-02-30",
        "/history/0001-01-01",
        "/history/0000-01",
        "/history?until=2024-01",
        "/history?until=never",
        "/issues/000000000000000000000000",
        "/issues/000000000000000000000000.ics",
    ],
)
async def test_there_is_nothing_to_tell_of_other_times(site: Visited, path: str) -> None:
    assert (await site.get(path)).status_code == 404


async def test_an_issue_is_told_from_its_beginning(site: Visited) -> None:
    there = site.there
    website = await there.component()
    before = await there.issue(website, title="Before")
    there.clock.advance(60)
    issue = await there.issue(website, title="<Odd>", label=IssueLabel.INVESTIGATING)
    there.clock.advance(60)
    after = await there.issue(website, title="After")
    await there.update(issue, "identified", body_html="<p>Found it.</p>")
    there.clock.advance(HOUR)

    html = await site.html(f"/issues/{issue}")
    read = text(html)
    assert "&lt;Odd&gt; Open since 22:14 UTC ( 1 hour 1 minute ) Affects Website" in read
    assert read.index("Investigating") < read.index("Identified")
    assert "<p>Found it.</p>" in html
    assert re.search(
        rf'rel="prev" href="\.\./issues/{before}"><small>Before this</small>Before<', html
    )
    assert re.search(
        rf'rel="next" href="\.\./issues/{after}"><small>After this</small>After<', html
    )

    await there.update(issue, "resolved")
    assert "Resolved after 1 hour 1 minute" in text(await site.html(f"/issues/{issue}"))


async def test_a_scheduled_issue_tells_its_window_and_course(site: Visited) -> None:
    there = site.there
    starts_at = there.clock.now + HOUR
    work = await there.issue(
        await there.component(), title="Works", starts_at=starts_at, ends_at=starts_at + HOUR
    )
    html = await site.html(f"/issues/{work}")
    assert "Planned, starts in 1 hour Tue 14 Nov, 23:13 to Wed 15 Nov, 00:13 UTC" in text(html)
    event = await site.get(f"/issues/{work}.ics")
    assert event.headers["content-type"] == "text/calendar; charset=utf-8"
    (planned,) = Calendar.from_ical(event.text).events
    assert planned["summary"] == "Works"
    assert planned.start == datetime.fromtimestamp(starts_at, UTC)

    there.clock.advance(HOUR)
    await there.timers.catch_up()
    assert "In progress, ends in 1 hour" in text(await site.html(f"/issues/{work}"))
    there.clock.advance(HOUR)
    await there.timers.catch_up()
    ended = await site.html(f"/issues/{work}")
    assert "Over since 00:13 UTC" in text(ended)
    assert ".ics" not in ended.partition("<main")[2].partition("</main>")[0]


async def test_what_is_not_told_yet_has_no_page(site: Visited) -> None:
    there = site.there
    starts_at = there.clock.now + 30 * DAY
    secret = await there.issue(
        await there.component(), starts_at=starts_at, ends_at=starts_at + HOUR
    )
    assert (await site.get(f"/issues/{secret}")).status_code == 404
    assert (await site.get(f"/issues/{secret}.ics")).status_code == 404


async def test_an_issue_of_another_page_has_no_page_here(site: Visited) -> None:
    there = site.there
    await there.make_page("other")
    issue = await there.issue(await there.component(page="other"))
    assert (await site.get(f"/issues/{issue}")).status_code == 404
    assert (await site.get(f"/pages/other/issues/{issue}")).status_code == 200


async def test_history_is_told_in_the_zone_of_the_page(site: Visited) -> None:
    there = site.there
    website = await there.component()
    tokyo = PageChanges(timezone="Asia/Tokyo")
    main = await there.page()
    await there.do(lambda tx: pages.edit(tx, main, tokyo))
    issue = await past_issue(there, website, 0.01, 0.1, "Short")
    assert issue in await site.html("/history/2023-11-15")
    assert max(cells(await site.html("/history"))) == "2023-11-15"


async def test_a_document_is_made_once_for_an_event_and_a_minute(site: Visited) -> None:
    there = site.there
    website = await there.component()
    first = (await site.get("/history")).headers["etag"]
    await there.issue(website, title="New")
    second = (await site.get("/history")).headers["etag"]
    there.clock.advance(90 * DAY)
    third = (await site.get("/history")).headers["etag"]
    assert len({first, second, third}) == 3


async def test_of_many_documents_the_one_asked_for_last_is_kept(site: Visited) -> None:
    website = await site.there.component()
    issues = [await site.there.issue(website, title=f"Issue {number}") for number in range(66)]
    for issue in issues:
        await site.html(f"/issues/{issue}")
    assert "Issue 0" in await site.html(f"/issues/{issues[0]}")


async def test_an_issue_without_a_schedule_is_no_event(site: Visited) -> None:
    issue = await site.there.issue(await site.there.component())
    assert (await site.get(f"/issues/{issue}.ics")).status_code == 404


async def test_a_page_that_is_deleted_meanwhile_has_no_history(site: Visited) -> None:
    there = site.there
    await there.make_page("other")
    archive = Archive(there.store, lambda: there.board, there.clock, Site("http://tocsin.test"))
    shown = await there.page("other")
    await there.do(lambda tx: pages.delete(tx, shown))
    with pytest.raises(Refused, match="page"):
        await archive.months(Asked("other", "history", ""), None)
