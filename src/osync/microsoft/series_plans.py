"""What Outlook has to be told so that a series is what an event says: its pattern, what to delete, what to change; pure.

Outlook holds one instance a day and lets none pass another, so a change that would is refused before anything is written.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from osync.errors import EventRefusedError
from osync.ical.clock import Clock
from osync.ical.content import EventContent, Moment, Override
from osync.ical.limits import LAST_DAY
from osync.ical.written_out import starts_of_rule
from osync.microsoft.patterns import DAYS, Kind, Pattern, pattern_days
from osync.microsoft.recurrence import pattern_of

_MOST_COVERED = 1_000
_MOST_GAPS = 400
_DAY = timedelta(days=1)
_END = datetime(LAST_DAY.year, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Change:
    """One instance that is not as the series says: where it would have been, and the number of its override in the content."""

    instance: Moment
    number: int


@dataclass(frozen=True, slots=True)
class SeriesPlan:
    """A pattern, the instances that are deleted from it, and those that are changed, in the order that Outlook can follow.

    `second` is the second instance of the pattern, None if it has only one.
    """

    pattern: Pattern
    second: Moment | None
    deletions: tuple[Moment, ...]
    changes: tuple[Change, ...]


def plan_series(content: EventContent, clock: Clock) -> SeriesPlan | None:
    """Plan the series of an event; None if it does not repeat. EventRefusedError names what Outlook cannot hold."""
    series = content.series
    if series is None or (content.rule is None and not content.additions):
        if content.overrides or content.exclusions:
            raise EventRefusedError("It has exceptions, and no rule that they belong to; Outlook cannot hold that.")
        return None
    start = series.start
    if start.day > LAST_DAY:
        raise EventRefusedError("It begins after the year 2200; Outlook cannot hold that as a series.")
    pattern, gaps = _pattern_and_gaps(content, start, clock)
    excluded = {moment.day for moment in content.exclusions if moment.time.time() == start.time.time()}
    changed = {override.instance.day for override in content.overrides}
    last = max((*excluded, *changed, start.day)) + 400 * _DAY
    days = tuple(itertools.takewhile(lambda day: day <= last, pattern_days(pattern)))
    deleted = sorted(((excluded & set(days)) | gaps) - changed)
    _check_overrides(content.overrides, start, days)
    second = next(itertools.islice(pattern_days(pattern), 1, None), None)
    return SeriesPlan(
        pattern,
        _instance(second, start) if second else None,
        tuple(_instance(day, start) for day in deleted),
        tuple(_ordered(content.overrides, clock)),
    )


def _pattern_and_gaps(content: EventContent, start: Moment, clock: Clock) -> tuple[Pattern, frozenset[date]]:
    """Give the pattern of a series, and days of it that have to be deleted because no pattern leaves them out."""
    refused = EventRefusedError("It names its instances one by one; Outlook has only patterns.")
    if content.rule is not None and not content.additions:
        try:
            return pattern_of(content.rule, start, clock), frozenset()
        except EventRefusedError as error:
            refused = error
    days = _listed_days(content, start, clock)
    if days is None:
        raise refused
    pattern = _covering(days)
    gaps = frozenset(pattern_days(pattern)) - frozenset(days)
    if len(gaps) > _MOST_GAPS:
        raise refused
    return pattern, gaps


def _listed_days(content: EventContent, start: Moment, clock: Clock) -> Sequence[date] | None:
    """List the days of a series that ends; None if it does not, or has instances at several times of the day."""
    found = {start, *content.additions}
    if content.rule is not None:
        if content.rule.count is None and content.rule.until is None:
            return None
        found.update(starts_of_rule(content.rule, start, clock, _END, _MOST_COVERED + 1))
    days = sorted({moment.day for moment in found})
    alike = all(moment == _instance(moment.day, start) for moment in found)
    return days if alike and len(days) == len(found) <= _MOST_COVERED else None


def _covering(days: Sequence[date]) -> Pattern:
    """Give the weekly pattern with the fewest days that has all of some days."""
    order = list(DAYS)
    mask = 0
    for day in days:
        mask |= DAYS[order[day.weekday()]]
    return Pattern(Kind.WEEKLY, 1, days[0], mask=mask, last=days[-1])


def _instance(day: date, start: Moment) -> Moment:
    return Moment(day) if start.is_date else Moment(datetime.combine(day, start.time.time()), start.zone)


def _check_overrides(overrides: Sequence[Override], start: Moment, days: Sequence[date]) -> None:
    """Refuse overrides of instances that are not there, and moves onto or past the day of a neighbour."""
    places = {day: number for number, day in enumerate(days)}
    moved = dict(zip(days, days, strict=True))
    for override in overrides:
        if override.instance != _instance(override.instance.day, start) or override.instance.day not in places:
            raise EventRefusedError("One of its exceptions belongs to no instance; Outlook cannot hold that.")
        moved[override.instance.day] = override.body.start.day
    for override in overrides:
        number = places[override.instance.day]
        before, here, after = (
            moved[days[each]] if 0 <= each < len(days) else None for each in (number - 1, number, number + 1)
        )
        if here is not None and ((before and before >= here) or (after and after <= here)):
            raise EventRefusedError("One instance of it was moved onto or past another; Outlook cannot hold that.")


def _ordered(overrides: Sequence[Override], clock: Clock) -> Iterator[Change]:
    """Give the changes so that no instance passes another on the way: earlier ones first, then later ones from the end."""
    moves = []
    for number, override in enumerate(overrides):
        new, old = clock.instant(override.body.start), clock.instant(override.instance)
        moves.append((new < old, new, Change(override.instance, number)))
    yield from (change for earlier, _, change in sorted(moves, key=lambda move: move[1]) if earlier)
    yield from (change for earlier, _, change in sorted(moves, key=lambda move: move[1], reverse=True) if not earlier)
