"""Rules and Outlook's patterns: said exactly, or refused by name. Outlook's days are listed by dateutil, not by our own code."""

import itertools
import json
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from corpus_files import corpus_root
from outlook.recurrence import days_of

from osync.errors import EventRefusedError
from osync.ical.bodies import AS_WRITTEN
from osync.ical.clock import Clock
from osync.ical.content import Moment
from osync.ical.event import Event
from osync.ical.lines import Component
from osync.ical.reading import read_event
from osync.ical.recurrence import instances
from osync.ical.repeating import read_rule
from osync.ical.rules import rule_text
from osync.ical.zones import Zones
from osync.microsoft.patterns import Kind, Pattern, pattern_days
from osync.microsoft.recurrence import pattern_of, rule_of
from osync.microsoft.series_plans import SeriesPlan, plan_series

CLOCK = Clock(Zones())
BEGIN, END = datetime(1900, 1, 1, tzinfo=UTC), datetime(2075, 1, 1, tzinfo=UTC)


def start(day: str) -> Moment:
    return Moment(datetime.fromisoformat(f"{day}T12:00"), "Europe/Berlin")


def pattern(rule: str, day: str) -> Pattern:
    return pattern_of(read_rule(rule, start(day), CLOCK), start(day), CLOCK)


def as_fake(found: Pattern) -> dict[str, Any]:
    return {
        "type": int(found.kind), "interval": found.interval, "start": found.first, "mask": found.mask or 1,
        "day": found.day or 1, "month": found.month or 1, "nth": found.instance or 1, "count": found.count, "end": found.last,
    }  # fmt: skip


# Facts A9: the whole table.
TABLE: dict[tuple[str, str], tuple[Kind, int, dict[str, Any]]] = {
    ("FREQ=DAILY;INTERVAL=3", "2026-12-01"): (Kind.DAILY, 3, {}),
    ("FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", "2026-12-01"): (Kind.WEEKLY, 1, {"mask": 62}),
    ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH", "2026-12-01"): (Kind.WEEKLY, 2, {"mask": 20}),
    ("FREQ=WEEKLY", "2026-12-01"): (Kind.WEEKLY, 1, {"mask": 4}),
    ("FREQ=MONTHLY;BYMONTHDAY=15", "2026-12-15"): (Kind.MONTHLY, 1, {"day": 15}),
    ("FREQ=MONTHLY", "2026-12-01"): (Kind.MONTHLY, 1, {"day": 1}),
    ("FREQ=MONTHLY;BYMONTHDAY=-1", "2026-12-31"): (Kind.MONTHLY, 1, {"day": 31}),
    ("FREQ=MONTHLY;BYDAY=2TU", "2026-12-08"): (Kind.MONTHLY_NTH, 1, {"mask": 4, "instance": 2}),
    ("FREQ=MONTHLY;BYDAY=TU;BYSETPOS=2", "2026-12-08"): (Kind.MONTHLY_NTH, 1, {"mask": 4, "instance": 2}),
    ("FREQ=MONTHLY;BYDAY=-1FR", "2026-12-25"): (Kind.MONTHLY_NTH, 1, {"mask": 32, "instance": 5}),
    ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "2026-12-31"): (Kind.MONTHLY_NTH, 1, {"mask": 62, "instance": 5}),
    ("FREQ=MONTHLY;BYDAY=SA,SU;BYSETPOS=1", "2026-12-05"): (Kind.MONTHLY_NTH, 1, {"mask": 65, "instance": 1}),
    ("FREQ=YEARLY;INTERVAL=2", "2026-12-01"): (Kind.YEARLY, 24, {"month": 12, "day": 1}),
    ("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=1", "2026-12-01"): (Kind.YEARLY, 12, {"month": 12, "day": 1}),
    ("FREQ=YEARLY;BYMONTH=12;BYDAY=1TU", "2026-12-01"): (Kind.YEARLY_NTH, 12, {"month": 12, "mask": 4, "instance": 1}),
    ("FREQ=WEEKLY;COUNT=5", "2026-12-01"): (Kind.WEEKLY, 1, {"mask": 4, "count": 5}),
    ("FREQ=WEEKLY;UNTIL=20261229T110000Z", "2026-12-01"): (Kind.WEEKLY, 1, {"mask": 4, "last": date(2026, 12, 29)}),
    ("FREQ=WEEKLY;UNTIL=20261229T105959Z", "2026-12-01"): (Kind.WEEKLY, 1, {"mask": 4, "last": date(2026, 12, 28)}),
}


@pytest.mark.parametrize(("rule", "day"), TABLE, ids=" ".join)
def test_a_rule_becomes_the_pattern_that_means_the_same(rule: str, day: str) -> None:
    kind, interval, values = TABLE[rule, day]
    assert pattern(rule, day) == Pattern(kind, interval, date.fromisoformat(day), **values)


@pytest.mark.parametrize(("rule", "day"), TABLE, ids=" ".join)
def test_a_pattern_that_was_read_back_becomes_a_rule_with_the_same_instances(rule: str, day: str) -> None:
    found = pattern(rule, day)
    again = pattern_of(rule_of(found, start(day), CLOCK), start(day), CLOCK)
    assert list(itertools.islice(pattern_days(again), 200)) == list(itertools.islice(pattern_days(found), 200))


