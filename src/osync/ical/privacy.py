"""What of an event leaves its owner, and when nothing does (protocol 8.1, 8.5).

It decides by marks that are cheap to see first, because most events of a calendar stay at home.
"""

import enum
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from osync.errors import EventRefusedError
from osync.ical.bodies import View
from osync.ical.canonical import canonical_text, fingerprint
from osync.ical.content import Body, EventContent
from osync.ical.event import Event
from osync.ical.limits import NOTES_CHARACTERS, TEXT_BYTES, check_content
from osync.ical.lines import Component, line_name, parse_line, split_texts
from osync.ical.marker import is_received
from osync.ical.quirks.encoded_values import decoded_value
from osync.ical.reading import read_event
from osync.ical.spans import first_moment, is_recurring, last_day
from osync.ical.splitting import Part, split
from osync.ical.texts import cut_text
from osync.ical.zones import ZoneText
from osync.model import PrivacyLevel

_MARKS = frozenset(("CLASS", "STATUS", "TRANSP"))
_MARK_STARTS = frozenset(name[:5] for name in _MARKS)
_NOTES_STEPS = (NOTES_CHARACTERS, 1_000, 100, 0)
HORIZON = timedelta(days=730)


@dataclass(frozen=True, slots=True)
class SharingRules:
    """What a share lets out. `private` says what becomes of events marked as private: shown as busy, or skipped."""

    category: str
    level: PrivacyLevel
    notes: bool = False
    conference: bool = False
    private: Literal["busy", "skip"] = "busy"


class StayReason(enum.StrEnum):
    """Why an event does not leave."""

    NO_CATEGORY = "it does not have the category"
    RECEIVED = "it was received from somebody"
    CANCELLED = "it is cancelled"
    PRIVATE = "it is marked as private"
    FREE = "it leaves the time free, and the share shows busy times only"
    PAST = "it ended too long ago"
    TOO_FAR = "it begins too far in the future"
    NOTHING_LEFT = "none of its instances is left"


@dataclass(frozen=True, slots=True)
class Staying:
    """An event that does not leave. `recheck_on` is the day when it may become shareable by itself, if there is one."""

    reason: StayReason
    recheck_on: date | None = None


@dataclass(frozen=True, slots=True)
class Leaving:
    """An event, or one part of it, as it leaves. `part` is "" or, after a split, the instance that the part begins at.

    `first` is the wall time of its start, for people; `last_day` is None if it never ends.
    """

    part: str
    text: str
    fingerprint: str
    title: str
    first: date | datetime
    last_day: date | None
    zones: tuple[ZoneText, ...]


def leaving(
    event: Event, rules: SharingRules, uid_of: Callable[[str], str], floor: date, today: date
) -> tuple[Leaving, ...] | Staying:
    """Decide what of `event` leaves under `rules`; `uid_of` gives the derived UID of a part.

    EventRefusedError if it should leave but cannot be said exactly, or is over a limit.
    """
    series = event.series
    if not any(_has_category(each, rules.category) for each in ((series,) if series else event.overrides)):
        return Staying(StayReason.NO_CATEGORY)
    if is_received(event):
        return Staying(StayReason.RECEIVED)
    views = _Views(rules, _marks_of(series) if series else None)
    if series and (reason := views.reason_to_stay(series)) and (reason is not StayReason.FREE or not event.overrides):
        return Staying(reason)
    parts = split(read_event(event, views.of), event)
    judged = [_judge(part, event, uid_of, floor, today) for part in parts if part.content.bodies]
    gone = tuple(each for each in judged if isinstance(each, Leaving))
    stays = [each for each in judged if isinstance(each, Staying)]
    if gone:
        return gone
    return stays[0] if stays else Staying(_reason_for_nothing(event, views))


def _judge(part: Part, event: Event, uid_of: Callable[[str], str], floor: date, today: date) -> Leaving | Staying:
    """Decide by its times whether one part leaves, and write it."""
    content = part.content
    first = first_moment(content)
    if not is_recurring(content) and first.day > today + HORIZON:
        return Staying(StayReason.TOO_FAR, recheck_on=first.day - HORIZON)
    last = last_day(content, part.clock, event)
    if last is not None and last < floor:
        return Staying(StayReason.PAST)
    content = _fitting(replace(content, uid=uid_of(part.name)))
    check_content(content)
    text = canonical_text(content)
    return Leaving(part.name, text, fingerprint(text), content.bodies[0].title, first.value, last, content.zones)


