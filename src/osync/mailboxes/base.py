"""The interface of a mailbox: what sends and receives mail. It carries finished mails at least once and never looks inside."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

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


@runtime_checkable
class CleansUp(Protocol):
    """A mailbox that moves or deletes mails that nobody needs any more, if the user wants that (protocol 5.6)."""

    def release(self, handle: str) -> None:
        """Allow that a mail goes when 30 days have passed and it is settled. A second time changes nothing."""
        ...

    def clean_up(self) -> None:
        """Let those go whose time has come. MailboxUnavailableError, MailboxUnusableError; then they go another time."""
        ...


@runtime_checkable
class ReceivesInFolder(Protocol):
    """A mailbox whose new mails show in a folder of this computer."""

    @property
    def folder(self) -> Path:
        """The folder to watch."""
        ...


@runtime_checkable
class WaitsForMail(Protocol):
    """A mailbox that can wait for new mail (IMAP IDLE, Outlook's NewMailEx), on a connection of its own, in one thread."""

    def wait(self, seconds: float) -> bool:
        """Return True soon after mail came, False after `seconds` or an interruption; the connection stays for the next call.

        Mail that came between two calls counts. Never touches the notebook. MailboxUnavailableError, MailboxUnusableError,
        SignInRefusedError.
        """
        ...

    def interrupt(self) -> None:
        """End the waiting of another thread at once."""
        ...

    def close(self) -> None:
        """Close all connections; the next call opens new ones."""
        ...
