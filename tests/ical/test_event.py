"""Components become events, and nothing unreadable ever looks like an empty calendar."""

import pytest
from ical.samples import BERLIN, LUNAR, calendar, component

from osync.errors import EventUnreadableError
from osync.ical.event import read_events, write_event

START = "DTSTART:20260803T090000Z"


def test_the_components_of_one_uid_become_one_event_with_the_series_first() -> None:
    override = component("RECURRENCE-ID:20260810T090000Z", "DTSTART:20260810T100000Z")
    series = component(START, "RRULE:FREQ=WEEKLY")
    (event,) = read_events(calendar(*override, *series)).events
    assert event.series is not None
    assert event.series.first("RRULE")
    assert [found.name for each in event.overrides for found in each.properties("RECURRENCE-ID")] == ["RECURRENCE-ID"]


def test_overrides_without_their_series_are_an_event_too() -> None:
    (event,) = read_events(calendar(*component("RECURRENCE-ID:20260810T090000Z", START))).events
    assert event.series is None
    assert len(event.overrides) == 1


def test_events_of_several_uids_come_apart_with_only_their_own_zones() -> None:
    reading = read_events(
        calendar(
            *BERLIN,
            *LUNAR,
            *component("DTSTART;TZID=Europe/Berlin:20260803T090000", uid="one"),
            *component('DTSTART;TZID="moon base ":20260803T090000', uid="two"),
            *component(START, uid="three"),
        )
    )
    names = [[found.first("TZID").value for found in event.zones.definitions] for event in reading.events]  # type: ignore[union-attr]
    assert names == [["Europe/Berlin"], ["Moon Base"], []]
    assert reading.problems == ()


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\r\n \r\n",
        b"\xef\xbb\xbf",
        b"\0\0\0\0",
        b"<html>Not found</html>",
        b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n",
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20260803T090000Z\r\nEND:VEVENT\r\n",
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20260803T090000Z\r\nEND:VCALENDAR\r\n",
        b"BEGIN:VCALENDAR\r\nUID:1\r\nDTSTART:20260803T090000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        b"BEGIN:VEVENT\r\nUID:1\r\nDTSTART:20260803T090000Z\r\nEND:VEVENT\r\n",
        calendar(*component(START, "BEGIN:VALARM")),
        calendar(*component(START)) + b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n",
        calendar(*component(START))[:-9],
    ],
)
def test_empty_cut_off_and_foreign_text_is_an_error(text: bytes) -> None:
    with pytest.raises(EventUnreadableError):
        read_events(text)


def test_a_calendar_of_tasks_has_no_events_and_no_problem() -> None:
    reading = read_events(calendar("BEGIN:VTODO", "UID:1", "END:VTODO", "BEGIN:VJOURNAL", "UID:2", "END:VJOURNAL"))
    assert (reading.events, reading.problems) == ((), ())


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        (("BEGIN:VEVENT", START, "END:VEVENT"), "VEVENT number 1, UID: it has none, so it cannot be told from others."),
        (("BEGIN:VEVENT", "UID:1", "END:VEVENT"), "VEVENT 1, DTSTART: it has none, so nobody knows when it is."),
    ],
)
def test_a_component_without_uid_or_start_is_a_problem_and_the_others_live_on(
    broken: tuple[str, ...], sentence: str
) -> None:
    reading = read_events(calendar(*broken, *component(START, uid="good")))
    assert [event.uid for event in reading.events] == ["good"]
    assert reading.problems == (sentence,)


def test_an_override_without_start_takes_its_whole_event_along() -> None:
    """To leave out only the override would bring back the instance that it replaced."""
    reading = read_events(calendar(*component(START), *component("RECURRENCE-ID:20260810T090000Z")))
    assert reading.events == ()
    assert len(reading.problems) == 1


def test_an_encoded_uid_is_decoded() -> None:
    reading = read_events(
        calendar("BEGIN:VEVENT", "UID;ENCODING=BASE64:dXVpZDE=", START, "END:VEVENT", *component(START, uid="x"))
    )
    assert [event.uid for event in reading.events] == ["uuid1", "x"]


