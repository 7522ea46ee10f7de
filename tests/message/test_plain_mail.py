import base64
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

import icalendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from message.told_events import (
    CHANGED_AT,
    NOW,
    ORGANIZER,
    body_of,
    days,
    event_text,
    moved,
    offer,
    read_mail,
    telling,
    timed,
    uid_of,
    weekly,
)

from osync.errors import ConfigurationError, OSyncError, RecipientRefusedError
from osync.message.columns import FSI, PDI, WIDTH, columns, isolated, wrapped
from osync.message.mime_writing import Heading, header
from osync.message.news import Telling
from osync.message.news_html import page_html
from osync.message.plain_issue import Issue, first_issue, news_issue
from osync.message.plain_mail import Envelope, end_notice, leave_confirmation, plain_mail
from osync.message.plain_tokens import Wish, WrittenWish, subject_of, way_to_wish, wish_in, wish_subject
from osync.message.published import Organizer

TOKEN = bytes(range(16))
WRITTEN_TOKEN = "aaaqeayeaudaocajbifqydiob4"
ENVELOPE = Envelope(
    "Pat Ünlü", "pat@example.org", "tester@example.org", TOKEN, "s" * 26, "<m1@example.org>", CHANGED_AT
)

CHOIR = event_text(1, *weekly())
BOARD = event_text(2, *timed("20261201T1000", "20261201T1100", "Board", "LOCATION:Office"))
LATER_BOARD = event_text(2, *timed("20261202T1400", "20261202T1530", "Board", "LOCATION:Office"))
FAIR = event_text(3, *days("20261212", "20261214", "Weihnachtsmarkt", "LOCATION:Königsplatz"))
NEWS = (
    telling("", CHOIR, number=1, count=1),
    telling(BOARD, LATER_BOARD, number=2, count=4),
    telling(FAIR, "", number=3, count=7),
)


def issue_of(tellings: Sequence[Telling] = NEWS, live: Sequence[Telling] = ()) -> Issue:
    issue = news_issue(offer(), tellings, live)
    assert issue is not None
    return issue


def calendars(issue: Issue) -> dict[str, icalendar.Calendar]:
    """Read the attachments by an independent parser."""
    mail = read_mail(plain_mail(issue, ENVELOPE))
    found = {}
    for part in mail.iter_attachments():
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        calendar = icalendar.Calendar.from_ical(content)
        assert part.get_content_type() == "text/calendar"
        assert part.get_content_disposition() == "attachment"
        assert part.get_param("method") == str(calendar["METHOD"])
        assert part.get_param("charset") == "utf-8"
        found[part.get_filename() or ""] = calendar
    return found


def events_of(calendar: icalendar.Calendar) -> list[icalendar.Event]:
    return [each for each in calendar.walk("VEVENT") if isinstance(each, icalendar.Event)]


def test_a_mail_tells_new_changed_and_cancelled_events_in_this_order() -> None:
    text = body_of(read_mail(plain_mail(issue_of(), ENVELOPE)), "plain")
    headings = [line for line in text.splitlines() if line.isupper() and "(" in line]
    assert headings == ["NEW (1)", "CHANGED (1)", "CANCELLED (1)"]
    assert "  When: Tue, 1 Dec 2026, 10:00–11:00 → Wed, 2 Dec 2026, 14:00–15:30\n" in text
    assert "Times are in the time zone Europe/Berlin, unless another one stands beside\nthem." in text


def test_text_and_html_say_the_same() -> None:
    mail = read_mail(plain_mail(issue_of(), ENVELOPE))
    text, html = body_of(mail, "plain"), body_of(mail, "html")
    words = re.sub(r"<style.*?</style>|<[^>]+>", " ", html)
    for said in ("Weihnachtsmarkt", "Königsplatz", "Sat, 12 Dec – Sun, 13 Dec 2026, all day (2 days)", "14:00–15:30"):
        assert said in text
        assert said in words
    assert "<del" in html
    assert "<ins" in html


def test_the_mail_says_what_opening_a_file_does_and_does_not_do() -> None:
    text = " ".join(issue_of().text.split())
    assert "your calendar program offers to add the event" in text
    assert "change the event in your calendar by hand" in text
    assert "delete the event in your calendar by hand" in text
    assert "many programs add it a second time" in text
    assert "Nothing in your calendar changes by itself." in text


