"""What is new for subscribers without OSync: what they were last told about an event, compared with what it is now.

Values only; `news_words` puts them into words.
"""

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from osync.errors import EventRefusedError
from osync.ical.content import Body, Moment
from osync.ical.zones import ZoneText
from osync.message.occurrences import ToldEvent, read_told
from osync.message.series_words import pattern_words


@dataclass(frozen=True, slots=True)
class Telling:
    """One event for subscribers without OSync: the canonical text they were last told, and the one of now; "" for none.

    `count` is the number of its revisions, `changed_at` when the last one was made, in Unix seconds.
    """

    event_key: str
    before: str
    after: str
    count: int
    changed_at: int


class Kind(enum.StrEnum):
    """What happened to an event."""

    NEW = "new"
    CHANGED = "changed"
    CANCELLED = "cancelled"


class Aspect(enum.StrEnum):
    """What of an event can change."""

    TITLE = "title"
    FIRST = "first"
    TIME = "time"
    REPEATS = "repeats"
    PLACE = "place"
    STATUS = "status"
    SHOWN_AS = "shown as"
    LINK = "link"
    NOTES = "notes"


class DateKind(enum.StrEnum):
    """What happened to a single date of a series; USUAL means that nothing is special about it any more."""

    CANCELLED = "cancelled"
    CHANGED = "changed"
    ADDED = "added"
    USUAL = "as usual"


@dataclass(frozen=True, slots=True)
class DateChange:
    """A single date of a series that differs: `old` and `new` are what it was and is, None where it does not take place."""

    kind: DateKind
    instance: Moment
    old: Body | None
    new: Body | None


@dataclass(frozen=True, slots=True)
class News:
    """What happened to one event. `event` is as it is now, or as it was if it is cancelled; `before` what it was if it changed.

    A change without `before` is one of which only the result is known.
    """

    kind: Kind
    telling: Telling
    event: ToldEvent
    before: ToldEvent | None = None
    aspects: tuple[Aspect, ...] = ()
    dates: tuple[DateChange, ...] = ()


def news_of(tellings: Iterable[Telling], zones: Iterable[ZoneText]) -> tuple[News, ...]:
    """Compare; an event that is as it was told gives nothing. `zones` are the definitions that its share knows.

    EventRefusedError if a text of now, or the last one of a cancelled event, is none that OSync writes.
    """
    known = tuple(zones)
    found = (_news(telling, known) for telling in tellings if telling.before != telling.after)
    return tuple(found)


def _news(telling: Telling, zones: Sequence[ZoneText]) -> News:
    if not telling.after:
        return News(Kind.CANCELLED, telling, read_told(telling.before, zones))
    event = read_told(telling.after, zones)
    if not telling.before:
        return News(Kind.NEW, telling, event, dates=special_dates(event))
    try:
        before = read_told(telling.before, zones)
    except EventRefusedError:
        return News(Kind.CHANGED, telling, event, dates=special_dates(event))
    aspects = tuple(_changed_aspects(before, event))
    moved = not {Aspect.FIRST, Aspect.TIME, Aspect.REPEATS}.isdisjoint(aspects)
    dates = special_dates(event) if moved and not _only_its_end(before, event) else _changed_dates(before, event)
    return News(Kind.CHANGED, telling, event, before, aspects, dates)


def _changed_aspects(before: ToldEvent, event: ToldEvent) -> Iterable[Aspect]:
    old, new = before.body, event.body
    as_series = before.repeats or event.repeats
    if old.title != new.title:
        yield Aspect.TITLE
    if as_series and old.start.day != new.start.day:
        yield Aspect.FIRST
    if _time(old, as_series=as_series) != _time(new, as_series=as_series):
        yield Aspect.TIME
    if _repetition(before) != _repetition(event):
        yield Aspect.REPEATS
    if old.place != new.place:
        yield Aspect.PLACE
    if old.status != new.status:
        yield Aspect.STATUS
    if old.transparent != new.transparent:
        yield Aspect.SHOWN_AS
    if old.url != new.url:
        yield Aspect.LINK
    if old.notes != new.notes:
        yield Aspect.NOTES


