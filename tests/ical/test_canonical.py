"""One text for one meaning: what changes it, what does not, and what the receiver refuses."""

import re
from collections.abc import Sequence

import pytest
from ical.samples import BERLIN, LUNAR, UID, component, text_of

from osync.errors import EventRefusedError
from osync.ical.canonical import canonical_text, fingerprint, rebuild

NINE = "DTSTART;TZID=Europe/Berlin:20260803T090000"
TEN = "DTEND;TZID=Europe/Berlin:20260803T100000"


def lines_of(text: str) -> list[str]:
    """Give the lines of the components without what is the same in every text."""
    fixed = ("BEGIN:VCALENDAR", "END:VCALENDAR", "VERSION", "PRODID", "UID", "DTSTAMP", "TRANSP:OPAQUE")
    return [line for line in text.split("\n") if line and not line.startswith(fixed)]


def test_the_text_is_as_the_protocol_shows_it() -> None:
    series = (
        *(
            "SUMMARY:Choir, all voices \\n ",
            "RRULE:WKST=MO;INTERVAL=1;COUNT=9;FREQ=WEEKLY;BYDAY=TU,MO",
            NINE,
            "DURATION:PT1H",
        ),
        *(
            "EXDATE:20260817T070000Z,20260810T070000Z",
            "STATUS:CONFIRMED",
            "TRANSP:OPAQUE",
            "CLASS:PUBLIC",
            "SEQUENCE:4",
        ),
        *("ATTENDEE:mailto:a@example.org", "DTSTAMP:20260101T000000Z", "BEGIN:VALARM", "TRIGGER:-PT5M", "END:VALARM"),
    )
    moved = ("RECURRENCE-ID:20260824T070000Z", "DTSTART;TZID=Europe/Berlin:20260825T090000", "SUMMARY:Choir outside")
    assert text_of(series, moved, zones=BERLIN) == (
        "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//OSync//share 1//EN\n"
        f"BEGIN:VEVENT\nUID:{UID}\nDTSTAMP:19700101T000000Z\n"
        "DTSTART;TZID=Europe/Berlin:20260803T090000\nDTEND;TZID=Europe/Berlin:20260803T100000\n"
        "RRULE:FREQ=WEEKLY;COUNT=9;BYDAY=MO,TU\n"
        "EXDATE;TZID=Europe/Berlin:20260810T090000\nEXDATE;TZID=Europe/Berlin:20260817T090000\n"
        "SUMMARY:Choir\\, all voices\nEND:VEVENT\n"
        f"BEGIN:VEVENT\nUID:{UID}\nRECURRENCE-ID;TZID=Europe/Berlin:20260824T090000\nDTSTAMP:19700101T000000Z\n"
        "DTSTART;TZID=Europe/Berlin:20260825T090000\nSUMMARY:Choir outside\nEND:VEVENT\n"
        "END:VCALENDAR\n"
    )


BASE = (NINE, TEN, "RRULE:FREQ=WEEKLY;COUNT=9", "SUMMARY:Choir")


@pytest.mark.parametrize(
    "same",
    [
        tuple(reversed(BASE)),
        (NINE, "DURATION:PT1H", *BASE[2:]),
        (*BASE, "TRANSP:OPAQUE"),
        (
            *BASE,
            "STATUS:CONFIRMED",
            "PRIORITY:5",
            "COLOR:red",
            "X-FOO:bar",
            "SEQUENCE:7",
            "LAST-MODIFIED:20260101T000000Z",
        ),
        (*BASE, "BEGIN:VALARM", "TRIGGER:-PT10M", "ACTION:DISPLAY", "END:VALARM"),
        (*BASE, "ATTENDEE;PARTSTAT=ACCEPTED:mailto:a@example.org", "ORGANIZER:mailto:b@example.org"),
        (NINE, TEN, "RRULE:freq=weekly; INTERVAL=01; COUNT=9;WKST=MO;", "SUMMARY:Choir  "),
        (NINE, TEN, "RRULE:FREQ=WEEKLY;COUNT=9", "SUMMARY;LANGUAGE=de:Cho\u200eir"),
        ("DTSTART;TZID=W. Europe Standard Time:20260803T090000", TEN, *BASE[2:]),
    ],
)
def test_what_programs_write_differently_is_no_change(same: Sequence[str]) -> None:
    assert fingerprint(text_of(same)) == fingerprint(text_of(BASE))