def test_only_what_is_in_the_mail_is_explained() -> None:
    text = issue_of(NEWS[:1]).text
    assert "New:" in text
    assert "Cancelled:" not in text
    assert "Changed:" not in text


def test_each_event_has_a_file_of_its_own_with_its_method() -> None:
    found = calendars(issue_of())
    assert list(found) == [
        "2026-09-01-choir.ics",
        "2026-12-02-board.ics",
        "cancelled-2026-12-12-weihnachtsmarkt.ics",
    ]
    assert [str(each["METHOD"]) for each in found.values()] == ["PUBLISH", "PUBLISH", "CANCEL"]


def test_a_published_event_has_what_rfc_5546_demands_and_no_attendee() -> None:
    for calendar, count in zip(calendars(issue_of()).values(), (1, 4, 7), strict=True):
        (event,) = events_of(calendar)
        assert event["SEQUENCE"] == count - 1
        assert str(event["ORGANIZER"]) == "mailto:pat@example.org"
        assert event["ORGANIZER"].params["CN"] == "Pat Ünlü"
        assert datetime.fromtimestamp(CHANGED_AT, UTC) == event.DTSTAMP
        assert re.fullmatch("osync-[a-z2-7]{32}", str(event["UID"]))
        assert {"SUMMARY", "DTSTART"} <= set(event)
        assert not {"ATTENDEE", "REQUEST-STATUS"} & set(event)
        assert not event.subcomponents


def test_a_cancelled_event_says_so() -> None:
    (event,) = events_of(calendars(issue_of(NEWS[2:]))["cancelled-2026-12-12-weihnachtsmarkt.ics"])
    assert (str(event["STATUS"]), str(event["UID"])) == ("CANCELLED", uid_of(3))


def test_a_cancelled_series_is_cancelled_as_a_whole_and_single_dates_one_by_one() -> None:
    series = event_text(1, *weekly(), overrides=[moved("20270105", "20270106T1800", "20270106T1930")])
    (calendar,) = calendars(issue_of([telling(series, "")])).values()
    (event,) = events_of(calendar)
    assert not {"RRULE", "RECURRENCE-ID"} & set(event)
    dates = event_text(1, overrides=[moved(day, "20270106T1800", "20270106T1930") for day in ("20270105", "20270112")])
    (calendar,) = calendars(issue_of([telling(dates, "")])).values()
    assert ["RECURRENCE-ID" in each for each in events_of(calendar)] == [True, True]


