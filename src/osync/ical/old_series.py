"""Birthdays: yearly series that began before the first day that the protocol knows (protocol 10).

Such a series is told from its first instance that can be told; nobody looks at those before 1970. Any other old event is left
as it is, and refused by its date.
"""

from dataclasses import replace
from datetime import date

from osync.ical.content import Body, EventContent, Moment, Rule
from osync.ical.limits import FIRST_DAY


def begun_later(content: EventContent) -> EventContent:
    """Let a plain yearly series from before 1970 begin at its first instance after; give any other content back."""
    series, rule = content.series, content.rule
    if series is None or rule is None or series.start.day >= FIRST_DAY or not _is_plainly_yearly(rule, series.start):
        return content
    moved = _moved(series)
    first = moved.start.day
    if rule.until is not None and rule.until.day < first:
        return content
    return replace(
        content,
        series=moved,
        additions=tuple(each for each in content.additions if each.day >= first),
        exclusions=tuple(each for each in content.exclusions if each.day >= first),
        overrides=tuple(each for each in content.overrides if each.instance.day >= first),
    )


def _is_plainly_yearly(rule: Rule, start: Moment) -> bool:
    parts = {part.name: part.values for part in rule.by}
    same_day = {"BYMONTH": (str(start.day.month),), "BYMONTHDAY": (str(start.day.day),)}
    return (
        rule.frequency == "YEARLY" and rule.interval == 1 and rule.count is None and parts.items() <= same_day.items()
    )


def _moved(series: Body) -> Body:
    year = FIRST_DAY.year
    if (series.start.day.month, series.start.day.day) == (2, 29):
        year += 2
    by = date(year, series.start.day.month, series.start.day.day) - series.start.day
    end = replace(series.end, value=series.end.value + by) if series.end is not None else None
    return replace(series, start=replace(series.start, value=series.start.value + by), end=end)
