"""What of an event leaves its owner, and when nothing does (protocol 8.1, 8.5).

It asks first what is cheap to see, because most events of a calendar stay at home.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from osync.errors import EventRefusedError
from osync.ical.canonical import canonical_text, fingerprint
from osync.ical.content import UTC_NAME, Body, EventContent, Moment
from osync.ical.event import Event
from osync.ical.limits import NOTES_CHARACTERS, TEXT_BYTES, check_content
from osync.ical.marker import is_received
from osync.ical.reading import read_event
from osync.ical.spans import first_moment, is_recurring, last_day
from osync.ical.splitting import Part, split
from osync.ical.texts import cut_text
from osync.ical.views import SharingRules, StayReason, Views, has_category
from osync.ical.zones import ZoneText

__all__ = ["Leaving", "SharingRules", "StayReason", "Staying", "leaving"]

_MOST_BYTES_A_CHARACTER = 4
_NOTES_STEPS = (NOTES_CHARACTERS, 1_000, 100, 0)
HORIZON = timedelta(days=730)


@dataclass(frozen=True, slots=True)
class Staying:
    """An event that does not leave. `recheck_on` is the day when it may become shareable by itself, if there is one."""

    reason: StayReason
    recheck_on: date | None = None


@dataclass(frozen=True, slots=True)
class Leaving:
    """An event, or one part of it, as it leaves. `part` is "" or, after a split, the instance that the part begins at.

    `first` is the start for people, in its own zone, aware if that is UTC; `last_day` is None if it never ends.
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
    if not any(has_category(each, rules.category) for each in ((series,) if series else event.components)):
        return Staying(StayReason.NO_CATEGORY)
    if is_received(event):
        return Staying(StayReason.RECEIVED)
    views = Views.under(rules, series)
    reason = views.reason_to_stay(series) if series else None
    if reason and (reason is not StayReason.FREE or len(event.components) == 1):
        return Staying(reason)
    parts = split(read_event(event, views.of))
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
    check_content(content)
    text = _fitting_text(replace(content, uid=uid_of(part.name)))
    return Leaving(part.name, text, fingerprint(text), content.bodies[0].title, _wall_time(first), last, content.zones)


def _wall_time(moment: Moment) -> date | datetime:
    value = moment.value
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and moment.zone == UTC_NAME else value


def _fitting_text(content: EventContent) -> str:
    """Write the content, with notes cut until it keeps the limit of the protocol: many overrides may repeat them."""
    for longest in _NOTES_STEPS:
        text = canonical_text(content if longest == NOTES_CHARACTERS else _with_notes_cut(content, longest))
        if len(text) * _MOST_BYTES_A_CHARACTER <= TEXT_BYTES or len(text.encode()) <= TEXT_BYTES:
            return text
    raise EventRefusedError(f"Its text has more than {TEXT_BYTES} bytes, even without notes.")


def _with_notes_cut(content: EventContent, longest: int) -> EventContent:
    def cut(body: Body) -> Body:
        return replace(body, notes=cut_text(body.notes, longest) if longest else "")

    return replace(
        content,
        series=cut(content.series) if content.series else None,
        overrides=tuple(replace(override, body=cut(override.body)) for override in content.overrides),
    )


def _reason_for_nothing(event: Event, views: Views) -> StayReason:
    reasons = {reason for each in event.components if (reason := views.reason_to_stay(each))}
    return reasons.pop() if len(reasons) == 1 else StayReason.NOTHING_LEFT
