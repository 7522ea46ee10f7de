"""Days, times, spans and zones in plain English words, the same whatever the locale is."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from osync.ical.clock import Clock
from osync.ical.content import UTC_NAME, Moment
from osync.ical.zones import PRIVATE_PREFIX

DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTH_NAMES = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_SHORT = 3
_DAY = timedelta(days=1)
_MIDNIGHT = datetime.min.time()


@dataclass(frozen=True, slots=True)
class Wall:
    """The clock of one event, and the zone `home` that is said once for a whole mail and left out from then on."""

    clock: Clock
    home: str

    def at_home(self, moment: Moment) -> Moment:
        """Give a moment that stands in UTC as the clock at home shows it; any other one as it is."""
        if moment.zone != UTC_NAME or self.home in ("", UTC_NAME):
            return moment
        return self.clock.in_zone(moment.time, self.home)

    def zone_words(self, moment: Moment, *, always: bool = False) -> str:
        """Give the zone of a time in brackets with a blank before it, "" where it need not be said."""
        if moment.is_date or (moment.zone == self.home and not always):
            return ""
        if not moment.zone:
            return " (local time)"
        if moment.zone.startswith(PRIVATE_PREFIX):
            return f" (UTC{_offset_words(moment.time - self.clock.instant(moment))})"
        return f" ({moment.zone.replace('_', ' ')})"


def home_zone(moments: Iterable[Moment]) -> str:
    """Give the zone that most of some times are in, by name if they are equally many; UTC only if there is no other."""
    counted = Counter(each.zone for each in moments if each.zone and not each.zone.startswith(PRIVATE_PREFIX))
    utc = counted.pop(UTC_NAME, 0)
    if not counted:
        return UTC_NAME if utc else ""
    return min(counted, key=lambda name: (-counted[name], name))


def day_words(day: date, *, year: bool = True) -> str:
    """Say a day: "Tue, 24 Nov 2026"."""
    words = f"{DAY_NAMES[day.weekday()][:_SHORT]}, {day.day} {MONTH_NAMES[day.month - 1][:_SHORT]}"
    return f"{words} {day.year}" if year else words


def month_words(day: date) -> str:
    """Say a month: "November 2026"."""
    return f"{MONTH_NAMES[day.month - 1]} {day.year}"


def span_words(start: Moment, end: Moment | None, wall: Wall) -> str:
    """Say when one occurrence is, from its first day to its last moment."""
    if start.is_date:
        return _days_words(start.day, end)
    start, end = wall.at_home(start), wall.at_home(end) if end else None
    first = f"{day_words(start.day)}, {_clock_words(start)}"
    if end is None:
        return first + wall.zone_words(start)
    if end.zone != start.zone:
        return f"{first}{wall.zone_words(start, always=True)} – {_end_words(start, end)}{wall.zone_words(end, always=True)}"
    dash = "–" if _same_day(start, end) else " – "
    return f"{first}{dash}{_end_words(start, end)}{wall.zone_words(start)}"


def time_words(start: Moment, end: Moment | None, wall: Wall) -> str:
    """Say at which time of the day each occurrence of a series is, and how long it lasts if that is not one day."""
    if start.is_date:
        days = (end.day - start.day).days if end else 1
        return "all day" if days <= 1 else f"all day, {days} days long"
    if end is None:
        return _clock_words(start) + wall.zone_words(start)
    if end.zone != start.zone:
        begins = _clock_words(start) + wall.zone_words(start, always=True)
        return f"{begins} – {_clock_words(end)}{wall.zone_words(end, always=True)}"
    days = 0 if _same_day(start, end) else (end.day - start.day).days
    later = "" if not days else " (the next day)" if days == 1 else f" ({days} days later)"
    last = "24:00" if not days and end.day != start.day else _clock_words(end)
    return f"{_clock_words(start)}–{last}{later}{wall.zone_words(start)}"


def _same_day(start: Moment, end: Moment) -> bool:
    return start.day == end.day or (end.time.time() == _MIDNIGHT and end.day - start.day == _DAY)


def _end_words(start: Moment, end: Moment) -> str:
    if start.day == end.day or (start.zone == end.zone and _same_day(start, end)):
        return "24:00" if end.day != start.day else _clock_words(end)
    return f"{day_words(end.day, year=start.day.year != end.day.year)}, {_clock_words(end)}"


def _days_words(first: date, end: Moment | None) -> str:
    last = end.day - _DAY if end else first
    if last <= first:
        return f"{day_words(first)}, all day"
    beginning = day_words(first, year=first.year != last.year)
    return f"{beginning} – {day_words(last)}, all day ({(last - first).days + 1} days)"


def _clock_words(moment: Moment) -> str:
    time = moment.time
    return f"{time.hour:02}:{time.minute:02}" + (f":{time.second:02}" if time.second else "")


def _offset_words(offset: timedelta) -> str:
    minutes = round(offset.total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")
