"""What a mail to people without OSync says, for `osync open`: its text, and the events of its calendar files."""

import re
from collections.abc import Iterator

from osync.errors import MessageTooLargeError, SkipEventError
from osync.ical.event import read_events
from osync.ical.shown import shown_event
from osync.ical.texts import clean_line, cut_text
from osync.message.header import read_header
from osync.message.parts import leaves

_CALENDAR = "text/calendar"
_METHOD = re.compile(rb"^METHOD:([A-Z]{1,20})\s", re.MULTILINE)
_MAX_LINES = 200
_MAX_EVENTS = 200
_LINE_CHARACTERS = 300


def describe_published(mail: bytes) -> list[str]:
    """Give the text and the events of a mail of OSync or with calendar files; nothing for any other mail."""
    try:
        parts = list(leaves(mail))
    except MessageTooLargeError:
        return []
    files = [part.content for part in parts if part.kind == _CALENDAR]
    if not files and not read_header(mail).first("x-osync"):
        return []
    lines = ["", "A mail to people without OSync."]
    text = next((part.content for part in parts if part.kind in ("", "text/plain")), b"")
    lines += [
        "",
        *(cut_text(clean_line(line), _LINE_CHARACTERS) for line in text.decode("utf-8", "replace").splitlines()),
    ]
    for content in files:
        lines += _file(content)
    return lines[: _MAX_LINES + _MAX_EVENTS]


def _file(content: bytes) -> Iterator[str]:
    try:
        found = read_events(content)
    except SkipEventError as error:
        yield f"Calendar:   it cannot be read: {clean_line(str(error))}"
        return
    method = _METHOD.search(content)
    does = f", {method[1].decode()}" if method else ""
    yield f"Calendar:   {len(found.events)} event{'' if len(found.events) == 1 else 's'}{does}"
    for event in found.events[:_MAX_EVENTS]:
        shown = shown_event(event)
        yield f"            {shown.first}  {cut_text(clean_line(shown.title), _LINE_CHARACTERS) or '(no title)'}"
