"""The interface of a mailbox: what sends and receives mail. It carries finished mails at least once and never looks inside."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

SIZE_LIMIT = 12_000_000
"""How large a mail may be, in bytes as it lies in the mailbox, to be opened at all (protocol 10)."""


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """A finished RFC 5322 mail (`content`, CRLF line ends) and its envelope."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes


@dataclass(frozen=True, slots=True)
class Refusal:
    """One recipient that the mailbox could not deliver to, and its sentence why."""

    address: str
    reason: str


@dataclass(frozen=True, slots=True)
class IncomingMail:
    """A mail that is not settled yet. `handle` stays the same until it is settled; `content` is None above SIZE_LIMIT."""

    handle: str
    size: int
    content: bytes | None


class Mailbox(Protocol):
    """Carries finished mails at least once; never looks inside a message."""

    def send(self, mail: OutgoingMail) -> tuple[Refusal, ...]:
        """Hand `mail` over for delivery; what comes back are the recipients it cannot reach, now or ever.

        Returns only when the others' copies survive a crash. MailboxUnavailableError: nobody got it, try again later.
        """
        ...

    def pending(self) -> Iterator[IncomingMail]:
        """Give the mails that are not settled yet, oldest first. MailboxUnavailableError."""
        ...

    def settle(self, handle: str) -> None:
        """Mark a mail as done, only after the ledger holds what it brought. Silent if it is settled or gone."""
        ...