def test_zones_that_are_named_are_defined() -> None:
    (calendar,) = calendars(issue_of(NEWS[:1])).values()
    assert [str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")] == ["Europe/Berlin"]
    (calendar,) = calendars(issue_of(NEWS[2:])).values()
    assert not calendar.walk("VTIMEZONE")


def test_files_are_folded_and_have_the_line_ends_of_rfc_5545() -> None:
    long = event_text(1, *timed("20261201T1000", "20261201T1100", "冬" * 200))
    (file,) = issue_of([telling("", long)]).files
    lines = file.content.split(b"\r\n")
    assert lines.pop() == b""
    assert all(len(line) <= 75 and b"\n" not in line and b"\r" not in line for line in lines)


def test_an_event_without_a_title_is_published_as_busy() -> None:
    text = event_text(1, "DTSTART;TZID=Europe/Berlin:20261201T100000", "DTEND;TZID=Europe/Berlin:20261201T110000")
    (calendar,) = calendars(issue_of([telling("", text)])).values()
    assert str(events_of(calendar)[0]["SUMMARY"]) == "Busy"


def test_files_that_would_have_the_same_name_get_a_number() -> None:
    tellings = [
        telling("", event_text(n, *timed("20261201T1000", "20261201T1100", "練習")), number=n) for n in range(3)
    ]
    assert list(calendars(issue_of(tellings))) == [
        "2026-12-01-event.ics",
        "2026-12-01-event-2.ics",
        "2026-12-01-event-3.ics",
    ]


def many(number: int) -> list[Telling]:
    found = []
    for each in range(number):
        start = f"2027{each % 12 + 1:02}{each % 28 + 1:02}T1{each % 10}"
        text = event_text(each, *timed(f"{start}00", f"{start}45", f"Title{each:05}"))
        found.append(Telling(f"k{each:025}", "", text, 1, CHANGED_AT))
    return found


def test_ten_changes_have_ten_files_and_eleven_one_calendar_with_everything() -> None:
    live = many(40)
    assert len(calendars(issue_of(live[:10], live))) == 10
    found = calendars(issue_of([*live[:10], NEWS[2]], live))
    assert list(found) == ["calendar.ics"]
    assert len(events_of(found["calendar.ics"])) == 40
    assert str(found["calendar.ics"]["X-WR-CALNAME"]) == "club"


def test_the_first_mail_holds_everything_in_one_calendar() -> None:
    issue = first_issue(offer(), [*many(3), Telling("z", "", CHOIR, 2, CHANGED_AT)])
    assert issue.subject == 'Calendar "club" of Pat Ünlü: 4 events'
    assert list(calendars(issue)) == ["calendar.ics"]
    assert "Import it into a new calendar of its own" in " ".join(issue.text.split())
    assert "EVENTS (4)" in issue.text


def test_the_first_mail_of_an_empty_share_says_that_there_is_nothing_yet() -> None:
    issue = first_issue(offer(), [])
    assert issue.files == ()
    assert "no events yet" in issue.text
    assert calendars(issue) == {}


def test_a_long_list_is_grouped_by_month_and_tells_each_event_once() -> None:
    issue = first_issue(offer(), many(200))
    lines = issue.text.splitlines()
    assert [line for line in lines if line.startswith("--- ")][:2] == ["--- January 2027 ---", "--- February 2027 ---"]
    assert all(lines.count(f"* Title{each:05}") == 1 for each in range(200))
    html = body_of(read_mail(plain_mail(issue, ENVELOPE)), "html")
    assert all(html.count(f"Title{each:05}<") == 1 for each in range(200))


def test_a_list_that_is_too_long_is_cut_with_a_count() -> None:
    live = many(300)
    assert "… and 50 more; they are in the attached calendar.ics." in first_issue(offer(), live).text
    assert "… and 50 more; they are in" in body_of(read_mail(plain_mail(first_issue(offer(), live), ENVELOPE)), "html")
    gone = [Telling(each.event_key, each.after, "", 2, CHANGED_AT) for each in live]
    text = " ".join(issue_of(gone, []).text.split())
    assert "… and 50 more were cancelled; the attached calendar.ics does not hold them any more." in text


def test_a_calendar_that_is_too_large_for_a_mail_holds_what_comes_next() -> None:
    notes = "DESCRIPTION:" + "x" * 8_000
    over = [
        telling("", event_text(n, *timed("20260901T1000", "20260901T1100", "Over", notes)), number=n) for n in range(9)
    ]
    coming = [
        telling("", event_text(n, *timed("20261201T1000", "20261201T1100", "Next", notes)), number=n)
        for n in range(10, 300)
    ]
    issue = first_issue(offer(), [*over, *coming])
    (file,) = issue.files
    assert 1_500_000 < len(file.content) <= 2_000_000
    assert b"SUMMARY:Over" not in file.content
    assert f"the next {file.content.count(b'BEGIN:VEVENT')} of 299 events" in " ".join(issue.text.split())


def test_files_that_are_too_large_for_a_reader_become_one_that_is_not() -> None:
    notes = "DESCRIPTION:" + "x" * 8_000
    live = [
        telling("", event_text(n, *timed("20261201T1000", "20261201T1100", "Next", notes)), number=n) for n in range(9)
    ]
    issue = news_issue(replace(offer(), most_bytes=50_000), live, live)
    assert issue is not None
    (file,) = issue.files
    assert file.name == "calendar.ics"
    assert len(file.content) <= 50_000
    assert "of 9 events, as many as one mail carries" in " ".join(issue.text.split())


def test_events_that_are_over_stand_at_the_end() -> None:
    over = [telling("", event_text(99, *timed("20261101T1000", "20261101T1100", "Gone by")), number=99)]
    lines = first_issue(offer(), [*over, *many(20)]).text.splitlines()
    assert lines.index("--- Already over ---") + 2 == lines.index("* Gone by")
    assert lines.index("* Gone by") > max(lines.index(f"* Title{each:05}") for each in range(20))


def test_a_change_that_is_too_long_for_one_line_takes_two() -> None:
    before, after = (
        event_text(1, *timed("20261201T1000", "20261201T1100", "Board", f"LOCATION:{place}" + " room" * 10))
        for place in ("First", "Second")
    )
    text = issue_of([telling(before, after)]).text
    rooms = " room" * 10
    assert f"  Place: First{rooms}\n    → Second{rooms}\n" in text


def test_the_page_for_a_mailing_list_has_no_way_to_leave() -> None:
    issue = issue_of()
    assert "leave" not in issue.text
    assert "mailto:" not in page_html(issue.page)


def test_nothing_new_makes_no_mail() -> None:
    assert news_issue(offer(), [telling(CHOIR, CHOIR)], []) is None


@pytest.mark.parametrize(
    ("tellings", "subject"),
    [
        (NEWS, 'Calendar "club": 1 new, 1 changed, 1 cancelled'),
        (NEWS[:1], 'Calendar "club": Choir, Tue, 24 Nov 2026 (new)'),
        (NEWS[1:2], 'Calendar "club": Board, Wed, 2 Dec 2026 (changed)'),
        (NEWS[2:], 'Calendar "club": Weihnachtsmarkt, Sat, 12 Dec 2026 (cancelled)'),
    ],
)
def test_the_subject_tells_people_what_it_is_about(tellings: tuple[Telling, ...], subject: str) -> None:
    assert read_mail(plain_mail(issue_of(tellings), ENVELOPE))["subject"] == subject


def test_the_header_says_that_it_is_automatic_and_how_to_leave() -> None:
    mail = read_mail(plain_mail(issue_of(), ENVELOPE))
    assert mail["auto-submitted"] == "auto-generated"
    assert mail["x-auto-response-suppress"] == "OOF, AutoReply, RN, NRN"
    assert mail["list-unsubscribe"] == f"<mailto:pat@example.org?subject=osync%20leave%20{WRITTEN_TOKEN}>"
    assert mail["list-unsubscribe-post"] is None
    assert mail["message-id"] == "<m1@example.org>"
    assert mail["to"] == "tester@example.org"
    assert mail["references"] == f"<{'s' * 26}@osync.invalid>"


def test_an_answer_to_a_mail_says_so() -> None:
    envelope = Envelope("Pat", "pat@example.org", "t@example.org", TOKEN, "s" * 26, "<m@example.org>", 0, answers=True)
    assert read_mail(plain_mail(issue_of(), envelope))["auto-submitted"] == "auto-replied"


def test_the_text_says_who_sends_it_why_and_how_to_leave() -> None:
    mail = read_mail(plain_mail(issue_of(), ENVELOPE))
    text = body_of(mail, "plain")
    words = " ".join(text.split())
    assert "Pat Ünlü <pat@example.org> shares this calendar with you by OSync" in words
    assert "you or Pat Ünlü asked for mails that can be read without OSync" in words
    assert f"\nosync leave {WRITTEN_TOKEN}\n<mailto:pat@example.org?subject=osync%20leave%20{WRITTEN_TOKEN}>\n" in text
    assert f'href="mailto:pat@example.org?subject=osync%20leave%20{WRITTEN_TOKEN}"' in body_of(mail, "html")


@pytest.mark.parametrize("make", [leave_confirmation, end_notice])
def test_the_last_mails_say_that_no_more_come_and_hold_no_token(make: object) -> None:
    raw = leave_confirmation(ENVELOPE, "club") if make is leave_confirmation else end_notice(ENVELOPE, "club")
    mail = read_mail(raw)
    assert "club" in mail["subject"]
    assert WRITTEN_TOKEN.encode() not in raw
    assert "any more" in mail.get_content() or "no more mails" in mail.get_content()
    assert mail["list-unsubscribe"] is None


def test_html_holds_nothing_that_a_title_could_run_or_load() -> None:
    evil = "<script>alert(1)</script><img src=https://e.example/x.png onerror=alert(1)>\\, \\\" ' &amp;"
    text = event_text(1, *timed("20261201T1000", "20261201T1100", evil, f"LOCATION:{evil}", f"DESCRIPTION:{evil}"))
    html = body_of(read_mail(plain_mail(issue_of([telling("", text)]), ENVELOPE)), "html")
    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;script&gt;" in html
    assert not any(re.search(r"src|background|url\(| on", tag) for tag in re.findall("<[^>]+>", html))
    assert set(re.findall(r'href="([^":]+):', html)) == {"mailto"}


def test_text_from_the_right_is_set_apart() -> None:
    text = event_text(1, *timed("20261201T1000", "20261201T1100", "اجتماع 3", "LOCATION:בית הכנסת"))
    mail = read_mail(plain_mail(issue_of([telling("", text)]), ENVELOPE))
    assert f"* {FSI}اجتماع 3{PDI}\n" in body_of(mail, "plain")
    assert '<bdi dir="auto">בית הכנסת</bdi>' in body_of(mail, "html")
    assert isolated("Straßenchor 練習") == "Straßenchor 練習"


def test_long_lines_are_broken_where_their_script_allows() -> None:
    assert wrapped("one two three", "- ", "  ", width=9) == ["- one two", "  three"]
    assert wrapped("練習練習、練習", "", "", width=8) == ["練習練", "習、練習"]
    assert wrapped("x" * 20, "* ", "  ", width=12) == ["* xxxxxxxxxx", "  xxxxxxxxxx"]
    assert wrapped("see https://example.org/" + "a" * 30, width=20) == ["see", "https://example.org/" + "a" * 30]
    assert wrapped("") == [""]
    assert wrapped(f"{FSI}aaa bbb{PDI}", width=4) == [f"{FSI}aaa{PDI}", f"{FSI}bbb{PDI}"]


titles = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\\;,\u2028\u2029\u0085"), max_size=250
)


