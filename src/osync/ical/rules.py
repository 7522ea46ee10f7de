"""The parts of a recurrence rule, read and written in one order; nothing is expanded here (RFC 5545 section 3.3.10)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from osync.errors import EventRefusedError
from osync.ical.content import Rule, RulePart
from osync.ical.moments import moment_text

FREQUENCIES = ("SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY")
TIME_PARTS = ("BYHOUR", "BYMINUTE", "BYSECOND")
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_BLANKS = re.compile(r"\s+")
_WEEKDAY = re.compile(r"([+-]?)(\d{0,2})(MO|TU|WE|TH|FR|SA|SU)")
_NUMBER = re.compile(r"[+-]?\d{1,9}")
_MOST_VALUES = 400


@dataclass(frozen=True, slots=True)
class _Range:
    """The numbers that a BY part may hold; `both` allows the same below zero, counted from the end."""

    low: int
    high: int
    both: bool

    def __contains__(self, number: int) -> bool:
        return self.low <= (abs(number) if self.both else number) <= self.high


_RANGES: Mapping[str, _Range] = {
    "BYHOUR": _Range(0, 23, both=False),
    "BYMINUTE": _Range(0, 59, both=False),
    "BYMONTH": _Range(1, 12, both=False),
    "BYMONTHDAY": _Range(1, 31, both=True),
    "BYSECOND": _Range(0, 60, both=False),
    "BYSETPOS": _Range(1, 366, both=True),
    "BYWEEKNO": _Range(1, 53, both=True),
    "BYYEARDAY": _Range(1, 366, both=True),
}
# RFC 7529 parts whose value changes nothing about the rule.
_HARMLESS = {"RSCALE": "GREGORIAN", "SKIP": "OMIT"}


@dataclass(frozen=True, slots=True)
class RuleText:
    """A rule whose UNTIL is still text, because what it means depends on the start of the event."""

    rule: Rule
    until: str


def parse_rule(text: str) -> RuleText:
    """Read the value of an RRULE; blanks, a semicolon at the end and small letters are harmless.

    EventRefusedError names the part that is unknown, doubled or out of range.
    """
    parts: dict[str, str] = {}
    for part in _BLANKS.sub("", text).upper().split(";"):
        name, _, value = part.partition("=")
        if not part or _HARMLESS.get(name) == value:
            continue
        if name in parts:
            raise EventRefusedError(f"Its rule has {_shown(name)} twice.")
        if not value:
            raise EventRefusedError("A part of its rule has no value.")
        parts[name] = value
    frequency = parts.pop("FREQ", "")
    if frequency not in FREQUENCIES:
        raise EventRefusedError("Its rule has no FREQ that RFC 5545 knows.")
    until = parts.pop("UNTIL", "")
    count = _positive(parts.pop("COUNT"), "COUNT") if "COUNT" in parts else None
    if until and count:
        raise EventRefusedError("Its rule has both COUNT and UNTIL.")
    interval = _positive(parts.pop("INTERVAL", "1"), "INTERVAL")
    week_start = parts.pop("WKST", "MO")
    if week_start not in WEEKDAYS:
        raise EventRefusedError("The WKST of its rule is no weekday.")
    by = tuple(_rule_part(name, value, frequency) for name, value in sorted(parts.items()))
    return RuleText(Rule(frequency, None, count, interval, by, week_start), until)


def rule_text(rule: Rule) -> str:
    """Write a rule: FREQ, UNTIL, COUNT, INTERVAL, BY parts by name, WKST; what RFC 5545 assumes anyway is left out."""
    parts = ["FREQ=" + rule.frequency]
    if rule.until is not None:
        parts.append("UNTIL=" + moment_text(rule.until))
    if rule.count is not None:
        parts.append(f"COUNT={rule.count}")
    if rule.interval != 1:
        parts.append(f"INTERVAL={rule.interval}")
    parts.extend(f"{part.name}={','.join(part.values)}" for part in rule.by)
    if rule.week_start != "MO":
        parts.append("WKST=" + rule.week_start)
    return ";".join(parts)


def _positive(text: str, name: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0):
        raise EventRefusedError(f"The {name} of its rule is no number above zero.")
    return int(text)


def _rule_part(name: str, value: str, frequency: str) -> RulePart:
    values = value.rstrip(",").split(",", _MOST_VALUES)
    if len(values) > _MOST_VALUES:
        raise EventRefusedError(f"{name} of its rule has too many values.")
    if name == "BYDAY":
        return RulePart(name, _weekdays(values, frequency))
    if name not in _RANGES:
        raise EventRefusedError(f"{_shown(name)} in its rule is not known.")
    numbers = {int(each) for each in values if _NUMBER.fullmatch(each)}
    if len(numbers) == 0 or not all(_NUMBER.fullmatch(each) for each in values):
        raise EventRefusedError(f"{name} of its rule is no list of numbers.")
    if not all(number in _RANGES[name] for number in numbers):
        raise EventRefusedError(f"{name} of its rule is out of range.")
    return RulePart(name, tuple(str(number) for number in sorted(numbers)))


def _shown(name: str) -> str:
    """Give the name of an unknown part if it can be shown, else say that it is one."""
    return name if re.fullmatch(r"[A-Z-]{1,20}", name) else "a part"


def _weekdays(values: list[str], frequency: str) -> tuple[str, ...]:
    found: dict[tuple[int, int], str] = {}
    for value in values:
        match = _WEEKDAY.fullmatch(value)
        if match is None or (match[1] and not match[2]):
            raise EventRefusedError("BYDAY of its rule is no list of weekdays.")
        ordinal = int(match[1] + match[2]) if match[2] else 0
        if match[2] and (not 1 <= abs(ordinal) <= 53 or frequency not in ("MONTHLY", "YEARLY")):
            raise EventRefusedError("BYDAY of its rule counts weekdays where that has no meaning.")
        found[WEEKDAYS.index(match[3]), ordinal] = (str(ordinal) if ordinal else "") + match[3]
    return tuple(found[key] for key in sorted(found))
