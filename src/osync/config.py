"""The settings of one installation: TOML text to checked values and back. Knows no kind of calendar or mailbox, and no secret."""

import difflib
import json
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from osync.errors import ConfigurationError

_UNHARMED = "Nothing was sent or changed."
_SECTIONS = ("user", "calendars", "mailbox")
_USER = ("name", "address", "time_zone", "key_store")
_PLACE = ("kind", "location")
_LINE = re.compile(r"\(at line (\d+)")


@dataclass(frozen=True, slots=True)
class PlaceSettings:
    """A calendar or mailbox: its kind, and where it is in the words of that kind."""

    kind: str
    location: str


@dataclass(frozen=True, slots=True)
class Settings:
    """Who the user is, and which calendars and mailbox they have. The first calendar is the default.

    `time_zone` is an IANA name or "" for that of the system; `key_store` says where the private key is.
    """

    name: str
    address: str
    time_zone: str
    key_store: str
    calendars: Mapping[str, PlaceSettings]
    mailbox: PlaceSettings


def read_settings(path: Path) -> Settings:
    """Read the settings. ConfigurationError names file, line, key and what is allowed."""
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError as error:
        raise ConfigurationError(
            f"There is no OSync in {path.parent} yet.", unharmed=_UNHARMED, advice="Make one with: osync init --help."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read ({error}).", unharmed=_UNHARMED) from error
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        match = _LINE.search(str(error))
        where = f", line {match[1]}" if match else ""
        raise ConfigurationError(
            f"{path}{where} is not TOML: {str(error).split(' (at')[0]}.", unharmed=_UNHARMED, advice="Mend this line."
        ) from error
    return _Checker(path, text).settings(table)


class _Checker:
    """Checks one settings text and says exactly what is wrong with it."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._lines = text.splitlines()

    def settings(self, table: dict[str, object]) -> Settings:
        """Give the settings of a whole text."""
        self._check_names("", table, _SECTIONS)
        user = self._section(table, "user")
        self._check_names("user", user, _USER)
        calendars = self._section(table, "calendars")
        if not calendars:
            raise self._wrong("", "calendars", "has no calendar", "Add a section like [calendars.default].")
        mailbox = self._place("mailbox", self._section(table, "mailbox"))
        address = self._text("user", user, "address")
        if "@" not in address:
            raise self._wrong("user", "address", "is no mail address", "Write it like pat@example.org.")
        return Settings(
            name=self._text("user", user, "name"),
            address=address,
            time_zone=self._text("user", user, "time_zone", default=""),
            key_store=self._text("user", user, "key_store", default="file"),
            calendars={
                name: self._place(f"calendars.{name}", self._section(calendars, name, f"calendars.{name}"))
                for name in calendars
            },
            mailbox=mailbox,
        )

    def _section(self, table: Mapping[str, object], name: str, full: str = "") -> dict[str, object]:
        found = table.get(name)
        if not isinstance(found, dict):
            what = "is missing" if found is None else "has to be a section"
            raise self._wrong("", full or name, what, f"Write it as [{full or name}].")
        return found

    def _place(self, section: str, table: dict[str, object]) -> PlaceSettings:
        self._check_names(section, table, _PLACE)
        return PlaceSettings(self._text(section, table, "kind"), self._text(section, table, "location"))

    def _text(self, section: str, table: Mapping[str, object], key: str, default: str | None = None) -> str:
        value = table.get(key, default)
        if value is None:
            raise self._wrong(section, key, "is missing", f'Add a line {key} = "…" to [{section}].')
        if not isinstance(value, str) or (default is None and not value.strip()) or not value.isprintable():
            raise self._wrong(section, key, "has to be a text in quotes", f'Write it as {key} = "…".')
        return value

    def _check_names(self, section: str, table: Mapping[str, object], allowed: tuple[str, ...]) -> None:
        for name in table:
            if name not in allowed:
                close = difflib.get_close_matches(name, allowed, n=1)
                meant = f" Did you mean {close[0]}?" if close else ""
                raise self._wrong(section, name, "is not known", f"Allowed here: {', '.join(allowed)}.{meant}")

    def _wrong(self, section: str, key: str, what: str, advice: str) -> ConfigurationError:
        line = self._line_of(section, key)
        where = f", line {line}" if line else ""
        place = f" in [{section}]" if section else ""
        return ConfigurationError(f"{self._path}{where}: {key}{place} {what}.", unharmed=_UNHARMED, advice=advice)

    def _line_of(self, section: str, key: str) -> int:
        """Find the line of a key or section for the user; 0 if it is not written as usual."""
        current, nearest = "", 0
        for number, line in enumerate(self._lines, start=1):
            bare = line.strip()
            if bare.startswith("["):
                current = bare.strip("[] ")
                nearest = number if current == section else nearest
                if current == key or current.startswith(key + "."):
                    return number
            elif current == section and re.match(rf"""["']?{re.escape(key)}["']?\s*=""", bare):
                return number
        return nearest


def write_settings(path: Path, settings: Settings) -> None:
    """Write new settings, readable by this user alone. ConfigurationError if there are some already."""
    lines = [
        "# OSync's settings. Passwords and keys do not belong here.",
        "",
        "[user]",
        "# The name and address that your subscribers see.",
        f"name = {_quoted(settings.name)}",
        f"address = {_quoted(settings.address)}",
        "# The zone in which times are shown; empty for that of the system.",
        f"time_zone = {_quoted(settings.time_zone)}",
        '# Where the private key is: "system" (the key store of the system) or "file" (identity.key beside this file).',
        f"key_store = {_quoted(settings.key_store)}",
    ]
    for name, place in settings.calendars.items():
        lines += ["", f"[calendars.{_quoted(name)}]", *_place_lines(place)]
    lines += ["", "[mailbox]", *_place_lines(settings.mailbox), ""]
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write("\n".join(lines))
    except FileExistsError as error:
        raise ConfigurationError(
            f"There is an OSync in {path.parent} already.",
            unharmed="It stays as it is.",
            advice="Choose another home with --home, or change the settings in its config.toml.",
        ) from error
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written ({error.strerror}).", unharmed=_UNHARMED) from error


def _place_lines(place: PlaceSettings) -> list[str]:
    return [f"kind = {_quoted(place.kind)}", f"location = {_quoted(place.location)}"]


def _quoted(text: str) -> str:
    """Write a TOML basic string; JSON strings are a subset of them."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
