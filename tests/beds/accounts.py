"""Accounts at mail servers of the tests: OSync's mailboxes for them, and the wait until a mail that was sent has arrived."""

import contextlib
import imaplib
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from osync.credentials import Login
from osync.mailboxes.base import IncomingMail, OutgoingMail, Refusal
from osync.mailboxes.internet import InternetMailbox, InternetSettings, Reading
from osync.model import World
from osync.network import Network
from osync.notebook import LooseNotebook

_PATIENCE = 20.0
_TRACE = re.compile(
    rb"\A(?:(?:Return-Path|Delivered-To|Received|X-Cyrus-[A-Za-z-]+|X-Sieve):[^\n]*\n(?:[ \t][^\n]*\n)*)+"
)
# Cyrus completes a header that lacks what RFC 5322, 3.6 wants; OSync's never do.
_COMPLETED = re.compile(rb"Message-ID: <cmu-lmtpd-[^\n]*\nDate: [^\n]*\n")
EVERYTHING = Reading(("From", "Subject"), lambda header: True)


def without_trace(content: bytes | None) -> bytes | None:
    """Give a mail without the trace fields that servers put before it (RFC 5321, 4.4), and what Cyrus adds."""
    return content and _COMPLETED.sub(b"", _TRACE.sub(b"", content))


@dataclass(slots=True)
class Account:
    """One account: how OSync reaches it, its notebook, and what other programs may do with its IMAP."""

    address: str
    settings: InternetSettings
    login: Login
    network: Network
    log_in: Callable[[], imaplib.IMAP4]
    notebook: LooseNotebook = field(default_factory=LooseNotebook)
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def mailbox(self, reading: Reading = EVERYTHING) -> InternetMailbox:
        """Give OSync's mailbox, as a new run would."""
        world = World(lambda: self.now, lambda count: bytes(range(count)))
        return InternetMailbox(self.settings, self.login, self.network, self.notebook, world, reading)

    def count(self, folder: str = "INBOX") -> int:
        """Count the mails of a folder."""
        with self.log_in() as connection:
            return _count(connection, folder)

    def empty(self) -> None:
        """Throw all mails of INBOX away, and what OSync noted."""
        with self.log_in() as connection:
            connection.select("INBOX")
            connection.store("1:*", "+FLAGS.SILENT", "(\\Deleted)") if _count(connection, "INBOX") else None
            connection.close()
        self.notebook = LooseNotebook()

    @contextlib.contextmanager
    def arriving(self, count: int = 1, folder: str = "INBOX") -> Iterator[None]:
        """Go on only when so many mails have come that were sent inside."""
        with self.log_in() as connection:
            before = _count(connection, folder)
            yield
            deadline = time.monotonic() + _PATIENCE
            while _count(connection, folder) < before + count:
                assert time.monotonic() < deadline, f"{count} mails for {self.address} did not come"


def _count(connection: imaplib.IMAP4, folder: str) -> int:
    _, told = connection.status(folder, "(MESSAGES)")
    match = re.search(rb"MESSAGES ([0-9]+)", told[0])
    assert match, told
    return int(match[1])


class DeliveringMailbox:
    """A mailbox whose `send` returns when the mails have arrived, so that tests can look for them at once."""

    def __init__(self, mailbox: InternetMailbox, account_of: Callable[[str], Account]) -> None:
        self._mailbox = mailbox
        self._account_of = account_of

    def send(self, mail: OutgoingMail) -> tuple[Refusal, ...]:
        """Send, and wait."""
        addresses = {address.strip().lower() for address in mail.recipients}
        with contextlib.ExitStack() as arrivals:
            for address in addresses:
                with contextlib.suppress(KeyError):
                    arrivals.enter_context(self._account_of(address).arriving())
            return self._mailbox.send(mail)

    def pending(self) -> Iterator[IncomingMail]:
        """Give the mails that are not settled."""
        return self._mailbox.pending()

    def settle(self, handle: str) -> None:
        """Mark a mail as done."""
        self._mailbox.settle(handle)


class RealPostOffice:
    """A post office of real servers, for the contract. Accounts are emptied before they are used."""

    def __init__(self, accounts: dict[str, Account]) -> None:
        self._accounts = accounts
        self._opened: list[InternetMailbox] = []
        for account in accounts.values():
            account.empty()

    def mailbox(self, address: str) -> DeliveringMailbox:
        """Give a mailbox, as a new run of OSync would."""
        mailbox = self._accounts[address.lower()].mailbox()
        self._opened.append(mailbox)
        return DeliveringMailbox(mailbox, lambda address: self._accounts[address])

    def close(self) -> None:
        """Close all connections."""
        for mailbox in self._opened:
            mailbox.close()
