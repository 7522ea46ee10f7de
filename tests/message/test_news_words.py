from datetime import timedelta

import pytest
from message.told_events import (
    CHANGED_AT,
    HOME,
    NOW,
    days,
    event_text,
    lines_of,
    moved,
    notice,
    offer,
    one_news,
    timed,
    weekly,
)

from osync.ical.content import Moment
from osync.message.news import Telling
from osync.message.news_words import UNTITLED
from osync.message.plain_issue import first_issue
from osync.message.when_words import home_zone


def when(*lines: str, home: str = HOME) -> str:
    return lines_of("", event_text(1, *lines), home=home)[0]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (timed("20261201T1000", "20261201T1100"), "Tue, 1 Dec 2026, 10:00–11:00"),
        (timed("20261231T2200", "20270101T0230"), "Thu, 31 Dec 2026, 22:00 – Fri, 1 Jan 2027, 02:30"),
        (timed("20261201T1800", "20261202T0000"), "Tue, 1 Dec 2026, 18:00–24:00"),
        (timed("20261201T1800", "20261203T1200"), "Tue, 1 Dec 2026, 18:00 – Thu, 3 Dec, 12:00"),
        (timed("20261201T1000", "20261201T1100", zone="America/New_York"), "Tue, 1 Dec 2026, 10:00–11:00 (America/New York)"),
        (timed("20261201T1000", "20261201T1100", zone="UTC"), "Tue, 1 Dec 2026, 11:00–12:00"),
        (timed("20261201T1000", "20261201T1100", zone=""), "Tue, 1 Dec 2026, 10:00–11:00 (local time)"),
        (("DTSTART;TZID=Europe/Berlin:20261201T100030",), "Tue, 1 Dec 2026, 10:00:30"),
        (("DTSTART;TZID=Asia/Tokyo:20261201T100000",), "Tue, 1 Dec 2026, 10:00 (Asia/Tokyo)"),
        (days("20261224", "20261225"), "Thu, 24 Dec 2026, all day"),
        (days("20261201", "20261204"), "Tue, 1 Dec – Thu, 3 Dec 2026, all day (3 days)"),
        (days("20261224", "20270103"), "Thu, 24 Dec 2026 – Sat, 2 Jan 2027, all day (10 days)"),
        (
            ("DTSTART;TZID=Europe/Berlin:20261215T094500", "DTEND;TZID=America/New_York:20261215T131500"),
            "Tue, 15 Dec 2026, 09:45 (Europe/Berlin) – 13:15 (America/New York)",
        ),
    ],
)  # fmt: skip
def test_a_single_event_is_told_with_weekday_date_time_and_zone(lines: tuple[str, ...], words: str) -> None:
    assert when(*lines) == words


def test_times_in_utc_stay_if_the_mail_has_no_other_zone() -> None:
    assert when(*timed("20261201T1000", "20261201T1100", zone="UTC"), home="UTC") == "Tue, 1 Dec 2026, 10:00–11:00"
    assert when(*timed("20261201T1000", "20261201T1100", zone="UTC"), home="") == "Tue, 1 Dec 2026, 10:00–11:00 (UTC)"


@pytest.mark.parametrize(
    ("zones", "home"),
    [
        ((), ""),
        (("",), ""),
        (("UTC", "UTC", ""), "UTC"),
        (("UTC", "UTC", "Asia/Tokyo"), "Asia/Tokyo"),
        (("Europe/Berlin", "Asia/Tokyo", "Europe/Berlin"), "Europe/Berlin"),
        (("Europe/Berlin", "Asia/Tokyo"), "Asia/Tokyo"),
        (("X-OSYNC-0123456789ABCDEF",), ""),
    ],
)
def test_the_zone_said_once_is_that_of_most_events(zones: tuple[str, ...], home: str) -> None:
    assert home_zone(Moment(NOW.replace(tzinfo=None), zone) for zone in zones) == home