@settings(max_examples=60, deadline=None)
@given(titles, titles)
def test_no_line_is_wider_than_a_mail_window_and_every_file_is_valid(title: str, place: str) -> None:
    text = event_text(1, *timed("20261201T1000", "20261201T1100", title, f"LOCATION:{place}"))
    issue = issue_of([telling("", text)])
    calendars(issue)
    assert all(
        columns(line) <= WIDTH for line in issue.text.splitlines() if "://" not in line and "mailto:" not in line
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 400)), min_size=1, max_size=30))
def test_every_event_that_differs_appears_exactly_once(events: list[tuple[bool, bool, int]]) -> None:
    tellings, expected = [], 0
    for number, (was, is_there, month) in enumerate(events):
        day = f"{2026 + month // 12 % 30}{month % 12 + 1:02}15"
        before = event_text(number, *timed(f"{day}T1000", f"{day}T1100", f"Title{number:05}")) if was else ""
        after = event_text(number, *timed(f"{day}T1200", f"{day}T1300", f"Title{number:05}")) if is_there else ""
        expected += before != after
        tellings.append(Telling(f"k{number:025}", before, after, 3, CHANGED_AT))
    issue = news_issue(offer(), tellings, [each for each in tellings if each.after])
    lines = issue.text.splitlines() if issue else []
    assert len([line for line in lines if line.startswith("* Title")]) == expected
    assert len({line for line in lines if line.startswith("* Title")}) == expected


