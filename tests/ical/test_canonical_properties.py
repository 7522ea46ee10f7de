"""What must hold for any event and any text (protocol P13, P15)."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st
from ical.samples import UID, calendar, component

from osync.errors import EventRefusedError, EventUnreadableError
from osync.ical.bodies import View
from osync.ical.canonical import canonical_text, rebuild
from osync.ical.content import Body, EventContent, Moment, Override, Rule, RulePart, Status
from osync.ical.event import read_events
from osync.ical.limits import check_content
from osync.ical.reading import in_order, read_content
from osync.ical.texts import clean_text, cut_text, is_web_address

ZONES = st.sampled_from(["", "UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu"])
TIMES = st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1)).map(lambda moment: moment.replace(microsecond=0))
DAYS = st.dates(date(1971, 1, 1), date(2200, 1, 1))
ANY_TEXT = st.text(st.characters(codec="utf-8"), max_size=60)
TEXTS = ANY_TEXT.map(clean_text)
URLS = st.sampled_from(["", "https://example.org/a,b;c\u00e4?x=1"])


@st.composite
def bodies(draw: st.DrawFn, start: Moment) -> Body:
    length = draw(st.integers(0, 300))
    if start.is_date:
        end: Moment | None = Moment(start.day + timedelta(days=length + 1))
    else:
        end = Moment(start.time + timedelta(minutes=length), start.zone) if length else None
    return Body(
        start=start,
        end=end,
        title=draw(TEXTS),
        place=draw(TEXTS),
        notes=draw(TEXTS),
        url=draw(URLS),
        status=draw(st.sampled_from(Status)),
        transparent=draw(st.booleans()),
    )


@st.composite
def rules(draw: st.DrawFn, start: Moment) -> Rule:
    until = None
    count = draw(st.none() | st.integers(1, 3500))
    if count is None and draw(st.booleans()):
        until = Moment(draw(DAYS)) if start.is_date else Moment(draw(TIMES), "UTC" if start.zone else "")
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    by = []
    if draw(st.booleans()):
        by.append(RulePart("BYDAY", ("MO", "FR") if frequency in ("DAILY", "WEEKLY") else ("-1MO", "WE", "2FR")))
    if draw(st.booleans()):
        by.append(RulePart("BYMONTH", ("2", "11")))
    week_start = draw(st.sampled_from(["MO", "SU"]))
    return Rule(frequency, until, count, draw(st.integers(1, 1000)), tuple(by), week_start)


@st.composite
def contents(draw: st.DrawFn) -> EventContent:
    whole_days, zone = draw(st.booleans()), draw(ZONES)

    def moment() -> Moment:
        return Moment(draw(DAYS)) if whole_days else Moment(draw(TIMES), zone)

    def moments(most: int) -> tuple[Moment, ...]:
        return in_order(moment() for _ in range(draw(st.integers(0, most))))

    series = draw(bodies(moment())) if draw(st.booleans()) else None
    instances = moments(4)
    if series is None and not instances:
        instances = (moment(),)
    return EventContent(
        uid=UID,
        series=series,
        rule=draw(st.none() | rules(series.start)) if series else None,
        additions=moments(3) if series else (),
        exclusions=moments(3) if series else (),
        overrides=tuple(Override(instance, draw(bodies(moment()))) for instance in instances),
    )


@given(contents())
def test_what_is_written_is_read_back_as_it_was(content: EventContent) -> None:
    check_content(content)
    text = canonical_text(content)
    assert rebuild(text, ()) == content
    assert canonical_text(rebuild(text, ())) == text


@given(contents())
def test_the_owners_reader_understands_the_canonical_text_alike(content: EventContent) -> None:
    """A copy that somebody shares on by hand must not change on the way."""
    (event,) = read_events(canonical_text(content).encode()).events
    read = replace(read_content(event, lambda _: View(as_written=True)), uid=UID)
    assume(not content.series or all(each.body.start != each.instance for each in content.overrides))
    if content.series and content.rule is None:
        # The start is an instance anyway, so naming it again says nothing.
        content = replace(content, additions=tuple(each for each in content.additions if each != content.series.start))
    assert read == content


PIECES = st.sampled_from(
    [
        *("BEGIN:VCALENDAR\n", "END:VCALENDAR\n", "BEGIN:VEVENT\n", "END:VEVENT\n", "BEGIN:VALARM\n", "END:VALARM\n"),
        *(f"UID:{UID}\n", "DTSTART:20260101T000000Z\n", "DTSTART;VALUE=DATE:20260101\n", "DTEND:20260101T010000Z\n"),
        *(
            "RRULE:FREQ=DAILY;COUNT=",
            "RECURRENCE-ID:",
            "EXDATE:",
            "RDATE;VALUE=PERIOD:",
            "DURATION:P",
            ";TZID=",
            "99991231",
        ),
        *(
            "TZID=Europe/Berlin:",
            "00010101T000000",
            "\\",
            ",",
            ";",
            ":",
            "=",
            '"',
            "\n",
            " ",
            "T",
            "Z",
            "9" * 30,
            "\ud800",
        ),
    ]
)


@given(st.lists(PIECES | st.text(max_size=5), max_size=40).map("".join))
def test_no_received_text_does_more_than_be_refused(text: str) -> None:
    whole = f"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:{UID}\nDTSTART:20260101T000000Z\n{text}\nEND:VEVENT\nEND:VCALENDAR\n"
    for each in (text, whole):
        try:
            content = rebuild(each, ())
        except EventRefusedError:
            continue
        written = canonical_text(content)
        assert canonical_text(rebuild(written, ())) == written


@given(st.lists(PIECES | st.text(max_size=5), max_size=40).map("".join))
def test_no_calendar_text_does_more_than_be_refused(text: str) -> None:
    whole = calendar(*component("DTSTART:20260101T000000Z")).replace(
        b"DTSTART", text.encode(errors="replace") + b"\nDTSTART"
    )
    try:
        events = read_events(whole).events
    except EventUnreadableError:
        return
    for event in events:
        try:
            read_content(event, lambda _: View())
        except EventRefusedError:
            continue


@given(ANY_TEXT | st.text(max_size=60))
def test_clean_text_is_clean_and_can_be_encoded(text: str) -> None:
    clean = clean_text(text)
    assert clean_text(clean) == clean
    assert clean.encode().decode() == clean
    assert not set(clean) & set("\r\t\x00\u202e\u200f\ufeff")
    assert len(cut_text(clean, 10)) <= 10


@given(ANY_TEXT)
def test_a_web_address_is_one_line_without_blanks(text: str) -> None:
    address = f"https://{text}"
    assert not is_web_address(address) or len(address.split()) == 1
