"""What leaves an owner's calendar, and why the rest stays at home."""

from dataclasses import replace
from datetime import date, datetime

import pytest
from ical.samples import UID, event_of, everything, shared

from osync.ical.event import Event
from osync.ical.privacy import SharingRules, Staying, StayReason, leaving
from osync.model import PrivacyLevel

TODAY = date(2026, 6, 1)
FLOOR = date(2026, 3, 1)
CHOIR = "CATEGORIES:Choir"
TIMES = ("DTSTART:20260803T090000Z", "DTEND:20260803T100000Z")
FULL = SharingRules("Choir", PrivacyLevel.FULL)
BUSY = SharingRules("Choir", PrivacyLevel.BUSY)
RICH = (
    *TIMES,
    *(
        "SUMMARY:Visit",
        "LOCATION:Ward 5",
        "DESCRIPTION:Bring papers",
        "URL:https://example.org",
        "STATUS:TENTATIVE",
        CHOIR,
    ),
    *(
        "CLASS:PUBLIC",
        "PRIORITY:1",
        "COLOR:red",
        "GEO:1;2",
        "CREATED:20260101T000000Z",
        "ORGANIZER:mailto:boss@example.org",
    ),
    *(
        "ATTENDEE;CN=Jo:mailto:jo@example.org",
        "CONTACT:Jo 123",
        "COMMENT:secret comment",
        "ATTACH:https://example.org/file",
    ),
    *("CONFERENCE:https://example.org/conf", "IMAGE:https://example.org/img", "RELATED-TO:other", "RESOURCES:beamer"),
    *("X-PRIVATE:x value", "X-ALT-DESC:<b>html</b>", "STYLED-DESCRIPTION:styled", "REQUEST-STATUS:2.0"),
    *("BEGIN:VALARM", "DESCRIPTION:alarm text", "TRIGGER:-PT5M", "END:VALARM"),
)


def text_at(event: Event, rules: SharingRules) -> str:
    (found,) = shared(event, rules)
    return found.text


def stays(event: Event, rules: SharingRules = FULL) -> Staying:
    found = leaving(event, rules, lambda part: UID, FLOOR, TODAY)
    assert isinstance(found, Staying)
    return found


def values(text: str) -> list[str]:
    names = ("SUMMARY", "LOCATION", "DESCRIPTION", "URL", "STATUS", "TRANSP")
    return [line for line in text.split("\n") if line.startswith(names)]


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (FULL, ["SUMMARY:Visit", "LOCATION:Ward 5", "STATUS:TENTATIVE"]),
        (
            everything(),
            [
                "SUMMARY:Visit",
                "LOCATION:Ward 5",
                "DESCRIPTION:Bring papers",
                "URL:https://example.org",
                "STATUS:TENTATIVE",
            ],
        ),
        (everything(PrivacyLevel.TITLES), ["SUMMARY:Visit", "STATUS:TENTATIVE"]),
        (everything(PrivacyLevel.BUSY), ["SUMMARY:Busy"]),
    ],
)
def test_each_level_shows_exactly_what_the_protocol_lists(rules: SharingRules, expected: list[str]) -> None:
    text = text_at(event_of(RICH), rules)
    assert values(text) == expected
    names = {line.split(":")[0].split(";")[0] for line in text.split("\n") if line}
    known = {"BEGIN", "END", "VERSION", "PRODID", "UID", "DTSTAMP", "DTSTART", "DTEND"}
    assert names <= known | {"SUMMARY", "LOCATION", "DESCRIPTION", "URL", "STATUS"}


@pytest.mark.parametrize(
    ("line", "chosen"),
    [
        ("CATEGORIES:Choir", True),
        ("CATEGORIES:choir", True),
        ("CATEGORIES:Work, CHOIR ,Home", True),
        ("CATEGORIES;LANGUAGE=en:Choir", True),
        ("categories:Choir", True),
        ("CATEGORIES:Choirs", False),
        ("CATEGORIES:The Choir", False),
        ("CATEGORIES:Choir\\, old", False),
        ("CATEGORIES:", False),
        ("X-CATEGORIES:Choir", False),
        ("SUMMARY:Choir", False),
    ],
)
def test_only_the_exact_category_counts_whatever_its_capitals(line: str, chosen: bool) -> None:
    found = leaving(event_of((*TIMES, line)), FULL, lambda part: UID, FLOOR, TODAY)
    assert isinstance(found, tuple) == chosen
    if not chosen:
        assert found == Staying(StayReason.NO_CATEGORY)


