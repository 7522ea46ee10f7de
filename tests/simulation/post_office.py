"""A post office that does to mails what the world does: it loses, doubles, delays, reorders, mangles and replays them.

Nothing happens by chance here: each mail's fate is a letter of a step.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

from osync.mailboxes.base import IncomingMail, OutgoingMail, Refusal


class Fate(StrEnum):
    """What happens to one mail that is on its way."""

    ARRIVES = "."
    LOST = "-"
    DOUBLED = "2"
    LATE = "~"
    MONTHS_LATE = "z"
    FIRST = "^"
    CUT = "/"
    FLIPPED = "!"


@dataclass(frozen=True, slots=True)
class SentMail:
    """A mail that somebody sent once."""

    sender: str
    recipient: str
    content: bytes


@dataclass
class Box:
    """The mails of one OSync: on their way, stuck somewhere for long, waiting to be taken, and settled."""

    address: str
    transit: list[bytes] = field(default_factory=list)
    stuck: list[bytes] = field(default_factory=list)
    waiting: list[IncomingMail] = field(default_factory=list)
    settled: list[IncomingMail] = field(default_factory=list)

    def clone(self) -> "Box":
        return Box(self.address, list(self.transit), list(self.stuck), list(self.waiting), list(self.settled))


class PostOffice:
    """The boxes of all OSyncs, by their names; two of them may share an address."""

    def __init__(self) -> None:
        self.boxes: dict[str, Box] = {}
        self.archive: list[SentMail] = []
        self.lost_none = True
        self._number = 0

    def clone(self) -> "PostOffice":
        other = PostOffice()
        other.boxes = {name: box.clone() for name, box in self.boxes.items()}
        other.archive = list(self.archive)
        other._number = self._number
        return other

    def open(self, name: str, address: str) -> None:
        """Give an OSync its box."""
        self.boxes[name] = Box(address)

    def send(self, mail: OutgoingMail) -> tuple[Refusal, ...]:
        """Put a mail on its way to every OSync at each address."""
        for recipient in mail.recipients:
            self.archive.append(SentMail(mail.sender, recipient, mail.content))
            for box in self.boxes.values():
                if box.address == recipient:
                    box.transit.append(mail.content)
        return ()

    def carry(self, name: str, fates: str) -> None:
        """Let the mails that are on their way to an OSync meet their fates; after the last letter it begins again."""
        box = self.boxes[name]
        mails, box.transit = box.transit, []
        for number, content in enumerate(mails):
            fate = Fate(fates[number % len(fates)]) if fates else Fate.ARRIVES
            if fate is Fate.LATE:
                box.transit.append(content)
            elif fate is Fate.MONTHS_LATE:
                box.stuck.append(content)
            elif fate is not Fate.LOST:
                self.lay(name, mangled(content, fate), first=fate is Fate.FIRST)
            if fate is Fate.DOUBLED:
                self.lay(name, content)
            self.lost_none &= fate not in (Fate.LOST, Fate.CUT, Fate.FLIPPED)

    def free(self, name: str) -> None:
        """Let the mails that were stuck come on their way again."""
        box = self.boxes[name]
        box.transit += box.stuck
        box.stuck = []

    def lay(self, name: str, content: bytes, *, first: bool = False) -> IncomingMail:
        """Lay a mail into the box of an OSync, behind or before those that wait."""
        self._number += 1
        mail = IncomingMail(f"mail-{self._number}", len(content), content)
        self.boxes[name].waiting.insert(0 if first else len(self.boxes[name].waiting), mail)
        return mail

    def read_again(self, name: str) -> None:
        """Let everything that was settled wait again, as it does when a read cursor goes back."""
        box = self.boxes[name]
        box.waiting = box.settled + box.waiting
        box.settled = []

    @property
    def holds_back(self) -> bool:
        """Tell whether a mail is stuck somewhere."""
        return any(box.stuck for box in self.boxes.values())

    @property
    def is_quiet(self) -> bool:
        """Tell whether no mail is on its way; one that needs a newer OSync may wait for ever."""
        return not any(box.transit for box in self.boxes.values())


def mangled(content: bytes, fate: Fate) -> bytes:
    """Give a mail as it arrives: cut off in its block, with one character of the block changed, or as it was sent."""
    start = content.find(b"-----BEGIN OSYNC")
    middle = start + (len(content) - start) // 2
    if fate is Fate.CUT:
        return content[:middle]
    if fate is Fate.FLIPPED:
        place = next(at for at in range(middle, len(content)) if content[at : at + 1].isalnum())
        other = b"A" if content[place : place + 1] != b"A" else b"B"
        return content[:place] + other + content[place + 1 :]
    return content


@dataclass(frozen=True, slots=True)
class Mailbox:
    """The mailbox of one OSync; `outgoing` False lets what it sends vanish, for an OSync that is only tried out."""

    office: PostOffice
    name: str
    outgoing: bool = True

    def send(self, mail: OutgoingMail) -> tuple[Refusal, ...]:
        return self.office.send(mail) if self.outgoing else ()

    def pending(self) -> Iterator[IncomingMail]:
        return iter(list(self.office.boxes[self.name].waiting))

    def settle(self, handle: str) -> None:
        box = self.office.boxes[self.name]
        box.settled += [mail for mail in box.waiting if mail.handle == handle]
        box.waiting = [mail for mail in box.waiting if mail.handle != handle]

    def silent(self, office: PostOffice) -> "Mailbox":
        """Give the same mailbox in a copy of its post office, from which nothing leaves."""
        return replace(self, office=office, outgoing=False)
