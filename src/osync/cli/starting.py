"""The commands that need no installation yet: `init` and `demo`."""

import argparse
import os
import shutil
import sys
from pathlib import Path

from osync.assembly import choose_key_store, initialise
from osync.cli.text import safe
from osync.config import PlaceSettings, Settings, is_address, is_line
from osync.errors import ConfigurationError
from osync.home import Home
from osync.message.manifest import MAX_NAME_CHARACTERS

_UNHARMED = "Nothing was changed."


def init(arguments: argparse.Namespace, home: Home) -> int:
    """Make a new installation."""
    settings = Settings(
        name=_name(arguments.name),
        address=_address(arguments.address),
        time_zone=arguments.time_zone,
        key_store=choose_key_store(os.environ),
        calendars=_calendars(arguments.calendar),
        mailbox=_place("--mailbox", arguments.mailbox),
    )
    initialise(home, settings, create=arguments.create)
    where = "the key store of the system" if settings.key_store == "system" else home.key
    print(safe(f"OSync is ready for {settings.name} <{settings.address}> in {home.path}."))
    print(
        safe(f"Your private key is in {where}. Keep a backup of both: without the key, all shares have to begin anew.")
    )
    print("Back your key up:               osync identity export FILE")
    print('Share the events of a category: osync share new NAME --category "CATEGORY"')
    print("Follow what others share:       osync sync, then osync invitations")
    return 0


def _name(text: str) -> str:
    name = _line("--name", text)
    if len(name) > MAX_NAME_CHARACTERS:
        raise ConfigurationError(f"--name has more than {MAX_NAME_CHARACTERS} characters.", unharmed=_UNHARMED)
    return name


def _address(text: str) -> str:
    address = _line("--address", text)
    if not is_address(address):
        raise ConfigurationError(
            f"{address} is no mail address.", unharmed=_UNHARMED, advice="Write it like pat@example.org."
        )
    return address


def _calendars(texts: list[str]) -> dict[str, PlaceSettings]:
    """Read [NAME=]KIND:PLACE; the first one is called default if it has no name."""
    calendars: dict[str, PlaceSettings] = {}
    for text in texts:
        name, equals, place = text.partition("=")
        if not equals or ":" in name:
            name, place = f"calendar{len(calendars) + 1}" if calendars else "default", text
        name = _line("--calendar", name)
        if name in calendars:
            raise ConfigurationError(f"Two calendars are called {name}.", unharmed=_UNHARMED, advice="Name each once.")
        calendars[name] = _place("--calendar", place)
    return calendars


def _place(option: str, text: str) -> PlaceSettings:
    kind, colon, location = text.partition(":")
    if not colon or not kind or not location:
        raise ConfigurationError(
            f"{option} {text} does not say what kind it is.",
            unharmed=_UNHARMED,
            advice="Write KIND:PLACE, for example vdir:/home/pat/calendar or folder:/media/post.",
        )
    try:
        whole = Path(_line(option, location)).expanduser().absolute()
    except RuntimeError as error:
        raise ConfigurationError(f"Nobody knows whose folder {location} is.", unharmed=_UNHARMED) from error
    return PlaceSettings(kind, str(whole))


def _line(option: str, text: str) -> str:
    if not is_line(text):
        raise ConfigurationError(f"{option} has to be one line of text.", unharmed=_UNHARMED)
    return text.strip()


def demo(arguments: argparse.Namespace) -> int:
    """Play two users on this computer."""
    from osync.demo import play

    is_program_of_its_own = getattr(sys, "frozen", False)
    command = sys.executable if is_program_of_its_own else f"{sys.executable} -m osync"
    if shutil.which("osync"):
        command = "osync"
    return play(Path(arguments.folder).absolute(), print, command)