def _time(body: Body, *, as_series: bool) -> tuple[object, ...]:
    """Give what makes the time of a body: of a series the time of the day and the length, else all of it."""
    if not as_series or body.start.is_date:
        length = body.end.time - body.start.time if body.end else None
        return (body.start.is_date, length) if as_series else (body.start, body.end)
    length = body.end.time - body.start.time if body.end else None
    return (body.start.time.time(), length, body.start.zone, body.end.zone if body.end else "")


def _repetition(told: ToldEvent) -> tuple[object, ...]:
    rule, start = told.content.rule, told.body.start
    if rule is None:
        return (None,)
    words = pattern_words(rule, start)
    # Words that cover the rule say all of it; so do the parts of the rule where there are no words.
    return (words or replace(rule, until=None, count=None), rule.until, rule.count)


def _only_its_end(before: ToldEvent, event: ToldEvent) -> bool:
    """Tell whether a series is as it was but for how long it goes on."""
    old, new = before.content, event.content
    if old.rule is None or new.rule is None or old.series is None or new.series is None:
        return False
    same_times = (old.series.start, old.series.end) == (new.series.start, new.series.end)
    return same_times and replace(old.rule, until=None, count=None) == replace(new.rule, until=None, count=None)


@dataclass(frozen=True, slots=True)
class _Special:
    """A date of a series about which something is special; `body` is what happens then, None for nothing."""

    instance: Moment
    body: Body | None


def special_dates(told: ToldEvent) -> tuple[DateChange, ...]:
    """Give every single date of a series that differs from what its rule says, in their order."""
    content = told.content
    if content.series is None:
        return tuple(DateChange(DateKind.ADDED, each.instance, None, each.body) for each in content.overrides)
    found = []
    by_rule = told.has([override.instance for override in content.overrides])
    for special in _specials(told).values():
        usual = told.usual(special.instance)
        if special.body is None:
            found.append(DateChange(DateKind.CANCELLED, special.instance, usual, None))
        elif special.body == usual or special.instance not in by_rule:
            found.append(DateChange(DateKind.ADDED, special.instance, None, special.body))
        else:
            found.append(DateChange(DateKind.CHANGED, special.instance, usual, special.body))
    return tuple(found)


def _specials(told: ToldEvent) -> Mapping[datetime, _Special]:
    content, clock = told.content, told.clock
    found = {clock.instant(each): _Special(each, told.usual(each)) for each in content.additions}
    found |= {clock.instant(each): _Special(each, None) for each in content.exclusions}
    found |= {clock.instant(each.instance): _Special(each.instance, each.body) for each in content.overrides}
    return {instant: found[instant] for instant in sorted(found)}


def _changed_dates(before: ToldEvent, event: ToldEvent) -> tuple[DateChange, ...]:
    """Compare the single dates of two versions of a series with the same times."""
    old, new = _specials(before), _specials(event)
    instants = sorted(old.keys() | new.keys())
    moments = {instant: (new.get(instant) or old[instant]).instance for instant in instants}
    in_old, in_new = before.has(moments.values()), event.has(moments.values())
    changes = []
    for instant, moment in moments.items():
        was = _happens(before, old.get(instant), moment, regular=moment in in_old)
        now = _happens(event, new.get(instant), moment, regular=moment in in_new)
        if was is None and now is None:
            continue
        if was and now and _difference(was, before.usual(moment)) == _difference(now, event.usual(moment)):
            continue
        changes.append(DateChange(_kind(was, now, usual=instant not in new), moment, was, now))
    return tuple(changes)


def _happens(told: ToldEvent, special: _Special | None, moment: Moment, *, regular: bool) -> Body | None:
    """Give what takes place at an instance of a series, None for nothing."""
    if special is not None:
        return special.body
    return told.usual(moment) if regular else None


def _difference(body: Body, usual: Body) -> tuple[object, ...]:
    """Give what makes a date differ from its series, so that a change of the whole series is not told for each date again."""
    pairs = (
        ((body.start, body.end), (usual.start, usual.end)),
        (body.title, usual.title),
        (body.place, usual.place),
        (body.notes, usual.notes),
        (body.url, usual.url),
        (body.status, usual.status),
        (body.transparent, usual.transparent),
    )
    return tuple(own if own != common else None for own, common in pairs)


def _kind(was: Body | None, now: Body | None, *, usual: bool) -> DateKind:
    if now is None:
        return DateKind.CANCELLED
    if usual:
        return DateKind.USUAL
    return DateKind.ADDED if was is None else DateKind.CHANGED
