"""Moments and spans in words, in the page's zone and language; static/page.js writes them in the
reader's zone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from zoneinfo import ZoneInfo

from tocsin.web.words import Plural, Times, Units, counted

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


def zone(name: str) -> tzinfo:
    """The IANA time zone `name`; raises `ZoneInfoNotFoundError` when there is none."""
    return UTC if name == "UTC" else ZoneInfo(name)


# A day before the calendar ends, so that no zone leads beyond it. Who means "until further notice"
# plans an end as far off as there is one.
_LAST = int(datetime(9999, 12, 30, tzinfo=UTC).timestamp())


def local(at: int, where: tzinfo) -> datetime:
    """The moment `at` (Unix seconds) in a zone."""
    return datetime.fromtimestamp(min(at, _LAST), where)


def machine(at: int) -> str:
    """For the `datetime` attribute: RFC 3339 in UTC, to the second."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class Moments:
    """Writes times (Unix seconds) as a page of `now` does."""

    now: int
    where: tzinfo
    words: Times

    @property
    def today(self) -> date:
        """The day of now."""
        return self._at(self.now).date()

    def machine(self, at: int) -> str:
        """For the `datetime` attribute."""
        return machine(at)

    def clock(self, at: int) -> str:
        """The shortest writing that leaves no doubt: "14:02 UTC", else "20 Nov, 14:02 UTC", else
        with the year."""
        then = self._at(at)
        time = f"{then:%H:%M} {then.tzname()}"
        if then.date() == self.today:
            return time
        return self.words.at.format(date=self.short(then.date()), time=time)

    def exact(self, at: int) -> str:
        """Everything about the moment, for a tooltip: "Fri 20 Nov 2026, 14:02:09 UTC"."""
        then = self._at(at)
        time = f"{then:%H:%M:%S} {then.tzname()}"
        return self.words.at.format(date=self.full(then.date()), time=time)

    def window(self, start: int, end: int) -> str:
        """From when to when: "Sun 22 Nov, 02:00 to 04:00 UTC", with both days when they differ."""
        first, last = self._at(start), self._at(end)
        begins = self.words.at.format(date=self._on(first.date()), time=f"{first:%H:%M}")
        ends = f"{last:%H:%M} {last.tzname()}"
        if first.date() != last.date():
            ends = self.words.at.format(date=self._on(last.date()), time=ends)
        return self._until(begins, ends)

    def extent(self, start: int, end: int) -> str:
        """When something was that is over, without its year: "14:02 to 15:31 UTC", with the days
        when they differ."""
        first, last = self._at(start), self._at(end)
        if first.date() == last.date():
            return self._until(f"{first:%H:%M}", f"{last:%H:%M} {last.tzname()}")
        return self.window(start, end)

    def span(self, seconds: int) -> str:
        """A length of time in two units at most: "less than a minute", "1 hour 5 minutes"."""
        return _span(seconds, self.words.span)

    def since(self, at: int) -> str:
        """The length of time from then to now."""
        return self.span(self.now - at)

    def lasting(self, seconds: int, since: int) -> str:
        """A length of time that still grows: `seconds`, and what has passed since then."""
        return self.span(seconds + max(self.now - since, 0))

    def length(self, start: int, end: int) -> str:
        """The length of time between the two."""
        return self.span(end - start)

    def ago(self, at: int) -> str:
        """How far off it is: "in 1 hour 5 minutes", "just now"; the past in one unit alone."""
        words = self.words
        if at > self.now:
            return words.ahead.format(span=_span(at - self.now, words.off))
        if self.now - at < _MINUTE:
            return words.just_now
        number, unit = _span(self.now - at, words.off).split()[:2]
        return words.ago.format(span=f"{number} {unit}")

    def short(self, day: date) -> str:
        """A day in the shortest writing: "20 Nov", with the year if that is not this one."""
        return self._date(day, self.words.months_short, with_year=day.year != self.today.year)

    def long(self, day: date) -> str:
        """A day in a heading: "20 November", with the year if that is not this one."""
        return self._date(day, self.words.months, with_year=day.year != self.today.year)

    def full(self, day: date) -> str:
        """A day with everything: "Fri 20 Nov 2026"."""
        written = self._date(day, self.words.months_short, with_year=True)
        return self._weekday(day, written)

    def month(self, first: date) -> str:
        """A month: "November 2026"."""
        return self.words.month_year.format(
            month=self.words.months[first.month - 1], year=first.year
        )

    def run(self, first: date, last: date) -> str:
        """The days from one to the other: "3 to 11 November"."""
        if (first.year, first.month) == (last.year, last.month):
            return self._until(self.words.day.format(day=first.day), self.long(last))
        return self._until(self.long(first), self.long(last))

    def _at(self, at: int) -> datetime:
        return local(at, self.where)

    def _until(self, begins: str, ends: str) -> str:
        return self.words.until.format_map({"from": begins, "until": ends})

    def _on(self, day: date) -> str:
        return self._weekday(day, self._date(day, self.words.months_short, with_year=False))

    def _weekday(self, day: date, written: str) -> str:
        return self.words.on_weekday.format(
            weekday=self.words.weekdays[day.weekday()], date=written
        )

    def _date(self, day: date, months: tuple[str, ...], *, with_year: bool) -> str:
        form = self.words.date_year if with_year else self.words.date
        return form.format(day=day.day, month=months[day.month - 1], year=day.year)


def _span(seconds: int, units: Units) -> str:
    if seconds < _MINUTE:
        return units.moments
    if seconds < _HOUR:
        return counted(units.minutes, seconds // _MINUTE)
    if seconds < _DAY:
        return _pair(
            counted(units.hours, seconds // _HOUR), units.minutes, seconds % _HOUR // _MINUTE
        )
    left = seconds % _DAY // _HOUR if seconds < 7 * _DAY else 0
    return _pair(counted(units.days, seconds // _DAY), units.hours, left)


def _pair(whole: str, unit: Plural, rest: int) -> str:
    return f"{whole} {counted(unit, rest)}" if rest else whole
