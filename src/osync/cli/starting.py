"""The commands that need no installation yet: `init` by flags, and `demo`. The conversation is in `wizard`."""

import argparse
import os
import shutil
import sys
from pathlib import Path

from osync.assembly import check_is_new, choose_key_store, initialise, real_world
from osync.cli.places import accounts_by_flags
from osync.cli.terminal import conversation, has_terminal
from osync.cli.text import safe
from osync.config import Settings, is_address, is_line
from osync.errors import ConfigurationError
from osync.home import Home
from osync.message.manifest import MAX_NAME_CHARACTERS
from osync.network import Network
from osync.setup.accounts import keeping
from osync.setup.conversation import Conversation
from osync.setup.lookups import NetworkLookups
from osync.setup.provider import Means
from osync.setup.sources import ChosenAccounts

_UNHARMED = "Nothing was changed."


def init(arguments: argparse.Namespace, home: Home) -> int:
    """Make a new installation, with a conversation if the flags leave something open and somebody is there to answer."""
    missing = _missing(arguments)
    if missing and has_terminal() and not arguments.no_input:
        from osync.cli.wizard import converse

        return converse(arguments, home, conversation(), means_for(arguments))
    if missing:
        raise ConfigurationError(
            f"osync init needs {', '.join(missing)}.",
            unharmed=_UNHARMED,
            advice="Without them it asks, but only at a terminal. See: osync init --help.",
        )
    name, address = checked_name(arguments.name), checked_address(arguments.address)
    check_is_new(home)
    make_installation(arguments, home, name, address, accounts_by_flags(arguments, address, means_for(arguments)))
    print("Back your key up:               osync identity export FILE")
    print('Share the events of a category: osync share new NAME --category "CATEGORY"')
    print("Follow what others share:       osync sync, then osync invitations")
    return 0


def _missing(arguments: argparse.Namespace) -> list[str]:
    """Name the flags without which nothing can be made."""
    signs_in = arguments.password_command or arguments.password_stdin or arguments.auth != "password"
    found = [flag for flag, value in (("--name", arguments.name), ("--address", arguments.address)) if not value]
    if not arguments.mailbox and not signs_in:
        found.append("--mailbox or --password-command")
    if not arguments.calendar and not arguments.caldav and not signs_in:
        found.append("--calendar")
    return found


def means_for(arguments: argparse.Namespace) -> Means:
    """Give what accounts are found and tried with."""
    from osync.credentials.store import can_keep

    network = Network(arguments.proxy, arguments.ca_file)
    entropy = real_world().random_bytes

    def oauth(talk: Conversation, service: str, user: str) -> None:
        from osync.cli.secrets import sign_in_by_talking

        sign_in_by_talking(talk, service, user, network)

    return Means(NetworkLookups(network), network, entropy, can_keep, oauth)


def make_installation(
    arguments: argparse.Namespace, home: Home, name: str, address: str, accounts: ChosenAccounts
) -> None:
    """Keep the passwords and make the installation; if that cannot be done, nothing of it is left."""
    settings = Settings(
        name=name,
        address=address,
        time_zone=arguments.time_zone,
        key_store=choose_key_store(os.environ),
        calendars=accounts.calendars,
        mailbox=accounts.mailbox,
        network=Network(arguments.proxy, arguments.ca_file),
    )
    with keeping(accounts.passwords):
        was_there = initialise(home, settings, create=accounts.create)
    where = "the key store of the system" if settings.key_store == "system" else home.key
    print(safe(f"OSync is ready for {settings.name} <{settings.address}> in {home.path}."))
    if was_there:
        print("The private key that an earlier osync init made for this folder is used on.")
    print(
        safe(f"Your private key is in {where}. Keep a backup of both: without the key, all shares have to begin anew.")
    )


def checked_name(text: str) -> str:
    """Give a name that subscribers can see. ConfigurationError."""
    if not is_line(text):
        raise ConfigurationError("The name has to be one line of text.", unharmed=_UNHARMED)
    name = text.strip()
    if len(name) > MAX_NAME_CHARACTERS:
        raise ConfigurationError(f"The name has more than {MAX_NAME_CHARACTERS} characters.", unharmed=_UNHARMED)
    return name


def checked_address(text: str) -> str:
    """Give a bare mail address. ConfigurationError."""
    if not is_line(text):
        raise ConfigurationError("The address has to be one line of text.", unharmed=_UNHARMED)
    address = text.strip()
    if not is_address(address):
        raise ConfigurationError(
            f"{address} is no mail address.", unharmed=_UNHARMED, advice="Write it like pat@example.org."
        )
    return address


def demo(arguments: argparse.Namespace, home: Home) -> int:  # noqa: ARG001 # it makes homes of its own
    """Play two users on this computer."""
    from osync.demo import play

    own = sys.executable if getattr(sys, "frozen", False) else f"{sys.executable} -m osync"
    command = "osync" if shutil.which("osync") else own
    return play(Path(arguments.folder).absolute(), print, command)
