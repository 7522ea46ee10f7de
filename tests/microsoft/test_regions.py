"""Windows' region and zone change nothing: separators and dates of four countries, and clocks that jump, in the zones of three machines."""

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from calendars.test_outlook import calendar_of
from contracts.calendar_contract import only, read_one
from ical.samples import calendar as calendar_text
from ical.samples import component
from outlook.application import CALENDAR, FakeOutlook
from outlook.locales import ARABIC, BRITISH, GERMAN, JAPANESE
from outlook.times import windows_name

from osync.ical.event import Event
from osync.ical.recurrence import instances

Spans = list[tuple[object, object]]

REGIONS = list(
    product((GERMAN, BRITISH, JAPANESE, ARABIC), ("Europe/Berlin", "America/New_York", "Asia/Tokyo")),
)
BEGIN, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)
TIMES = {
    "before spring": (";TZID=Europe/Berlin:20270327T090000", ";TZID=Europe/Berlin:20270327T100000"),
    "after spring": (";TZID=Europe/Berlin:20270329T090000", ";TZID=Europe/Berlin:20270329T100000"),
    "over spring": (";TZID=Europe/Berlin:20270328T013000", ";TZID=Europe/Berlin:20270328T033000"),
    "begins in the gap": (";TZID=Europe/Berlin:20270328T023000", ";TZID=Europe/Berlin:20270328T043000"),
    "begins in the American gap": (";TZID=America/New_York:20270314T023000", ";TZID=America/New_York:20270314T043000"),
    "ends in the gap": (";TZID=Europe/Berlin:20270328T013000", ";TZID=Europe/Berlin:20270328T023000"),
    "before autumn": (";TZID=America/New_York:20271106T200000", ";TZID=America/New_York:20271106T210000"),
    "after autumn": (";TZID=America/New_York:20271107T090000", ";TZID=America/New_York:20271107T100000"),
    "over autumn": (";TZID=America/New_York:20271107T003000", ";TZID=America/New_York:20271107T023000"),
    "first in the fold": (";TZID=Europe/Berlin:20271031T021500", ";TZID=Europe/Berlin:20271031T024500"),
    "second in the fold": (":20271031T011500Z", ":20271031T014500Z"),
    "both in the fold": (":20271031T003000Z", ":20271031T013000Z"),
    "second in the American fold": (":20271107T061500Z", ":20271107T064500Z"),
    "Tokyo at the jump": (";TZID=Asia/Tokyo:20270328T100000", ";TZID=Asia/Tokyo:20270328T103000"),
    "one day of spring": (";VALUE=DATE:20270328", ";VALUE=DATE:20270329"),
    "days over spring": (";VALUE=DATE:20270326", ";VALUE=DATE:20270331"),
    "one day of autumn": (";VALUE=DATE:20271031", ";VALUE=DATE:20271101"),
    "days over autumn": (";VALUE=DATE:20271105", ";VALUE=DATE:20271109"),
}
SERIES = {
    "weekly over spring": (";TZID=Europe/Berlin:20270310T090000", "PT1H", "FREQ=WEEKLY;COUNT=6"),
    "weekly over autumn": (";TZID=America/New_York:20271020T200000", "PT8H", "FREQ=WEEKLY;COUNT=6"),
    "daily through the gap": (";TZID=Europe/Berlin:20270326T023000", "PT1H", "FREQ=DAILY;COUNT=5"),
    "daily through the fold": (";TZID=Europe/Berlin:20271029T023000", "PT30M", "FREQ=DAILY;COUNT=5"),
    "monthly for years": (";TZID=America/New_York:20260131T013000", "PT1H", "FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=24"),
    "without summer time": (";TZID=Asia/Tokyo:20270310T090000", "PT1H", "FREQ=WEEKLY;COUNT=6"),
    "whole days": (";VALUE=DATE:20270325", "P2D", "FREQ=DAILY;INTERVAL=3;COUNT=4"),
}


@pytest.fixture(params=REGIONS, ids=lambda each: f"{each[0].name} in {each[1]}")
def outlook(request: pytest.FixtureRequest) -> FakeOutlook:
    locale, zone = request.param
    return FakeOutlook(zone, locale=locale)


