"""A calendar in memory: for tests, simulations and rehearsals; it loses nothing and keeps nothing after the process ends."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from osync.calendars.base import Capabilities, EventRef, StoredEvent
from osync.errors import CalendarUnusableError, EventChangedError, EventExistsError, EventRefusedError
from osync.ical.event import Event


@dataclass(frozen=True, slots=True)
class _Place:
    """What lies at one handle."""

    version: str
    events: tuple[Event, ...]
    problem: str


class MemoryCalendar:
    """A calendar that knows the whole of itself: a UID is refused wherever it lies."""

    def __init__(self, *, writable: bool = True) -> None:
        self._writable = writable
        self._places: dict[str, _Place] = {}
        self._versions = 0

    @property
    def capabilities(self) -> Capabilities:
        """Tell that nothing is lost."""
        return Capabilities(writable=self._writable, keeps_uid=True, keeps_unknown_properties=True)

    def put(self, handle: str, *events: Event, problem: str = "") -> EventRef:
        """Lay events at one place, as another program or a user would, whatever was there."""
        self._versions += 1
        self._places[handle] = _Place(str(self._versions), events, problem)
        return EventRef(handle, str(self._versions))

    def remove(self, handle: str) -> None:
        """Take away what lies at a place, as another program or a user would."""
        self._places.pop(handle, None)

    def refs(self) -> Iterator[EventRef]:
        """List every place, the oldest first."""
        return iter([EventRef(handle, place.version) for handle, place in self._places.items()])

    def read(self, handles: Iterable[str]) -> Iterator[StoredEvent]:
        """Read what lies at `handles`; a vanished handle is left out."""
        for handle in handles:
            if place := self._places.get(handle):
                ref = EventRef(handle, place.version)
                yield from (StoredEvent(ref, event) for event in place.events)
                if place.problem or not place.events:
                    yield StoredEvent(ref, None, place.problem)

    def create(self, event: Event) -> EventRef:
        """Write a new event. EventExistsError if its UID lies anywhere, or its handle is taken."""
        self._check_writable()
        for handle, place in self._places.items():
            if handle == event.uid or any(there.uid == event.uid for there in place.events):
                raise EventExistsError(f"An event with the UID {event.uid} is there already.", handle=handle)
        return self.put(event.uid, event)

    def replace(self, ref: EventRef, event: Event) -> EventRef:
        """Write a new version of the event at `ref`. EventChangedError, EventRefusedError for an event of another UID."""
        self._check_writable()
        place = self._places.get(ref.handle)
        if place is None:
            raise EventChangedError(f"{ref.handle} has vanished.")
        self._check_alone(ref, place)
        if place.events[0].uid != event.uid:
            raise EventRefusedError(f"{ref.handle} holds an event with another UID.")
        return self.put(ref.handle, event)

    def delete(self, ref: EventRef) -> None:
        """Delete the event at `ref`; silent if it is gone. EventChangedError."""
        self._check_writable()
        if place := self._places.get(ref.handle):
            self._check_alone(ref, place)
            self.remove(ref.handle)

    def _check_writable(self) -> None:
        if not self._writable:
            raise CalendarUnusableError("The calendar is read-only.", unharmed="Nothing was written.")

    def _check_alone(self, ref: EventRef, place: _Place) -> None:
        if place.version != ref.version:
            raise EventChangedError(f"{ref.handle} was changed meanwhile. It was left alone.")
        if len(place.events) != 1 or place.problem:
            raise EventChangedError(f"{ref.handle} holds more than this event. It was left alone.")
