"""Instants that an owner names, held against our own understanding of the same event."""

from datetime import UTC, datetime
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ical.samples import LUNAR, event_of, shared, text_of
from other_zone_data import zone_data
from stopwatch import seconds

from osync.ical.event import Event, read_events
from osync.ical.tripwire import difference, named_occurrences

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
BERLIN = "DTSTART;TZID=Europe/Berlin:20260105T090000"
TITLE = "SUMMARY:Choir"
WEEKLY = (BERLIN, "DURATION:PT1H", "RRULE:FREQ=WEEKLY", TITLE)


def named(*lines: str) -> list[str]:
    """Give the instants that are named for one event."""
    return [shown(each) for each in named_occurrences(text_of(lines), (), NOW)]


def shown(instant: int) -> str:
    return f"{datetime.fromtimestamp(instant, UTC):%Y-%m-%d %H:%M}"


def received(text: str) -> Event:
    return read_events(text.encode()).events[0]


def test_the_next_occurrence_and_one_of_each_season_are_named() -> None:
    seasons = ["2026-11-30 08:00", "2027-03-01 08:00", "2027-05-31 07:00", "2027-08-30 07:00", "2027-11-29 08:00"]
    assert named(*WEEKLY) == seasons


def test_only_what_exists_is_named() -> None:
    assert named("DTSTART;TZID=Europe/Berlin:20261201T090000", TITLE) == ["2026-12-01 08:00"]
    assert named(BERLIN, "RRULE:FREQ=WEEKLY;COUNT=3", TITLE) == []
    assert named(BERLIN, "RRULE:FREQ=WEEKLY;UNTIL=20261201T090000Z", TITLE) == ["2026-11-30 08:00"]


@pytest.mark.parametrize(
    "start", ["DTSTART:20261201T090000Z", "DTSTART:20261201T090000", "DTSTART;VALUE=DATE:20261201"]
)
def test_nothing_is_named_for_an_event_without_a_zone(start: str) -> None:
    assert named(start, "RRULE:FREQ=WEEKLY", TITLE) == []


def test_an_exception_is_named_where_it_happens() -> None:
    moved = ("RECURRENCE-ID;TZID=Europe/Berlin:20261130T090000", "DTSTART;TZID=Europe/Berlin:20261130T110000", TITLE)
    text = text_of(WEEKLY, (*moved, "CATEGORIES:Choir"))
    occurrences = named_occurrences(text, (), NOW)
    assert shown(occurrences[0]) == "2026-11-30 10:00"
    assert difference(received(text), occurrences, NOW) is None


def test_a_zone_without_a_name_is_compared_as_well() -> None:
    (leaving,) = shared(event_of(("DTSTART;TZID=Moon Base:20261201T090000", TITLE, "CATEGORIES:Choir"), zones=LUNAR))
    assert [shown(each) for each in named_occurrences(leaving.text, leaving.zones, NOW)] == ["2026-12-01 05:45"]


def test_the_same_zone_data_agree() -> None:
    text = text_of(WEEKLY)
    assert difference(received(text), named_occurrences(text, (), NOW), NOW) is None


def test_other_rules_for_the_same_zone_are_found_and_told(tmp_path: Path) -> None:
    text = text_of(("DTSTART;TZID=Europe/Berlin:20261201T090000", "DURATION:PT1H", TITLE))
    with zone_data(tmp_path, "Europe/Berlin", like="Europe/Helsinki"):
        theirs = named_occurrences(text, (), NOW)
    found = difference(received(text), theirs, NOW)
    assert found is not None
    assert found.sentence == (
        "For its owner 09:00 Europe/Berlin is 07:00 UTC on 2026-12-01, this computer says 08:00 UTC:"
        " their time zone data differ."
    )


def test_a_missing_summer_time_is_found_although_the_next_occurrence_agrees(tmp_path: Path) -> None:
    text = text_of(WEEKLY)
    with zone_data(tmp_path, "Europe/Berlin", like="Africa/Lagos"):
        theirs = named_occurrences(text, (), NOW)
    found = difference(received(text), theirs, NOW)
    assert found is not None
    assert (shown(int(found.theirs.timestamp())), found.wall) == ("2027-05-31 08:00", datetime(2027, 5, 31, 9))


def test_a_definition_of_its_own_under_the_same_name_is_found() -> None:
    text = text_of(WEEKLY)
    no_summer_time = ("BEGIN:VTIMEZONE", "TZID:Europe/Berlin", *LUNAR[2:])
    ours = event_of(WEEKLY, zones=no_summer_time)
    assert difference(ours, named_occurrences(text, (), NOW), NOW) is not None


def test_an_instant_where_nothing_is_near_is_told() -> None:
    text = text_of(("DTSTART;TZID=Europe/Berlin:20261201T090000", TITLE))
    found = difference(received(text), [int(datetime(2027, 3, 1, tzinfo=UTC).timestamp())], NOW)
    assert found is not None
    assert found.sentence.startswith("Its owner means 00:00 UTC on 2027-03-01, when it does not happen")


def test_what_is_past_does_not_count() -> None:
    text = text_of(WEEKLY)
    assert difference(received(text), [1, int(NOW.timestamp())], NOW) is None


@pytest.mark.parametrize("start", ["DTSTART:20261201T090000Z", "DTSTART;VALUE=DATE:20261201"])
def test_an_event_without_a_zone_differs_from_nothing(start: str) -> None:
    assert difference(received(text_of((start, TITLE))), [4_000_000_000], NOW) is None


_PARTS = st.sampled_from(
    ["BYDAY=MO,TU", "BYMONTHDAY=31", "BYMONTH=2", "BYSETPOS=-1", "COUNT=3500", "INTERVAL=999", "BYDAY=5MO"]
)


@given(
    st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]), st.lists(_PARTS, max_size=3, unique=True),
    st.lists(st.integers(0, 253_402_300_799), max_size=8),
)  # fmt: skip
def test_nothing_is_raised_whatever_is_named(frequency: str, parts: list[str], instants: list[int]) -> None:
    event = event_of((BERLIN, ";".join((f"RRULE:FREQ={frequency}", *parts)), TITLE))
    difference(event, instants, NOW)


def test_a_costly_rule_is_given_up_soon() -> None:
    event = event_of((BERLIN, "RRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30", TITLE))
    began = process_time()
    difference(event, list(range(4_000_000_000, 4_000_000_008)), NOW)
    assert process_time() - began < seconds(1)


@pytest.mark.parametrize("start", ["20261301T090000", "20261201T090000;X", "nonsenseT090000"])
def test_a_start_that_cannot_be_read_differs_from_nothing(start: str) -> None:
    event = event_of((f"DTSTART;TZID=Europe/Berlin:{start}", TITLE))
    assert difference(event, [2_000_000_000 - 200_000_000], NOW) is None


def test_a_text_that_cannot_be_read_names_nothing() -> None:
    text = text_of(WEEKLY)
    assert named_occurrences(text.replace("Europe/Berlin", "Nowhere/Land"), (), NOW) == ()
    assert named_occurrences(text.replace("20260105T", "20261305T"), (), NOW) == ()
    assert named_occurrences(";TZID=", (), NOW) == ()