@pytest.mark.parametrize(
    "other",
    [
        (NINE, "DURATION:PT2H", *BASE[2:]),
        ("DTSTART;TZID=Europe/London:20260803T090000", "DURATION:PT1H", *BASE[2:]),
        (NINE, TEN, "RRULE:FREQ=WEEKLY;COUNT=8", "SUMMARY:Choir"),
        (*BASE[:3], "SUMMARY:choir"),
        (*BASE, "LOCATION:Hall"),
        (*BASE, "STATUS:TENTATIVE"),
        (*BASE, "TRANSP:TRANSPARENT"),
        (*BASE, "EXDATE;TZID=Europe/Berlin:20260810T090000"),
        (*BASE, "RDATE;TZID=Europe/Berlin:20260811T090000"),
        (*BASE, "DESCRIPTION:Bring water"),
        (*BASE, "URL:https://example.org/choir"),
    ],
)
def test_what_people_would_notice_is_a_change(other: Sequence[str]) -> None:
    assert fingerprint(text_of(other)) != fingerprint(text_of(BASE))


@pytest.mark.parametrize(
    ("component_lines", "expected"),
    [
        # RFC 5545 section 3.3.6: days count on the calendar, hours on the clock; the clocks change on 29 March 2026.
        (("DTSTART;TZID=Europe/Berlin:20260328T120000", "DURATION:P1D"), "DTEND;TZID=Europe/Berlin:20260329T120000"),
        (("DTSTART;TZID=Europe/Berlin:20260328T120000", "DURATION:PT24H"), "DTEND;TZID=Europe/Berlin:20260329T130000"),
        (("DTSTART;TZID=Europe/Berlin:20260328T120000", "DURATION:P1DT1H"), "DTEND;TZID=Europe/Berlin:20260329T130000"),
        (("DTSTART;TZID=Europe/Berlin:20260328T120000", "DURATION:P1W"), "DTEND;TZID=Europe/Berlin:20260404T120000"),
        # The clock shows 02:30 twice on 25 October, so the second one is said in UTC.
        (("DTSTART;TZID=Europe/Berlin:20261025T023000", "DURATION:PT1H"), "DTEND:20261025T013000Z"),
        (("DTSTART:20260803T090000", "DURATION:PT90M"), "DTEND:20260803T103000"),
        (("DTSTART:20260803T090000Z", "DURATION:PT90M"), "DTEND:20260803T103000Z"),
        (
            ("DTSTART:20260803T090000Z", "DTEND;TZID=Europe/Berlin:20260803T120000"),
            "DTEND;TZID=Europe/Berlin:20260803T120000",
        ),
        (("DTSTART;VALUE=DATE:20260803",), "DTEND;VALUE=DATE:20260804"),
        (("DTSTART;VALUE=DATE:20260803", "DURATION:P2D"), "DTEND;VALUE=DATE:20260805"),
        (("DTSTART;VALUE=DATE:20260803", "DTEND;VALUE=DATE:20260803"), "DTEND;VALUE=DATE:20260804"),
        # Kopano: a whole day of three hours.
        (("DTSTART;VALUE=DATE:20210226", "DURATION:PT3H"), "DTEND;VALUE=DATE:20210227"),
        (("DTSTART:20131210", "DTEND:20131211"), "DTEND;VALUE=DATE:20131211"),
        (("DTSTART:2026-08-03T09:00:00Z", "DTEND:2026-08-03T10:00:00Z"), "DTEND:20260803T100000Z"),
        (("DTSTART:20260803T230000Z", "DTEND:20260803T240000Z"), "DTEND:20260804T000000Z"),
    ],
)
def test_an_end_is_always_said_as_a_moment(component_lines: Sequence[str], expected: str) -> None:
    assert expected in lines_of(text_of(component_lines))


