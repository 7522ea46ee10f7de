"""The interface of a calendar: one place that holds events. Knows nothing of shares, mail or the ledger."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from osync.ical.event import Event


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a calendar loses or refuses."""

    writable: bool
    keeps_uid: bool
    keeps_unknown_properties: bool


@dataclass(frozen=True, slots=True)
class EventRef:
    """Where an event lies (`handle`, unique in its calendar) and which `version` of it; both opaque, compared for equality only.

    Equal versions of one handle mean equal content. Different versions may still mean equal content.
    """

    handle: str
    version: str


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One event as it lies in a calendar, or, with `event` None, the `problem` that keeps it from being read.

    Several of them may carry the same `ref`: one file may hold the events of several UIDs. A place that holds no event
    at all (a task, say) is one StoredEvent without event and without problem.
    """

    ref: EventRef
    event: "Event | None"
    problem: str = ""


class Calendar(Protocol):
    """One calendar that holds events."""

    @property
    def capabilities(self) -> Capabilities:
        """Tell what this calendar loses or refuses."""
        ...

    def refs(self) -> Iterator[EventRef]:
        """List every place that holds events, without reading content, in any order.

        Raises CalendarUnusableError or CalendarUnavailableError rather than listing only a part.
        """
        ...

    def read(self, handles: Iterable[str]) -> Iterator[StoredEvent]:
        """Read what lies at `handles`, all of one handle together; a vanished handle is left out."""
        ...

    def create(self, event: "Event") -> EventRef:
        """Write a new event. EventExistsError if its UID or place is taken, EventRefusedError if it cannot be held.

        A calendar that would have to read everything to know its UIDs counts a UID as taken when its place is.
        """
        ...

    def replace(self, ref: EventRef, event: "Event") -> EventRef:
        """Write a new version of the event at `ref`; what it returns bears another version.

        EventChangedError if it is another version or gone, or shares its place; EventRefusedError if `event` has
        another UID or cannot be held. Then nothing was written.
        """
        ...

    def delete(self, ref: EventRef) -> None:
        """Delete the event at `ref`. EventChangedError if it is another version or shares its place; silent if it is gone."""
        ...


@runtime_checkable
class SettlesWrites(Protocol):
    """A calendar whose writes reach the disk only on demand."""

    def settle_writes(self) -> None:
        """Return when everything written so far survives a power failure."""
        ...


@runtime_checkable
class WritesTogether(Protocol):
    """A calendar whose writes are mostly waiting, so that several of them may run at a time."""

    @property
    def writes_at_once(self) -> int:
        """How many calls of `create`, `replace` and `delete` may run at a time, of different events, each in its thread."""
        ...


@runtime_checkable
class OffersCategories(Protocol):
    """A calendar whose program shows a list of categories to choose from."""

    def offer_category(self, name: str) -> None:
        """See that the list has a category of this name, whatever its capitals. Errors as `refs`."""
        ...


@runtime_checkable
class LiesInFolder(Protocol):
    """A calendar whose changes show in a folder of this computer."""

    @property
    def folder(self) -> Path:
        """The folder to watch."""
        ...


@runtime_checkable
class ReportsChanges(Protocol):
    """A calendar that can be asked at little cost whether anything is new, from any thread."""

    def has_changed(self) -> bool:
        """Tell whether anything differs from what this object saw when it was asked last; the first time False.

        Never touches the notebook. CalendarUnavailableError, CalendarUnusableError, SignInRefusedError.
        """
        ...


@runtime_checkable
class WaitsForChanges(Protocol):
    """A calendar that tells by itself when something happens, to one waiting thread."""

    def wait(self, seconds: float) -> bool:
        """Return True soon after something changed, False after `seconds` or an interruption. Errors as `refs`."""
        ...

    def interrupt(self) -> None:
        """End the waiting of another thread at once."""
        ...
