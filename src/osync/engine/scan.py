"""Read the places of a shared calendar that changed; the cost follows the change, not the calendar.

It decides nothing about shares and writes nothing. One event at a time is in memory.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from osync.calendars.base import Calendar
from osync.engine.differences import Differences
from osync.ical.event import Event
from osync.ledger.sources import Sources


@dataclass(frozen=True, slots=True)
class Place:
    """One place as it was read: its version, the UIDs of its events, and the sentence about what could not be read."""

    handle: str
    version: str
    uids: tuple[str, ...]
    problem: str


@dataclass(frozen=True, slots=True)
class Scan:
    """What was read.

    `gone` are the UIDs that lay at one of the places before and lie nowhere now; `uncertain` those that could not be read
    and must not be taken for gone. `duplicates` are sentences. `deferred` are the places to look at again next time, and so are
    the `missed` ones, which did not change, were read because of others, and were not there.
    """

    places: tuple[Place, ...]
    gone: tuple[str, ...]
    uncertain: tuple[str, ...]
    duplicates: tuple[str, ...]
    deferred: frozenset[str]
    missed: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Loaded:
    """One place with its events."""

    place: Place
    events: tuple[Event, ...]


def scan_places(
    sources: Sources, name: str, calendar: Calendar, found: Differences, observe: Callable[[str, Event], None]
) -> Scan:
    """Read what differs, and call `observe` with the handle and each event that counts.

    Of a UID that lies at several places, the first place by name counts. Raises what the calendar raises.
    """
    before = _uids_at(sources, name, found.changed | found.vanished) if found.places_before else {}
    partial = bool(found.places_before) and len(found.changed) < len(found.listed)
    uids_before = {uid for uids in before.values() for uid in uids}
    elsewhere = {handle for uid in uids_before for handle in sources.places_of(name, uid)} if partial else set()
    places: list[Place] = []
    duplicates: list[str] = []
    seen: dict[str, str] = {}
    for loaded in _load(calendar, (found.changed | elsewhere) - found.vanished):
        handle = loaded.place.handle
        places.append(loaded.place)
        for event in loaded.events:
            first = seen.get(event.uid) or _earlier_place(sources, name, event.uid, handle, found, partial=partial)
            if first:
                duplicates.append(f"{handle} holds an event with the same UID as {first}; only the latter is shared.")
            else:
                seen[event.uid] = handle
                observe(handle, event)
    unseen = uids_before - seen.keys()
    held = {**_uids_at(sources, name, elsewhere), **before} if unseen else {}
    uncertain = set(_unreadable(held, places, found.vanished)) & unseen
    gone, deferred = unseen - uncertain, frozenset[str]()
    if gone and _has_unread_new_places(sources, name, found, places):
        # What is missing may have moved there; the next sync knows such a place, and takes what is still missing for gone.
        deferred = frozenset(handle for handle, uids in before.items() if uids & gone)
        gone, uncertain = set[str](), unseen
    missed = elsewhere - found.changed - found.vanished - {place.handle for place in places}
    return Scan(
        tuple(places), tuple(sorted(gone)), tuple(sorted(uncertain)), tuple(duplicates), deferred, frozenset(missed)
    )


def _has_unread_new_places(sources: Sources, name: str, found: Differences, places: list[Place]) -> bool:
    unread = found.changed - {place.handle for place in places if not place.problem}
    return bool(unread) and bool(unread - sources.versions(name).keys())


def _uids_at(sources: Sources, name: str, handles: Collection[str]) -> dict[str, set[str]]:
    before: dict[str, set[str]] = {}
    for source in sources.at(name, handles):
        before.setdefault(source.handle, set()).add(source.uid)
    return before


def _earlier_place(sources: Sources, name: str, uid: str, handle: str, found: Differences, *, partial: bool) -> str:
    """Give the place before `handle` by name that is as it was and holds the same UID, or ""."""
    others = sources.places_of(name, uid) if partial else []
    return next((other for other in others if other < handle and other not in found.changed | found.vanished), "")


def _load(calendar: Calendar, handles: Iterable[str]) -> Iterator[_Loaded]:
    """Read places by name; one that vanishes meanwhile is left out and found missing by the next sync."""
    version, events, problems, handle = "", list[Event](), list[str](), ""
    for stored in calendar.read(sorted(handles)):
        if stored.ref.handle != handle:
            if handle:
                yield _loaded(handle, version, events, problems)
            handle, version, events, problems = stored.ref.handle, stored.ref.version, [], []
        if stored.event:
            events.append(stored.event)
        elif stored.problem:
            problems.append(stored.problem)
    if handle:
        yield _loaded(handle, version, events, problems)


def _loaded(handle: str, version: str, events: list[Event], problems: list[str]) -> _Loaded:
    return _Loaded(Place(handle, version, tuple(event.uid for event in events), " ".join(problems)), tuple(events))


def _unreadable(before: Mapping[str, set[str]], places: list[Place], vanished: frozenset[str]) -> Iterator[str]:
    """Give the UIDs that lay at places that are still listed and could not be read, or not in full."""
    whole = {place.handle for place in places if not place.problem}
    for handle in before.keys() - vanished - whole:
        yield from before[handle]