def test_a_category_with_an_umlaut_counts_in_any_form() -> None:
    rules = SharingRules("Übung", PrivacyLevel.FULL)
    assert shared(event_of((*TIMES, "CATEGORIES:u\u0308bung")), rules)


def test_the_series_decides_for_its_overrides() -> None:
    override = ("RECURRENCE-ID:20260810T090000Z", "DTSTART:20260810T100000Z")
    assert "RECURRENCE-ID" in text_at(event_of((*TIMES, "RRULE:FREQ=WEEKLY", CHOIR), override), FULL)
    assert stays(event_of((*TIMES, "RRULE:FREQ=WEEKLY"), (*override, CHOIR))).reason is StayReason.NO_CATEGORY


@pytest.mark.parametrize("marker", ["X-OSYNC:damaged", "x-osync;a=b:" + "a" * 26 + " " + "b" * 26 + " 1.2"])
def test_a_received_event_never_leaves(marker: str) -> None:
    assert stays(event_of((*TIMES, CHOIR, marker))) == Staying(StayReason.RECEIVED)


def test_an_event_with_a_uid_that_osync_gives_never_leaves() -> None:
    assert stays(replace(event_of((*TIMES, CHOIR)), uid=UID)).reason is StayReason.RECEIVED


@pytest.mark.parametrize("mark", ["CLASS:PRIVATE", "CLASS:CONFIDENTIAL", "class:private", "CLASS:X-SECRET"])
def test_a_private_event_is_busy_at_most(mark: str) -> None:
    assert values(text_at(event_of((*RICH, mark)), everything())) == ["SUMMARY:Busy"]


def test_a_private_event_stays_at_home_if_the_share_skips_them() -> None:
    skipping = replace(FULL, private="skip")
    assert stays(event_of((*RICH, "CLASS:PRIVATE")), skipping) == Staying(StayReason.PRIVATE)
    text = text_at(
        event_of(
            (*TIMES, "RRULE:FREQ=WEEKLY", CHOIR),
            ("RECURRENCE-ID:20260810T090000Z", "DTSTART:20260810T100000Z", "SUMMARY:Doctor", "CLASS:PRIVATE"),
        ),
        skipping,
    )
    assert "EXDATE:20260810T090000Z" in text
    assert "Doctor" not in text


@pytest.mark.parametrize(
    ("series", "override"), [("PUBLIC", "PRIVATE"), ("PRIVATE", "PUBLIC"), ("PRIVATE", "CONFIDENTIAL")]
)
def test_of_series_and_override_the_stricter_class_wins_for_the_override(series: str, override: str) -> None:
    text = text_at(
        event_of(
            (*TIMES, "RRULE:FREQ=WEEKLY", CHOIR, f"CLASS:{series}", "SUMMARY:Visit"),
            ("RECURRENCE-ID:20260810T090000Z", "DTSTART:20260810T100000Z", "SUMMARY:Doctor", f"CLASS:{override}"),
        ),
        FULL,
    )
    assert "Doctor" not in text
    assert ("Visit" in text) == (series == "PUBLIC")


def test_a_cancelled_event_does_not_leave() -> None:
    assert stays(event_of((*TIMES, CHOIR, "STATUS:CANCELLED"))) == Staying(StayReason.CANCELLED)


def test_free_time_is_left_out_of_a_busy_share_only() -> None:
    free = event_of((*TIMES, CHOIR, "TRANSP:TRANSPARENT"))
    assert stays(free, BUSY) == Staying(StayReason.FREE)
    assert "TRANSP:TRANSPARENT" in text_at(free, FULL)


