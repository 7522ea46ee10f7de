from datetime import date

import pytest
from message.told_events import (
    days,
    event_text,
    lines_of,
    moved,
    one_news,
    telling,
    timed,
    weekly,
)

from osync.errors import EventRefusedError
from osync.ical.lines import Component
from osync.ical.zones import ZoneText, travelling_zone
from osync.message.news import Aspect, DateKind, Kind, news_of
from osync.message.occurrences import ends_before, read_told

SINGLE = event_text(1, *timed("20261201T1000", "20261201T1100"))
SERIES = event_text(1, *weekly())


def private_zone() -> ZoneText:
    block = ("DTSTART:19700101T000000", "TZOFFSETFROM:+0530", "TZOFFSETTO:+0530")
    return travelling_zone(Component("VTIMEZONE", ("TZID:Mine", Component("STANDARD", block))))


def test_an_event_that_was_never_told_is_new() -> None:
    found = one_news("", SINGLE)
    assert (found.kind, found.before, found.aspects, found.dates) == (Kind.NEW, None, (), ())


def test_an_event_that_is_gone_is_cancelled_as_it_was() -> None:
    found = one_news(SINGLE, "")
    assert (found.kind, found.event.body.title) == (Kind.CANCELLED, "Choir")


@pytest.mark.parametrize("text", ["", SINGLE])
def test_an_event_that_is_as_it_was_is_no_news(text: str) -> None:
    assert news_of([telling(text, text)], ()) == ()


def test_a_change_from_what_cannot_be_read_tells_what_is_now() -> None:
    found = one_news("not a calendar", SERIES)
    assert (found.kind, found.before, found.event.body.title) == (Kind.CHANGED, None, "Choir")
    assert lines_of("not a calendar", SINGLE) == ["Tue, 1 Dec 2026, 10:00–11:00"]


def test_what_is_now_has_to_be_readable() -> None:
    with pytest.raises(EventRefusedError):
        one_news(SINGLE, "not a calendar")


@pytest.mark.parametrize(
    ("lines", "aspects"),
    [
        (timed("20261201T1000", "20261201T1100", "Orchestra"), (Aspect.TITLE,)),
        (timed("20261201T1000", "20261201T1130"), (Aspect.TIME,)),
        (timed("20261202T1000", "20261202T1100"), (Aspect.TIME,)),
        (timed("20261201T1000", "20261201T1100", zone="Europe/London"), (Aspect.TIME,)),
        (days("20261201", "20261202", "Choir", "TRANSP:OPAQUE"), (Aspect.TIME,)),
        (timed("20261201T1000", "20261201T1100", "Choir", "LOCATION:Hall"), (Aspect.PLACE,)),
        (timed("20261201T1000", "20261201T1100", "Choir", "STATUS:TENTATIVE"), (Aspect.STATUS,)),
        (timed("20261201T1000", "20261201T1100", "Choir", "TRANSP:TRANSPARENT"), (Aspect.SHOWN_AS,)),
        (timed("20261201T1000", "20261201T1100", "Choir", "URL:https://example.org/"), (Aspect.LINK,)),
        (timed("20261201T1000", "20261201T1100", "Choir", "DESCRIPTION:Bring cake"), (Aspect.NOTES,)),
        (timed("20261201T1000", "20261201T1100", "Choir", "RRULE:FREQ=DAILY;COUNT=3"), (Aspect.REPEATS,)),
        (timed("20261202T1000", "20261202T1100", "Orchestra", "LOCATION:Hall"), (Aspect.TITLE, Aspect.TIME, Aspect.PLACE)),
    ],
)  # fmt: skip
def test_a_change_names_what_changed_and_nothing_else(lines: tuple[str, ...], aspects: tuple[Aspect, ...]) -> None:
    found = one_news(SINGLE, event_text(1, *lines))
    assert (found.kind, found.aspects) == (Kind.CHANGED, aspects)


@pytest.mark.parametrize(
    ("rule", "aspects"),
    [
        ("RRULE:FREQ=WEEKLY;BYDAY=WE", (Aspect.REPEATS,)),
        ("RRULE:FREQ=WEEKLY;UNTIL=20270203T230000Z;BYDAY=TU", (Aspect.REPEATS,)),
        ("RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", (Aspect.REPEATS,)),
        ("RRULE:FREQ=WEEKLY", ()),
    ],
)
def test_a_series_repeats_differently_only_if_it_happens_differently(rule: str, aspects: tuple[Aspect, ...]) -> None:
    changed = event_text(1, *timed("20260901T1930", "20260901T2100", "Choir", rule))
    assert one_news(SERIES, changed).aspects == aspects


def test_a_series_that_moves_to_another_weekday_says_so_once_for_its_first_date_and_its_rule() -> None:
    wednesdays = timed("20260902T1930", "20260902T2100", "Choir", "RRULE:FREQ=WEEKLY;BYDAY=WE")
    assert one_news(SERIES, event_text(1, *wednesdays)).aspects == (Aspect.FIRST, Aspect.REPEATS)


def kinds(before: str, after: str) -> list[tuple[DateKind, str]]:
    return [(change.kind, change.instance.day.isoformat()) for change in one_news(before, after).dates]