MONDAY, THIRTY_FIRST = "20260803T0900", "20260831T0900"


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("FREQ=DAILY", "every day"),
        ("FREQ=DAILY;INTERVAL=3", "every 3 days"),
        ("FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", "every weekday (Monday to Friday)"),
        ("FREQ=DAILY;BYHOUR=9;BYMINUTE=0;BYSECOND=0", "every day"),
        ("FREQ=WEEKLY", "every Monday"),
        ("FREQ=WEEKLY;BYDAY=TU,TH", "every Tuesday and Thursday"),
        ("FREQ=WEEKLY;BYDAY=MO,WE,FR", "every Monday, Wednesday and Friday"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU", "every day"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", "every 2 weeks on Monday"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU", "every 2 weeks on Monday and Sunday"),
        ("FREQ=MONTHLY", "every month on the 3rd"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,11,21,22", "every month on the 1st, the 11th, the 21st and the 22nd"),
        ("FREQ=MONTHLY;BYMONTHDAY=30", "every month on the 30th (in months that have one)"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "every month on the last day"),
        ("FREQ=MONTHLY;BYDAY=2TU", "every month on the second Tuesday"),
        ("FREQ=MONTHLY;INTERVAL=2;BYDAY=-1FR", "every 2 months on the last Friday"),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "every month on the last weekday (Monday to Friday)"),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=1", "every month on the first day"),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=3", "every month on the third Monday"),
        ("FREQ=YEARLY", "every year on 3 August"),
        ("FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", "every year on the fourth Thursday of November"),
        ("FREQ=YEARLY;BYMONTH=3,9;BYMONTHDAY=1", "every year on 1 March and September"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1", "every year on the last day of February"),
        ("FREQ=WEEKLY;COUNT=13", "every Monday, 13 times"),
        ("FREQ=WEEKLY;UNTIL=20270203T230000Z", "every Monday, until Wed, 3 Feb 2027"),
        ("FREQ=WEEKLY;UNTIL=20270203T080000Z", "every Monday, until Wed, 3 Feb 2027"),
    ],
)  # fmt: skip
def test_the_usual_rules_are_told_in_words(rule: str, words: str) -> None:
    found = when(*timed(MONDAY, "20260803T1000", "Choir", f"RRULE:{rule}"))
    pattern, _, ending = words.partition(", until")
    if "times" in words:
        pattern, _, _ = words.rpartition(", ")
    assert found.startswith(f"{pattern}, 09:00–10:00, since Mon, 3 Aug 2026")
    assert found.endswith(words[len(pattern) :] if pattern != words else "2026")
    assert bool(ending) == ("until" in found)


def test_a_day_that_many_months_do_not_have_is_told_with_care() -> None:
    assert when(*timed(THIRTY_FIRST, "20260831T1000", "Pay", "RRULE:FREQ=MONTHLY")).startswith(
        "every month on the 31st (in months that have one)"
    )


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;BYMONTH=12",
        "FREQ=DAILY;INTERVAL=2;BYDAY=MO",
        "FREQ=DAILY;BYHOUR=17",
        "FREQ=WEEKLY;BYMONTH=12",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU",
        "FREQ=MONTHLY;BYDAY=MO",
        "FREQ=MONTHLY;BYMONTHDAY=-20",
        "FREQ=MONTHLY;BYDAY=TU,TH;BYSETPOS=2",
        "FREQ=MONTHLY;BYDAY=2TU;BYSETPOS=1",
        "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
        "FREQ=YEARLY;BYDAY=20MO",
        "FREQ=YEARLY;BYDAY=MO;BYWEEKNO=50",
        "FREQ=YEARLY;BYMONTH=11;BYDAY=TH",
    ],
)
def test_any_other_rule_is_told_by_its_next_dates(rule: str) -> None:
    found = when(*timed(MONDAY, "20260803T1000", "Choir", f"RRULE:{rule}"))
    assert found.startswith("on dates of its own, next on ")
    assert ", 09:00–10:00, since Mon, 3 Aug 2026" in found