def test_a_free_instance_of_a_busy_series_is_excluded_and_a_busy_one_of_a_free_series_leaves_alone() -> None:
    weekly, instance = (
        (*TIMES, "RRULE:FREQ=WEEKLY", CHOIR),
        ("RECURRENCE-ID:20260810T090000Z", "DTSTART:20260810T110000Z"),
    )
    busy_series = text_at(event_of(weekly, (*instance, "TRANSP:TRANSPARENT")), BUSY)
    assert "EXDATE:20260810T090000Z" in busy_series
    assert busy_series.count("BEGIN:VEVENT") == 1
    free_series = text_at(event_of((*weekly, "TRANSP:TRANSPARENT"), instance), BUSY)
    assert "RRULE" not in free_series
    assert "DTSTART:20260810T110000Z" in free_series


def test_a_private_free_event_is_left_out_like_in_a_busy_share() -> None:
    assert stays(event_of((*TIMES, CHOIR, "CLASS:PRIVATE", "TRANSP:TRANSPARENT"))).reason is StayReason.FREE


@pytest.mark.parametrize(
    ("lines", "leaves"),
    [
        (("DTSTART:20260228T235900Z",), False),
        (("DTSTART:20260228T220000Z", "DTEND:20260301T000000Z"), False),
        (("DTSTART:20260228T220000Z", "DTEND:20260301T000100Z"), True),
        (("DTSTART;VALUE=DATE:20260227", "DTEND;VALUE=DATE:20260301"), False),
        (("DTSTART;VALUE=DATE:20260227", "DTEND;VALUE=DATE:20260302"), True),
        (("DTSTART:20200101T090000Z", "RRULE:FREQ=WEEKLY"), True),
        (("DTSTART:20200101T090000Z", "RRULE:FREQ=WEEKLY;UNTIL=20260228T090000Z"), False),
        (("DTSTART:20200101T090000Z", "RRULE:FREQ=WEEKLY;COUNT=3"), False),
        (("DTSTART:20200101T090000Z", "RRULE:FREQ=DAILY;COUNT=3", "RDATE:20260401T090000Z"), True),
        (("DTSTART:20260101T090000Z", "RRULE:FREQ=DAILY;COUNT=60"), True),
        (("DTSTART:20260101T090000Z", "RRULE:FREQ=DAILY;COUNT=59"), False),
        (("DTSTART:20200101T090000Z", "RRULE:FREQ=YEARLY;COUNT=7"), False),
    ],
)
def test_what_ended_before_the_floor_stays(lines: tuple[str, ...], leaves: bool) -> None:
    found = leaving(event_of((*lines, CHOIR)), FULL, lambda part: UID, FLOOR, TODAY)
    assert isinstance(found, tuple) if leaves else found == Staying(StayReason.PAST)


def test_an_old_series_with_an_instance_moved_past_the_floor_leaves() -> None:
    old = ("DTSTART:20200101T090000Z", "RRULE:FREQ=WEEKLY;COUNT=3", CHOIR)
    found = leaving(
        event_of(old, ("RECURRENCE-ID:20200108T090000Z", "DTSTART:20260401T090000Z")),
        FULL,
        lambda part: UID,
        FLOOR,
        TODAY,
    )
    assert isinstance(found, tuple)
    assert found[0].last_day == date(2026, 4, 1)


@pytest.mark.parametrize(
    ("rule", "last"),
    [
        ("FREQ=DAILY;COUNT=3", date(2026, 8, 5)),
        ("FREQ=WEEKLY;COUNT=3", date(2026, 8, 17)),
        ("FREQ=WEEKLY;INTERVAL=2;COUNT=3", date(2026, 8, 31)),
        ("FREQ=WEEKLY;COUNT=1", date(2026, 8, 3)),
        ("FREQ=YEARLY;COUNT=3", date(2028, 8, 3)),
    ],
)
def test_a_counted_series_ends_with_its_last_instance(rule: str, last: date) -> None:
    (found,) = shared(event_of((*TIMES, "SUMMARY:Visit", CHOIR, f"RRULE:{rule}")), FULL)
    assert found.last_day == last