@pytest.mark.parametrize(
    "times",
    [
        ("DTSTART:20210226T000000", "DTEND:20210227T000000", "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE"),
        ("DTSTART:20210225T230000Z", "DTEND:20210226T230000Z", "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE"),
        (
            "DTSTART;TZID=Europe/Berlin:20210226T000000",
            "DTEND;TZID=Europe/Berlin:20210227T000000",
            "X-MICROSOFT-CDO-ALLDAYEVENT:true",
        ),
        ("DTSTART;VALUE=DATE:20210226T000000Z", "DTEND;VALUE=DATE:20210227T000000Z"),
        ("DTSTART:20210226Z",),
    ],
)
def test_whole_days_in_every_dress_are_dates(times: Sequence[str]) -> None:
    assert lines_of(text_of(times))[1:3] == ["DTSTART;VALUE=DATE:20210226", "DTEND;VALUE=DATE:20210227"]


def test_a_time_that_only_claims_to_be_a_date_stays_a_time() -> None:
    told = text_of(("DTSTART;VALUE=DATE:20090117T200000", "DTEND;VALUE=DATE:20090117T220000"))
    assert lines_of(told)[1:3] == ["DTSTART:20090117T200000", "DTEND:20090117T220000"]


def test_a_start_without_zone_counts_in_the_zone_of_its_end() -> None:
    told = text_of(("DTSTART:20250814T180000", "DTEND;TZID=Europe/Brussels:20250814T190000"))
    assert "DTSTART;TZID=Europe/Brussels:20250814T180000" in told


@pytest.mark.parametrize(
    ("default", "expected"),
    [("Europe/Berlin", "DTSTART;TZID=Europe/Berlin:20250814T180000"), ("Nowhere", "DTSTART:20250814T180000")],
)
def test_a_time_without_zone_counts_in_the_zone_of_its_calendar(default: str, expected: str) -> None:
    assert expected in text_of(("DTSTART:20250814T180000",), zones=(f"X-WR-TIMEZONE:{default}",))


def test_midnights_without_outlooks_mark_stay_times() -> None:
    assert "DTSTART:20210226T000000" in text_of(("DTSTART:20210226T000000", "DTEND:20210227T000000"))


def test_times_that_are_no_midnights_stay_times_in_spite_of_the_mark() -> None:
    times = ("DTSTART:20210226T090000", "DTEND:20210226T100000", "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE")
    assert "DTSTART:20210226T090000" in text_of(times)


def test_a_whole_day_always_says_whether_the_time_is_free() -> None:
    assert "TRANSP:OPAQUE" in text_of(("DTSTART;VALUE=DATE:20210226",))
    assert "TRANSP" not in text_of((NINE,))


@pytest.mark.parametrize(
    ("start", "until", "expected"),
    [
        (NINE, "20260831T065959Z", "20260831T065959Z"),
        (NINE, "20260831", "20260831T215959Z"),
        (NINE, "20260831T090000", "20260831T070000Z"),
        ("DTSTART:20260803T090000", "20260831T090000Z", "20260831T090000"),
        ("DTSTART:20260803T090000Z", "20260831", "20260831T235959Z"),
        ("DTSTART;VALUE=DATE:20260803", "20260831", "20260831"),
        # Exchange: the midnight in Berlin that begins 18 August.
        ("DTSTART;VALUE=DATE:20260803", "20260817T220000Z", "20260818"),
        ("DTSTART;VALUE=DATE:20260803", "20260817T235959Z", "20260817"),
        ("DTSTART;VALUE=DATE:20260803", "20260817T215959Z", "20260817"),
        ("DTSTART;VALUE=DATE:20260803", "20260818T050000Z", "20260818"),
        ("DTSTART;VALUE=DATE:20260803", "20260818T090000", "20260818"),
    ],
)
def test_until_goes_with_the_start(start: str, until: str, expected: str) -> None:
    assert f"RRULE:FREQ=DAILY;UNTIL={expected}\n" in text_of((start, f"RRULE:FREQ=DAILY;UNTIL={until}"))


def test_an_until_beyond_all_calendars_means_endless() -> None:
    assert "RRULE:FREQ=DAILY\n" in text_of((NINE, "RRULE:FREQ=DAILY;UNTIL=99991231T235959Z"))


