"""The independent judge of copies: `icalendar` and `recurring_ical_events`, asked about one event in a process of its own.

A process of its own, because `icalendar` remembers every zone definition by its name for as long as it runs, so that one file
changes the times of the next.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import icalendar
import recurring_ical_events

from osync.ical.event import Event
from osync.ical.lines import Property

WINDOW = timedelta(days=800)
MOST_INSTANCES = 2_000


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """One instance: from when to when, as dates, UTC times, or floating times, in ISO form."""

    start: str
    end: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """The instances that the judge sees, or why it could not tell."""

    spans: tuple[Span, ...] = ()
    trouble: str = ""


def judge(calendar: bytes, first: date) -> Judgement:
    """List the instances of all events of a calendar in the first years after its first day."""
    try:
        parsed = icalendar.Calendar.from_ical(calendar)
        if any(component.errors for component in parsed.walk("VEVENT")):
            return Judgement(trouble="marks a property as broken")
        begin = datetime(first.year, first.month, first.day, tzinfo=UTC) - timedelta(days=2)
        found = recurring_ical_events.of(parsed).between(begin, begin + WINDOW)
        return Judgement(tuple(sorted({_span(event) for event in found})))
    except Exception as error:  # noqa: BLE001 - the judge fails in every way on real files; each counts as no answer
        return Judgement(trouble=f"fails with {type(error).__name__}")


def _span(event: icalendar.Event) -> Span:
    return Span(_in_utc(event.decoded("DTSTART")), _in_utc(event.decoded("DTEND" if "DTEND" in event else "DTSTART")))


def _in_utc(moment: date) -> str:
    if isinstance(moment, datetime) and moment.tzinfo is not None:
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return moment.isoformat()


def spans_within(spans: Sequence[Span], first: date) -> set[Span]:
    """Leave out what lies at the edge of the window, where whole days and times are cut differently."""
    low, high = (first - timedelta(days=1)).isoformat(), (first + WINDOW - timedelta(days=5)).isoformat()
    return {span for span in spans if low <= span.start[:10] < high}


def judge_is_wrong(event: Event, judgement: Judgement) -> str:
    """Say why the judge cannot be believed about an event as its owner wrote it, "" if it can."""
    if _names_zone(event) and any(_is_floating(span.start) for span in judgement.spans):
        return "does not find a zone, and gives times without one"
    return next((sentence for sentence, applies in _MISTAKES.items() if applies(event)), "")


def _is_floating(moment: str) -> bool:
    return "T" in moment and not moment.endswith("Z")


def _names_zone(event: Event) -> bool:
    return any(found.parameter("TZID") for found in _all(event, "DTSTART"))


def _all(event: Event, *names: str) -> Iterator[Property]:
    for component in event.components:
        yield from component.properties(*names)


def _takes_whole_days_for_times(event: Event) -> bool:
    return any(found.value.strip().upper() == "TRUE" for found in _all(event, "X-MICROSOFT-CDO-ALLDAYEVENT"))


def _takes_dates_for_times(event: Event) -> bool:
    return any(
        ("T" in found.value) == (found.parameter("VALUE") == "DATE")
        or (found.parameter("TZID") and "T" not in found.value)
        for found in _all(event, "DTSTART", "DTEND")
    )


def _lets_days_last_no_time(event: Event) -> bool:
    return any(
        "T" not in start.value
        and any(end.value <= start.value or "T" in end.value for end in component.properties("DTEND", "DURATION"))
        for component in event.components
        for start in component.properties("DTSTART")
    )


def _ignores_definition(event: Event) -> bool:
    named = {found.parameter("TZID") or "" for found in _all(event, "DTSTART", "DTEND", "RECURRENCE-ID")} - {""}
    return any(event.zones.resolve(name).warning for name in named)


def _takes_local_until_for_utc(event: Event) -> bool:
    return any(re.search(r"UNTIL=\d{8}T\d{6}(?!Z)", found.value) for found in _all(event, "RRULE"))


def _cuts_until_of_days(event: Event) -> bool:
    whole_days = any("T" not in found.value for found in _all(event, "DTSTART"))
    return whole_days and any(re.search(r"UNTIL=\d{8}T", found.value) for found in _all(event, "RRULE"))


def _repeats_utc_in_default_zone(event: Event) -> bool:
    return bool(event.zones.default) and any(found.value.strip().endswith("Z") for found in _all(event, "DTSTART"))


_MISTAKES: Mapping[str, Callable[[Event], bool]] = {
    "takes whole days that Outlook marks for times": _takes_whole_days_for_times,
    "takes days with a zone, or without VALUE=DATE, for times": _takes_dates_for_times,
    "lets a whole day last no time": _lets_days_last_no_time,
    "uses the zone of that name, not the definition in the file": _ignores_definition,
    "takes a local UNTIL for UTC": _takes_local_until_for_utc,
    "takes the UNTIL of whole days for its day in UTC": _cuts_until_of_days,
    "repeats UTC times in the zone of the calendar": _repeats_utc_in_default_zone,
    "lists cancelled instances": lambda event: any(found.value == "CANCELLED" for found in _all(event, "STATUS")),
    "takes a UTC time with TZID for local": lambda event: any(
        found.parameter("TZID") and found.value.endswith("Z") for found in _all(event, "DTSTART", "DTEND")
    ),
    "adds a period made of dates": lambda event: any(
        re.match(r"\d{8}/", found.value) is not None for found in _all(event, "RDATE")
    ),
}
