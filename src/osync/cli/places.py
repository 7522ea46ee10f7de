"""From the flags of `osync init` to accounts, without a question."""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass

from osync.cli.terminal import next_line, password_from_input
from osync.config import PlaceSettings, is_line
from osync.errors import ConfigurationError
from osync.setup.accounts import (
    CalendarAccount,
    MailAccount,
    NewPassword,
    Secret,
    check_mail,
    list_calendars,
    passwords_of,
)
from osync.setup.candidates import domain_of
from osync.setup.folders import whole_path
from osync.setup.provider import Means
from osync.setup.search import FoundServers, find_servers
from osync.setup.servers import Candidate
from osync.setup.sources import ChosenAccounts

_UNHARMED = "Nothing was changed."
_FOLDERS = ("vdir", "folder")


@dataclass(frozen=True, slots=True)
class _Wish:
    """What the flags say, with the password if it came by the standard input."""

    arguments: argparse.Namespace
    address: str
    secret: Secret
    calendar_secret: Secret
    means: Means

    @property
    def user(self) -> str:
        """Who signs in to the mail servers."""
        return str(self.arguments.user or self.address)

    @property
    def calendar_user(self) -> str:
        """Who signs in to calendars."""
        return str(self.arguments.caldav_user or self.user)


def accounts_by_flags(arguments: argparse.Namespace, address: str, means: Means) -> ChosenAccounts:
    """Give the accounts that the flags describe, finding what they leave open and trying what they name.

    ConfigurationError; SignInRefusedError and others if a server does not take what it gets.
    """
    secret, calendar_secret = _secrets(arguments)
    wish = _Wish(arguments, address, secret, calendar_secret, means)
    named = _place("--mailbox", arguments.mailbox) if arguments.mailbox else None
    calendars = dict(_calendars(arguments.calendar, wish))
    passwords: tuple[NewPassword, ...] = ()
    if named and named.kind != "internet":
        mailbox, found = named, None
    else:
        imap = arguments.imap or (named.location if named else "")
        wants_more = not (imap and arguments.smtp) or not (calendars or arguments.caldav)
        found = find_servers(address, means.lookups) if wants_more else None
        account = _mail_account(wish, imap, found)
        mailbox, passwords = account.place(), passwords_of(secret, account.user, account.imap)
    if not calendars or arguments.caldav:
        calendars[f"calendar{len(calendars) + 1}" if calendars else "default"] = _at_server(wish, found)
    for place in calendars.values():
        if place.kind == "caldav":
            passwords += passwords_of(calendar_secret, wish.calendar_user, place.location)
    return ChosenAccounts(mailbox, calendars, passwords, arguments.create)


def _secrets(arguments: argparse.Namespace) -> tuple[Secret, Secret]:
    """Give how the mailbox signs in, and how the calendar does; without words of its own it does so like the mailbox."""
    mail = Secret(arguments.auth, "", arguments.password_command)
    calendar = mail
    if arguments.password_stdin:
        mail = calendar = Secret(typed=password_from_input("Password"))
        if second := next_line():
            calendar = Secret(typed=second)
    if arguments.caldav_password_command:
        calendar = Secret(command=arguments.caldav_password_command)
    return mail, calendar


def _mail_account(wish: _Wish, imap: str, found: FoundServers | None) -> MailAccount:
    """Give the mailbox at a provider, after signing in there; what is not named was found, or is missing."""
    arguments = wish.arguments
    imap = imap or _believed(wish, found.imap if found else None, "--imap")
    smtp = arguments.smtp or _believed(wish, found.smtp if found else None, "--smtp")
    if not imap or not smtp:
        hosts = f" {', '.join(found.distrusted)} showed no certificate to trust." if found and found.distrusted else ""
        raise ConfigurationError(
            f"The server that {'sends' if imap else 'receives'} mail for {wish.address} cannot be found.{hosts}",
            unharmed=_UNHARMED,
            advice="Name both: --imap imaps://HOST --smtp smtps://HOST.",
        )
    account = MailAccount(imap, smtp, wish.user, wish.secret)
    if not arguments.no_check:
        check_mail(account, wish.means.network, wish.means.entropy)
    return account


def _believed(wish: _Wish, found: Candidate | None, flag: str) -> str:
    """Give the URL of a server that was found, "" if none was.

    Nobody is asked here before the password goes there, so one outside of the address's own domain has to be named: DNS
    is not signed (RFC 6186, 6).
    """
    if found is None:
        return ""
    domain = domain_of(wish.address)
    if not (found.trusted or found.host == domain or found.host.endswith(f".{domain}")):
        raise ConfigurationError(
            f"{found.source} names {found.url}, which does not belong to {domain}.",
            unharmed=_UNHARMED,
            advice=f"If it is right, say so: {flag} {found.url}. Your password would go there.",
        )
    return found.url


def _at_server(wish: _Wish, found: FoundServers | None) -> PlaceSettings:
    """Find the one calendar of a server that may be written."""
    urls = [wish.arguments.caldav] if wish.arguments.caldav else []
    if found and found.caldav and not urls:
        urls = [_believed(wish, found.caldav[0], "--caldav")]
    if not urls:
        raise ConfigurationError(
            "No calendar is named, and none is known at your provider.",
            unharmed=_UNHARMED,
            advice="Name one: --caldav URL, or --calendar vdir:FOLDER.",
        )
    account = CalendarAccount(urls[0], wish.calendar_user, wish.calendar_secret)
    writable = [each for each in list_calendars(account, wish.means.network) if each.writable]
    if len(writable) != 1:
        shown = ", ".join(f"--calendar caldav:{each.url} ({each.name})" for each in writable) or "none"
        raise ConfigurationError(
            f"{len(writable) or 'None'} of the calendars at {urls[0]} may be written, and one is needed.",
            unharmed=_UNHARMED,
            advice=f"Name the one you mean: {shown}.",
        )
    return account.place(writable[0].url)


def _calendars(texts: list[str], wish: _Wish) -> Mapping[str, PlaceSettings]:
    """Read [NAME=]KIND:PLACE; the first one is called default if it has no name."""
    calendars: dict[str, PlaceSettings] = {}
    for text in texts:
        name, equals, place = text.partition("=")
        if not equals or ":" in name:
            name, place = f"calendar{len(calendars) + 1}" if calendars else "default", text
        name = _line("--calendar", name)
        if name in calendars:
            raise ConfigurationError(f"Two calendars are called {name}.", unharmed=_UNHARMED, advice="Name each once.")
        calendars[name] = _calendar(_place("--calendar", place), wish)
    return calendars


def _calendar(place: PlaceSettings, wish: _Wish) -> PlaceSettings:
    if place.kind != "caldav":
        return place
    return CalendarAccount(place.location, wish.calendar_user, wish.calendar_secret).place(place.location)


def _place(option: str, text: str) -> PlaceSettings:
    kind, colon, location = text.partition(":")
    if not colon or not kind or not location:
        raise ConfigurationError(
            f"{option} {text} does not say what kind it is.",
            unharmed=_UNHARMED,
            advice="Write KIND:PLACE, for example vdir:/home/pat/calendar or folder:/media/post.",
        )
    location = _line(option, location)
    return PlaceSettings(kind, whole_path(location) if kind in _FOLDERS else location)


def _line(option: str, text: str) -> str:
    if not is_line(text):
        raise ConfigurationError(f"{option} has to be one line of text.", unharmed=_UNHARMED)
    return text.strip()