@pytest.mark.parametrize(
    ("start", "named", "expected"),
    [
        (NINE, "EXDATE:20260810T070000Z", "EXDATE;TZID=Europe/Berlin:20260810T090000"),
        (NINE, "EXDATE;TZID=America/New_York:20260810T030000", "EXDATE;TZID=Europe/Berlin:20260810T090000"),
        (NINE, "EXDATE:20260810T090000", "EXDATE;TZID=Europe/Berlin:20260810T090000"),
        (NINE, "EXDATE;VALUE=DATE:20260810", "EXDATE;TZID=Europe/Berlin:20260810T090000"),
        ("DTSTART:20260803T070000Z", "EXDATE;TZID=Europe/Berlin:20260810T090000", "EXDATE:20260810T070000Z"),
        ("DTSTART:20260803T070000", "EXDATE:20260810T070000Z", "EXDATE:20260810T070000"),
        ("DTSTART;VALUE=DATE:20260803", "EXDATE:20260809T220000Z", "EXDATE;VALUE=DATE:20260810"),
        ("DTSTART;VALUE=DATE:20260803", "EXDATE;TZID=Europe/Berlin:20260810T000000", "EXDATE;VALUE=DATE:20260810"),
        ("DTSTART;VALUE=DATE:20260803", "RDATE:20131210Z", "RDATE;VALUE=DATE:20131210"),
    ],
)
def test_instances_are_named_in_the_form_of_the_start(start: str, named: str, expected: str) -> None:
    assert expected in lines_of(text_of((start, "RRULE:FREQ=DAILY", named)))


def test_an_override_by_time_finds_the_day_of_a_whole_day_series() -> None:
    """Exchange names the instances of whole days by their midnight in the zone of the mailbox."""
    text = text_of(
        ("DTSTART;VALUE=DATE:20260219", "RRULE:FREQ=WEEKLY;UNTIL=20260817T220000Z;BYDAY=TU,TH"),
        ("RECURRENCE-ID;TZID=W. Europe Standard Time:20260226T000000", "DTSTART;VALUE=DATE:20260227"),
    )
    assert "RECURRENCE-ID;VALUE=DATE:20260226" in text
    assert "UNTIL=20260818;BYDAY=TU,TH" in text


def test_lists_come_sorted_without_doubles_one_value_a_line() -> None:
    text = text_of((NINE, "RRULE:FREQ=DAILY", "EXDATE:20260812T070000Z,20260810T070000Z,", "EXDATE:20260810T070000Z"))
    assert re.findall(r"EXDATE.*", text) == [f"EXDATE;TZID=Europe/Berlin:202608{day}T090000" for day in (10, 12)]


def test_periods_become_instances_with_their_own_ends() -> None:
    """Lotus Notes writes no rule but a list of periods."""
    periods = "RDATE;VALUE=PERIOD;TZID=Europe/Berlin:20260803T090000/20260803T100000,20260804T090000/20260804T113000,20260805T090000/PT1H"
    text = text_of((NINE, TEN, periods))
    assert re.findall(r"RDATE.*", text) == [f"RDATE;TZID=Europe/Berlin:202608{day}T090000" for day in ("04", "05")]
    assert re.findall(r"RECURRENCE-ID.*", text) == ["RECURRENCE-ID;TZID=Europe/Berlin:20260804T090000"]
    assert "DTEND;TZID=Europe/Berlin:20260804T113000" in text


def test_a_cancelled_override_is_an_excluded_instance() -> None:
    text = text_of(
        (NINE, "RRULE:FREQ=DAILY"), ("RECURRENCE-ID:20260810T070000Z", "DTSTART:20260810T070000Z", "STATUS:CANCELLED")
    )
    assert "EXDATE;TZID=Europe/Berlin:20260810T090000" in text
    assert "RECURRENCE-ID" not in text


def test_an_override_that_carries_a_rule_is_one_instance() -> None:
    text = text_of(
        (NINE, "RRULE:FREQ=DAILY"), ("RECURRENCE-ID:20260810T070000Z", "DTSTART:20260810T080000Z", "RRULE:FREQ=DAILY")
    )
    assert text.count("RRULE") == 1