def spans(event: Event) -> Spans:
    return [(each.start, each.end) for each in instances(event, event.zones, BEGIN, END, 100)]


def written(*lines: str) -> Event:
    return only(calendar_text(*component("SUMMARY:x", "CATEGORIES:Team,Home office", *lines, uid="x")))


def categories(event: Event) -> list[str]:
    return [str(line) for line in event.components[0].contents if str(line).startswith("CATEGORIES")]


def test_events_near_the_jumps_of_the_clock_come_back_as_they_were_written(outlook: FakeOutlook) -> None:
    calendar = calendar_of(outlook)
    for name, (start, end) in TIMES.items():
        event = written(f"DTSTART{start}", f"DTEND{end}")
        ref = calendar.create(event)
        again = read_one(calendar, ref.handle).event
        assert again, name
        assert spans(again) == spans(event), name
        assert categories(again) == ["CATEGORIES:Team,Home office"], name
        calendar.delete(ref)


def test_series_over_the_jumps_of_the_clock_come_back_as_they_were_written(outlook: FakeOutlook) -> None:
    calendar = calendar_of(outlook)
    for name, (start, length, rule) in SERIES.items():
        event = written(f"DTSTART{start}", f"DURATION:{length}", f"RRULE:{rule}")
        ref = calendar.create(event)
        again = read_one(calendar, ref.handle).event
        assert again, name
        assert len(spans(again)) > 3, name
        assert spans(again) == spans(event), name
        calendar.delete(ref)


def test_instances_changed_on_both_sides_of_a_jump_stay_where_they_are(outlook: FakeOutlook) -> None:
    berlin = "TZID=Europe/Berlin"
    series = component(
        "SUMMARY:x", f"DTSTART;{berlin}:20270310T090000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=6",
        f"EXDATE;{berlin}:20270317T090000", f"EXDATE;{berlin}:20270331T090000", uid="x",
    )  # fmt: skip
    moved = [
        component("SUMMARY:y", f"RECURRENCE-ID;{berlin}:{day}T090000", f"DTSTART;{berlin}:{then}", "DURATION:PT1H", uid="x")
        for day, then in (("20270324", "20270328T023000"), ("20270407", "20270407T003000"))
    ]  # fmt: skip
    event = only(calendar_text(*series, *moved[0], *moved[1]))
    calendar = calendar_of(outlook)
    again = read_one(calendar, calendar.create(event).handle).event
    assert again
    assert spans(again) == spans(event)
    assert len(spans(again)) == 4


def test_what_the_user_writes_near_the_jumps_of_the_clock_is_told_as_it_is(outlook: FakeOutlook) -> None:
    calendar = calendar_of(outlook)
    for zone, instant in product(
        ("Europe/Berlin", "America/New_York", "Asia/Tokyo"),
        (datetime(2027, 3, 28, 1, 0), datetime(2027, 10, 31, 0, 30), datetime(2027, 10, 31, 1, 30), datetime(2027, 11, 7, 5, 30), datetime(2027, 11, 7, 6, 30)),
    ):  # fmt: skip
        told = read_one(calendar, by_user(outlook, zone, instant, outlook.list_separator).EntryID).event
        assert told, (zone, instant)
        begin = instant.replace(tzinfo=UTC)
        assert spans(told) == [(begin, begin + timedelta(minutes=15))], (zone, instant)
        assert categories(told) == ["CATEGORIES:Team,Home office"]


def by_user(outlook: Any, zone: str, instant: datetime, separator: str) -> Any:
    application = outlook.application()
    made = application.GetNamespace("MAPI").GetDefaultFolder(CALENDAR).Items.Add(1)
    made.Subject, made.Categories = "Choir", f"Team{separator} Home office"
    made.StartTimeZone = made.EndTimeZone = application.TimeZones.Item(windows_name(zone))
    made.StartUTC, made.EndUTC = instant.replace(tzinfo=UTC), (instant + timedelta(minutes=15)).replace(tzinfo=UTC)
    made.Save()
    return made
