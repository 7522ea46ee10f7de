"""Odd corners of reading events: what must be refused, and what must not be lost."""

import time
from dataclasses import replace
from datetime import date

import pytest
from ical.samples import BERLIN, UID, event_of, everything, shared, text_of
from stopwatch import seconds

from osync.errors import EventRefusedError
from osync.ical.bodies import View
from osync.ical.copy import CopyOrigin, new_copy, updated_copy
from osync.ical.event import read_events
from osync.ical.lines import Component
from osync.ical.reading import read_content

ORIGIN = CopyOrigin("pat", "Pat", "s" * 26, "k" * 26, 1, 1, 1, 0, UID)
NINE = "DTSTART;TZID=Europe/Berlin:20260803T090000"


def read_all(component: Component) -> View:
    return View()


def test_a_change_of_all_later_instances_has_no_content_of_its_own() -> None:
    event = event_of((NINE, "RRULE:FREQ=DAILY"), ("RECURRENCE-ID;RANGE=THISANDFUTURE:20260810T070000Z", NINE))
    with pytest.raises(EventRefusedError, match="THISANDFUTURE"):
        read_content(event, read_all)


def test_more_components_than_any_event_needs_are_not_even_looked_at() -> None:
    event = event_of((NINE,))
    with pytest.raises(EventRefusedError, match="more than 300 overrides"):
        read_content(replace(event, components=event.components * 1301), read_all)


def test_more_overrides_than_the_protocol_allows_are_refused() -> None:
    overrides = [(f"RECURRENCE-ID:20{10 + i // 28}01{i % 28 + 1:02}T070000Z", f"{NINE}") for i in range(301)]
    with pytest.raises(EventRefusedError, match="more than 300 overrides"):
        text_of((NINE, "RRULE:FREQ=DAILY"), *overrides)


def test_an_event_at_the_end_of_all_time_is_refused() -> None:
    with pytest.raises(EventRefusedError, match="beyond what a calendar can hold"):
        text_of(("DTSTART;VALUE=DATE:99991231",))


def test_a_component_that_hides_its_recurrence_id_is_refused() -> None:
    event = event_of((NINE,), ("RECURRENCE-ID:20260810T070000Z", NINE))
    hidden = Component("VEVENT", ("UID:x", 'RECURRENCE-ID;X="20260810T070000Z"', NINE, "X:1"))
    with pytest.raises(EventRefusedError, match="cannot be told from the series"):
        read_content(replace(event, components=(event.components[0], hidden)), read_all)


def test_a_start_whose_quotes_do_not_close_is_refused_by_name() -> None:
    for start in ('DTSTART;TZID="Europe/Berlin:20260803T090000', 'DTSTART;TZID="Europe/Berlin:20260803T090000"'):
        with pytest.raises(EventRefusedError, match="DTSTART cannot be read"):
            text_of((start,))


@pytest.mark.parametrize("zones", [(), BERLIN])
def test_the_many_names_of_utc_are_one(zones: tuple[str, ...]) -> None:
    assert "DTSTART:20260803T090000Z" in text_of(("DTSTART;TZID=Etc/UTC:20260803T090000",), zones=zones)


def test_a_birthday_series_that_ended_before_1970_is_refused() -> None:
    with pytest.raises(EventRefusedError, match="before 1970"):
        read_content(event_of(("DTSTART;VALUE=DATE:19480523", "RRULE:FREQ=YEARLY;UNTIL=19600101")), read_all)


def test_so_many_overrides_that_even_short_ones_do_not_fit_are_refused() -> None:
    overrides = [
        (f"RECURRENCE-ID:20{10 + i // 28}01{i % 28 + 1:02}T080000Z", NINE, "SUMMARY:" + "Ö" * 250) for i in range(290)
    ]
    with pytest.raises(EventRefusedError, match="even without notes"):
        text_of((NINE, "RRULE:FREQ=DAILY"), *overrides)


def test_a_counted_series_to_the_end_of_all_calendars_ends_in_2200() -> None:
    (found,) = shared(
        event_of(("DTSTART:20260101T090000Z", "RRULE:FREQ=DAILY;INTERVAL=999;COUNT=3500", "CATEGORIES:Choir"))
    )
    assert found.last_day == date(2200, 12, 31)


def test_an_override_like_its_series_stays_where_looking_it_up_is_too_much_work() -> None:
    series = (
        "DTSTART:19700101T090000Z",
        "RRULE:FREQ=SECONDLY;BYDAY=MO;BYHOUR=9;BYMINUTE=0;BYSECOND=0;COUNT=3",
        "RDATE:20990105T090000Z",
    )
    same = ("RECURRENCE-ID:20990105T090000Z", "DTSTART:20990105T090000Z")
    try:
        text = text_of(series, same)
    except EventRefusedError:
        return
    assert "20990105T090000Z" in text


def test_a_copy_of_overrides_alone_is_updated_too() -> None:
    instance = ("RECURRENCE-ID:20260810T070000Z", "DTSTART:20260810T080000Z", "CATEGORIES:Choir")
    (found,) = shared(event_of(instance), everything())
    copy = new_copy(found.text, (), ORIGIN)
    assert copy.series is None
    again = updated_copy(copy, found.text, (), ORIGIN, transparency="").event
    assert again == copy
    other = event_of(("RECURRENCE-ID:20260817T070000Z", "DTSTART:20260817T080000Z", "CATEGORIES:Choir"))
    (changed,) = shared(other, everything())
    assert len(updated_copy(copy, changed.text, (), ORIGIN, transparency="").event.components) == 1


def test_a_text_of_bare_line_ends_costs_no_more_than_its_length() -> None:
    """Mending one line again and again once took the square of it: half a minute for such a text."""
    text = "\r\n".join(
        ("BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:1", "SUMMARY:x", *["a"] * 320_000, NINE, "END:VEVENT", "END:VCALENDAR")
    )
    begin = time.process_time()
    (event,) = read_events(text.encode()).events
    assert time.process_time() - begin < seconds(5)
    assert event.uid == "1"