def test_a_uid_that_only_claims_to_be_encoded_is_taken_as_it_is() -> None:
    (event,) = read_events(calendar("BEGIN:VEVENT", "UID;ENCODING=BASE64:no base64!", START, "END:VEVENT")).events
    assert event.uid == "no base64!"


def test_text_left_in_quoted_printable_is_decoded_once() -> None:
    text = calendar(*component(START, 'ATTENDEE;CN=3D"A";ROLE=3DCHAIR:mailto:a@example.org', "LOCATION:Osnabr=C3=BCck"))
    (event,) = read_events(text).events
    assert event.components[0].first("LOCATION").value == "Osnabrück"  # type: ignore[union-attr]


def test_an_address_that_only_looks_encoded_is_left_alone() -> None:
    (event,) = read_events(calendar(*component(START, "URL:https://example.org/?a=3D1"))).events
    assert event.components[0].first("URL").value == "https://example.org/?a=3D1"  # type: ignore[union-attr]


def test_the_old_vcalendar_format_is_refused_by_name() -> None:
    text = b"BEGIN:VCALENDAR\r\nVERSION:1.0\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20260803T090000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    reading = read_events(text)
    assert reading.events == ()
    assert reading.problems == ("VCALENDAR, VERSION: this is vCalendar 1.0, an older format that OSync does not read.",)


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_versions_of_one_uid_the_newest_counts_in_any_order(turned: bool) -> None:
    versions = [component(START, "SEQUENCE:1", "DTSTAMP:20260101T000000Z"), component(START, "SEQUENCE:2")]
    first, second = reversed(versions) if turned else versions
    reading = read_events(calendar(*first, *second))
    assert reading.events[0].components[0].first("SEQUENCE").value == "2"  # type: ignore[union-attr]
    assert reading.problems == ("VEVENT lunch@example.org, UID: it is there twice; only the newest version counts.",)


def test_the_same_component_twice_is_no_problem() -> None:
    reading = read_events(calendar(*component(START), *component(START)))
    assert len(reading.events[0].components) == 1
    assert reading.problems == ()


def test_several_calendars_in_one_text_are_all_read() -> None:
    reading = read_events(calendar(*component(START, uid="1")) + calendar(*component(START, uid="2")))
    assert [event.uid for event in reading.events] == ["1", "2"]


def test_one_event_spread_over_two_calendars_is_joined() -> None:
    berlin = "DTSTART;TZID=Europe/Berlin:20260803T090000"
    override = component("RECURRENCE-ID;TZID=Europe/Berlin:20260810T090000", berlin)
    (event,) = read_events(calendar(*BERLIN, *component(berlin)) + calendar(*BERLIN, *LUNAR, *override)).events
    assert len(event.components) == 2
    assert len(event.zones.definitions) == 1


def test_two_calendars_that_define_one_zone_differently_are_not_mixed() -> None:
    other = tuple(line.replace("+0100", "+0130") for line in BERLIN)
    berlin = "DTSTART;TZID=Europe/Berlin:20260803T090000"
    override = component("RECURRENCE-ID;TZID=Europe/Berlin:20260810T090000", berlin)
    reading = read_events(calendar(*BERLIN, *component(berlin)) + calendar(*other, *override))
    assert reading.events == ()
    assert len(reading.problems) == 1


def test_an_event_is_written_and_read_again_as_it_was() -> None:
    text = calendar(
        "X-WR-TIMEZONE:Europe/Berlin",
        *BERLIN,
        *component(
            "DTSTART;TZID=Europe/Berlin:20260803T090000",
            "X-OWN;A=b:c",
            "SUMMARY:" + "ö" * 80,
            "BEGIN:VALARM",
            "END:VALARM",
        ),
    )
    (event,) = read_events(text).events
    written = write_event(event)
    assert read_events(written).events == (event,)
    assert write_event(event) == written
    assert all(len(line) <= 75 for line in written.split(b"\r\n"))


def test_blanks_before_a_calendar_are_no_harm() -> None:
    assert len(read_events(b"\r\n   " + calendar(*component(START))).events) == 1


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_texts_in_other_encodings_are_read(encoding: str) -> None:
    text = calendar(*component(START, "SUMMARY:Müll raus")).decode().encode(encoding)
    assert read_events(text).events[0].components[0].first("SUMMARY").value == "Müll raus"  # type: ignore[union-attr]
