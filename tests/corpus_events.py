"""The events of the corpus as a share of everything would tell them, for tests and for the table of docs/corpus.md."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from corpus_files import corpus_root

from osync.errors import EventRefusedError, EventUnreadableError
from osync.ical.event import Event, read_events
from osync.ical.lines import Component, line_name
from osync.ical.privacy import Leaving, SharingRules, Staying, leaving
from osync.model import PrivacyLevel

CATEGORY = "Shared with everybody"
UID = "osync-" + "a" * 32
LONG_AGO, FAR_AWAY = date(1900, 1, 1), date(2199, 1, 1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one event: `parts` if it leaves, else the sentence why it stays or is refused."""

    event: Event
    parts: tuple[Leaving, ...]
    stays: str = ""
    refused: str = ""


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """What became of one file: the `refused` sentence of an unreadable one, else its events and problems."""

    events: tuple[Outcome, ...]
    problems: tuple[str, ...]
    refused: str = ""


def calendar_files() -> Sequence[Path]:
    """List every .ics file of the corpus; without it as `corpus_root` says."""
    return sorted(corpus_root().rglob("*.ics"))


def distinct_files() -> Sequence[Path]:
    """List the files of the corpus once for each content; projects copy test files from each other."""
    return tuple({hashlib.sha256(path.read_bytes()).digest(): path for path in reversed(calendar_files())}.values())[
        ::-1
    ]


def rules_for(level: PrivacyLevel, *, notes: bool = False) -> SharingRules:
    """Give the rules of a share that takes every event."""
    return SharingRules(CATEGORY, level, notes=notes)


def share_file(content: bytes, rules: SharingRules) -> FileOutcome:
    """Read a file and share each of its events, whatever its categories."""
    try:
        reading = read_events(content)
    except EventUnreadableError as error:
        return FileOutcome((), (), str(error))
    return FileOutcome(tuple(_share(event, rules) for event in reading.events), reading.problems)


def _share(event: Event, rules: SharingRules) -> Outcome:
    chosen = replace(event, components=tuple(map(_in_category, event.components)))
    try:
        found = leaving(chosen, rules, lambda part: UID, LONG_AGO, FAR_AWAY)
    except EventRefusedError as error:
        return Outcome(chosen, (), refused=str(error))
    return Outcome(chosen, (), stays=str(found.reason)) if isinstance(found, Staying) else Outcome(chosen, found)


def _in_category(component: Component) -> Component:
    return replace(component, contents=(*component.contents, f"CATEGORIES:{CATEGORY}"))


def dropped_values(event: Event) -> Iterator[str]:
    """Give every value of an event that no level lets out, if it is long enough to be known again."""
    yield event.uid
    for component in event.components:
        for part in component.contents:
            if isinstance(part, Component):
                yield from (found.value for found in part.properties("DESCRIPTION", "SUMMARY", "ATTACH"))
            elif line_name(part) in _NEVER or line_name(part).startswith("X-"):
                yield part.partition(":")[2]


_NEVER = frozenset(
    (
        *("ATTENDEE", "ORGANIZER", "CONTACT", "RESOURCES", "COMMENT", "ATTACH", "CONFERENCE", "IMAGE", "RELATED-TO"),
        *("REQUEST-STATUS", "STYLED-DESCRIPTION", "GEO", "CREATED", "CATEGORIES"),
    )
)
