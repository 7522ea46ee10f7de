"""When an event begins, and the last day that it can touch, without listing its instances where possible."""

from datetime import date, timedelta

from osync.ical.clock import Clock
from osync.ical.content import Body, EventContent, Moment, Rule
from osync.ical.event import Event
from osync.ical.limits import LAST_DAY
from osync.ical.recurrence import last_day as last_day_of_instances


def is_recurring(content: EventContent) -> bool:
    """Tell whether an event has a rule or added instances."""
    return content.rule is not None or bool(content.additions)


def first_moment(content: EventContent) -> Moment:
    """Give the start of the series, or of the earliest override where there is no series."""
    if content.series is not None:
        return content.series.start
    return min((override.body.start for override in content.overrides), key=lambda moment: moment.time)


def last_day(content: EventContent, clock: Clock, event: Event) -> date | None:
    """Give a day after which nothing of the event happens; None if it never ends.

    It may lie later than the last instance by part of a period of the rule, or by what is excluded. `event` is what the
    content was read from; its instances are listed only for a rule that is counted in an unusual way.
    """
    days = [_last_day_of_body(body) for body in content.bodies]
    series, rule = content.series, content.rule
    if series is not None:
        length = _last_day_of_body(series) - series.start.day
        days.extend(moment.day + length for moment in content.additions)
        if rule is not None:
            reach = _reach(rule, series.start, clock, event)
            if reach is None:
                return None
            days.append(min(reach, LAST_DAY) + length)
    return max(days)


def _last_day_of_body(body: Body) -> date:
    if body.end is None:
        return body.start.day
    last = body.end.time - timedelta(microseconds=1)
    return max(last.date(), body.start.day)


def _reach(rule: Rule, start: Moment, clock: Clock, event: Event) -> date | None:
    """Give a day that the last start of a rule does not pass; None if it never ends."""
    if rule.until is not None:
        until = rule.until
        if start.zone and until.zone:
            until = clock.in_zone(until.time, start.zone)
        return max(until.day, start.day)
    if rule.count is None:
        return None
    try:
        return _counted(rule, start) or last_day_of_instances(event, event.zones)
    except OverflowError:
        return LAST_DAY


def _counted(rule: Rule, start: Moment) -> date | None:
    """Count a rule out by arithmetic; None if its periods may be empty, so that only its instances tell."""
    count = rule.count or 1
    parts = {part.name: part.values for part in rule.by}
    steps = (count - 1) * rule.interval
    if rule.frequency == "DAILY" and not parts:
        return start.day + timedelta(days=steps)
    if rule.frequency == "WEEKLY" and not parts:
        return start.day + timedelta(days=7 * steps)
    if rule.frequency == "WEEKLY" and not parts.keys() - {"BYDAY"}:
        weeks = -(-count // len(parts.get("BYDAY", ("",)))) * rule.interval
        return start.day + timedelta(days=weeks * 7 + 6)
    if rule.frequency == "YEARLY" and not parts and (start.day.month, start.day.day) != (2, 29):
        return start.day.replace(year=min(start.day.year + steps, LAST_DAY.year))
    return None
