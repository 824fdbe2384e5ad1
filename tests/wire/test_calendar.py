"""The calendar of maintenance, as an independent reader reads it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event
from tests.reports import ADDRESS, closed, over, reported, said
from tests.web.sample import HOUR, MINUTE, NOW, issue, work

from tocsin.model.issue import Issue, UpdateLabel
from tocsin.model.report import Report
from tocsin.wire.calendar import calendar

SOON = work("i1", "Database upgrade; all regions", "c2", "c1", body="Read-only,\nfor a while.")


def read(made: Report) -> Calendar:
    return Calendar.from_ical(calendar(made, "Acme status"))


def event(about: Issue) -> Event:
    (one,) = read(reported(told=[about])).events
    return one


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def test_a_calendar_says_whose_it_is_and_when_to_ask_again() -> None:
    made = read(reported())
    assert made.calendar_name == "Acme status"
    assert str(made["X-WR-CALNAME"]) == "Acme status"
    assert made.uid == "p0@tocsin"
    assert str(made["url"]) == f"{ADDRESS}/"
    assert made.refresh_interval == timedelta(minutes=15)
    written = calendar(reported(), "Acme status")
    assert b"\r\nREFRESH-INTERVAL;VALUE=DURATION:PT15M\r\n" in written
    assert b"\r\nX-PUBLISHED-TTL:PT15M\r\n" in written
    assert str(made["version"]) == "2.0"
    assert made.events == []


def test_an_event_is_the_window_of_its_issue() -> None:
    one = event(replace(SOON, updates=(said("u1", NOW - HOUR, None, "One more thing."),)))
    assert one.uid == "i1@tocsin"
    assert str(one["summary"]) == "Database upgrade; all regions"
    assert one.start == at(NOW + 12 * HOUR)
    assert one.end == at(NOW + 14 * HOUR)
    assert one.status == "CONFIRMED"
    assert one.transparency == "TRANSPARENT"
    assert str(one["url"]) == f"{ADDRESS}/issues/i1"
    assert str(one["description"]) == (
        "Website, Checkout\n\nOne more thing.\n\nRead-only,\nfor a while."
    )
    assert one.stamp == one.last_modified == at(NOW - HOUR)
    assert one.created == at(SOON.created_at)


def test_a_new_schedule_moves_the_same_event() -> None:
    assert SOON.ends_at is not None
    note = said("u1", NOW, None, "Rescheduled.")
    before, after = event(SOON), event(replace(SOON, ends_at=SOON.ends_at + HOUR, updates=(note,)))
    assert after.uid == before.uid
    assert after.sequence > before.sequence
    assert after.stamp > before.stamp
    assert after.end - before.end == timedelta(hours=1)


def test_what_is_called_off_is_struck_out() -> None:
    off = event(replace(SOON, cancelled=True, updates=(said("u1", NOW, UpdateLabel.CANCELLED),)))
    assert off.status == "CANCELLED"
    assert off.sequence > event(SOON).sequence
    assert off.start == event(SOON).start


def test_what_was_done_sooner_ends_sooner() -> None:
    assert event(over("i1")).end == at(NOW - HOUR)
    early = over("i1", said("u1", NOW - 90 * MINUTE, UpdateLabel.RESOLVED))
    assert event(replace(early, ended_at=NOW - 90 * MINUTE)).end == at(NOW - 90 * MINUTE)


def test_an_event_takes_some_time_even_if_the_work_took_none() -> None:
    one = event(over("i1", ended_at=NOW - 2 * HOUR))
    assert one.end == one.start + timedelta(seconds=1)


def test_only_what_is_scheduled_is_in_it() -> None:
    made = reported(issue("i2", "Outage", "c1"), SOON, told=[closed("i3"), over("i4")])
    assert {one.uid for one in read(made).events} == {"i4@tocsin", "i1@tocsin"}


def test_it_is_the_same_each_time_it_is_asked_for() -> None:
    assert calendar(reported(SOON), "Acme") == calendar(reported(SOON), "Acme")


def test_lines_are_short_and_whatever_people_write_stays_text() -> None:
    title = "Ein sehr langer Titel 🚨 " * 9 + "\x07\r\nEND:VEVENT"
    written = calendar(reported(replace(SOON, title=title)), title)
    assert max(map(len, written.split(b"\r\n"))) <= 75
    assert written.count(b"\r\nEND:VEVENT\r\n") == 1
    assert b"\x07" not in written
    assert b"\n" not in written.replace(b"\r\n", b"")
    (one,) = Calendar.from_ical(written).events
    assert str(one["summary"]).endswith("\ufffd\nEND:VEVENT")


def test_the_name_is_escaped_as_every_text() -> None:
    written = calendar(reported(), "Acme, Inc; EU")
    assert b"\r\nNAME:Acme\\, Inc\\; EU\r\n" in written
    assert b"\r\nX-WR-CALNAME:Acme\\, Inc\\; EU\r\n" in written