@pytest.mark.parametrize("wish", list(Wish))
def test_a_wish_is_read_back_from_its_subject(wish: Wish) -> None:
    assert wish_subject(wish, TOKEN) == f"osync {wish.value} {WRITTEN_TOKEN}"
    assert wish_in(f"Subject: {wish_subject(wish, TOKEN)}\r\n\r\n".encode()) == WrittenWish(wish, TOKEN)


WISH = f"osync leave {WRITTEN_TOKEN}"


@pytest.mark.parametrize(
    "subject",
    [
        f"Re: {WISH}",
        f"AW: Re: AW: {WISH}",
        f"[EXTERN] {WISH}",
        f"  {WISH}  ",
        WISH.upper(),
        WISH.replace(" ", "   "),
        WISH.replace(" ", "\r\n "),
        WISH.replace(" ", "\r\n\t"),
        WISH.replace(" ", "%20"),
        WISH.replace(" ", "+"),
        f"=?utf-8?B?{base64.b64encode(WISH.encode()).decode()}?=",
        f"=?UTF-8?Q?{WISH.replace(' ', '_')}?=",
        f"=?utf-8*en?q?osync_leave_{WRITTEN_TOKEN[:10]}?=\r\n =?iso-8859-1?q?{WRITTEN_TOKEN[10:]}?=",
        f"{WISH} (was: {WISH})",
    ],
)
def test_a_wish_survives_what_mail_programs_do_to_subjects(subject: str) -> None:
    assert wish_in(f"From: x\r\nSubject: {subject}\r\nTo: y\r\n\r\n".encode()) == WrittenWish(Wish.LEAVE, TOKEN)