@pytest.mark.parametrize(
    ("rule", "day"),
    [
        ("FREQ=HOURLY", "2026-12-01"),
        ("FREQ=MONTHLY", "2026-12-31"),  # Outlook takes the last day of a short month, a rule leaves the month out
        ("FREQ=YEARLY", "2028-02-29"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,15", "2026-12-01"),
        ("FREQ=MONTHLY;BYMONTHDAY=-2", "2026-12-30"),
        ("FREQ=MONTHLY;BYDAY=5TU", "2026-12-29"),  # 5 means the last one to Outlook
        ("FREQ=MONTHLY;BYDAY=-2MO", "2026-12-21"),
        ("FREQ=MONTHLY;BYDAY=MO,WE;BYSETPOS=1", "2026-12-02"),
        ("FREQ=YEARLY;BYDAY=1TU", "2026-01-06"),
        ("FREQ=YEARLY;BYMONTH=6,12", "2026-12-01"),
        ("FREQ=YEARLY;BYYEARDAY=100", "2026-04-10"),
        ("FREQ=YEARLY;BYWEEKNO=20", "2026-05-12"),
        ("FREQ=DAILY;BYMONTH=12", "2026-12-01"),
        ("FREQ=DAILY;INTERVAL=2;BYDAY=TU,TH", "2026-12-01"),
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU",
            "2026-12-01",
        ),  # it depends on the first day of the week, which is the user's
        ("FREQ=WEEKLY;BYDAY=WE", "2026-12-01"),  # its start is no instance of the rule
        ("FREQ=DAILY;COUNT=1000", "2026-12-01"),
        ("FREQ=WEEKLY;INTERVAL=100", "2026-12-01"),
    ],
    ids=" ".join,
)
def test_what_no_pattern_says_exactly_is_refused(rule: str, day: str) -> None:
    with pytest.raises(EventRefusedError, match="Outlook"):
        pattern(rule, day)


@pytest.mark.parametrize("day", [29, 30, 31])
def test_a_day_that_a_month_does_not_have_is_told_as_outlook_means_it(day: int) -> None:
    found = Pattern(Kind.MONTHLY, 1, date(2026, 12, day), day=day)
    begin = Moment(datetime(2026, 12, day, 12), "Europe/Berlin")
    rule = rule_of(found, begin, CLOCK)
    assert pattern_of(rule, begin, CLOCK) == found
    assert list(itertools.islice(pattern_days(found), 50)) == list(itertools.islice(days_of(as_fake(found)), 50))


def plan_of(event: Event) -> SeriesPlan | None:
    found = read_event(event, lambda _: AS_WRITTEN, lists_instances=False)
    return plan_series(found.content, found.clock)


def days_in_outlook(plan: SeriesPlan, most: int) -> list[date]:
    gone = {moment.day for moment in plan.deletions}
    days = itertools.takewhile(lambda day: day < END.date(), days_of(as_fake(plan.pattern)))
    return list(itertools.islice((day for day in days if day not in gone), most))


def corpus() -> Iterator[tuple[str, Event]]:
    for path in sorted((corpus_root() / "recurrence").glob("*.jsonl")):
        for text in path.read_text(encoding="utf-8").splitlines():
            found = json.loads(text)
            begin, _, rule = (found["dtstart"] or "20240101T090000").partition("RRULE:")
            lines = [line("DTSTART", begin.strip()), f"RRULE:{(found['rrule'] or rule).split(chr(10))[0]}"]
            lines += [line("EXDATE", each) for each in found["exdates"]]
            lines += [line("RDATE", each) for each in found["rdates"]]
            yield found["id"], Event(found["id"], (Component("VEVENT", tuple(lines)),), Zones())


def line(name: str, text: str) -> str:
    return f"{name};VALUE=DATE:{text}" if len(text) == 8 else f"{name}:{text.removesuffix('Z')}"


def test_every_rule_of_the_corpus_has_the_same_days_in_outlook_or_is_refused_by_name(
    capsys: pytest.CaptureFixture[str],
) -> None:
    verdicts: Counter[str] = Counter()
    wrong = {}
    for name, event in corpus():
        try:
            plan = plan_of(event)
            if plan is None:
                continue
            expected = [each.start for each in instances(event, event.zones, BEGIN, END, 300)]
        except EventRefusedError:
            verdicts["refused"] += 1
            continue
        days = [each.date() if isinstance(each, datetime) else each for each in expected]
        verdicts["held"] += 1
        if days != days_in_outlook(plan, 300):
            wrong[name] = (days[:5], days_in_outlook(plan, 5))
    with capsys.disabled():
        sys.stdout.write(
            f"\nrecurrence corpus in Outlook: {verdicts['held']} held exactly, {verdicts['refused']} refused\n"
        )
    assert wrong == {}
    assert verdicts["held"] > 220


def test_a_series_that_ends_and_has_no_pattern_is_held_with_deleted_days() -> None:
    lines = ("DTSTART:20261201T090000", "RRULE:FREQ=MONTHLY;BYMONTHDAY=1,15;COUNT=6", "RDATE:20261224T090000")
    event = Event("x", (Component("VEVENT", lines),), Zones())
    plan = plan_of(event)
    assert plan
    days = [each.start.date() for each in instances(event, Zones(), BEGIN, END, 50) if isinstance(each.start, datetime)]
    assert days_in_outlook(plan, 50) == days
    assert len(days) == 7


def test_instances_at_several_times_of_the_day_are_refused() -> None:
    lines = ("DTSTART:20261201T090000", "RRULE:FREQ=DAILY;COUNT=3", "RDATE:20261224T170000")
    with pytest.raises(EventRefusedError, match="one by one"):
        plan_of(Event("x", (Component("VEVENT", lines),), Zones()))


def test_years_are_read_whatever_the_interval_counts() -> None:
    found = Pattern(Kind.YEARLY, 24, date(2026, 12, 1), day=1, month=12)
    assert rule_text(rule_of(found, start("2026-12-01"), CLOCK)) == "FREQ=YEARLY;INTERVAL=2;BYMONTH=12;BYMONTHDAY=1"
    assert list(itertools.islice(pattern_days(found), 2))[1] - date(2026, 12, 1) == timedelta(days=731)
