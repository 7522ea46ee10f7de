"""Every case of the recurrence corpus: the expected list exactly, or the rule is refused by name, or decided otherwise in writing.

docs/decisions/0011-recurrence.md holds the reasons at length.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from time import process_time
from typing import Any

import pytest
from corpus_files import corpus_root
from stopwatch import seconds

from osync.errors import EventRefusedError
from osync.ical.bodies import read_start
from osync.ical.clock import Clock
from osync.ical.event import Event
from osync.ical.lines import Component, read
from osync.ical.recurrence import Instance, instances
from osync.ical.repeating import read_rule, rule_texts
from osync.ical.starts import rule_starts
from osync.ical.work import Work
from osync.ical.zones import Zones

# A refusal, and how many cases end in it. All but the first three kinds are rules that RFC 5545 forbids.
UNSUPPORTED: Mapping[str, int] = {
    "SKIP in its rule is not known.": 8,  # RFC 7529: no program that OSync writes to knows it
    "RSCALE in its rule is not known.": 3,  # other calendars than the Gregorian one
    "BYMONTH of its rule is no list of numbers.": 7,  # leap months of other calendars
    "BYMONTH of its rule is out of range.": 1,  # the 13th month of another calendar
    "Its rule takes more than 200000 steps to work out.": 1,  # 69,632 times a month
    "Its rule does not say which weekday, and its start is none of its days.": 2,  # sources contradict each other
    "Its rule does not say which month, and its start is none of its days.": 1,  # sources contradict each other
    "Its rule has BYWEEKNO with FREQ=SECONDLY, which RFC 5545 forbids.": 2,
    "Its rule has BYWEEKNO with FREQ=MINUTELY, which RFC 5545 forbids.": 1,
    "Its rule has BYWEEKNO with FREQ=HOURLY, which RFC 5545 forbids.": 4,
    "Its rule has BYWEEKNO with FREQ=DAILY, which RFC 5545 forbids.": 1,
    "Its rule has BYWEEKNO with FREQ=WEEKLY, which RFC 5545 forbids.": 6,
    "Its rule has BYWEEKNO with FREQ=MONTHLY, which RFC 5545 forbids.": 4,
    "Its rule has BYYEARDAY with FREQ=DAILY, which RFC 5545 forbids.": 2,
    "Its rule has BYYEARDAY with FREQ=WEEKLY, which RFC 5545 forbids.": 1,
    "Its rule has BYYEARDAY with FREQ=MONTHLY, which RFC 5545 forbids.": 3,
    "Its rule has BYMONTHDAY with FREQ=WEEKLY, which RFC 5545 forbids.": 2,
    "Its rule counts weekdays (BYDAY) within BYWEEKNO, which RFC 5545 forbids.": 1,
    "BYDAY of its rule counts weekdays where that has no meaning.": 9,
    "BYWEEKDAY in its rule is not known.": 1,
}

# Cases whose expectation is not followed, and why.
DECIDED: Mapping[str, str] = {
    "icaljs-068": "The list begins with a start that the rule does not give, and counts it; the other sources do not.",
    "icaljs-101": "The list begins with a start that the rule does not give, and counts it; the other sources do not.",
    "icaljs-069": "Week -28 of 2016 begins on 20 June (52 weeks); the list takes it for the week of 6 June.",
    "icaljs-088": "The list ends on 31 January although UNTIL is 1 March.",
    "icalnet-024": "An endless rule must be refused there if nobody names an end; OSync always has a window and a limit.",
    "icalrecur-080": "The source says that it has not implemented the rule; icalnet-015 and -016 are of the same kind.",
    "kde-KOrganizer_3.4/KOrganizer_Test01.ics": "KOrganizer 3.4 did not count a start that the rule does not give.",
    "kde-KOrganizer_3.4/KOrganizer_Test10.ics": "KOrganizer 3.4 did not count a start that the rule does not give.",
    "dateutil-testStrSpacesAndLines": "Its rule stands in lines that the corpus does not hold.",
}

_BEGIN = datetime(1900, 1, 1, tzinfo=UTC)
_MOST = 2_000
_GOOD = ("listed", "refused as it must be")
_LONGEST_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Case:
    """One line of the corpus as the event that it stands for.

    The list is wanted from `first` to `last`, in the local time of `zone`; it may only be a `beginning`. `of_rule` tells a
    source that lists what a rule gives from one that lists what an event gives, whose start is always an instance.
    """

    name: str
    event: Event
    expected: Sequence[str]
    first: str
    last: str
    beginning: bool
    to_be_refused: bool
    zone: str
    of_rule: bool


def test_every_case_is_listed_as_expected_or_refused_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    verdicts = {}
    for case in _cases():
        before = process_time()
        verdicts[case.name] = _verdict(case)
        assert process_time() - before < seconds(_LONGEST_SECONDS), case.name
    good = Counter(verdict for verdict in verdicts.values() if verdict in _GOOD)
    refused = Counter(verdict for verdict in verdicts.values() if verdict in UNSUPPORTED)
    others = {name: verdict for name, verdict in verdicts.items() if verdict not in (*UNSUPPORTED, *good)}
    with capsys.disabled():
        counts = ", ".join(f"{count} {verdict}" for verdict, count in good.items())
        sys.stdout.write(f"\n{len(verdicts)} cases: {counts}, {refused.total()} unsupported, {len(others)} decided\n")
    assert {name: verdict for name, verdict in others.items() if name not in DECIDED} == {}
    assert others.keys() == DECIDED.keys()
    assert refused == UNSUPPORTED


def _cases() -> list[Case]:
    return [
        _case(json.loads(line))
        for path in sorted((corpus_root() / "recurrence").glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]


def _case(found: Mapping[str, Any]) -> Case:
    start, _, rule = (found["dtstart"] or "20240101T090000").partition("RRULE:")
    zone = found["tzid"] or ""
    lines = [_line("DTSTART", start.strip(), zone)]
    lines += [f"RRULE:{text}" for text in (found["rrule"] or rule).split("\n") if text]
    lines += [f"EXRULE:{text}" for text in found.get("exrules") or ()]
    lines += [_line("EXDATE", text, zone) for text in found["exdates"]]
    lines += [_line("RDATE", text, zone) for text in found["rdates"]]
    window = found["until_window"] or ("", "99991231T235959")
    return Case(
        name=found["id"],
        event=Event(found["id"], (Component("VEVENT", tuple(lines)),), Zones(_definitions(found.get("ics_path")))),
        expected=found["expected"],
        first=found.get("start_at") or window[0],
        last=window[1],
        beginning=bool(found.get("prefix")),
        to_be_refused=bool(found.get("expect_error")),
        zone=zone if zone not in ("", "UTC") else next(iter(found.get("expected_tz") or ()), "UTC"),
        of_rule=found["source"] != "kcalendarcore",
    )


def _line(name: str, text: str, zone: str) -> str:
    if len(text) == 8:
        return f"{name};VALUE=DATE:{text}"
    return f"{name}:{text}" if zone in ("", "UTC") or text.endswith("Z") else f"{name};TZID={zone}:{text}"


def _definitions(path: str | None) -> tuple[Component, ...]:
    """Give the time zones of the file that a case comes from."""
    if not path:
        return ()
    document = read((corpus_root() / "KDE+kcalendarcore" / path).read_bytes())
    return tuple(zone for calendar in document.components for zone in calendar.components("VTIMEZONE"))


def _verdict(case: Case) -> str:
    """Say how a case ended: "listed", a refusal, or what is wrong."""
    try:
        found = _listed(case)
    except EventRefusedError as error:
        return "refused as it must be" if case.to_be_refused else str(error)
    if case.to_be_refused:
        return f"listed, but it must be refused: {found[:5]}"
    return "listed" if found == list(case.expected) else f"expected {case.expected[:5]}, listed {found[:5]}"


def _listed(case: Case) -> list[str]:
    """List as many instances as the case knows, in its own words."""
    limit = len(case.expected) + 1 if case.beginning else _MOST
    end = datetime(3100 if case.expected else 2200, 1, 1, tzinfo=UTC)
    found = instances(case.event, case.event.zones, _BEGIN, end, limit)
    texts = (
        _of_rule(case, (_shown(case, each) for each in found))
        if case.of_rule
        else (_shown(case, each) for each in found)
    )
    # Where some lists begin, others were only asked to begin.
    first = case.first if not case.expected or case.first <= case.expected[0] else ""
    inside = [text for text in takewhile(lambda text: text <= case.last, texts) if text >= first]
    return inside[: len(case.expected)] if case.beginning else inside


def _of_rule(case: Case, texts: Iterable[str]) -> Iterable[str]:
    """Leave out the start if only the event gives it."""
    series, clock = case.event.components[0], Clock(case.event.zones)
    start = read_start(series, clock)
    rules = [read_rule(text, start, clock) for text in rule_texts(series, "RRULE")]
    far = start.time + timedelta(days=366)
    given = [next(rule_starts(rule, start, clock, start.time, far, Work()), None) for rule in rules]
    return islice(texts, 1 if rules and start.time not in given else 0, None)


def _shown(case: Case, instance: Instance) -> str:
    wanted = case.expected[0] if case.expected else ""
    if not isinstance(instance.start, datetime):
        return f"{instance.start:%Y%m%d}" if len(wanted) <= 8 else f"{instance.start:%Y%m%dT000000}"
    local = case.event.zones.resolve(case.zone).to_local(instance.start)
    return f"{local:%Y%m%dT%H%M%S}" + ("Z" if wanted.endswith("Z") else "")
