"""Accounts as the settings describe them, and whether they work: sign in to IMAP and SMTP, list the calendars."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from osync.config import PlaceSettings
from osync.credentials import (
    NONE,
    OAUTH,
    PASSWORD,
    Login,
    command_login,
    host_of,
    keep_password,
    password_name,
    stored_login,
)
from osync.credentials.tokens import token_login
from osync.errors import ConfigurationError
from osync.internet.imap import ImapConnection
from osync.internet.servers import ServerPlace, read_place
from osync.internet.smtp import SmtpConnection
from osync.network import Network
from osync.webdav.discovery import FoundCalendar, find_calendars

IMAP, SMTP = ("imaps", "imap"), ("smtps", "smtp")


@dataclass(frozen=True, slots=True)
class Secret:
    """How an account signs in: `auth` as in the settings, and a password that was `typed` or that a `command` prints.

    With neither of them it is in the credential store already.
    """

    auth: str = PASSWORD
    typed: str = field(default="", repr=False)
    command: str = ""

    def login(self, user: str, server: str, network: Network) -> Login:
        """Give the login of a user at a server (a URL)."""
        if self.auth == OAUTH:
            return token_login(user, network)
        if self.auth == NONE:
            return Login("", lambda: "")
        if self.command:
            return command_login(user, self.command)
        return Login(user, lambda: self.typed) if self.typed else stored_login(user, host_of(server), "ACCOUNT")

    def options(self) -> dict[str, object]:
        """Give what the settings say of it; never the secret itself."""
        found: dict[str, object] = {} if self.auth == PASSWORD else {"auth": self.auth}
        return found | ({"password_command": self.command} if self.command else {})


@dataclass(frozen=True, slots=True)
class MailAccount:
    """A mailbox: the URLs of its servers, who signs in, and how."""

    imap: str
    smtp: str
    user: str
    secret: Secret

    def place(self) -> PlaceSettings:
        """Give its settings."""
        return PlaceSettings("internet", self.imap, {"user": self.user, "smtp": self.smtp, **self.secret.options()})


@dataclass(frozen=True, slots=True)
class CalendarAccount:
    """Calendars at a CalDAV server."""

    url: str
    user: str
    secret: Secret

    def place(self, collection: str) -> PlaceSettings:
        """Give the settings of one of its calendars."""
        return PlaceSettings("caldav", collection, {"user": self.user, **self.secret.options()})


def mail_server(url: str, schemes: tuple[str, str]) -> ServerPlace:
    """Read the address of a mail server that a user wrote; `schemes` are IMAP or SMTP. ConfigurationError."""
    try:
        return read_place(url, schemes, "", plain_text=False)
    except ConfigurationError as error:
        raise ConfigurationError(
            f"{url} is no address of a mail server.", unharmed="Nothing was changed.", advice=error.advice
        ) from error


def check_mail(account: MailAccount, network: Network, entropy: Callable[[int], bytes]) -> None:
    """Sign in to IMAP and to SMTP, and hang up; nothing is read or sent.

    SignInRefusedError, MailboxUnavailableError, MailboxUnusableError, ConfigurationError.
    """
    login = account.secret.login(account.user, account.imap, network)
    imap, smtp = mail_server(account.imap, IMAP), mail_server(account.smtp, SMTP)
    ImapConnection(imap, login, network, entropy).close()
    SmtpConnection(smtp, login, network, entropy).close()


def list_calendars(account: CalendarAccount, network: Network) -> tuple[FoundCalendar, ...]:
    """Give the calendars of an account. CalendarUnavailableError, CalendarUnusableError, SignInRefusedError."""
    return find_calendars(account.url, account.secret.login(account.user, account.url, network), network)


@dataclass(frozen=True, slots=True)
class NewPassword:
    """A typed password that belongs into the credential store, under the user and the host of a server."""

    user: str
    host: str
    password: str = field(repr=False)


def passwords_of(secret: Secret, user: str, *urls: str) -> tuple[NewPassword, ...]:
    """Give what has to be kept so that a login is found at each of the servers (URLs); nothing for commands and tokens."""
    return tuple(NewPassword(user, host_of(url), secret.typed) for url in urls) if secret.typed else ()


@contextlib.contextmanager
def keeping(passwords: Sequence[NewPassword]) -> Iterator[None]:
    """Put passwords into the credential store; what goes wrong afterwards leaves the store as it was. SignInRefusedError."""
    from osync.credentials import store

    names = [password_name(each.user, each.host) for each in passwords]
    former = [store.find(name) for name in names]
    try:
        for each in passwords:
            keep_password(each.user, each.host, each.password)
        yield
    except BaseException:
        for name, before in zip(names, former, strict=True):
            if before is None:
                store.forget(name)
            else:
                store.keep(name, before)
        raise
