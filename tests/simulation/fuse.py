"""A fuse that ends an OSync at any commit or call, as a power failure would."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from simulation.post_office import Mailbox

from osync.calendars.base import Capabilities, EventRef, StoredEvent
from osync.calendars.memory import MemoryCalendar
from osync.ical.event import Event
from osync.mailboxes.base import IncomingMail, OutgoingMail, Refusal

T = TypeVar("T")


class Killed(BaseException):
    """The program was ended here."""


@dataclass
class Fuse:
    """Counts the steps of a program and ends it at step number `at`; 0 never."""

    at: int = 0
    steps: int = 0

    def step(self, _name: str = "") -> None:
        self.steps += 1
        if self.steps == self.at:
            raise Killed

    def around(self, act: Callable[[], T]) -> T:
        """Do something that the world notices, with a step before and a step after it."""
        self.step()
        done = act()
        self.step()
        return done


@dataclass(frozen=True, slots=True)
class FusedCalendar:
    """A calendar whose calls can be the last thing that a program does."""

    real: MemoryCalendar
    fuse: Fuse

    @property
    def capabilities(self) -> Capabilities:
        return self.real.capabilities

    def refs(self) -> Iterator[EventRef]:
        self.fuse.step()
        return self.real.refs()

    def read(self, handles: Iterable[str]) -> Iterator[StoredEvent]:
        self.fuse.step()
        return self.real.read(list(handles))

    def create(self, event: Event) -> EventRef:
        return self.fuse.around(lambda: self.real.create(event))

    def replace(self, ref: EventRef, event: Event) -> EventRef:
        return self.fuse.around(lambda: self.real.replace(ref, event))

    def delete(self, ref: EventRef) -> None:
        self.fuse.around(lambda: self.real.delete(ref))


@dataclass(frozen=True, slots=True)
class FusedMailbox:
    """A mailbox whose calls can be the last thing that a program does."""

    real: Mailbox
    fuse: Fuse

    def send(self, mail: OutgoingMail) -> tuple[Refusal, ...]:
        return self.fuse.around(lambda: self.real.send(mail))

    def pending(self) -> Iterator[IncomingMail]:
        self.fuse.step()
        return self.real.pending()

    def settle(self, handle: str) -> None:
        self.fuse.around(lambda: self.real.settle(handle))
