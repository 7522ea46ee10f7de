"""Changes of all later instances, and rules that no single rule can say, told exactly or refused."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime

import pytest
from ical.samples import BERLIN, UID, event_of, everything

from osync.errors import EventRefusedError
from osync.ical.canonical import rebuild
from osync.ical.copy import CopyOrigin, new_copy
from osync.ical.event import Event
from osync.ical.privacy import Leaving, SharingRules, Staying, leaving
from osync.ical.recurrence import instances
from osync.model import PrivacyLevel

NINE = (
    "DTSTART;TZID=Europe/Berlin:20260803T090000",
    "DTEND;TZID=Europe/Berlin:20260803T100000",
    "SUMMARY:Choir",
    "CATEGORIES:Choir",
)
DAY = ("DTSTART;VALUE=DATE:20260803", "SUMMARY:Camp", "CATEGORIES:Choir")
ORIGIN = CopyOrigin("pat", "Pat", "s" * 26, "k" * 26, 1, 1, 1, 0, UID)
BEGIN, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)


def parts_of(event: Event, rules: SharingRules | None = None) -> tuple[Leaving, ...]:
    found = leaving(event, rules or everything(), lambda part: UID, date(1970, 1, 1), date(2026, 1, 1))
    assert not isinstance(found, Staying)
    return found


def starts(event: Event) -> Iterator[str]:
    """Give when an event happens, with its title, but without the name of its sender."""
    for instance in instances(event, event.zones, BEGIN, END, 1000):
        title = instance.component.first("SUMMARY")
        yield f"{instance.start} {instance.end} {title.value.replace('[pat] ', '') if title else ''}"


def copied(event: Event) -> list[str]:
    copies = [new_copy(part.text, part.zones, ORIGIN) for part in parts_of(event)]
    return sorted(start for copy in copies for start in starts(copy))


LATER = ("RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20260817T090000", "SUMMARY:Choir later")


@pytest.mark.parametrize(
    ("series", "later"),
    [
        ((*NINE, "RRULE:FREQ=WEEKLY;COUNT=9"), "20260817T110000"),
        ((*NINE, "RRULE:FREQ=WEEKLY;UNTIL=20261026T080000Z"), "20260817T110000"),
        ((*NINE, "RRULE:FREQ=WEEKLY;COUNT=9;BYDAY=MO"), "20260818T090000"),
        ((*NINE, "RRULE:FREQ=WEEKLY;COUNT=9;BYDAY=MO,FR"), "20260823T230000"),
        ((*NINE, "RRULE:FREQ=WEEKLY;COUNT=9;INTERVAL=2"), "20260818T090000"),
        ((*NINE, "RRULE:FREQ=DAILY;COUNT=40"), "20260818T080000"),
        ((*NINE, "RRULE:FREQ=DAILY;COUNT=40;INTERVAL=7"), "20260818T080000"),
        ((*NINE, "RRULE:FREQ=MONTHLY;BYDAY=1MO,3MO;COUNT=8"), "20260817T110000"),
        (
            (*NINE, "RRULE:FREQ=WEEKLY;COUNT=9", "EXDATE;TZID=Europe/Berlin:20260810T090000,20260824T090000"),
            "20260817T110000",
        ),
        (
            (*NINE, "RRULE:FREQ=WEEKLY;COUNT=9", "RDATE;TZID=Europe/Berlin:20260806T090000,20260820T090000"),
            "20260817T110000",
        ),
    ],
)
def test_later_instances_become_an_event_of_their_own_and_none_is_lost(series: Sequence[str], later: str) -> None:
    event = event_of(
        series,
        (*LATER, f"DTSTART;TZID=Europe/Berlin:{later}", "DURATION:PT2H"),
        zones=BERLIN,
    )
    assert [part.part for part in parts_of(event)] == ["", "20260817T090000"]
    assert copied(event) == sorted(starts(event))


def test_overrides_go_with_the_part_that_holds_their_instance() -> None:
    event = event_of(
        (*NINE, "RRULE:FREQ=WEEKLY;COUNT=9"),
        (*LATER, "DTSTART;TZID=Europe/Berlin:20260817T110000", "DURATION:PT2H"),
        ("RECURRENCE-ID;TZID=Europe/Berlin:20260810T090000", "DTSTART:20260811T070000Z", "SUMMARY:moved early"),
        ("RECURRENCE-ID;TZID=Europe/Berlin:20260831T090000", "DTSTART:20260901T070000Z", "SUMMARY:moved late"),
    )
    first, second = (rebuild(part.text, part.zones) for part in parts_of(event))
    assert [override.body.title for override in first.overrides] == ["moved early"]
    assert [override.body.title for override in second.overrides] == ["moved late"]
    assert second.overrides[0].instance.time == datetime(2026, 8, 31, 11)
    assert len(copied(event)) == 9


def test_whole_days_are_split_too() -> None:
    event = event_of(
        (*DAY, "RRULE:FREQ=WEEKLY;COUNT=6"),
        ("RECURRENCE-ID;VALUE=DATE;RANGE=THISANDFUTURE:20260817", "DTSTART;VALUE=DATE:20260819", "SUMMARY:Camp later"),
    )
    assert copied(event) == sorted(starts(event))
    assert "UNTIL=20260816" in parts_of(event)[0].text


def test_two_changes_make_three_parts() -> None:
    event = event_of(
        (*NINE, "RRULE:FREQ=WEEKLY;COUNT=9"),
        (*LATER, "DTSTART;TZID=Europe/Berlin:20260817T110000", "DURATION:PT2H"),
        (
            "RECURRENCE-ID;RANGE=THISANDFUTURE:20260831T070000Z",
            "DTSTART;TZID=Europe/Berlin:20260831T120000",
            "DURATION:PT1H",
        ),
    )
    assert [part.part for part in parts_of(event)] == ["", "20260817T090000", "20260831T090000"]
    assert len(copied(event)) == 9


def test_a_change_of_the_first_instance_leaves_no_part_before_it() -> None:
    event = event_of(
        (*NINE, "RRULE:FREQ=WEEKLY;COUNT=3"),
        (LATER[0].replace("0817", "0803"), "DTSTART;TZID=Europe/Berlin:20260803T110000", "SUMMARY:Choir"),
    )
    assert [part.part for part in parts_of(event)] == ["20260803T090000"]


def test_cancelling_all_later_instances_ends_the_series() -> None:
    event = event_of(
        (*NINE, "RRULE:FREQ=WEEKLY"), (*LATER, "DTSTART;TZID=Europe/Berlin:20260817T090000", "STATUS:CANCELLED")
    )
    (part,) = parts_of(event)
    assert "UNTIL=20260817T065959Z" in part.text


def test_later_private_instances_are_shown_as_busy() -> None:
    event = event_of(
        (*NINE, "RRULE:FREQ=WEEKLY;COUNT=9"), (*LATER, "DTSTART;TZID=Europe/Berlin:20260817T110000", "CLASS:PRIVATE")
    )
    assert [part.title for part in parts_of(event)] == ["Choir", "Busy"]


@pytest.mark.parametrize(
    ("series", "change", "words"),
    [
        ((*NINE,), "20260817T110000", "its series or its rule is not there"),
        ((*NINE, "RRULE:FREQ=DAILY;INTERVAL=3"), "20260817T110000", "no instance of its rule"),
        ((*NINE, "RRULE:FREQ=MONTHLY;BYDAY=1MO,3MO"), "20260818T110000", "which its rule cannot follow"),
        ((*NINE, "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU"), "20260818T110000", "which its rule cannot follow"),
        ((*NINE, "RRULE:FREQ=WEEKLY;BYHOUR=9"), "20260817T110000", "names times of the day"),
    ],
)
def test_a_change_that_cannot_be_told_exactly_is_refused(series: Sequence[str], change: str, words: str) -> None:
    event = event_of(series, (*LATER, f"DTSTART;TZID=Europe/Berlin:{change}"))
    with pytest.raises(EventRefusedError, match=words):
        parts_of(event)


def test_a_change_to_another_zone_is_refused() -> None:
    event = event_of((*NINE, "RRULE:FREQ=WEEKLY"), (*LATER, "DTSTART:20260817T110000Z"))
    with pytest.raises(EventRefusedError, match="their time zone"):
        parts_of(event)


def test_two_changes_of_one_instance_are_refused() -> None:
    change = (*LATER, "DTSTART;TZID=Europe/Berlin:20260817T110000")
    again = (LATER[0].replace(";TZID=Europe/Berlin:20260817T090000", ":20260817T070000Z"), change[2])
    with pytest.raises(EventRefusedError, match="twice at the same instance"):
        parts_of(event_of((*NINE, "RRULE:FREQ=WEEKLY"), change, again))


def test_a_range_that_is_not_known_is_refused() -> None:
    event = event_of((*NINE, "RRULE:FREQ=WEEKLY"), ("RECURRENCE-ID;RANGE=THISANDPRIOR:20260817T070000Z", NINE[0]))
    with pytest.raises(EventRefusedError, match="RANGE"):
        parts_of(event)


# Written out


@pytest.mark.parametrize(
    "rules",
    [
        ("RRULE:FREQ=WEEKLY;COUNT=6", "EXRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=3"),
        ("RRULE:FREQ=WEEKLY;UNTIL=20260901T000000Z", "RRULE:FREQ=MONTHLY;BYDAY=SU;UNTIL=20261001T000000Z"),
        ("RRULE:FREQ=HOURLY;COUNT=5",),
        ("RRULE:FREQ=DAILY;BYHOUR=9,15;COUNT=6", "EXDATE;TZID=Europe/Berlin:20260804T090000"),
        ("RRULE:FREQ=DAILY;INTERVAL=1001;COUNT=2", "RDATE:20260807T070000Z"),
    ],
)
def test_what_no_single_rule_says_is_written_out_if_it_ends(rules: Sequence[str]) -> None:
    event = event_of((*NINE, *rules))
    (part,) = parts_of(event)
    assert "RRULE" not in part.text
    assert copied(event) == sorted(starts(event))


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        (
            ("RRULE:FREQ=WEEKLY", "EXRULE:FREQ=MONTHLY"),
            "several rules or by an EXRULE, and has no end or more than 500",
        ),
        (("RRULE:FREQ=MINUTELY;INTERVAL=4",), "MINUTELY, more often than daily, and has no end or more than 500"),
        (("RRULE:FREQ=DAILY;COUNT=3501",), "repetitions .COUNT., and has no end or more than 500"),
    ],
)
def test_what_would_fill_a_list_without_end_is_refused(rules: Sequence[str], words: str) -> None:
    with pytest.raises(EventRefusedError, match=words):
        parts_of(event_of((*NINE, *rules)))


def test_an_override_of_a_written_out_series_travels() -> None:
    event = event_of(
        (*NINE, "RRULE:FREQ=HOURLY;COUNT=3"),
        ("RECURRENCE-ID:20260803T080000Z", "DTSTART:20260803T200000Z", "SUMMARY:moved"),
    )
    assert copied(event) == sorted(starts(event))


def test_a_busy_share_follows_the_same_rules() -> None:
    event = event_of((*NINE, "RRULE:FREQ=HOURLY;COUNT=3"))
    (part,) = parts_of(event, SharingRules("Choir", PrivacyLevel.BUSY))
    assert part.text.count("RDATE") == 2