def test_a_zone_of_its_own_travels_under_a_name_made_of_its_definition() -> None:
    text = text_of(("DTSTART;TZID=Moon Base:20260803T090000",), zones=LUNAR)
    assert re.search(r"DTSTART;TZID=X-OSYNC-[0-9A-F]{16}:20260803T090000", text)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            ("DTSTART;VALUE=DATE:19480523", "RRULE:FREQ=YEARLY"),
            ["DTSTART;VALUE=DATE:19700523", "DTEND;VALUE=DATE:19700524"],
        ),
        (
            ("DTSTART;VALUE=DATE:19480229", "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "EXDATE;VALUE=DATE:19600229"),
            ["DTSTART;VALUE=DATE:19720229", "DTEND;VALUE=DATE:19720301"],
        ),
        (
            ("DTSTART:19480523T230000", "DTEND:19480524T010000", "RRULE:FREQ=YEARLY;UNTIL=20500101T000000"),
            ["DTSTART:19700523T230000", "DTEND:19700524T010000"],
        ),
    ],
)
def test_a_birthday_from_before_1970_begins_at_its_first_instance_after(
    lines: Sequence[str], expected: list[str]
) -> None:
    told = lines_of(text_of(lines))
    assert told[1:3] == expected
    assert "EXDATE" not in "".join(told)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ((NINE, "DTEND;TZID=Europe/Berlin:20260803T080000"), "Its DTEND lies before its DTSTART."),
        ((NINE, "DURATION:-PT1H"), "Its DURATION is negative."),
        ((NINE, "DURATION:soon"), "Its DURATION cannot be read."),
        (("DTSTART:tomorrow",), "A date or time in it cannot be read."),
        (("DTSTART:20260231T090000Z",), "A date or time in it does not exist."),
        (("DTSTART;TZID=Atlantis:20260803T090000",), "Its time zone 'Atlantis' is not known and not defined."),
        ((NINE, "DURATION:P500D"), "It lasts longer than 400 days."),
        (("DTSTART:19500101T090000Z", "RRULE:FREQ=MONTHLY"), "A date in it is before 1970 or after 2200."),
        ((NINE, "RRULE:FREQ=SOMETIMES"), "Its rule has no FREQ that RFC 5545 knows."),
        ((NINE, "RRULE:FREQ=DAILY;COUNT=2;UNTIL=20270101"), "Its rule has both COUNT and UNTIL."),
        ((NINE, "RRULE:FREQ=DAILY;COUNT=0"), "The COUNT of its rule is no number above zero."),
        ((NINE, "RRULE:FREQ=DAILY;COUNT=2;COUNT=3"), "Its rule has COUNT twice."),
        ((NINE, "RRULE:FREQ=DAILY;BYEASTER=0"), "BYEASTER in its rule is not known."),
        ((NINE, "RRULE:FREQ=MONTHLY;BYMONTHDAY=40"), "BYMONTHDAY of its rule is out of range."),
        ((NINE, "RRULE:FREQ=MONTHLY;BYMONTHDAY=one"), "BYMONTHDAY of its rule is no list of numbers."),
        ((NINE, "RRULE:FREQ=MONTHLY;BYMONTHDAY="), "A part of its rule has no value."),
        ((NINE, "RRULE:FREQ=WEEKLY;BYDAY=XX"), "BYDAY of its rule is no list of weekdays."),
        ((NINE, "RRULE:FREQ=WEEKLY;BYDAY=2MO"), "BYDAY of its rule counts weekdays where that has no meaning."),
        ((NINE, "RRULE:FREQ=WEEKLY;WKST=XX"), "The WKST of its rule is no weekday."),
        ((NINE, "RRULE:FREQ=DAILY;BYSETPOS=" + ",".join(["1"] * 500)), "BYSETPOS of its rule has too many values."),
        ((NINE, "RRULE:FREQ=DAILY", "EXDATE:" + "20260810T070000Z," * 6000), "It has more than 5000 values in EXDATE."),
    ],
)
def test_what_cannot_be_said_exactly_is_refused_by_name(wrong: Sequence[str], sentence: str) -> None:
    with pytest.raises(EventRefusedError) as refused:
        text_of(wrong)
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("written", "travels"),
    [
        ("SUMMARY:a\\nb\\, c\\; d\\\\e", "SUMMARY:a\\nb\\, c\\; d\\\\e"),
        ("SUMMARY:e\u0301", "SUMMARY:\u00e9"),
        ("SUMMARY:\u202eevil\u2066 \u0007bell\u200f", "SUMMARY:evil bell"),
        ("SUMMARY:one\ttwo", "SUMMARY:one two"),
        ("DESCRIPTION:line  \\n next \\n\\n", "DESCRIPTION:line\\n next"),
        ("SUMMARY;ENCODING=QUOTED-PRINTABLE:M=C3=BCll", "SUMMARY:Müll"),
        ("SUMMARY:" + "x" * 300, "SUMMARY:" + "x" * 249 + "…"),
        ("DESCRIPTION:<p>Bring <b>cake</b> &amp\\; tea</p><br>Now", "DESCRIPTION:Bring cake & tea\\n\\nNow"),
        ("DESCRIPTION:a < b and c > d", "DESCRIPTION:a < b and c > d"),
        ("URL:https://example.org/?q=a,b;c", "URL:https://example.org/?q=a,b;c"),
    ],
)
def test_texts_are_cleaned_before_they_travel(written: str, travels: str) -> None:
    assert travels in lines_of(text_of((NINE, written)))


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://",
        "https://a b",
        "https://us02web.zoom.us/j/1",
        "https://" + "x" * 2000,
    ],
)
def test_an_address_that_must_not_travel_is_left_out(url: str) -> None:
    assert "URL" not in text_of((NINE, f"URL:{url}"))