@pytest.mark.parametrize(
    "mail",
    [
        b"",
        b"Subject: Calendar update\r\n\r\n",
        f"Subject: hello\r\n\r\n{WISH}".encode(),
        f"X-Subject: {WISH}\r\n\r\n".encode(),
        f"Subject: {WISH}a\r\n\r\n".encode(),
        f"Subject: x{WISH}\r\n\r\n".encode(),
        f"Subject: {WISH[:-1]}\r\n\r\n".encode(),
        f"Subject: osync forget {WRITTEN_TOKEN}\r\n\r\n".encode(),
        f"Subject: {WISH} osync plain {WRITTEN_TOKEN}\r\n\r\n".encode(),
        f"Subject: {WISH} osync leave {'b' * 26}\r\n\r\n".encode(),
        b"Subject: =?no-such-charset?b?" + base64.b64encode(WISH.encode()) + b"?=\r\n\r\n",
        b"Subject: =?utf-8?b?!!!!=?=\r\n\r\n",
        f"Subject: {'x ' * 2000}{WISH}\r\n\r\n".encode(),
    ],
)
def test_anything_else_is_no_wish(mail: bytes) -> None:
    assert wish_in(mail) is None


def test_a_subject_is_decoded() -> None:
    assert subject_of(b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= an =?x?q?alle?=\r\n\r\n") == "Grüße an =?x?q?alle?="


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reading_of_subjects(raw: bytes) -> None:
    assert wish_in(b"Subject: " + raw) is None


def test_a_wish_is_a_link_that_every_address_survives() -> None:
    way = way_to_wish(Wish.PLAIN, TOKEN, "pat+x&y?z@example.org")
    assert way.link == f"mailto:pat%2Bx%26y%3Fz@example.org?subject=osync%20plain%20{WRITTEN_TOKEN}"
    with pytest.raises(ConfigurationError):
        way_to_wish(Wish.PLAIN, TOKEN, "pat@example.org\r\nBcc: eve@example.org")


BREAKS = ("\r\nBcc: eve@example.org", "\nX: y", "\0", "\r")


@pytest.mark.parametrize(("field", "text"), list(product(("name", "share", "title"), BREAKS)))
def test_no_name_or_title_can_begin_a_header_field(field: str, text: str) -> None:
    title = (
        f"Choir{text}".replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\n") if field == "title" else "Choir"
    )
    tellings = [telling("", event_text(1, *timed("20261201T1000", "20261201T1100", title)))]
    issue = news_issue(offer(f"club{text}" if field == "share" else "club"), tellings, ())
    assert issue is not None
    if field == "name":
        bad = Envelope(f"Pat{text}", "pat@example.org", "t@example.org", TOKEN, "s", "<m@example.org>", 0)
        with pytest.raises(ConfigurationError):
            plain_mail(issue, bad)
        return
    mail = read_mail(plain_mail(issue, ENVELOPE))
    assert mail["bcc"] is None
    assert mail["x"] is None


@pytest.mark.parametrize("reader", ["eve@example.org\r\nBcc: x@example.org", "a, b", ""])
def test_a_reader_whose_address_cannot_stand_in_a_mail_is_refused(reader: str) -> None:
    with pytest.raises(RecipientRefusedError):
        plain_mail(issue_of(), Envelope("Pat", "pat@example.org", reader, TOKEN, "s", "<m@example.org>", 0))


@pytest.mark.parametrize(
    ("subject", "thread", "more"),
    [("a\r\nb", "s", ()), ("a", "s\r\nX: y", ()), ("a", "s", ("X: y\r\nZ: w",)), ("a", "s", ("ü",))],
)
def test_a_broken_header_is_a_fault_of_ours_and_not_sent(subject: str, thread: str, more: tuple[str, ...]) -> None:
    heading = Heading("Pat", "p@example.org", ("t@example.org",), subject, "auto-generated", thread, "<m@x>", 0, more)
    with pytest.raises(OSyncError):
        header(heading)


def test_every_line_of_a_mail_is_short_ascii_with_its_line_end() -> None:
    raw = plain_mail(first_issue(offer("Straßenchor " * 5), [*many(50), NEWS[2]]), ENVELOPE) if NEWS[2].after else b""
    raw = raw or plain_mail(first_issue(offer("Straßenchor " * 5), many(50)), ENVELOPE)
    assert raw.isascii()
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert b"\n" not in raw.replace(b"\r\n", b"")


def test_the_owner_may_have_no_name() -> None:
    bare = offer().__class__("club", Organizer("", "pat@example.org"), (), NOW)
    issue = news_issue(bare, NEWS, ())
    assert issue is not None
    assert "pat@example.org shares this calendar" in " ".join(issue.text.split())
    assert ORGANIZER.name not in issue.text