def _fitting(content: EventContent) -> EventContent:
    """Cut the notes, where many overrides repeat them, until the text keeps the limit of the protocol."""
    for longest in _NOTES_STEPS:
        cut = content if longest == NOTES_CHARACTERS else _with_notes_cut(content, longest)
        if len(canonical_text(cut).encode()) <= TEXT_BYTES:
            return cut
    raise EventRefusedError(f"Its text has more than {TEXT_BYTES} bytes, even without notes.")


def _with_notes_cut(content: EventContent, longest: int) -> EventContent:
    def cut(body: Body) -> Body:
        return replace(body, notes=cut_text(body.notes, longest) if longest else "")

    return replace(
        content,
        series=cut(content.series) if content.series else None,
        overrides=tuple(replace(override, body=cut(override.body)) for override in content.overrides),
    )


@dataclass(frozen=True, slots=True)
class _Marks:
    """What a component says that decides who may see it."""

    private: bool
    cancelled: bool
    transparent: bool


def _marks_of(component: Component) -> _Marks:
    private = cancelled = transparent = False
    for line in component.contents:
        if isinstance(line, str) and line[:5].upper() in _MARK_STARTS and (name := line_name(line)) in _MARKS:
            found = parse_line(line)
            value = found.value.strip().upper() if found else ""
            # RFC 5545 section 3.8.1.3: a class that is not known counts as PRIVATE. Of two marks the more private one wins.
            private = private or (name == "CLASS" and value not in ("", "PUBLIC"))
            cancelled = cancelled or (name == "STATUS" and value == "CANCELLED")
            transparent = transparent or (name == "TRANSP" and value == "TRANSPARENT")
    return _Marks(private, cancelled, transparent)


@dataclass(frozen=True, slots=True)
class _Views:
    """What the rules of a share show of each component of an event whose series bears `series` marks."""

    rules: SharingRules
    series: _Marks | None

    def of(self, component: Component) -> View | None:
        """Give what may be seen of a component, None if it stays at home."""
        marks = _marks_of(component)
        return None if self._reason(component, marks) else self._view(marks)

    def reason_to_stay(self, component: Component) -> StayReason | None:
        """Say why a component stays at home, None if it leaves."""
        return self._reason(component, _marks_of(component))

    def _reason(self, component: Component, marks: _Marks) -> StayReason | None:
        if marks.cancelled:
            return StayReason.CANCELLED
        if self._is_private(marks) and self.rules.private == "skip":
            return StayReason.PRIVATE
        if self._level(marks) is PrivacyLevel.BUSY and marks.transparent:
            return StayReason.FREE
        if self.series is None and not _has_category(component, self.rules.category):
            return StayReason.NO_CATEGORY
        return None

    def _is_private(self, marks: _Marks) -> bool:
        return marks.private or (self.series is not None and self.series.private)

    def _level(self, marks: _Marks) -> PrivacyLevel:
        return PrivacyLevel.BUSY if self._is_private(marks) else self.rules.level

    def _view(self, marks: _Marks) -> View:
        level, conference = self._level(marks), self.rules.conference
        if level is PrivacyLevel.BUSY:
            return View(title=False, place=False, notes=False, status=False)
        if level is PrivacyLevel.TITLES:
            return View(place=False, notes=False, conference=conference)
        return View(notes=self.rules.notes, conference=conference)


def _reason_for_nothing(event: Event, views: _Views) -> StayReason:
    reasons = {reason for each in event.components if (reason := views.reason_to_stay(each))}
    return reasons.pop() if len(reasons) == 1 else StayReason.NOTHING_LEFT


def _has_category(component: Component, category: str) -> bool:
    """Tell whether a component has exactly this category; capitals and blanks around it do not count."""
    wanted = _folded(category)
    return any(
        found.name == "CATEGORIES" and wanted in map(_folded, split_texts(decoded_value(found)))
        for line in component.contents
        if isinstance(line, str) and line[:10].upper() == "CATEGORIES" and (found := parse_line(line))
    )


def _folded(text: str) -> str:
    text = text.strip()
    return text.lower() if text.isascii() else unicodedata.normalize("NFC", text).casefold()
