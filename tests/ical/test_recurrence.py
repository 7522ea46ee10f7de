"""The instances of an event: rules, lists, overrides, zones, and bounds."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise
from time import process_time

import pytest
from corpus_files import corpus_root
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st
from ical.samples import BERLIN, LUNAR, event_of
from stopwatch import seconds

from osync.errors import EventRefusedError
from osync.ical.event import Event, read_events
from osync.ical.recurrence import Instance, instances, last_day
from osync.ical.rules import WEEKDAYS

BEGIN, END = datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)
HOSTILE = (
    "FREQ=SECONDLY",
    "FREQ=SECONDLY;COUNT=999999999",
    "FREQ=DAILY;COUNT=999999999",
    "FREQ=MINUTELY;INTERVAL=7;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=SECONDLY;INTERVAL=86399;COUNT=100000",
    "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=2",
    "FREQ=YEARLY;BYWEEKNO=53,-53;BYDAY=TU;BYMONTH=6",
    "FREQ=YEARLY;INTERVAL=999;BYMONTH=2;BYMONTHDAY=29",
    f"FREQ=YEARLY;BYDAY={','.join(WEEKDAYS)};BYHOUR={','.join(map(str, range(24)))};BYMINUTE={','.join(map(str, range(60)))}",
    f"FREQ=DAILY;BYSECOND={','.join(map(str, range(60)))};BYMINUTE={','.join(map(str, range(60)))};BYSETPOS=-1",
)


def listed(event: Event, begin: datetime = BEGIN, end: datetime = END, limit: int = 1_000) -> list[Instance]:
    return list(instances(event, event.zones, begin, end, limit))


def starts(event: Event) -> list[str]:
    return [
        f"{each.start:%Y%m%dT%H%M}" if isinstance(each.start, datetime) else f"{each.start:%Y%m%d}"
        for each in listed(event)
    ]


def ends(event: Event) -> list[str]:
    return [
        f"{each.end:%Y%m%dT%H%M}" if isinstance(each.end, datetime) else f"{each.end:%Y%m%d}" for each in listed(event)
    ]


def corpus_event(path: str) -> Event:
    (event,) = read_events((corpus_root() / path).read_bytes()).events
    return event


def test_an_event_without_rule_happens_once() -> None:
    event = event_of(("DTSTART:20260105T090000Z", "DTEND:20260105T100000Z"))
    (only,) = listed(event)
    assert only.start == datetime(2026, 1, 5, 9, tzinfo=UTC)
    assert only.end == datetime(2026, 1, 5, 10, tzinfo=UTC)
    assert only.recurrence_id is None
    assert last_day(event, event.zones) == date(2026, 1, 5)


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        (("DTSTART;VALUE=DATE:20260105", "DTEND;VALUE=DATE:20260108"), "20260108"),
        (("DTSTART;VALUE=DATE:20260105", "DURATION:P2D"), "20260107"),
        (("DTSTART;VALUE=DATE:20260105",), "20260106"),
        (("DTSTART:20260105T090000Z", "DURATION:PT90M"), "20260105T1030"),
        (("DTSTART:20260105T090000Z",), "20260105T0900"),
    ],
)
def test_an_end_comes_from_dtend_duration_or_the_kind_of_start(lines: Sequence[str], wanted: str) -> None:
    assert ends(event_of(lines)) == [wanted]


def test_a_zoned_rule_follows_the_clock_on_the_wall() -> None:
    lines = ("DTSTART;TZID=Europe/Berlin:20260328T090000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=3")
    assert starts(event_of(lines, zones=BERLIN)) == ["20260328T0800", "20260329T0700", "20260330T0700"]


def test_a_time_that_the_clock_skips_counts_with_the_offset_before() -> None:
    lines = ("DTSTART;TZID=Europe/Berlin:20260328T023000", "RRULE:FREQ=DAILY;COUNT=3")
    assert starts(event_of(lines, zones=BERLIN)) == ["20260328T0130", "20260329T0130", "20260330T0030"]


def test_a_time_that_the_clock_repeats_is_the_first_of_the_two() -> None:
    lines = ("DTSTART;TZID=Europe/Berlin:20261024T023000", "RRULE:FREQ=DAILY;COUNT=3")
    assert starts(event_of(lines, zones=BERLIN)) == ["20261024T0030", "20261025T0030", "20261026T0130"]


def test_instances_stay_in_order_and_single_where_the_clock_leaps() -> None:
    lines = ("DTSTART;TZID=Europe/Berlin:20260329T000000", "RRULE:FREQ=MINUTELY;INTERVAL=30;COUNT=12")
    found = starts(event_of(lines, zones=BERLIN))
    assert found == sorted(set(found))
    assert len(found) == 10


def test_a_rule_counts_in_a_zone_of_its_own_too() -> None:
    lines = ("DTSTART;TZID=Moon Base:20260105T090000", "RRULE:FREQ=WEEKLY;COUNT=2")
    assert starts(event_of(lines, zones=LUNAR)) == ["20260105T0545", "20260112T0545"]


def test_every_instance_ends_by_the_clock_of_the_end() -> None:
    lines = ("DTSTART;TZID=Asia/Tokyo:20261201T090000", "DTEND;TZID=Europe/London:20261201T013000")
    event = event_of((*lines, "RRULE:FREQ=WEEKLY;COUNT=3", "RDATE:20261220T030000Z"))
    assert starts(event) == ["20261201T0000", "20261208T0000", "20261215T0000", "20261220T0300"]
    assert ends(event) == ["20261201T0130", "20261208T0130", "20261215T0130", "20261220T0430"]


def test_the_start_is_an_instance_even_if_its_rule_does_not_give_it() -> None:
    lines = ("DTSTART:20260106T090000Z", "RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=2")
    assert starts(event_of(lines)) == ["20260106T0900", "20260112T0900", "20260119T0900"]


def test_an_until_before_the_start_leaves_the_start() -> None:
    event = event_of(("DTSTART:20260106T090000Z", "RRULE:FREQ=DAILY;UNTIL=20250101T000000Z"))
    assert starts(event) == ["20260106T0900"]
    assert last_day(event, event.zones) == date(2026, 1, 6)


@pytest.mark.parametrize(
    ("start", "until"),
    [
        ("DTSTART;TZID=Europe/Berlin:20260105T090000", "20260107"),
        ("DTSTART;TZID=Europe/Berlin:20260105T090000", "20260107T080000Z"),
        ("DTSTART;TZID=Europe/Berlin:20260105T090000", "20260107T090000"),
        ("DTSTART:20260105T090000", "20260107T090000Z"),
        ("DTSTART;VALUE=DATE:20260105", "20260107"),
        ("DTSTART;VALUE=DATE:20260105", "20260106T230000Z"),
    ],
)
def test_until_includes_its_last_day_in_whatever_form_it_is_written(start: str, until: str) -> None:
    event = event_of((start, f"RRULE:FREQ=DAILY;UNTIL={until}"), zones=BERLIN)
    assert len(starts(event)) == 3
    assert last_day(event, event.zones) == date(2026, 1, 7)


def test_lists_add_and_take_away() -> None:
    lines = (
        "DTSTART:20260105T090000Z",
        "RRULE:FREQ=DAILY;COUNT=3",
        "RDATE:20260201T090000Z,20260105T090000Z",
        "EXDATE:20260106T090000Z",
    )
    assert starts(event_of(lines)) == ["20260105T0900", "20260107T0900", "20260201T0900"]


def test_an_excluded_start_is_gone() -> None:
    lines = ("DTSTART:20260105T090000Z", "RRULE:FREQ=DAILY;COUNT=2", "EXDATE:20260105T090000Z,20260106T090000Z")
    assert starts(event_of(lines)) == []


def test_a_date_excludes_the_instance_of_its_day() -> None:
    lines = ("DTSTART;TZID=Europe/Berlin:20260105T003000", "RRULE:FREQ=DAILY;COUNT=2", "EXDATE;VALUE=DATE:20260106")
    assert starts(event_of(lines, zones=BERLIN)) == ["20260104T2330"]


def test_a_period_has_its_own_end() -> None:
    lines = (
        "DTSTART:20260105T090000Z",
        "DURATION:PT1H",
        "RDATE;VALUE=PERIOD:20260106T090000Z/PT2H,20260107T090000Z/20260107T093000Z",
    )
    assert ends(event_of(lines)) == ["20260105T1000", "20260106T1100", "20260107T0930"]


def test_two_rules_are_joined_and_an_exrule_is_taken_away() -> None:
    lines = (
        "DTSTART:20260105T090000Z",
        "RRULE:FREQ=WEEKLY;COUNT=3;BYDAY=MO",
        "RRULE:FREQ=DAILY;COUNT=3",
        "EXRULE:FREQ=DAILY;INTERVAL=7;COUNT=2",
    )
    assert starts(event_of(lines)) == ["20260106T0900", "20260107T0900", "20260119T0900"]


def test_an_override_replaces_its_instance_and_keeps_the_order() -> None:
    event = event_of(
        ("DTSTART:20260105T090000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=3", "SUMMARY:a"),
        ("RECURRENCE-ID:20260105T090000Z", "DTSTART:20260106T120000Z", "DURATION:PT1H", "SUMMARY:b"),
    )
    assert starts(event) == ["20260106T0900", "20260106T1200", "20260107T0900"]
    moved = listed(event)[1]
    assert moved.component is event.overrides[0]
    assert moved.recurrence_id == datetime(2026, 1, 5, 9, tzinfo=UTC)


def test_an_override_that_hits_nothing_is_one_instance() -> None:
    event = event_of(
        ("DTSTART:20260105T090000Z", "RRULE:FREQ=DAILY;COUNT=1"),
        ("RECURRENCE-ID:20260301T090000Z", "DTSTART:20260302T090000Z", "RRULE:FREQ=DAILY;COUNT=9"),
    )
    assert starts(event) == ["20260105T0900", "20260302T0900"]
    assert last_day(event, event.zones) == date(2026, 3, 2)


def test_overrides_without_their_series_are_all_there_is() -> None:
    event = event_of(("RECURRENCE-ID:20260301T090000Z", "DTSTART:20260302T090000Z"))
    assert starts(event) == ["20260302T0900"]
    assert last_day(event, event.zones) == date(2026, 3, 2)


def test_a_change_of_all_later_instances_moves_them() -> None:
    event = event_of(
        ("DTSTART:20260105T090000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=4", "EXDATE:20260108T090000Z"),
        ("RECURRENCE-ID;RANGE=THISANDFUTURE:20260106T090000Z", "DTSTART:20260106T140000Z", "DURATION:PT2H"),
    )
    assert starts(event) == ["20260105T0900", "20260106T1400", "20260107T1400"]
    assert ends(event) == ["20260105T1000", "20260106T1600", "20260107T1600"]


def test_a_change_that_moves_instances_before_others_keeps_the_order() -> None:
    event = event_of(
        ("DTSTART:20260105T090000Z", "RRULE:FREQ=DAILY;COUNT=6"),
        ("RECURRENCE-ID;RANGE=THISANDFUTURE:20260108T090000Z", "DTSTART:20260105T100000Z"),
    )
    found = starts(event)
    assert found == sorted(found)
    assert len(found) == 6


def test_a_change_of_all_later_instances_needs_its_series() -> None:
    event = corpus_event("KDE+kcalendarcore/autotests/data/test_recurrenceid_thisandfuture.ics")
    with pytest.raises(EventRefusedError, match="THISANDFUTURE"):
        listed(event)


def test_whole_days_moved_by_date_times_move_the_right_day() -> None:
    found = starts(corpus_event("jens-maus+node-ical/test/fixtures/whole_day_moved_over_dst_change_berlin.ics"))
    assert [day[6:] for day in found] == ["27", "29", "30"]


def test_exchange_moves_a_whole_day_by_a_zoned_time() -> None:
    path = "jens-maus+node-ical/test/fixtures/exchange_whole_day_moved_recurrence.ics"
    found = starts(corpus_event(path))
    assert "20260226" not in found
    assert found.count("20260227") == 1


def test_a_series_with_all_its_instances_excluded_is_empty() -> None:
    event = corpus_event("jens-maus+node-ical/test/fixtures/test_with_tz_list.ics")
    assert starts(event) == []


def test_only_what_touches_the_window_is_given() -> None:
    event = event_of(("DTSTART:20260105T090000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=5"))
    inside = listed(event, datetime(2026, 1, 6, 9, 30, tzinfo=UTC), datetime(2026, 1, 8, 9, tzinfo=UTC))
    assert [each.start.day for each in inside] == [6, 7]


def test_what_takes_no_time_counts_at_the_beginning_of_the_window_and_not_at_its_end() -> None:
    event = event_of(("DTSTART:20260105T090000Z", "RRULE:FREQ=DAILY;COUNT=3"))
    inside = listed(event, datetime(2026, 1, 5, 9, tzinfo=UTC), datetime(2026, 1, 7, 9, tzinfo=UTC))
    assert [each.start.day for each in inside] == [5, 6]


def test_no_more_than_the_limit_is_given() -> None:
    event = event_of(("DTSTART:20260105T090000Z", "RRULE:FREQ=DAILY"))
    assert len(listed(event, limit=7)) == 7


def test_an_old_series_costs_no_more_than_a_new_one() -> None:
    event = event_of(("DTSTART:16010101T090000Z", "RRULE:FREQ=HOURLY"))
    assert len(listed(event, datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC))) == 24


@pytest.mark.parametrize("rule", HOSTILE)
@pytest.mark.parametrize("zone", ["", ";TZID=Europe/Berlin"])
def test_a_hostile_rule_ends_soon(rule: str, zone: str) -> None:
    event = event_of((f"DTSTART{zone}:19700105T090000", f"RRULE:{rule}"))
    before = process_time()
    with suppress(EventRefusedError):
        listed(event, limit=10**9)
    with suppress(EventRefusedError):
        last_day(event, event.zones)
    assert process_time() - before < seconds(2)


def test_too_much_work_is_named() -> None:
    event = event_of(("DTSTART:19700105T090000", "RRULE:FREQ=SECONDLY;COUNT=999999999"))
    with pytest.raises(EventRefusedError, match="steps"):
        last_day(event, event.zones)


def test_a_date_beyond_the_calendar_is_refused() -> None:
    event = event_of(("DTSTART:99991231T235900", "DURATION:P9D"))
    with pytest.raises(EventRefusedError, match="beyond"):
        listed(event)
    with pytest.raises(EventRefusedError, match="beyond"):
        last_day(event, event.zones)


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        (("DTSTART:20260105T090000Z", "RRULE:FREQ=WEEKLY"), None),
        (("DTSTART:20260105T090000Z", "RRULE:FREQ=WEEKLY;COUNT=3"), date(2026, 1, 19)),
        (("DTSTART;VALUE=DATE:20260105", "DURATION:P3D", "RRULE:FREQ=MONTHLY;COUNT=2"), date(2026, 2, 7)),
        (("DTSTART:20260105T230000Z", "DURATION:PT2H", "RDATE:20260301T230000Z"), date(2026, 3, 2)),
        (("DTSTART:20260105T230000Z", "RRULE:FREQ=YEARLY;COUNT=2;BYMONTH=2;BYMONTHDAY=30"), date(2026, 1, 5)),
        (("DTSTART;TZID=Europe/Berlin:20261020T023000", "RRULE:FREQ=DAILY;UNTIL=20261025T013000Z"), date(2026, 10, 26)),
    ],
)
def test_the_last_day_is_known_without_a_window(lines: Sequence[str], wanted: date | None) -> None:
    event = event_of(lines, zones=BERLIN)
    assert last_day(event, event.zones) == wanted


def test_a_change_of_later_instances_may_move_the_last_day() -> None:
    event = event_of(
        ("DTSTART:20260105T090000Z", "RRULE:FREQ=DAILY;COUNT=3"),
        ("RECURRENCE-ID;RANGE=THISANDFUTURE:20260106T090000Z", "DTSTART:20260116T090000Z"),
    )
    assert last_day(event, event.zones) == date(2026, 1, 17)


# What dateutil expands right: see docs/decisions/0011-recurrence.md for the rest.
_SIMPLE_RULES = st.one_of(
    st.builds("FREQ=DAILY;INTERVAL={}".format, st.integers(1, 40)),
    st.builds(
        "FREQ=WEEKLY;INTERVAL={};WKST={};BYDAY={}".format,
        st.integers(1, 5),
        st.sampled_from(WEEKDAYS),
        st.lists(st.sampled_from(WEEKDAYS), min_size=1, unique=True).map(",".join),
    ),
    st.builds(
        "FREQ=MONTHLY;INTERVAL={};BYMONTHDAY={}".format, st.integers(1, 14), st.sampled_from([1, 15, 29, 31, -1, -30])
    ),
    st.builds("FREQ=MONTHLY;BYDAY={}{}".format, st.sampled_from([1, 2, 4, 5, -1, -5]), st.sampled_from(WEEKDAYS)),
    st.builds(
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS={};INTERVAL={}".format,
        st.sampled_from([1, 2, -1, -2]),
        st.integers(1, 4),
    ),
    st.builds("FREQ=YEARLY;BYMONTH={};BYDAY={}SU".format, st.integers(1, 12), st.sampled_from([1, -1, 3])),
    st.builds("FREQ=YEARLY;BYYEARDAY={}".format, st.sampled_from([1, 60, 366, -1, -366])),
    st.builds("FREQ=HOURLY;INTERVAL={};BYHOUR=8,9,20".format, st.sampled_from([1, 5, 7, 29])),
    st.builds("FREQ=MINUTELY;INTERVAL={};BYDAY=MO,SA".format, st.integers(600, 4000)),
)


@given(
    rule=_SIMPLE_RULES,
    start=st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 31)).map(lambda moment: moment.replace(microsecond=0)),
    count=st.integers(1, 12),
)
def test_rules_that_dateutil_knows_are_listed_alike(rule: str, start: datetime, count: int) -> None:
    expected = list(islice(rrulestr(f"{rule};COUNT={count}", dtstart=start), count))
    event = event_of((f"DTSTART:{start:%Y%m%dT%H%M%S}", f"RRULE:{rule};COUNT={count}"))
    far = datetime(2300, 1, 1, tzinfo=UTC)
    found = [each.start for each in instances(event, event.zones, BEGIN, far, 50)]
    assert found == [moment.replace(tzinfo=UTC) for moment in sorted({start, *expected})]


@given(rule=_SIMPLE_RULES, days=st.integers(0, 1500), length=st.integers(1, 60))
def test_a_window_gives_what_the_whole_list_has_there(rule: str, days: int, length: int) -> None:
    event = event_of(("DTSTART;TZID=Europe/Berlin:20240131T013000", "DURATION:PT5H", f"RRULE:{rule}"))
    begin = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=days)
    end = begin + timedelta(days=length)
    whole = [(each.start, each.end) for each in instances(event, event.zones, BEGIN, end, 9_999)]
    part = [(each.start, each.end) for each in instances(event, event.zones, begin, end, 9_999)]
    assert part == [span for span in whole if isinstance(span[1], datetime) and span[1] > begin]
    assert all(one < other for one, other in pairwise(part))


@pytest.mark.parametrize(
    ("recurrence", "start"),
    [
        ("RECURRENCE-ID;RANGE=THISANDFUTURE:20260106T090000Z", "DTSTART;VALUE=DATE:20260106"),
        ("RECURRENCE-ID;RANGE=THISANDFUTURE:20260106T090000Z", "DTSTART:20280106T090000Z"),
        ("RECURRENCE-ID;RANGE=THISANDPRIOR:20260106T090000Z", "DTSTART:20260106T100000Z"),
    ],
)
def test_a_change_that_cannot_be_followed_is_refused(recurrence: str, start: str) -> None:
    event = event_of(("DTSTART:20260105T090000Z", "RRULE:FREQ=DAILY;COUNT=4"), (recurrence, start))
    with pytest.raises(EventRefusedError, match="RANGE"):
        listed(event)


def test_an_until_beyond_all_calendars_is_no_end() -> None:
    event = event_of(("DTSTART:20260105T090000Z", "RRULE:FREQ=YEARLY;UNTIL=99991231"))
    assert last_day(event, event.zones) is None
    assert len(listed(event, limit=5)) == 5


def test_a_window_may_reach_to_the_ends_of_the_calendar() -> None:
    event = event_of(("DTSTART:20260105T090000Z", "RRULE:FREQ=YEARLY;COUNT=2"))
    ends_of_time = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
    assert len(listed(event, *ends_of_time)) == 2


def test_more_values_than_anybody_types_are_refused() -> None:
    event = event_of(("DTSTART:20260105T090000Z", "RDATE:" + ",".join(["20260106T090000Z"] * 6_000)))
    with pytest.raises(EventRefusedError, match="RDATE"):
        listed(event)
