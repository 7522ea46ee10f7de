"""Canonical texts of events as subscribers without OSync are told about, put together from the lines that matter."""

import base64
import email
import email.policy
from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import EmailMessage

from osync.ical.zones import ZoneText
from osync.message.news import News, Telling, news_of
from osync.message.news_page import Line, Notice
from osync.message.news_words import Setting, notice_of
from osync.message.plain_issue import Offer
from osync.message.published import Organizer

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CHANGED_AT = 1_795_424_400
ORGANIZER = Organizer("Pat Ünlü", "pat@example.org")
HOME = "Europe/Berlin"


def uid_of(number: int) -> str:
    return "osync-" + base64.b32encode(number.to_bytes(20, "big")).decode().lower()


def event_text(number: int, *lines: str, overrides: Sequence[Sequence[str]] = ()) -> str:
    """Give the canonical text of one event: the lines of its series, if any, and of its overrides."""
    out = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//OSync//share 1//EN"]
    for component in (lines, *overrides):
        if component:
            out += ["BEGIN:VEVENT", f"UID:{uid_of(number)}", "DTSTAMP:19700101T000000Z", *component, "END:VEVENT"]
    return "\n".join([*out, "END:VCALENDAR", ""])


def timed(start: str, end: str, title: str = "Choir", *more: str, zone: str = HOME) -> tuple[str, ...]:
    """Give the lines of an event in a zone, its times without seconds: "20261201T1930"."""
    named = f";TZID={zone}:" if zone not in ("", "UTC") else ":"
    mark = "Z" if zone == "UTC" else ""
    return (f"DTSTART{named}{start}00{mark}", f"DTEND{named}{end}00{mark}", f"SUMMARY:{title}", *more)


def days(first: str, beyond: str, title: str = "Holidays", *more: str) -> tuple[str, ...]:
    """Give the lines of an event of whole days."""
    return (f"DTSTART;VALUE=DATE:{first}", f"DTEND;VALUE=DATE:{beyond}", f"SUMMARY:{title}", *more)


def weekly(*more: str, title: str = "Choir") -> tuple[str, ...]:
    """Give the lines of a series on Tuesdays since September."""
    return timed("20260901T1930", "20260901T2100", title, "RRULE:FREQ=WEEKLY;BYDAY=TU", *more)


def moved(day: str, start: str, end: str, *more: str, title: str = "Choir") -> tuple[str, ...]:
    """Give the lines of an override of one of these Tuesdays."""
    return (f"RECURRENCE-ID;TZID={HOME}:{day}T193000", *timed(start, end, title, *more))


def telling(before: str, after: str, *, number: int = 1, count: int = 2) -> Telling:
    return Telling(f"k{number:025}", before, after, count, CHANGED_AT)


def one_news(before: str, after: str, zones: Sequence[ZoneText] = ()) -> News:
    (found,) = news_of([telling(before, after)], zones)
    return found


def notice(before: str, after: str, zones: Sequence[ZoneText] = (), home: str = HOME) -> Notice:
    return notice_of(one_news(before, after, zones), Setting(NOW, home))


def said(line: Line) -> str:
    """Give a line as one sentence."""
    label = f"{line.label}: " if line.label else ""
    return f"{label}{line.old} → {line.new}" if line.old is not None else f"{label}{line.new}"


def lines_of(before: str, after: str, zones: Sequence[ZoneText] = (), home: str = HOME) -> list[str]:
    return [said(line) for line in notice(before, after, zones, home).lines]


def offer(name: str = "club", zones: tuple[ZoneText, ...] = ()) -> Offer:
    return Offer(name, ORGANIZER, zones, NOW)


def read_mail(raw: bytes) -> EmailMessage:
    found = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    assert not found.defects
    return found


def body_of(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    text: str = part.get_content()
    return text.replace("\r\n", "\n")
