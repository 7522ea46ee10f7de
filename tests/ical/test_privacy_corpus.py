"""The promises of privacy and of the canonical text, held against real files of other programs (protocol P14, P15)."""

import functools
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from corpus_events import FileOutcome, distinct_files, dropped_values, rules_for, share_file
from stopwatch import seconds

from osync.ical.canonical import canonical_text, rebuild
from osync.ical.copy import managed_fingerprint
from osync.ical.event import Event, read_events, write_event
from osync.ical.lines import Component, unescape_text
from osync.ical.texts import clean_text
from osync.model import PrivacyLevel

FILES = distinct_files()
SECONDS_A_FILE = 1.0
SHORTEST_SECRET = 8
TIMES = (
    "BEGIN:",
    "END:",
    "DTSTAMP:",
    "DTSTART",
    "DTEND",
    "RRULE:",
    "RDATE",
    "EXDATE",
    "RECURRENCE-ID",
    "STATUS:",
    "TRANSP:",
)


@functools.cache
def shared(path: Path, level: PrivacyLevel, *, notes: bool = False) -> FileOutcome:
    """Share a file once for all tests."""
    return share_file(path.read_bytes(), rules_for(level, notes=notes))


def test_every_file_ends_as_events_or_as_a_named_refusal_within_a_second() -> None:
    slow, silent = [], []
    for path in FILES:
        begin = time.process_time()
        outcome = share_file(path.read_bytes(), rules_for(PrivacyLevel.FULL, notes=True))
        if time.process_time() - begin > seconds(SECONDS_A_FILE):
            slow.append(path)
        reasons = [*outcome.problems, *(each.refused or each.stays for each in outcome.events if not each.parts)]
        if not all(len(reason.split()) > 2 for reason in reasons):
            silent.append(path)
    assert slow == []
    assert silent == []


@pytest.mark.parametrize("level", PrivacyLevel)
def test_what_leaves_is_read_back_as_it_was(level: PrivacyLevel) -> None:
    changed = [
        path
        for path in FILES
        for outcome in shared(path, level, notes=level is PrivacyLevel.FULL).events
        for part in outcome.parts
        if canonical_text(rebuild(part.text, part.zones)) != part.text
    ]
    assert changed == []


@pytest.mark.parametrize(
    ("level", "notes"),
    [(PrivacyLevel.FULL, False), (PrivacyLevel.FULL, True), (PrivacyLevel.TITLES, True), (PrivacyLevel.BUSY, True)],
)
def test_no_dropped_value_leaves(level: PrivacyLevel, notes: bool) -> None:
    leaks = [
        (path, secret)
        for path in FILES
        for outcome in shared(path, level, notes=notes).events
        for secret in _secrets(outcome.event, level, notes=notes)
        for part in outcome.parts
        if secret in _told(part.text)
    ]
    assert leaks == []


def _secrets(event: Event, level: PrivacyLevel, *, notes: bool) -> Iterator[str]:
    """Give what must not leave: dropped values, and texts that the level hides, unless an open text says the same."""
    open_texts = " ".join(map(_plain, _texts(event, _open_names(level, notes=notes)))).casefold()
    for value in (*dropped_values(event), *_texts(event, _hidden_names(level, notes=notes))):
        secret = _plain(value)
        if len(secret) >= SHORTEST_SECRET and secret.casefold() not in open_texts:
            yield secret


def _plain(value: str) -> str:
    return clean_text(unescape_text(value))


def _told(text: str) -> str:
    """Give what a text tells besides its times, whose zones and digits may be in a secret by chance."""
    return unescape_text("\n".join(line for line in text.split("\n") if not line.startswith(TIMES)))


def _open_names(level: PrivacyLevel, *, notes: bool) -> tuple[str, ...]:
    shown = {PrivacyLevel.FULL: ("SUMMARY", "LOCATION"), PrivacyLevel.TITLES: ("SUMMARY",), PrivacyLevel.BUSY: ()}[
        level
    ]
    return (*shown, "DESCRIPTION", "URL") if notes and level is PrivacyLevel.FULL else shown


def _hidden_names(level: PrivacyLevel, *, notes: bool) -> tuple[str, ...]:
    return tuple({"SUMMARY", "LOCATION", "DESCRIPTION", "URL"} - set(_open_names(level, notes=notes)))


def _texts(event: Event, names: tuple[str, ...]) -> Iterator[str]:
    if names:
        for component in event.components:
            yield from (found.value for found in component.properties(*names))


def test_a_program_that_writes_a_file_anew_changes_no_fingerprint() -> None:
    changed = []
    for path in FILES:
        for outcome in shared(path, PrivacyLevel.FULL).events:
            event = outcome.event
            again = read_events(write_event(event)).events[0]
            turned = Event(event.uid, tuple(_turned(each) for each in again.components), again.zones)
            if managed_fingerprint(turned) != managed_fingerprint(event):
                changed.append((path, event.uid))
    assert changed == []


def _turned(component: Component) -> Component:
    """Write a component in another order, with new stamps, as a server does."""
    single = [line for line in component.contents if isinstance(line, str)]
    kept = [line for line in single if not line.upper().startswith(("DTSTAMP", "SEQUENCE"))]
    names = [line.split(":")[0].split(";")[0].upper() for line in kept]
    doubled = {name for name in names if names.count(name) > 1}
    if doubled & {
        "DTSTART",
        "DTEND",
        "SUMMARY",
        "DESCRIPTION",
        "LOCATION",
        "URL",
        "STATUS",
        "DURATION",
        "RECURRENCE-ID",
    }:
        return component
    return Component(component.name, ("DTSTAMP:20300101T000000Z", *reversed(kept), "X-SERVER:1"))