EXCLUDED = "EXDATE;TZID=Europe/Berlin:20261222T193000"
ADDED = "RDATE;TZID=Europe/Berlin:20261219T193000"
ELSEWHEN = moved("20270105", "20270106T1800", "20270106T1930")


def test_a_single_date_can_be_cancelled_and_take_place_again() -> None:
    without = event_text(1, *weekly(EXCLUDED))
    assert kinds(SERIES, without) == [(DateKind.CANCELLED, "2026-12-22")]
    assert kinds(without, SERIES) == [(DateKind.USUAL, "2026-12-22")]


def test_a_single_date_can_be_added_and_taken_back() -> None:
    more = event_text(1, *weekly(ADDED))
    assert kinds(SERIES, more) == [(DateKind.ADDED, "2026-12-19")]
    assert kinds(more, SERIES) == [(DateKind.CANCELLED, "2026-12-19")]


def test_a_single_date_can_move_move_on_and_come_back() -> None:
    once = event_text(1, *weekly(), overrides=[ELSEWHEN])
    twice = event_text(1, *weekly(), overrides=[moved("20270105", "20270107T1800", "20270107T1930")])
    assert kinds(SERIES, once) == [(DateKind.CHANGED, "2027-01-05")]
    assert kinds(once, twice) == [(DateKind.CHANGED, "2027-01-05")]
    assert lines_of(once, twice)[-1] == "Moved: Wed, 6 Jan 2027, 18:00–19:30 → Thu, 7 Jan 2027, 18:00–19:30"
    assert kinds(once, SERIES) == [(DateKind.USUAL, "2027-01-05")]


def test_a_changed_date_can_be_cancelled() -> None:
    once = event_text(1, *weekly(), overrides=[ELSEWHEN])
    gone = event_text(1, *weekly("EXDATE;TZID=Europe/Berlin:20270105T193000"))
    assert kinds(once, gone) == [(DateKind.CANCELLED, "2027-01-05")]


def test_a_series_that_gets_a_new_title_does_not_tell_it_again_for_each_changed_date() -> None:
    before = event_text(1, *weekly(), overrides=[ELSEWHEN])
    after_dates = moved("20270105", "20270106T1800", "20270106T1930", title="Orchestra")
    after = event_text(1, *weekly(title="Orchestra"), overrides=[after_dates])
    found = one_news(before, after)
    assert (found.aspects, found.dates) == ((Aspect.TITLE,), ())


def test_a_series_with_new_times_tells_all_its_single_dates_as_they_have_to_be_written_down_anew() -> None:
    wednesdays = timed("20260902T1930", "20260902T2100", "Choir", "RRULE:FREQ=WEEKLY;BYDAY=WE")
    after = event_text(1, *wednesdays, "EXDATE;TZID=Europe/Berlin:20261223T193000")
    assert kinds(event_text(1, *weekly(EXCLUDED)), after) == [(DateKind.CANCELLED, "2026-12-23")]


def test_a_series_that_ends_earlier_tells_its_end_only() -> None:
    ended = timed("20260901T1930", "20260901T2100", "Choir", "RRULE:FREQ=WEEKLY;UNTIL=20261208T230000Z;BYDAY=TU")
    found = one_news(event_text(1, *weekly(EXCLUDED), overrides=[ELSEWHEN]), event_text(1, *ended))
    assert found.aspects == (Aspect.REPEATS,)
    assert [(change.kind, change.instance.day.day) for change in found.dates] == [(DateKind.CANCELLED, 5)]


def test_single_dates_without_their_series_are_dates_of_their_own() -> None:
    first = event_text(1, overrides=[moved("20261201", "20261201T1900", "20261201T2000")])
    second = event_text(
        1,
        overrides=[
            moved("20261201", "20261201T1900", "20261201T2000"),
            moved("20261208", "20261209T1900", "20261209T2000"),
        ],
    )
    assert kinds("", first) == [(DateKind.ADDED, "2026-12-01")]
    assert kinds(first, second) == [(DateKind.ADDED, "2026-12-08")]
    assert kinds(second, first) == [(DateKind.CANCELLED, "2026-12-08")]


def test_zones_that_travel_with_the_share_are_understood() -> None:
    zone = private_zone()
    text = event_text(1, *timed("20261201T1000", "20261201T1100", zone=zone.name))
    assert lines_of("", text, [zone]) == ["Tue, 1 Dec 2026, 10:00–11:00 (UTC+5:30)"]


def test_an_event_is_over_before_a_day_only_if_that_can_be_told() -> None:
    day = date(2026, 12, 2)
    assert ends_before(read_told(SINGLE, ()), day)
    assert not ends_before(read_told(SINGLE, ()), date(2026, 12, 1))
    assert not ends_before(read_told(SERIES, ()), day)
    unclear = event_text(1, *timed("20260803T0900", "20260803T1000", "Odd", "RRULE:FREQ=YEARLY;COUNT=3;BYWEEKNO=50"))
    assert not ends_before(read_told(unclear, ()), date(2100, 1, 1))
