"""A post office in memory: for tests and simulations, which may lose, double, delay and reorder what waits in it."""

from collections import deque
from collections.abc import Iterator

from osync.mailboxes.base import SIZE_LIMIT, IncomingMail, OutgoingMail, Refusal


class MemoryPostOffice:
    """Holds the mails of every address.

    `waiting` and `settled` are public, so that a test can do to mails what the world does; a mail put into `waiting`
    twice comes twice.
    """

    def __init__(self) -> None:
        self.waiting: dict[str, deque[IncomingMail]] = {}
        self.settled: dict[str, deque[IncomingMail]] = {}
        self._number = 0

    def mailbox(self, address: str) -> "MemoryMailbox":
        """Give the mailbox of an address; the first call opens the account."""
        folded = _folded(address)
        self.waiting.setdefault(folded, deque())
        self.settled.setdefault(folded, deque())
        return MemoryMailbox(self, folded)

    def deliver(self, recipient: str, content: bytes) -> Refusal | None:
        """Lay a mail into the mailbox of one recipient; a Refusal if there is none."""
        waiting = self.waiting.get(_folded(recipient))
        if waiting is None:
            return Refusal(recipient, f"There is no mailbox for {recipient} in this post office.")
        self._number += 1
        waiting.append(
            IncomingMail(f"mail-{self._number}", len(content), content if len(content) <= SIZE_LIMIT else None)
        )
        return None


class MemoryMailbox:
    """The mailbox of one address in a MemoryPostOffice."""

    def __init__(self, office: MemoryPostOffice, address: str) -> None:
        self._office = office
        self._address = address

    def send(self, mail: OutgoingMail) -> tuple[Refusal, ...]:
        """Deliver at once to every recipient, once to each address."""
        refusals = []
        for number, recipient in enumerate(mail.recipients):
            if _folded(recipient) not in map(_folded, mail.recipients[:number]):
                refusals.append(self._office.deliver(recipient, mail.content))
        return tuple(refusal for refusal in refusals if refusal)

    def pending(self) -> Iterator[IncomingMail]:
        """Give the mails that wait now, oldest first."""
        return iter(list(self._office.waiting[self._address]))

    def settle(self, handle: str) -> None:
        """Move a mail to the settled ones. Silent if it is settled or gone."""
        waiting = self._office.waiting[self._address]
        for mail in [mail for mail in waiting if mail.handle == handle]:
            waiting.remove(mail)
            self._office.settled[self._address].append(mail)


def _folded(address: str) -> str:
    return address.strip().lower()
