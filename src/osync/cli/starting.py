"""The commands that need no installation yet: `init` and `demo`."""

import argparse
import os
from pathlib import Path

from osync.assembly import choose_key_store, initialise
from osync.config import PlaceSettings, Settings
from osync.errors import ConfigurationError
from osync.home import Home


def init(arguments: argparse.Namespace, home: Home) -> int:
    """Make a new installation."""
    calendars: dict[str, PlaceSettings] = {}
    for text in arguments.calendar:
        name, equals, place = text.partition("=")
        if not equals or ":" in name:
            name, place = "default" if not calendars else f"calendar{len(calendars) + 1}", text
        calendars[name] = _place("--calendar", place)
    settings = Settings(
        name=_line("--name", arguments.name),
        address=_line("--address", arguments.address),
        time_zone=arguments.time_zone,
        key_store=choose_key_store(os.environ),
        calendars=calendars,
        mailbox=_place("--mailbox", arguments.mailbox),
    )
    if "@" not in settings.address:
        raise ConfigurationError(f"{settings.address} is no mail address.", advice="Write it like pat@example.org.")
    initialise(home, settings, create=arguments.create)
    where = "the key store of the system" if settings.key_store == "system" else home.key
    print(f"OSync is ready for {settings.name} <{settings.address}> in {home.path}.")
    print(f"Your private key is in {where}. Keep a backup of this folder.")
    print('Share events of a category: osync share new NAME --category "CATEGORY"')
    return 0


def _place(option: str, text: str) -> PlaceSettings:
    kind, colon, location = text.partition(":")
    if not colon or not kind or not location:
        raise ConfigurationError(
            f"{option} {text!r} does not say what kind it is.",
            unharmed="Nothing was changed.",
            advice="Write KIND:PLACE, for example vdir:/home/pat/calendar or folder:/media/post.",
        )
    return PlaceSettings(kind, str(Path(location).expanduser().absolute()))


def _line(option: str, text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ConfigurationError(f"{option} has to be printable text.", unharmed="Nothing was changed.")
    return text.strip()


def demo(arguments: argparse.Namespace) -> int:
    """Play two users on this computer."""
    from osync.demo import play

    return play(Path(arguments.folder).absolute(), print)
