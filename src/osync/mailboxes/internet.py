"""A mailbox on the internet: SMTP sends, IMAP receives."""

from collections.abc import Iterator
from dataclasses import dataclass

from osync.credentials import Login
from osync.mailboxes.base import IncomingMail, OutgoingMail, Refusal
from osync.network import Network
from osync.notebook import Notebook
from osync.options import Options


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server: its `url` without user and password, and the `user` who signs in."""

    url: str
    user: str


@dataclass(frozen=True, slots=True)
class InternetSettings:
    """The servers, the folders that are read, and what becomes of mails that are done (keep, delete, or a folder's name)."""

    imap: Server
    smtp: Server
    folders: tuple[str, ...]
    cleanup: str


def read_internet_settings(location: str, options: Options) -> InternetSettings:
    """Read what the settings say of a mailbox. ConfigurationError."""
    raise NotImplementedError


class InternetMailbox:
    """The mailbox of one account."""

    def __init__(self, settings: InternetSettings, login: Login, network: Network, notebook: Notebook) -> None:
        raise NotImplementedError

    def send(self, mail: OutgoingMail) -> tuple[Refusal, ...]:
        """Hand `mail` over for delivery."""
        raise NotImplementedError

    def pending(self) -> Iterator[IncomingMail]:
        """Give the mails that are not settled yet, oldest first."""
        raise NotImplementedError

    def settle(self, handle: str) -> None:
        """Mark a mail as done."""
        raise NotImplementedError
