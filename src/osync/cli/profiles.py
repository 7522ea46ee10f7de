"""The command `profiles`: every installation of this user, without opening one of them."""

import argparse
import os
from dataclasses import dataclass

from osync.cli.shapes import Json, json_text
from osync.cli.text import safe, table
from osync.config import read_settings
from osync.errors import ConfigurationError
from osync.home import Home, find_home, profiles_of

_HEAD = ("PROFILE", "PERSON", "CALENDARS", "FOLDER")


@dataclass(frozen=True, slots=True)
class _Listed:
    """An installation as it is listed: its profile, "" for the usual one; or the `problem` that keeps it from being read."""

    profile: str
    folder: str
    name: str = ""
    address: str = ""
    calendars: tuple[str, ...] = ()
    problem: str = ""


def list_profiles(arguments: argparse.Namespace, _home: Home) -> int:
    """List the usual installation and its profiles."""
    usual = find_home(arguments.home, os.environ)
    found = [_read(name, home) for name, home in {"": usual, **profiles_of(usual)}.items() if _is_there(home)]
    if arguments.json:
        print(json_text("profiles", {"profiles": [_json(each) for each in found]}))
        return 0
    if not found:
        print(safe(f"There is no OSync in {usual.path} yet. Make one with: osync init"))
        return 0
    print(table([_HEAD, *(_row(each) for each in found)], indent=""))
    for each in found:
        if each.problem:
            print(f"{safe(each.profile or '(usual)')}: {safe(each.problem)}")
    return 0


def _is_there(home: Home) -> bool:
    try:
        return home.settings.exists()
    except OSError:
        return True  # reading it says what is wrong


def _read(profile: str, home: Home) -> _Listed:
    try:
        settings = read_settings(home.settings)
    except ConfigurationError as error:
        return _Listed(profile, str(home.path), problem=str(error))
    calendars = tuple(f"{name} ({place.kind})" for name, place in settings.calendars.items())
    return _Listed(profile, str(home.path), settings.name, settings.address, calendars)


def _row(each: _Listed) -> tuple[str, ...]:
    person = "?" if each.problem else f"{each.name} <{each.address}>"
    return (each.profile or "(usual)", person, ", ".join(each.calendars) or "?", each.folder)


def _json(each: _Listed) -> dict[str, Json]:
    return {
        "profile": each.profile,
        "folder": each.folder,
        "name": each.name,
        "address": each.address,
        "calendars": each.calendars,
        "problem": each.problem,
    }
