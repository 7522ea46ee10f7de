"""A mailbox at a provider, with calendars there, elsewhere, or in a folder: the questions about it."""

from collections.abc import Callable
from dataclasses import dataclass

from osync.config import PlaceSettings
from osync.credentials import OAUTH
from osync.errors import CalendarUnusableError, OSyncError
from osync.network import Network
from osync.setup.accounts import (
    IMAP,
    SMTP,
    CalendarAccount,
    MailAccount,
    NewPassword,
    Secret,
    check_mail,
    list_calendars,
    mail_server,
    passwords_of,
)
from osync.setup.candidates import domain_of
from osync.setup.conversation import Conversation
from osync.setup.folders import ask_calendar_folder
from osync.setup.lookups import Lookups
from osync.setup.providers import GOOGLE, google_calendar
from osync.setup.search import FoundServers, find_servers
from osync.setup.sources import ChosenAccounts
from osync.webdav.addresses import read_address
from osync.webdav.discovery import FoundCalendar

_AFTER_A_FAILURE = ("try again with user name and password", "take other servers")
_COMMAND_EXAMPLE = "pass show mail/pat@example.org"


@dataclass(frozen=True, slots=True)
class Means:
    """What the questions are answered with: the network, and whether this computer keeps secrets (`can_keep`).

    `sign_in` signs a user in with OAuth at "google" or "microsoft"; SignInRefusedError. `check` tries a mailbox.
    """

    lookups: Lookups
    network: Network
    entropy: Callable[[int], bytes]
    can_keep: Callable[[], bool]
    sign_in: Callable[[Conversation, str, str], None]
    check: Callable[[MailAccount, Network, Callable[[int], bytes]], None] = check_mail


class ProviderSource:
    """An account at a mail provider, by IMAP and SMTP."""

    description = "a mailbox at a provider, like GMX, Gmail, or that of your company (IMAP and SMTP)"

    def __init__(self, means: Means) -> None:
        self._means = means

    def is_there(self) -> bool:
        """Every computer can reach a provider."""
        return True

    def ask(self, talk: Conversation, address: str) -> ChosenAccounts:
        """Find the servers, ask for the password, and sign in."""
        talk.say()
        talk.say(f"Looking for the mail servers of {domain_of(address) or address} …")
        found = find_servers(address, self._means.lookups)
        mail = _MailQuestions(self._means, talk, found).ask(address)
        passwords = passwords_of(mail.secret, mail.user, mail.imap)
        calendar = _CalendarQuestions(self._means, talk, found, mail).ask()
        return ChosenAccounts(
            mail.place(), {"default": calendar.place}, (*passwords, *calendar.passwords), calendar.create
        )


class _MailQuestions:
    """The questions about one mailbox."""

    def __init__(self, means: Means, talk: Conversation, found: FoundServers) -> None:
        self._means = means
        self._talk = talk
        self._found = found

    def ask(self, address: str) -> MailAccount:
        """Ask until signing in works."""
        imap, smtp, user = self._servers(address)
        while True:
            try:
                account = MailAccount(imap, smtp, user, self._secret(user))
                self._talk.say()
                self._talk.say("Signing in …")
                self._means.check(account, self._means.network, self._means.entropy)
            except OSyncError as error:
                self._talk.say(f"{error.what} {error.advice}".rstrip())
                choice = self._talk.choose("What now?", _AFTER_A_FAILURE)
                if choice == 0:
                    user = self._talk.ask("User name", "Some providers want a user name that is not the address.", user)
                else:
                    imap, smtp = self._other_servers(imap, smtp)
            else:
                self._talk.say("Signed in to both servers.")
                return account

    def _servers(self, address: str) -> tuple[str, str, str]:
        found = self._found
        for host in found.distrusted:
            self._talk.say(
                f"{host} answers, but with a certificate that cannot be trusted. OSync does not tell it your password."
            )
        if found.imap and found.smtp:
            self._talk.say(f"  receives: {found.imap.url}  ({found.imap.source})")
            self._talk.say(f"  sends:    {found.smtp.url}  ({found.smtp.source})")
            if self._talk.agree("Are these the servers that may get your password?", default=True):
                return found.imap.url, found.smtp.url, found.imap.user
        else:
            self._talk.say("They cannot be found. Your provider's help pages name them.")
        domain = domain_of(address) or "example.org"
        imap = found.imap.url if found.imap else f"imaps://imap.{domain}"
        smtp = found.smtp.url if found.smtp else f"smtps://smtp.{domain}"
        return *self._other_servers(imap, smtp), address

    def _other_servers(self, imap: str, smtp: str) -> tuple[str, str]:
        def checked(schemes: tuple[str, str]) -> Callable[[str], str]:
            def check(text: str) -> str:
                url = text if "://" in text else f"{schemes[0]}://{text}"
                mail_server(url, schemes)
                return url

            return check

        imap = self._talk.ask(
            "IMAP server",
            "Which server receives? imaps://HOST begins with TLS; imap://HOST:143 begins it later (STARTTLS).",
            imap,
            checked(IMAP),
        )
        return imap, self._talk.ask(
            "SMTP server",
            "Which server sends? smtps://HOST begins with TLS; smtp://HOST:587 begins it later (STARTTLS).",
            smtp,
            checked(SMTP),
        )

    def _secret(self, user: str) -> Secret:
        if self._found.advice:
            self._talk.say()
            self._talk.say(self._found.advice)
        if self._found.oauth and (
            not self._found.passwords
            or self._talk.choose("How do you want to sign in?", ("with an app password", "with OAuth, in a browser"))
            == 1
        ):
            self._means.sign_in(self._talk, self._found.oauth, user)
            return Secret(OAUTH)
        return ask_secret(self._talk, user, can_keep=self._means.can_keep())


