"""The commands `password` and `sign-in`: give OSync what it signs in with. They need no ledger."""

import argparse

from osync.cli.terminal import password_from_input
from osync.cli.text import safe
from osync.config import PlaceSettings, Settings, read_settings
from osync.credentials import forget_secrets, host_of, keep_password, password_name
from osync.errors import ConfigurationError, NotFoundError
from osync.home import Home

MAILBOX = "mailbox"
_WITH_PASSWORD = ("internet", "caldav")


def change_password(arguments: argparse.Namespace, home: Home) -> int:
    """Keep or forget the password of an account."""
    section, place = find_account(read_settings(home.settings), arguments.account)
    user, host = str(place.options.get("user", "")), host_of(place.location)
    if place.kind not in _WITH_PASSWORD or not user:
        raise ConfigurationError(
            f"The account {section} needs no password.",
            unharmed="Nothing was changed.",
            advice=f"It is of the kind {place.kind}.",
        )
    if arguments.password_verb == "forget":
        from osync.credentials.store import forget

        forget(password_name(user, host))
        forget_secrets()
        print(safe(f"OSync keeps no password of {user} at {host} any more."))
        return 0
    keep_password(user, host, password_from_input(f"Password of {user} at {host}"))
    print(safe(f"The password of {user} at {host} is in the credential store of the system."))
    if place.options.get("password_command") or place.options.get("auth", "password") != "password":
        print(f"It is used when password_command and auth are taken out of [{section}] in the settings.")
    return 0


def find_account(settings: Settings, name: str) -> tuple[str, PlaceSettings]:
    """Find the mailbox or a calendar by its name; gives its section of the settings too. NotFoundError."""
    if name == MAILBOX:
        return MAILBOX, settings.mailbox
    calendar = name.removeprefix("calendars.")
    if calendar not in settings.calendars:
        raise NotFoundError(
            f"There is no account {name} in the settings.",
            advice=f"Your accounts: {', '.join((MAILBOX, *settings.calendars))}.",
        )
    return f"calendars.{calendar}", settings.calendars[calendar]