def test_many_overrides_with_long_notes_are_cut_to_fit() -> None:
    overrides = [
        (f"RECURRENCE-ID:202608{day:02}T070000Z", f"DTSTART:202608{day:02}T080000Z", "DESCRIPTION:" + "Ö" * 4000)
        for day in range(4, 20)
    ]
    text = text_of((NINE, "RRULE:FREQ=DAILY"), *overrides)
    assert len(text.encode()) <= 64 * 1024
    assert text.count("DESCRIPTION:Ö") == len(overrides)


# The receiver


def received(*lines: str, uid: str = UID) -> str:
    """Give a received text of one component."""
    body = "\n".join(component(*lines, uid=uid))
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{body}\nEND:VCALENDAR\n"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Its text is not one VCALENDAR."),
        ("\ud800" * 10, "Its text is not one VCALENDAR."),
        ("x" * 70_000, "Its text has more than 65536 bytes."),
        ("ö" * 40_000, "Its text has more than 65536 bytes."),
        ("BEGIN:VCALENDAR\nEND:VCALENDAR\n", "It has no VEVENT, or two for the same instance."),
        (received(NINE) + received(NINE), "Its text is not one VCALENDAR."),
        (received(NINE)[:-14], "Its text is cut off."),
        (received(NINE, "DTSTART:20260803T090000Z"), "It has DTSTART twice."),
        (received(NINE, uid="../../etc/passwd"), "Its UID is not one that OSync gives."),
        (received(NINE, "UID:" + UID), "It has UID twice."),
        (received("SUMMARY:x"), "It has no DTSTART."),
        (received("DTSTART:20260803"), "Its DTSTART says DATE and holds a time, or the other way round."),
        (
            received("DTSTART;VALUE=DATE:20260803T090000Z"),
            "Its DTSTART says DATE and holds a time, or the other way round.",
        ),
        (
            received(NINE, "DTEND;VALUE=DATE:20260804"),
            "It begins with a date and ends with a time, or the other way round.",
        ),
        (received(NINE, "DTEND;TZID=Europe/Berlin:20260803T090000"), "Its end is not after its start."),
        (received(NINE, "DTEND:20260801T090000Z"), "Its end is not after its start."),
        (received(NINE, "EXDATE;VALUE=DATE:20260804"), "It mixes dates and times among the instances of its series."),
        (
            received("DTSTART;TZID=Moon/Base:20260803T090000"),
            "It names a time zone that is neither known nor sent along.",
        ),
        (
            received("DTSTART;TZID=../../etc/passwd:20260803T090000"),
            "It names a time zone that is neither known nor sent along.",
        ),
        (received(NINE, "RRULE:FREQ=DAILY;UNTIL=20270101"), "The UNTIL of its rule does not go with its DTSTART."),
        (received(NINE, "RRULE:FREQ=DAILY;UNTIL=22010101T000000Z"), "The UNTIL of its rule is after 2200."),
        (received(NINE, "RRULE:FREQ=SECONDLY"), "Its rule is SECONDLY, more often than daily."),
        (received(NINE, "RRULE:FREQ=DAILY;COUNT=1000000000"), "The COUNT of its rule is no number above zero."),
        (received(NINE, "RRULE:FREQ=DAILY;COUNT=3501"), "It has more than 3500 repetitions (COUNT)."),
        (
            received(NINE, "RRULE:FREQ=DAILY;INTERVAL=1001"),
            "It has more than 1000 DAILY periods between two instances (INTERVAL).",
        ),
        (received(NINE, "RRULE:FREQ=DAILY;BYHOUR=1,2"), "Its rule names several times of the day (BYHOUR)."),
        (
            received(NINE, "RRULE:FREQ=YEARLY;BYYEARDAY=" + ",".join(map(str, range(1, 40)))),
            "It has more than 31 values of BYYEARDAY.",
        ),
        (
            received(
                NINE,
                f"RRULE:FREQ=YEARLY;BYMONTHDAY={','.join(map(str, range(1, 29)))};BYMONTH=1,2,3,4,5,6,7,8;BYDAY=MO,TU",
            ),
            "It has more than 366 combinations of BY values.",
        ),
        (
            received(NINE, *[f"RDATE:{1970 + i % 230}0101T{i % 24:02}{i // 230:02}00Z" for i in range(501)]),
            "It has more than 500 RDATEs.",
        ),
        (
            received(NINE, *[f"EXDATE:{1970 + i % 230}0101T{i % 24:02}{i // 230:02}00Z" for i in range(1001)]),
            "It has more than 1000 EXDATEs.",
        ),
        (received(NINE, "SUMMARY:" + "x" * 251), "It has more than 250 characters in SUMMARY."),
        (received(NINE, "LOCATION:" + "x" * 501), "It has more than 500 characters in LOCATION."),
        (received(NINE, "DESCRIPTION:" + "x" * 8001), "It has more than 8000 characters in DESCRIPTION."),
        (received("DTSTART:99990101T000000Z"), "A date in it is before 1970 or after 2200."),
        (received("DTSTART:20260101T000000Z", "DTEND:20270301T000000Z"), "It lasts longer than 400 days."),
        (received("DTSTART;VALUE=DATE:99991231"), "A value in it is beyond what a calendar can hold."),
    ],
)
def test_a_hostile_text_is_refused_by_name(text: str, sentence: str) -> None:
    with pytest.raises(EventRefusedError) as refused:
        rebuild(text, ())
    assert str(refused.value) == sentence


