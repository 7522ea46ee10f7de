"""A second computer of the same person: an installation of its own that reads the same mail."""

import os
from collections.abc import Sequence

from engine.world import FusedMailbox, Person, Story

from osync.engine.exporting import Imported, export_identity, import_identity
from osync.mailboxes.base import Refusal
from osync.mailboxes.memory import MemoryPostOffice
from osync.message.identity import Identity, identities_from
from osync.message.identity_file import Hardness, read_identity_file, write_identity_file

QUICK = Hardness(log_n=10)
PASSWORD = "correct horse battery"


class SharedPostOffice(MemoryPostOffice):
    """Lays each mail for somebody into the mailbox of each of their computers, as an account that all of them read."""

    def __init__(self) -> None:
        super().__init__()
        self.computers: dict[str, list[str]] = {}

    def deliver(self, recipient: str, content: bytes) -> Refusal | None:
        for computer in self.computers.get(recipient, []):
            super().deliver(computer, content)
        return super().deliver(recipient, content)


class SharedStory(Story):
    """pat shares with tester; whoever has a second computer reads the same mail on both."""

    def __init__(self) -> None:
        super().__init__()
        self.shared = SharedPostOffice()
        self.office = self.shared
        self.pat = Person("pat", self.office, self.clock)
        self.tester = Person("tester", self.office, self.clock)

    def second(self, person: Person, *, same_calendar: bool = True) -> Person:
        """Give a fresh second computer of this person."""
        other = Person(person.name, self.office, self.clock)
        box = f"{person.name}@second"
        other.mailbox = FusedMailbox(self.office.mailbox(box), other.fuse)
        self.shared.computers.setdefault(person.address, []).append(box)
        if same_calendar:
            other.events = person.events
            other.calendar.real = person.events
        other._random = 1_000_000
        with other.ledger.transaction():
            other.ledger.set_setting("key_id", other.identity.public.key_id)
        return other


class KeyStore:
    """Keeps the keys of a person, with a step of the fuse before and after."""

    def __init__(self, person: Person) -> None:
        self._person = person
        self.secret = b"".join(key.to_bytes() for key in (person.identity, *person.identity.former))

    def keep(self, keys: Sequence[Identity]) -> None:
        self._person.fuse.step("before keeping")
        self.secret = b"".join(key.to_bytes() for key in keys)
        self._person.fuse.step("after keeping")

    def load(self) -> Identity:
        """Give the key that the ledger names, as a new process would."""
        keys = identities_from(self.secret)
        wished = self._person.ledger.setting("key_id")
        present = next(key for key in keys if wished in ("", key.public.key_id))
        return Identity(present.public, present.to_bytes(), tuple(key for key in keys if key is not present))


def carry(person: Person, other: Person) -> Imported:
    """Export the identity of a person into a file, and import it on another computer."""
    text = write_identity_file(export_identity(person.installation), PASSWORD, os.urandom, QUICK)
    store = KeyStore(other)
    imported = import_identity(
        other.installation, read_identity_file(text, PASSWORD), store.keep, lambda name: "default"
    )
    other.identity = store.load()
    return imported