def test_a_rule_of_its_own_that_is_over_says_so() -> None:
    rule = "RRULE:FREQ=MONTHLY;UNTIL=20261101T000000Z;BYDAY=FR;BYMONTHDAY=13"
    assert when(*timed("20260213T0900", "20260213T1000", "Odd", rule)).startswith(
        "on dates of its own, none of which is left, 09:00–10:00, since Fri, 13 Feb 2026, until Sat, 31 Oct 2026"
    )


def test_a_series_that_has_not_begun_says_from_when_to_when() -> None:
    series = timed("20261201T1930", "20261201T2100", "Choir", "RRULE:FREQ=WEEKLY;UNTIL=20270203T230000Z;BYDAY=TU")
    assert lines_of("", event_text(1, *series)) == [
        "every Tuesday, 19:30–21:00, from Tue, 1 Dec 2026 until Wed, 3 Feb 2027"
    ]


def test_a_series_that_has_begun_says_when_it_is_next() -> None:
    assert lines_of("", event_text(1, *weekly())) == [
        "every Tuesday, 19:30–21:00, since Tue, 1 Sep 2026",
        "Next: Tue, 24 Nov 2026, 19:30–21:00",
    ]


def test_a_series_without_a_rule_names_its_dates() -> None:
    more = "RDATE;TZID=Europe/Berlin:20261208T193000"
    assert lines_of("", event_text(1, *timed("20261201T1930", "20261201T2100", "Choir", more))) == [
        "on 2 dates: Tue, 1 Dec 2026; Tue, 8 Dec 2026, 19:30–21:00"
    ]
    many = [f"RDATE;TZID=Europe/Berlin:202612{day:02}T193000" for day in range(2, 20)]
    found = lines_of("", event_text(1, *timed("20261201T1930", "20261201T2100", "Choir", *many)))
    assert "on 19 dates: Tue, 1 Dec 2026; " in found[0]
    assert " and 9 more, 19:30–21:00" in found[0]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (timed("20261201T2200", "20261202T0200", "Night", "RRULE:FREQ=DAILY"), "every day, 22:00–02:00 (the next day), from"),
        (timed("20261201T2200", "20261204T0200", "Trip", "RRULE:FREQ=WEEKLY"), "every Tuesday, 22:00–02:00 (3 days later), from"),
        (timed("20261201T2200", "20261202T0000", "Late", "RRULE:FREQ=DAILY"), "every day, 22:00–24:00, from"),
        (days("20261201", "20261202", "Bins", "RRULE:FREQ=WEEKLY"), "every Tuesday, all day, from"),
        (days("20261201", "20261204", "Fair", "RRULE:FREQ=YEARLY"), "every year on 1 December, all day, 3 days long, from"),
        (("DTSTART;TZID=Asia/Tokyo:20261201T070000", "RRULE:FREQ=DAILY"), "every day, 07:00 (Asia/Tokyo), from"),
        (
            ("DTSTART;TZID=Europe/Berlin:20261215T094500", "DTEND;TZID=America/New_York:20261215T131500", "RRULE:FREQ=WEEKLY"),
            "every Tuesday, 09:45 (Europe/Berlin) – 13:15 (America/New York), from",
        ),
    ],
)  # fmt: skip
def test_a_series_says_its_time_of_the_day_and_how_long_it_lasts(lines: tuple[str, ...], words: str) -> None:
    assert when(*lines).startswith(words)


def test_a_series_of_days_ends_on_the_day_that_its_rule_names() -> None:
    assert when(*days("20261201", "20261202", "Bins", "RRULE:FREQ=WEEKLY;UNTIL=20261222")).endswith(
        "until Tue, 22 Dec 2026"
    )
    assert when(*days("20261201", "20261202", "Bins", "RRULE:FREQ=WEEKLY;COUNT=1")).endswith(", once")


def test_only_what_changed_is_told_as_old_and_new() -> None:
    before = event_text(1, *timed("20261201T1000", "20261201T1100", "Board", "LOCATION:Office"))
    after = event_text(1, *timed("20261202T1400", "20261202T1530", "Board", "LOCATION:Office"))
    assert lines_of(before, after) == ["When: Tue, 1 Dec 2026, 10:00–11:00 → Wed, 2 Dec 2026, 14:00–15:30"]


