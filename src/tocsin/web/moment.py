"""Moments and spans in words, in the page's zone; static/page.js writes them in the reader's."""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def zone(name: str) -> tzinfo:
    """The IANA time zone `name`; raises `ZoneInfoNotFoundError` when there is none."""
    return UTC if name == "UTC" else ZoneInfo(name)


def machine(at: int) -> str:
    """For the `datetime` attribute: RFC 3339 in UTC, to the second."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def clock(at: int, now: int, where: tzinfo) -> str:
    """The shortest writing that leaves no doubt: "14:02 UTC", else "20 Nov, 14:02 UTC", else with
    the year."""
    then, today = datetime.fromtimestamp(at, where), datetime.fromtimestamp(now, where)
    if then.date() == today.date():
        return f"{then:%H:%M} {then.tzname()}"
    year = "" if then.year == today.year else f" {then.year}"
    return f"{then.day} {_MONTHS[then.month - 1]}{year}, {then:%H:%M} {then.tzname()}"


def exact(at: int, where: tzinfo) -> str:
    """Everything about the moment, for a tooltip: "Fri 20 Nov 2026, 14:02:09 UTC"."""
    then = datetime.fromtimestamp(at, where)
    return f"{_day(then)} {then.year}, {then:%H:%M:%S} {then.tzname()}"


def window(start: int, end: int, where: tzinfo) -> str:
    """From when to when: "Sun 22 Nov, 02:00 to 04:00 UTC", with both days when they differ."""
    first, last = datetime.fromtimestamp(start, where), datetime.fromtimestamp(end, where)
    until = "" if first.date() == last.date() else f"{_day(last)}, "
    return f"{_day(first)}, {first:%H:%M} to {until}{last:%H:%M} {last.tzname()}"


def _day(then: datetime) -> str:
    return f"{_DAYS[then.weekday()]} {then.day} {_MONTHS[then.month - 1]}"


def span(seconds: int) -> str:
    """A length of time in two units at most: "less than a minute", "1 hour 5 minutes", "9 days"."""
    if seconds < _MINUTE:
        return "less than a minute"
    if seconds < _HOUR:
        return _count(seconds // _MINUTE, "minute")
    if seconds < _DAY:
        return _pair(seconds // _HOUR, "hour", seconds % _HOUR // _MINUTE, "minute")
    if seconds < 7 * _DAY:
        return _pair(seconds // _DAY, "day", seconds % _DAY // _HOUR, "hour")
    return _count(seconds // _DAY, "day")


def ago(at: int, now: int) -> str:
    """How far off the moment is: "in 1 hour 5 minutes", "just now"; the past in one unit alone."""
    if at > now:
        return f"in {span(at - now)}"
    number, unit = span(now - at).split()[:2]
    return f"{number} {unit} ago" if now - at >= _MINUTE else "just now"


def _pair(large: int, large_unit: str, small: int, small_unit: str) -> str:
    whole = _count(large, large_unit)
    return f"{whole} {_count(small, small_unit)}" if small else whole


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