@dataclass(frozen=True, slots=True)
class _ChosenCalendar:
    """A calendar, what has to be kept for it, and whether its folder may be made."""

    place: PlaceSettings
    passwords: tuple[NewPassword, ...] = ()
    create: bool = False


class _CalendarQuestions:
    """The questions about the first calendar."""

    def __init__(self, means: Means, talk: Conversation, found: FoundServers, mail: MailAccount) -> None:
        self._means = means
        self._talk = talk
        self._found = found
        self._mail = mail

    def ask(self) -> _ChosenCalendar:
        """Ask until there is a calendar that can be used."""
        servers = self._found.caldav
        if self._mail.secret.auth == OAUTH and self._found.oauth == GOOGLE:
            servers = (google_calendar(self._mail.user),)
        known = [f"at {each.host}, by CalDAV ({each.source})" for each in servers]
        options = [*known, "at another CalDAV server, like Nextcloud", "in a folder of .ics files on this computer"]
        while True:
            choice = self._talk.choose("Where is your calendar?", options)
            if choice == len(options) - 1:
                place, create = ask_calendar_folder(self._talk)
                return _ChosenCalendar(place, create=create)
            url = servers[choice].url if choice < len(known) else self._other_server()
            if chosen := self._at_server(url):
                return chosen

    def _other_server(self) -> str:
        def check(text: str) -> str:
            url = text if "://" in text else f"https://{text}"
            read_address(url)
            return url

        return self._talk.ask(
            "CalDAV server", "Its address, like https://dav.example.org or https://cloud.example.org.", check=check
        )

    def _at_server(self, url: str) -> _ChosenCalendar | None:
        """Let the user choose a calendar of a server; None if there is none to use."""
        user, secret = self._mail.user, self._mail.secret
        if not self._talk.agree(f"Sign in there as {user}, as for the mail?", default=True):
            user = self._talk.ask("User name", "Who signs in to the calendar?", user)
            secret = ask_secret(self._talk, user, can_keep=self._means.can_keep())
        account = CalendarAccount(url, user, secret)
        try:
            calendars = list_calendars(account, self._means.network)
            chosen = self._choose(calendars)
        except OSyncError as error:
            self._talk.say(str(error))
            return None
        return _ChosenCalendar(account.place(chosen.url), passwords_of(secret, user, chosen.url))

    def _choose(self, calendars: tuple[FoundCalendar, ...]) -> FoundCalendar:
        writable = [each for each in calendars if each.writable]
        if not writable:
            raise CalendarUnusableError("There is no calendar that may be written.")
        names = [f"{each.name}  ({each.url})" for each in writable]
        return writable[self._talk.choose("Which calendar?", names)]


def ask_secret(talk: Conversation, user: str, *, can_keep: bool) -> Secret:
    """Ask for a password, or for the command that prints it where no store can keep it or the user prefers that."""
    if can_keep:
        ways = (
            "type it now; the credential store of the system keeps it",
            "a command prints it, like a password manager",
        )
        if talk.choose(f"Where does the password of {user} come from?", ways) == 0:
            return Secret(typed=talk.ask_secret("Password", "What you type is not shown."))
        explanation = "The command is run without a shell; the first line that it prints is the password."
    else:
        explanation = (
            "This computer has no credential store that protects a password, and OSync writes none into a file.\n"
            "Name a command that prints it, like one of a password manager; it is run without a shell."
        )
    return Secret(command=talk.ask(f"Command (like {_COMMAND_EXAMPLE})", explanation, check=_prints_something))


def _prints_something(command: str) -> str:
    from osync.credentials.commands import printed_password

    printed_password(command)
    return command