def test_the_receiver_drops_what_it_does_not_know() -> None:
    text = received(
        *(
            NINE,
            'SUMMARY;X-A=b;ALTREP="cid:1":Choir',
            "ATTACH:file:///etc/passwd",
            "X-ANYTHING:1",
            "ORGANIZER:mailto:a@example.org",
        ),
        *("ATTENDEE:mailto:b@example.org", "CATEGORIES:x", "STATUS:BROKEN", "URL:javascript:alert(1)"),
        *("BEGIN:VALARM", "ACTION:PROCEDURE", "ATTACH:file:///bin/sh", "END:VALARM"),
    )
    assert lines_of(canonical_text(rebuild(text, ()))) == ["BEGIN:VEVENT", NINE, "SUMMARY:Choir", "END:VEVENT"]


def test_the_receiver_cleans_texts_again() -> None:
    assert rebuild(received(NINE, "SUMMARY:\u202etxt.exe\x00 "), ()).bodies[0].title == "txt.exe"


def test_two_overrides_for_one_instance_are_refused() -> None:
    override = "\n".join(component("RECURRENCE-ID:20260803T090000Z", "DTSTART:20260803T090000Z", uid=UID))
    with pytest.raises(EventRefusedError, match="two overrides"):
        rebuild(f"BEGIN:VCALENDAR\n{override}\n{override}\nEND:VCALENDAR\n", ())
