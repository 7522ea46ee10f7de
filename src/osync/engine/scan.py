"""Read what changed in a calendar that shares are made from; the cost follows the change, not the calendar.

It decides nothing about shares and writes nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from osync.calendars.base import Calendar
from osync.ical.event import Event
from osync.ledger.sources import Sources


@dataclass(frozen=True, slots=True)
class Place:
    """One place as it was read: its version, its events by UID, and the sentence about what could not be read."""

    handle: str
    version: str
    events: Mapping[str, Event]
    problem: str


@dataclass(frozen=True, slots=True)
class Scan:
    """What changed since the last sync.

    `events` are the readable events of the places that were read, by UID; of a UID at several places the first place by
    name counts, and `duplicates` says so. `touched` are all UIDs that lie or lay at one of these places, `uncertain`
    those among them that could not be read and must not be taken for gone.
    """

    places: tuple[Place, ...] = ()
    vanished: tuple[str, ...] = ()
    events: Mapping[str, Event] | None = None
    touched: tuple[str, ...] = ()
    uncertain: frozenset[str] = frozenset()
    duplicates: tuple[str, ...] = ()
    places_before: int = 0
    places_now: int = 0


def scan_calendar(sources: Sources, name: str, calendar: Calendar, today: date, *, everything: bool) -> Scan:
    """Compare the calendar with what the ledger knows of it, and read what is new, changed, or due by its date.

    `everything` reads every place. Raises what the calendar raises; then nothing is known and nothing may be deleted.
    """
    known = sources.versions(name)
    listed = {ref.handle: ref.version for ref in calendar.refs()}
    changed = {handle for handle, version in listed.items() if everything or known.get(handle) != version}
    changed.update(handle for handle in sources.to_recheck(name, today.isoformat()) if handle in listed)
    vanished = known.keys() - listed.keys()
    if not changed and not vanished:
        return Scan(places_before=len(known), places_now=len(listed))
    before = _uids_before(sources, name, changed | vanished) if known else {}
    places = {place.handle: place for place in _read(calendar, changed)}
    touched = {uid for uids in before.values() for uid in uids} | {
        uid for each in places.values() for uid in each.events
    }
    if known and len(changed) < len(listed):
        elsewhere = {handle for uid in touched for handle in sources.places_of(name, uid)} - changed - vanished
        places.update({place.handle: place for place in _read(calendar, elsewhere)})
    events, duplicates = _first_places(places, touched)
    return Scan(
        places=tuple(places[handle] for handle in sorted(places)),
        vanished=tuple(sorted(vanished)),
        events=events,
        touched=tuple(sorted(touched)),
        uncertain=frozenset(_unreadable(before, places, vanished)) - events.keys(),
        duplicates=duplicates,
        places_before=len(known),
        places_now=len(listed),
    )


def _uids_before(sources: Sources, name: str, handles: set[str]) -> dict[str, set[str]]:
    before: dict[str, set[str]] = {}
    for source in sources.at(name, handles):
        before.setdefault(source.handle, set()).add(source.uid)
    return before


def _read(calendar: Calendar, handles: Iterable[str]) -> Iterator[Place]:
    """Read places; one that vanishes meanwhile is left out and found missing by the next sync."""
    handle, version, events, problems = "", "", dict[str, Event](), list[str]()
    for stored in calendar.read(sorted(handles)):
        if stored.ref.handle != handle:
            if handle:
                yield Place(handle, version, events, " ".join(problems))
            handle, version, events, problems = stored.ref.handle, stored.ref.version, {}, []
        if stored.event:
            events[stored.event.uid] = stored.event
        elif stored.problem:
            problems.append(stored.problem)
    if handle:
        yield Place(handle, version, events, " ".join(problems))


def _first_places(places: Mapping[str, Place], touched: set[str]) -> tuple[dict[str, Event], tuple[str, ...]]:
    events: dict[str, Event] = {}
    first: dict[str, str] = {}
    duplicates = []
    for handle in sorted(places):
        for uid, event in places[handle].events.items():
            if uid in events:
                duplicates.append(
                    f"{handle} holds an event with the same UID as {first[uid]}; only the latter is shared."
                )
            elif uid in touched:
                events[uid], first[uid] = event, handle
    return events, tuple(duplicates)


def _unreadable(before: Mapping[str, set[str]], places: Mapping[str, Place], vanished: Iterable[str]) -> Iterator[str]:
    """Give the UIDs that lay at places that are still listed and could not be read, or not in full."""
    for handle in before.keys() - set(vanished):
        if handle not in places or places[handle].problem:
            yield from before[handle]