def test_a_change_that_leaves_the_time_alone_says_when_the_event_is() -> None:
    before = event_text(
        1, *timed("20261201T1000", "20261201T1100", "Board", "LOCATION:Office", "URL:https://a.example/")
    )
    after = event_text(1, *timed("20261201T1000", "20261201T1100", "Board", "STATUS:TENTATIVE", "TRANSP:TRANSPARENT"))
    assert lines_of(before, after) == [
        "Tue, 1 Dec 2026, 10:00–11:00",
        "Place: Office → (none)",
        "Status: confirmed → tentative",
        "Shown as: busy → free",
        "Link: https://a.example/ → (none)",
    ]


def test_changed_notes_are_told_as_they_are_now() -> None:
    plain, noted = event_text(1, *weekly()), event_text(1, *weekly("DESCRIPTION:Bring\\ncake"))
    assert lines_of(plain, noted)[-1] == "Notes, now: Bring\ncake"
    assert lines_of(noted, plain)[-1] == "Notes: removed → (none)"


def test_an_event_that_begins_to_repeat_says_so() -> None:
    single = event_text(1, *timed("20260901T1930", "20260901T2100"))
    assert lines_of(single, event_text(1, *weekly())) == [
        "Now: every Tuesday, 19:30–21:00, since Tue, 1 Sep 2026",
        "Repeats: once → every Tuesday",
    ]


def test_a_series_tells_each_of_its_aspects() -> None:
    after = timed("20260903T2000", "20260903T2130", "Choir", "RRULE:FREQ=WEEKLY;UNTIL=20261231T230000Z;BYDAY=TH")
    assert lines_of(event_text(1, *weekly()), event_text(1, *after)) == [
        "Now: every Thursday, 20:00–21:30, since Thu, 3 Sep 2026, until Thu, 31 Dec 2026",
        "First date: Tue, 1 Sep 2026 → Thu, 3 Sep 2026",
        "Time: 19:30–21:00 → 20:00–21:30",
        "Repeats: every Tuesday → every Thursday, until Thu, 31 Dec 2026",
    ]


def test_single_dates_are_told_one_by_one() -> None:
    after = event_text(
        1,
        *weekly("RDATE;TZID=Europe/Berlin:20261219T193000", "EXDATE;TZID=Europe/Berlin:20261222T193000"),
        overrides=[
            moved("20261201", "20261201T1930", "20261201T2100", "LOCATION:Hall"),
            moved("20261208", "20261208T1930", "20261208T2100", "DESCRIPTION:Bring cake"),
            moved("20261215", "20261216T1800", "20261216T1930", title="Concert"),
            moved("20261220", "20261220T1000", "20261220T1100", "LOCATION:Church", title="Mass"),
        ],
    )
    assert lines_of(event_text(1, *weekly()), after)[1:] == [
        "Place on Tue, 1 Dec 2026: (none) → Hall",
        "Notes on Tue, 8 Dec 2026: Bring cake",
        "Moved: Tue, 15 Dec 2026, 19:30–21:00 → Wed, 16 Dec 2026, 18:00–19:30",
        "Title on Tue, 15 Dec 2026: Choir → Concert",
        "Also on: Sat, 19 Dec 2026, 19:30–21:00",
        "Also on: Sun, 20 Dec 2026, 10:00–11:00, Mass, Church",
        "Not on: Tue, 22 Dec 2026",
    ]
    assert "As usual again: Tue, 22 Dec 2026, 19:30–21:00" in lines_of(after, event_text(1, *weekly()))


def test_what_changed_in_the_whole_series_is_not_told_again_for_a_moved_date() -> None:
    here, there = weekly("LOCATION:Room 1"), weekly("LOCATION:Room 7")
    date = moved("20270105", "20270106T1800", "20270106T1930", "LOCATION:Room 7")
    found = lines_of(event_text(1, *here), event_text(1, *there, overrides=[date]))
    assert found[1:] == [
        "Place: Room 1 → Room 7",
        "Moved: Tue, 5 Jan 2027, 19:30–21:00 → Wed, 6 Jan 2027, 18:00–19:30",
    ]


