"""The news about events put into English words: sections, months, events, and what of each changed."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

from osync.ical.content import Body, Status
from osync.ical.texts import clean_line, cut_text
from osync.message.columns import isolated
from osync.message.news import Aspect, DateChange, DateKind, Kind, News
from osync.message.news_page import Group, Line, Notice, Section
from osync.message.occurrences import ToldEvent, coming, sort_key
from osync.message.series_words import end_words, pattern_words
from osync.message.when_words import Wall, day_words, home_zone, month_words, span_words, time_words

MOST_LISTED = 250
UNTITLED = "Busy"
_GROUPED_ABOVE = 12
_MOST_DATES = 10
_NEXT_DATES = 5
_DAY = timedelta(days=1)
_NOTES_CHARACTERS = 600
_NOTHING = "(none)"
_OVER = "Already over"
_STATUS = {Status.CONFIRMED: "confirmed", Status.TENTATIVE: "tentative", Status.CANCELLED: "cancelled"}
_HEADINGS = {Kind.NEW: "New", Kind.CHANGED: "Changed", Kind.CANCELLED: "Cancelled"}


@dataclass(frozen=True, slots=True)
class Setting:
    """What the words depend on besides the news: the time (aware), the zone that is not repeated, and how much is shown."""

    now: datetime
    home: str
    notes: bool = True
    files: Mapping[str, str] = field(default_factory=dict)

    def wall(self, told: ToldEvent) -> Wall:
        """Give the clock of one event."""
        return Wall(told.clock, self.home)


def home_of(news: Sequence[News]) -> str:
    """Give the zone that most events of a mail are in."""
    return home_zone(each.event.body.start for each in news if not each.event.body.start.is_date)


def sections_of(news: Sequence[News], setting: Setting, *, first: bool) -> tuple[Section, ...]:
    """Put news, which is `in_order`, into sections by kind. With `first`, everything is there for the first time."""
    sections = []
    for kind in Kind:
        found = [each for each in news if each.kind is kind]
        if found:
            heading = "Events" if first else _HEADINGS[kind]
            sections.append(_section(kind, f"{heading} ({len(found):,})", found, setting))
    return tuple(sections)


@dataclass(frozen=True, slots=True, order=True)
class _Placed:
    """News by its place in a list: what is over stands at the end, the rest by when it happens next."""

    over: bool
    at: datetime
    key: str
    news: News = field(compare=False)

    @property
    def heading(self) -> str:
        return _OVER if self.over else month_words(self.at.date())


def _placed(news: News, now: datetime) -> _Placed:
    return _Placed(not coming(news.event, now, 1), sort_key(news.event, now), news.telling.event_key, news)


def in_order(news: Iterable[News], now: datetime) -> tuple[News, ...]:
    """Sort news as they are shown: by kind, then by date, what is over last."""
    placed = sorted(_placed(each, now) for each in news)
    return tuple(each.news for kind in Kind for each in placed if each.news.kind is kind)


def _section(kind: Kind, heading: str, news: Sequence[News], setting: Setting) -> Section:
    left_out = len(news) - MOST_LISTED
    placed = [_placed(each, setting.now) for each in news[:MOST_LISTED]]
    if len(news) <= _GROUPED_ABOVE:
        groups = [Group("", tuple(notice_of(each, setting) for each in news))]
    else:
        months = groupby(placed, lambda each: each.heading)
        groups = [Group(month, tuple(notice_of(each.news, setting) for each in those)) for month, those in months]
    return Section(kind, heading, tuple(groups), _more(kind, left_out))


def _more(kind: Kind, left_out: int) -> str:
    if left_out <= 0:
        return ""
    if kind is Kind.CANCELLED:
        return f"… and {left_out:,} more were cancelled; the attached calendar.ics does not hold them any more."
    return f"… and {left_out:,} more; they are in the attached calendar.ics."


def notice_of(news: News, setting: Setting) -> Notice:
    """Put the news about one event into words."""
    if news.kind is Kind.CHANGED and news.before is not None:
        lines = [*_changes(news, news.before, setting), *_date_lines(news, setting)]
    elif news.kind is Kind.CANCELLED:
        lines = [Line("", when_words(news.event, setting)), *_place(news.event.body)]
    else:
        lines = [*_facts(news.event, setting), *_date_lines(news, setting)]
    file = setting.files.get(news.telling.event_key, "")
    return Notice(news.kind, _title(news.event.body), tuple(lines), file)


def _title(body: Body) -> str:
    return isolated(clean_line(body.title) or UNTITLED)


def _facts(told: ToldEvent, setting: Setting) -> Iterator[Line]:
    body = told.body
    yield Line("", when_words(told, setting))
    yield from _next_line(told, setting)
    yield from _place(body)
    if body.status is Status.TENTATIVE:
        yield Line("Status", "tentative, not certain yet")
    if body.url:
        yield Line("Link", body.url)
    if body.notes and setting.notes:
        yield Line("Notes", _notes(body), block=True)


def _place(body: Body) -> Iterator[Line]:
    if body.place:
        yield Line("Place", isolated(clean_line(body.place)))


def _notes(body: Body) -> str:
    text = cut_text(body.notes, _NOTES_CHARACTERS)
    return "\n".join(isolated(line) for line in text.split("\n"))


def when_words(told: ToldEvent, setting: Setting) -> str:
    """Say when an event is: a single one by its day and time, a series in words."""
    body, wall = told.body, setting.wall(told)
    if not told.repeats:
        return span_words(body.start, body.end, wall)
    if told.content.series is None:
        return "single dates of a series"
    time = time_words(body.start, body.end, wall)
    rule = told.content.rule
    if rule is None:
        return f"{_counted_dates(told)}, {time}"
    began = body.start.time < setting.now.replace(tzinfo=None)
    ending = end_words(rule, body.start, told.clock)
    words = f"{_rhythm(told, setting)}, {time}, {'since' if began else 'from'} {day_words(body.start.day)}"
    if not ending:
        return words
    return f"{words} {ending}" if rule.until is not None and not began else f"{words}, {ending}"


def _next_line(told: ToldEvent, setting: Setting) -> Iterator[Line]:
    """Say when a series that has begun happens next."""
    following = coming(told, setting.now, 1)
    if told.repeats and _pattern(told) and following and following[0].start.day > told.body.start.day:
        yield Line("Next", span_words(following[0].start, following[0].end, setting.wall(told)))


def _pattern(told: ToldEvent) -> str:
    rule = told.content.rule
    return pattern_words(rule, told.body.start) if rule is not None else ""


def _repetition(told: ToldEvent, setting: Setting) -> str:
    """Say how often an event happens, and until when."""
    rule = told.content.rule
    if not told.repeats:
        return "once"
    if rule is None:
        return _counted_dates(told)
    ending = end_words(rule, told.body.start, told.clock)
    return f"{_rhythm(told, setting)}, {ending}" if ending else _rhythm(told, setting)


def _rhythm(told: ToldEvent, setting: Setting) -> str:
    """Say how often a rule makes an event happen; of one that words do not cover, name the next dates."""
    pattern = _pattern(told)
    if pattern:
        return pattern
    following = coming(told, setting.now, _NEXT_DATES)
    days = [
        day_words(each.start.day) for each in following if each.start.time > setting.now.replace(tzinfo=None) - _DAY
    ]
    if not days:
        return "on dates of its own" + ("" if following else ", none of which is left")
    return f"on dates of its own, next on {'; '.join(days)}" + (" and so on" if len(days) == _NEXT_DATES else "")


def _counted_dates(told: ToldEvent) -> str:
    dates = sorted({told.body.start.day, *(each.day for each in told.content.additions)})
    shown = "; ".join(day_words(day) for day in dates[:_MOST_DATES])
    more = f" and {len(dates) - _MOST_DATES} more" if len(dates) > _MOST_DATES else ""
    return f"on {len(dates)} date{'' if len(dates) == 1 else 's'}: {shown}{more}"


def _changes(news: News, before: ToldEvent, setting: Setting) -> Iterator[Line]:
    old, new = before.body, news.event.body
    same_times = {Aspect.FIRST, Aspect.TIME, Aspect.REPEATS}.isdisjoint(news.aspects)
    if same_times or before.repeats or news.event.repeats:
        yield Line("" if same_times else "Now", when_words(news.event, setting))
    for aspect in news.aspects:
        if aspect in _VALUES:
            label, value = _VALUES[aspect]
            yield Line(label, value(new) or _NOTHING, value(old) or _NOTHING)
        elif aspect is Aspect.NOTES:
            yield Line("Notes, now", _notes(new), block=True) if new.notes else Line("Notes", _NOTHING, "removed")
        else:
            yield _when_change(aspect, before, news.event, setting)


def _when_change(aspect: Aspect, before: ToldEvent, event: ToldEvent, setting: Setting) -> Line:
    old, new = before.body, event.body
    if aspect is Aspect.REPEATS:
        return Line("Repeats", _repetition(event, setting), _repetition(before, setting))
    if aspect is Aspect.FIRST:
        return Line("First date", day_words(new.start.day), day_words(old.start.day))
    words = time_words if before.repeats or event.repeats else span_words
    label = "Time" if words is time_words else "When"
    return Line(label, words(new.start, new.end, setting.wall(event)), words(old.start, old.end, setting.wall(before)))


def _shown_as(body: Body) -> str:
    return "free" if body.transparent else "busy"


_VALUES: Mapping[Aspect, tuple[str, Callable[[Body], str]]] = {
    Aspect.TITLE: ("Title", _title),
    Aspect.PLACE: ("Place", lambda body: isolated(clean_line(body.place))),
    Aspect.STATUS: ("Status", lambda body: _STATUS[body.status]),
    Aspect.SHOWN_AS: ("Shown as", _shown_as),
    Aspect.LINK: ("Link", lambda body: body.url),
}


def _date_lines(news: News, setting: Setting) -> Iterator[Line]:
    """Say what is special about single dates: those that are not over, as far as there is room."""
    told = news.event
    left = [each for each in news.dates if not _is_past(each, told, setting.now)]
    additions = told.content.additions if told.content.rule is None else ()
    left = [each for each in left if not (each.kind is DateKind.ADDED and each.instance in additions)]
    for change in left[:_MOST_DATES]:
        yield from _date_change(change, news, setting)
    if len(left) > _MOST_DATES:
        yield Line("", f"… and {len(left) - _MOST_DATES} more single dates; the attached file holds them")
    if news.dates and not left and news.kind is Kind.CHANGED and not news.aspects:
        yield Line("", "Only dates that are over changed.")


def _is_past(change: DateChange, told: ToldEvent, now: datetime) -> bool:
    days = [change.instance.day, *(body.start.day for body in (change.old, change.new) if body)]
    return max(days) < now.date() and told.repeats


def _date_change(change: DateChange, news: News, setting: Setting) -> Iterator[Line]:
    wall = setting.wall(news.event)
    old, new = change.old, change.new
    if new is None:
        yield Line("Not on", day_words((old.start if old else change.instance).day))
    elif change.kind is DateKind.USUAL:
        yield Line("As usual again", span_words(new.start, new.end, wall))
    elif change.kind is DateKind.ADDED or old is None:
        yield Line("Also on", _with_difference(span_words(new.start, new.end, wall), new, news.event))
    else:
        yield from _changed_date(old, new, news, wall)


def _with_difference(when: str, body: Body, told: ToldEvent) -> str:
    """Add to an extra date what it is called and where it is, if that differs from the series."""
    series = told.body
    words = [when]
    if body.title != series.title:
        words.append(_title(body))
    if body.place and body.place != series.place:
        words.append(isolated(clean_line(body.place)))
    return ", ".join(words)


def _changed_date(old: Body, new: Body, news: News, wall: Wall) -> Iterator[Line]:
    """Say what of a single date changed, but not again what changed in the same way in the whole series."""
    day = day_words(old.start.day)
    series_old, series_new = (news.before or news.event).body, news.event.body
    if (old.start, old.end) != (new.start, new.end):
        yield Line("Moved", span_words(new.start, new.end, wall), span_words(old.start, old.end, wall))
    for label, value in _VALUES.values():
        with_series = (value(old), value(new)) == (value(series_old), value(series_new))
        if value(old) != value(new) and not with_series:
            yield Line(f"{label} on {day}", value(new) or _NOTHING, value(old) or _NOTHING)
    if old.notes != new.notes and (old.notes, new.notes) != (series_old.notes, series_new.notes):
        yield Line(f"Notes on {day}", isolated(clean_line(cut_text(new.notes, 200))) or _NOTHING)
