"""A copy as an event of the subscriber's own: another UID, no marker, none of the categories that would share it on."""

import hashlib
import uuid
from collections.abc import Collection, Iterator
from dataclasses import replace

from osync.ical.event import Event
from osync.ical.lines import Component, escape_text, line_name, parse_line, split_texts
from osync.ical.marker import MARKER_NAME


def own_uid(uid: str, number: int) -> str:
    """Give the UID of the event that a copy becomes; always the same for the same copy and number (RFC 7986 section 5.3)."""
    digest = hashlib.sha256(f"osync-own-1\0{uid}\0{number}".encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))


def own_event(copy: Event, uid: str, shared: Collection[str]) -> Event:
    """Give a copy as the user's own event; the categories `shared` are taken off, whatever their case."""
    unwanted = {_folded(category) for category in shared}
    components = tuple(
        replace(component, contents=tuple(_own_parts(component, uid, unwanted))) for component in copy.components
    )
    return replace(copy, uid=uid, components=components)


def _own_parts(component: Component, uid: str, unwanted: set[str]) -> Iterator[str | Component]:
    for part in component.contents:
        if isinstance(part, Component):
            yield part
            continue
        name = line_name(part)
        if name == "UID":
            yield f"UID:{uid}"
        elif name == "CATEGORIES":
            yield from _other_categories(part, unwanted)
        elif name != MARKER_NAME:
            yield part


def _other_categories(line: str, unwanted: set[str]) -> Iterator[str]:
    found = parse_line(line)
    categories = split_texts(found.value) if found else []
    kept = [category for category in categories if _folded(category) not in unwanted]
    if len(kept) == len(categories):
        yield line
    elif kept:
        yield "CATEGORIES:" + ",".join(map(escape_text, kept))


def _folded(category: str) -> str:
    return category.strip().casefold()