def test_dates_that_are_over_are_not_told() -> None:
    gone = event_text(1, *weekly("EXDATE;TZID=Europe/Berlin:20260908T193000"))
    assert lines_of("", gone)[2:] == []
    assert lines_of(event_text(1, *weekly()), gone)[-1] == "Only dates that are over changed."


def test_a_new_series_tells_which_of_its_dates_are_moved() -> None:
    text = event_text(1, *weekly(), overrides=[moved("20270105", "20270106T1800", "20270106T1930")])
    assert lines_of("", text)[2:] == ["Moved: Tue, 5 Jan 2027, 19:30–21:00 → Wed, 6 Jan 2027, 18:00–19:30"]


def test_a_series_that_loses_its_rule_names_its_dates() -> None:
    dates = timed("20260901T1930", "20260901T2100", "Choir", "RDATE;TZID=Europe/Berlin:20261208T193000")
    found = lines_of(event_text(1, *weekly()), event_text(1, *dates))
    assert found == [
        "Now: on 2 dates: Tue, 1 Sep 2026; Tue, 8 Dec 2026, 19:30–21:00",
        "Repeats: every Tuesday → on 2 dates: Tue, 1 Sep 2026; Tue, 8 Dec 2026",
    ]


def test_many_single_dates_are_counted() -> None:
    excluded = [f"EXDATE;TZID=Europe/Berlin:2027{month:02}{day:02}T193000" for month, day in _tuesdays()]
    found = lines_of(event_text(1, *weekly()), event_text(1, *weekly(*excluded)))
    assert found[-1] == "… and 5 more single dates; the attached file holds them"
    assert sum(line.startswith("Not on: ") for line in found) == 10


def _tuesdays() -> list[tuple[int, int]]:
    first = NOW.date().replace(year=2027, month=1, day=5)
    found = [first + timedelta(days=7 * week) for week in range(15)]
    return [(day.month, day.day) for day in found]


def test_dates_without_their_series_are_listed() -> None:
    text = event_text(1, overrides=[moved("20261201", "20261202T1900", "20261202T2000")])
    assert lines_of("", text) == ["single dates of a series", "Also on: Wed, 2 Dec 2026, 19:00–20:00"]
    assert lines_of(text, "") == ["single dates of a series"]


def test_an_event_that_shows_only_that_somebody_is_busy_is_called_so() -> None:
    text = event_text(1, "DTSTART;TZID=Europe/Berlin:20261201T100000", "DTEND;TZID=Europe/Berlin:20261201T110000")
    assert notice("", text).title == UNTITLED == "Busy"


def test_everything_else_that_the_share_tells_is_there() -> None:
    more = ("LOCATION:Hall\\, upstairs", "DESCRIPTION:One\\n\\nTwo", "URL:https://example.org/", "STATUS:TENTATIVE")
    assert lines_of("", event_text(1, *timed("20261201T1000", "20261201T1100", "Choir", *more)))[1:] == [
        "Place: Hall, upstairs",
        "Status: tentative, not certain yet",
        "Link: https://example.org/",
        "Notes: One\n\nTwo",
    ]


def test_a_rule_that_cannot_be_worked_out_is_not_said_to_be_over() -> None:
    found = when(*timed(MONDAY, "20260803T1000", "Choir", "RRULE:FREQ=YEARLY;BYWEEKNO=50"))
    assert found == "on dates of its own, 09:00–10:00, since Mon, 3 Aug 2026"


def test_a_rule_that_takes_too_much_work_still_has_its_start() -> None:
    rule = "RRULE:FREQ=YEARLY;INTERVAL=1000;BYMONTH=2;BYMONTHDAY=30"
    found = one_news("", event_text(1, *timed("20261201T1000", "20261201T1100", "Never", rule)))
    issue = first_issue(offer(), [Telling("k", "", found.telling.after, 1, CHANGED_AT)])
    assert "Never" in issue.text