def test_what_begins_in_more_than_two_years_waits_for_its_day() -> None:
    assert stays(event_of(("DTSTART:20280601T090000Z", CHOIR))) == Staying(StayReason.TOO_FAR, date(2026, 6, 2))
    assert isinstance(
        leaving(event_of(("DTSTART:20280531T090000Z", CHOIR)), FULL, lambda part: UID, FLOOR, TODAY), tuple
    )


def test_a_series_leaves_however_far_it_begins() -> None:
    far = event_of(("DTSTART:20400101T090000Z", "RRULE:FREQ=WEEKLY", CHOIR))
    assert isinstance(leaving(far, FULL, lambda part: UID, FLOOR, TODAY), tuple)


def test_what_leaves_tells_people_its_title_and_start() -> None:
    (found,) = shared(event_of(("DTSTART;TZID=Europe/Berlin:20260803T090000", "SUMMARY:Visit", CHOIR)), FULL)
    assert (found.part, found.title, found.first, found.last_day) == (
        "",
        "Visit",
        datetime(2026, 8, 3, 9),
        date(2026, 8, 3),
    )
    (hidden,) = shared(event_of((*TIMES, "SUMMARY:Visit", CHOIR)), BUSY)
    assert hidden.title == "Busy"


def test_an_override_that_only_has_an_alarm_or_an_answer_of_its_own_is_no_news() -> None:
    series = (*TIMES, "RRULE:FREQ=WEEKLY;COUNT=4", "SUMMARY:Visit", CHOIR)
    answered = ("RECURRENCE-ID:20260810T090000Z", "DTSTART:20260810T090000Z", "DTEND:20260810T100000Z", "SUMMARY:Visit")
    alarm = ("ATTENDEE;PARTSTAT=DECLINED:mailto:jo@example.org", "BEGIN:VALARM", "TRIGGER:-PT5M", "END:VALARM")
    assert text_at(event_of(series, (*answered, *alarm)), FULL) == text_at(event_of(series), FULL)


def test_an_override_that_repeats_its_series_at_another_time_is_one_more_instance() -> None:
    series = (*TIMES, "RRULE:FREQ=WEEKLY;COUNT=4", CHOIR)
    extra = ("RECURRENCE-ID:20260811T090000Z", "DTSTART:20260811T090000Z", "DTEND:20260811T100000Z")
    assert "RECURRENCE-ID:20260811T090000Z" in text_at(event_of(series, extra), FULL)


def test_overrides_without_their_series_leave_as_one_event() -> None:
    instances = [(f"RECURRENCE-ID:202608{day}T090000Z", f"DTSTART:202608{day}T100000Z", CHOIR) for day in (10, 17)]
    other = ("RECURRENCE-ID:20260824T090000Z", "DTSTART:20260824T100000Z", "SUMMARY:no category")
    text = text_at(event_of(*instances, other), FULL)
    assert text.count("RECURRENCE-ID") == 2
    assert "no category" not in text


def test_overrides_without_their_series_that_are_all_cancelled_stay() -> None:
    cancelled = ("RECURRENCE-ID:20260810T090000Z", "DTSTART:20260810T090000Z", "STATUS:CANCELLED", CHOIR)
    assert stays(event_of(cancelled)).reason is StayReason.CANCELLED


def test_join_links_leave_only_if_the_share_says_so() -> None:
    event = event_of(
        (
            *TIMES,
            CHOIR,
            "LOCATION:https://us02web.zoom.us/j/1",
            "DESCRIPTION:Passcode: 1",
            "SUMMARY:https://zoom.us/j/2",
        )
    )
    assert values(text_at(event, everything())) == ["SUMMARY:Online", "LOCATION:Online"]
    open_share = replace(everything(), conference=True)
    assert values(text_at(event, open_share)) == [
        *("SUMMARY:https://zoom.us/j/2", "LOCATION:https://us02web.zoom.us/j/1", "DESCRIPTION:Passcode: 1")
    ]
