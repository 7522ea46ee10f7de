"""A mailbox on the internet: SMTP sends, IMAP receives."""

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from urllib.parse import quote, unquote

from osync.credentials import Login
from osync.errors import ConfigurationError, MailboxUnavailableError, MailboxUnusableError, OSyncError
from osync.internet.addresses import Address, once_each, read_address
from osync.internet.cleaning import Cleaner, Cleaning, MailPlace
from osync.internet.imap import ImapConnection
from osync.internet.kept import KeptConnection
from osync.internet.reading import Choice, FolderReader, FoundMail
from osync.internet.servers import ServerPlace, read_place
from osync.internet.smtp import SmtpConnection
from osync.internet.watching import MailWatch
from osync.mailboxes.base import IncomingMail, OutgoingMail, Refusal
from osync.model import World
from osync.network import Network
from osync.notebook import Notebook
from osync.options import Options

PLAIN_TEXT = "I accept that everybody on the way can read my password"
_HANDLE = re.compile(r"(?P<validity>[0-9]{1,20})\.(?P<uid>[0-9]{1,10})\.(?P<account>[0-9a-f]+)\.(?P<folder>.+)")
LOOK_BACK_DAYS = 30
"""How far back the first reading of a folder goes."""


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server: its `url` without user and password, and the `user` who signs in."""

    url: str
    user: str


@dataclass(frozen=True, slots=True)
class InternetSettings:
    """The servers, the folders that are read, and what becomes of mails that are done.

    `cleanup` is "keep", "delete", or "move FOLDER"; `plain_text` allows to go without encryption; `look_back_days` is how far
    back the first reading of a folder goes.
    """

    imap: Server
    smtp: Server
    folders: tuple[str, ...] = ("INBOX",)
    cleanup: str = "keep"
    look_back_days: int = LOOK_BACK_DAYS
    plain_text: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """Which mails are worth fetching: the header `fields` that tell it, and the decision about their text."""

    fields: Sequence[str]
    concerns: Callable[[bytes], bool]


def read_internet_settings(location: str, options: Options) -> InternetSettings:
    """Read what the settings say of a mailbox. ConfigurationError."""
    user = options.text("user")
    smtp = options.text("smtp")
    settings = InternetSettings(
        imap=Server(location, user),
        smtp=Server(smtp, options.text("smtp_user", user)),
        folders=options.texts("folders", ("INBOX",)),
        cleanup=options.text("cleanup", "keep"),
        look_back_days=options.number("look_back_days", LOOK_BACK_DAYS, 1, 3_650),
        plain_text=options.choice("plain_text", ("", PLAIN_TEXT)) == PLAIN_TEXT,
    )
    _imap_place(settings)
    _smtp_place(settings)
    _check_cleanup(settings)
    return settings


def _imap_place(settings: InternetSettings) -> ServerPlace:
    return read_place(settings.imap.url, ("imaps", "imap"), "location", plain_text=settings.plain_text)


def _smtp_place(settings: InternetSettings) -> ServerPlace:
    return read_place(settings.smtp.url, ("smtps", "smtp"), "smtp", plain_text=settings.plain_text)


def _check_cleanup(settings: InternetSettings) -> None:
    verb, _, folder = settings.cleanup.partition(" ")
    moves = verb == "move" and folder.strip() and folder.strip() not in settings.folders
    if settings.cleanup not in ("keep", "delete") and not moves:
        raise ConfigurationError(
            f"cleanup in [mailbox] of the settings is {settings.cleanup!r}.",
            unharmed="Nothing was sent or changed.",
            advice='Allowed: "keep", "delete", and "move FOLDER" with a folder that OSync does not read.',
        )


class InternetMailbox:
    """The mailbox of one account, for one thread. Connections are opened when they are needed, and kept until `close`."""

    def __init__(
        self,
        settings: InternetSettings,
        login: Login,
        network: Network,
        notebook: Notebook,
        world: World,
        reading: Reading,
    ) -> None:
        self._settings = settings
        self._login = login
        self._network = network
        self._world = world
        self._sender: SmtpConnection | None = None
        self._kept = KeptConnection(self._connect)
        self._account = _account_name(settings)
        cleaning = Cleaning(settings.cleanup, self._account, self._is_valid)
        self._cleaner = Cleaner(cleaning, self._kept, notebook, world.now)
        self._watch = MailWatch(self._connect, settings.folders)
        choice = Choice(
            reading.fields,
            reading.concerns,
            self._first_day,
        )
        self._readers = [FolderReader(name, self._account, self._kept, notebook, choice) for name in settings.folders]

    def send(self, mail: OutgoingMail) -> tuple[Refusal, ...]:
        """Hand `mail` over for delivery, once to each address."""
        sender = read_address(mail.sender)
        if sender is None:
            raise ConfigurationError(
                f"Your mail address {mail.sender!r} cannot stand in a mail.",
                unharmed="Nothing was sent.",
                advice="Write it like pat@example.org.",
            )
        recipients, refusals = _readable(once_each(mail.recipients))
        if recipients:
            server = self._sending()
            try:
                refusals += self._fitting(server, sender, recipients, mail.content)
            except OSyncError:
                # A late answer would be taken for that to the next command.
                self._sender = None
                server.hang_up()
                raise
        order = list(mail.recipients)
        return tuple(sorted(refusals, key=lambda refusal: order.index(refusal.address)))

    def pending(self) -> Iterator[IncomingMail]:
        """Give the mails that are not settled yet, folder after folder, oldest first in each, without marking them as read."""
        trouble: OSyncError | None = None
        for reader in self._readers:
            try:
                for mail in reader.pending():
                    yield IncomingMail(self._handle(reader.name, mail), mail.size, mail.content)
            except (MailboxUnusableError, MailboxUnavailableError) as error:
                if isinstance(error, MailboxUnavailableError) and self._kept.is_hopeless:
                    raise
                trouble = error
        if trouble:
            raise trouble

    def release(self, handle: str) -> None:
        """Allow that a mail is cleaned up as the settings say, 30 days from now."""
        place = self._read_handle(handle)
        if place:
            self._cleaner.release(place)

    def clean_up(self) -> None:
        """Move or delete what was released 30 days ago, if the settings say so."""
        self._cleaner.clean()

    def settle(self, handle: str) -> None:
        """Remember that a mail is done; in the mailbox it stays as it is. Silent if it is settled or gone."""
        place = self._read_handle(handle)
        for reader in self._readers:
            if place and reader.name == place.folder:
                reader.settle(place.validity, place.uid)

    def wait(self, seconds: float) -> bool:
        """Tell whether mail came, as soon as it does, or after `seconds`; at the first call, mails that are there do not count."""
        return self._watch.wait(seconds)

    def interrupt(self) -> None:
        """End the waiting of another thread at once."""
        self._watch.interrupt()

    def close(self) -> None:
        """Close all connections; the next call opens new ones."""
        self._watch.close()
        self._kept.close()
        if self._sender:
            self._sender.close()
            self._sender = None

    def _is_valid(self, place: MailPlace) -> bool:
        return any(reader.name == place.folder and reader.validity == place.validity for reader in self._readers)

    def _handle(self, folder: str, mail: FoundMail) -> str:
        return f"{mail.validity}.{mail.uid}.{self._account}.{quote(folder, safe='/')}"

    def _read_handle(self, handle: str) -> MailPlace | None:
        """Read a handle; None for what is none of this account."""
        match = _HANDLE.fullmatch(handle)
        if not match or match["account"] != self._account:
            return None
        return MailPlace(unquote(match["folder"]), int(match["validity"]), int(match["uid"]))

    def _first_day(self) -> date:
        # A day more, since the server has its own midnight.
        return (self._world.now() - timedelta(days=self._settings.look_back_days + 1)).date()

    def _connect(self) -> ImapConnection:
        return ImapConnection(_imap_place(self._settings), self._login, self._network, self._world.random_bytes)

    def _sending(self) -> SmtpConnection:
        if self._sender and not self._sender.is_alive():
            self._sender.hang_up()
            self._sender = None
        if self._sender is None:
            login = replace(self._login, user=self._settings.smtp.user) if self._login.user else None
            self._sender = SmtpConnection(_smtp_place(self._settings), login, self._network, self._world.random_bytes)
        return self._sender

    def _fitting(
        self, server: SmtpConnection, sender: Address, recipients: list[Address], content: bytes
    ) -> list[Refusal]:
        """Send what the server can take."""
        most = server.most_bytes
        if 0 < most < len(content):
            reason = f"The mail has {len(content):,} bytes, and the mail server takes {most:,} at most."
            return [Refusal(each.given, reason) for each in recipients]
        if server.takes_utf8:
            return server.post(sender, recipients, content)
        strange = [each for each in recipients if each.needs_utf8]
        reason = "The mail server cannot send to addresses with letters beyond ASCII before the @."
        refusals = [Refusal(each.given, reason) for each in strange]
        known = [each for each in recipients if not each.needs_utf8]
        return refusals + (server.post(sender, known, content) if known else [])


def _account_name(settings: InternetSettings) -> str:
    """Give a short name that is another one for another account: numbers of mails are alike everywhere."""
    words = f"{_imap_place(settings).host.lower()} {settings.imap.user}"
    return hashlib.sha256(words.encode()).hexdigest()[:8]


def _readable(given: list[str]) -> tuple[list[Address], list[Refusal]]:
    addresses, refusals = [], []
    for text in given:
        address = read_address(text)
        if address:
            addresses.append(address)
        else:
            refusals.append(Refusal(text, f"{text!r} is no mail address."))
    return addresses, refusals
