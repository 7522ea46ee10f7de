"""The rule of a series in plain English words; what the words do not cover has none, so that they never say less or more."""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from itertools import groupby

from osync.ical.clock import Clock
from osync.ical.content import Moment, Rule
from osync.ical.rules import TIME_PARTS, WEEKDAYS
from osync.message.when_words import DAY_NAMES, MONTH_NAMES, day_words

_NUMBERS = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", -1: "last", -2: "second to last"}
_UNITS = {"DAILY": "day", "WEEKLY": "week", "MONTHLY": "month", "YEARLY": "year"}
_WORKDAYS = ("MO", "TU", "WE", "TH", "FR")
_WORKDAY_WORDS = "weekday (Monday to Friday)"
_ALWAYS_THERE = 28


def pattern_words(rule: Rule, start: Moment) -> str:
    """Say how often a series that begins at `start` repeats, without its end; "" if these words do not cover the rule."""
    parts = {part.name: part.values for part in rule.by if not _says_the_start(part.name, part.values, start)}
    words = _PATTERNS.get(rule.frequency)
    return words(rule, parts, start) if words else ""


def end_words(rule: Rule, start: Moment, clock: Clock) -> str:
    """Say when a rule ends: "until …", "13 times", or ""."""
    if rule.count is not None:
        return "once" if rule.count == 1 else f"{rule.count} times"
    if rule.until is None:
        return ""
    until = clock.in_zone(rule.until.time, start.zone) if start.zone else rule.until
    # A rule that ends before the time of the day at which the series happens does not reach that day.
    early = not start.is_date and until.time.time() < start.time.time()
    return f"until {day_words(until.day - timedelta(days=early))}"


def _says_the_start(name: str, values: Sequence[str], start: Moment) -> bool:
    """Tell whether a part of a rule only repeats the time of the day at which the series begins."""
    if name not in TIME_PARTS:
        return False
    time = start.time
    return tuple(values) == (str({"BYHOUR": time.hour, "BYMINUTE": time.minute, "BYSECOND": time.second}[name]),)


_Parts = dict[str, tuple[str, ...]]


def _daily(rule: Rule, parts: _Parts, _start: Moment) -> str:
    if not parts:
        return _every(rule)
    if parts.keys() == {"BYDAY"} and rule.interval == 1:
        return _weekdays_words(parts["BYDAY"])
    return ""


def _weekly(rule: Rule, parts: _Parts, start: Moment) -> str:
    if parts.keys() - {"BYDAY"}:
        return ""
    days = parts.get("BYDAY", (WEEKDAYS[start.day.weekday()],))
    if rule.interval == 1:
        return _weekdays_words(days)
    if len(days) > 1 and rule.week_start != "MO":
        return ""
    return f"{_every(rule)} on {_listed([_day_name(day) for day in days])}"


def _monthly(rule: Rule, parts: _Parts, start: Moment) -> str:
    on = _on_days_of_month(parts, start.day.day)
    return f"{_every(rule)} on {on}" if on else ""


def _yearly(rule: Rule, parts: _Parts, start: Moment) -> str:
    months = [int(month) for month in parts.get("BYMONTH", (str(start.day.month),))]
    names = _listed([MONTH_NAMES[month - 1] for month in months])
    rest = {name: values for name, values in parts.items() if name != "BYMONTH"}
    if not rest or (rest.keys() == {"BYMONTHDAY"} and min(map(int, rest["BYMONTHDAY"])) > 0):
        days = _listed([str(day) for day in rest.get("BYMONTHDAY", (str(start.day.day),))])
        return f"{_every(rule)} on {days} {names}"
    # Without BYMONTH a weekday counts in the whole year (RFC 5545 section 3.3.10).
    on = _on_days_of_month(rest, start.day.day) if "BYMONTH" in parts else ""
    return f"{_every(rule)} on {on} of {names}" if on else ""


def _on_days_of_month(parts: _Parts, day: int) -> str:
    """Say which days of a month are meant, "" where these words do not cover it."""
    names = parts.keys()
    if not names:
        missing = " (in months that have one)" if day > _ALWAYS_THERE else ""
        return f"the {_ordinal(day)}{missing}"
    if names == {"BYMONTHDAY"}:
        return _month_days(sorted(map(int, parts["BYMONTHDAY"])))
    if names == {"BYDAY"}:
        return _counted_weekdays(parts["BYDAY"])
    if names == {"BYDAY", "BYSETPOS"} and len(parts["BYSETPOS"]) == 1:
        return _chosen_weekday(parts["BYDAY"], int(parts["BYSETPOS"][0]))
    return ""


def _month_days(days: Sequence[int]) -> str:
    words = [f"the {_ordinal(day)}" for day in days if day > 0]
    words += [f"the {_number(day)} day" for day in days if day < 0 and day in _NUMBERS]
    if len(words) < len(days):
        return ""
    return _listed(words) + (" (in months that have one)" if days[-1] > _ALWAYS_THERE else "")


def _counted_weekdays(days: Iterable[str]) -> str:
    words = []
    for day in days:
        number = int(day[:-2] or "0")
        if number not in _NUMBERS:
            return ""
        words.append(f"the {_number(number)} {_day_name(day[-2:])}")
    return _listed(words)


def _chosen_weekday(days: tuple[str, ...], position: int) -> str:
    if position not in _NUMBERS or any(len(day) > len("MO") for day in days):
        return ""
    if days == _WORKDAYS:
        return f"the {_number(position)} {_WORKDAY_WORDS}"
    if days == WEEKDAYS:
        return f"the {_number(position)} day"
    return f"the {_number(position)} {_day_name(days[0])}" if len(days) == 1 else ""


def _weekdays_words(days: tuple[str, ...]) -> str:
    if days == _WORKDAYS:
        return f"every {_WORKDAY_WORDS}"
    if days == WEEKDAYS:
        return "every day"
    return f"every {_listed([_day_name(day) for day in days])}" if all(day in WEEKDAYS for day in days) else ""


def _every(rule: Rule) -> str:
    unit = _UNITS[rule.frequency]
    return f"every {unit}" if rule.interval == 1 else f"every {rule.interval} {unit}s"


def _day_name(day: str) -> str:
    return DAY_NAMES[WEEKDAYS.index(day)]


def _number(number: int) -> str:
    return _NUMBERS[number]


def _ordinal(day: int) -> str:
    ending = "th" if day in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending}"


def _listed(words: Sequence[str]) -> str:
    words = [word for word, _ in groupby(words)]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


_PATTERNS: dict[str, Callable[[Rule, _Parts, Moment], str]] = {
    "DAILY": _daily,
    "WEEKLY": _weekly,
    "MONTHLY": _monthly,
    "YEARLY": _yearly,
}
