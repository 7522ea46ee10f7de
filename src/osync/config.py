"""The settings of one installation: TOML text to checked values and back. Knows no kind of calendar or mailbox, and no secret."""

import contextlib
import difflib
import json
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from osync.errors import ConfigurationError
from osync.network import Network

KEY_STORES = ("system", "file")
"""Where a private key can be: in the key store of the system, or in a file of the home."""

BROADCAST_MINUTES = 10
MAILS_PER_DAY = 500
POLL_SECONDS = 60

_UNHARMED = "Nothing was sent or changed."
_SECTIONS = ("user", "calendars", "mailbox", "limits", "network", "run")
_USER = ("name", "address", "time_zone", "key_store")
_PLACE = ("kind", "location")
_LIMITS = ("broadcast_minutes", "mails_per_day")
_NETWORK = ("proxy", "ca_file", "timeout")
_RUN = ("poll_seconds",)
_LINE = re.compile(r" \(at line (\d+), column \d+\)")
_HEADER = re.compile(r"\s*\[+([^\]]*)\]")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_ADDRESS = re.compile(r"[^\s,;<>\"@]+@[^\s,;<>\"@]+")
_NO_LINE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class PlaceSettings:
    """A calendar or mailbox: its kind, where it is in the words of that kind, and `options` that the kind itself checks."""

    kind: str
    location: str
    options: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settings:
    """Who the user is, and which calendars and mailbox they have. The first calendar is the default.

    `time_zone` is an IANA name or "" for that of the system; `key_store` is one of KEY_STORES. Changes of a share are mailed
    once in `broadcast_minutes` at most, and to at most `mails_per_day` recipients a day; 0 stands for no limit.
    `osync run` asks every `poll_seconds` what does not tell by itself that it changed.
    """

    name: str
    address: str
    time_zone: str
    key_store: str
    calendars: Mapping[str, PlaceSettings]
    mailbox: PlaceSettings
    broadcast_minutes: int = BROADCAST_MINUTES
    mails_per_day: int = MAILS_PER_DAY
    network: Network = Network()
    poll_seconds: int = POLL_SECONDS


def is_address(text: str) -> bool:
    """Tell whether a text is a bare mail address, like pat@example.org."""
    return bool(_ADDRESS.fullmatch(text)) and is_line(text)


def is_line(text: str) -> bool:
    """Tell whether a text fits on one line of the settings: something is written there, and nothing invisible breaks it."""
    return bool(text.strip()) and not _NO_LINE.search(text)


def read_settings(path: Path) -> Settings:
    """Read the settings. ConfigurationError names file, line, key and what is allowed."""
    try:
        text = path.read_text("utf-8-sig")  # Notepad puts a mark before the text
    except FileNotFoundError as error:
        raise ConfigurationError(
            f"There is no OSync in {path.parent} yet.",
            unharmed="Nothing was done.",
            advice="Make one with osync init (see osync init --help), or name its folder with --home.",
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"{path} is not UTF-8 text.", unharmed=_UNHARMED, advice="Save it again as UTF-8."
        ) from error
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be read ({error.strerror}).",
            unharmed=_UNHARMED,
            advice="Check the folder and its permissions, or choose another one with --home.",
        ) from error
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _not_toml(path, text, str(error)) from error
    return _Checker(path, text).settings(table)


def _not_toml(path: Path, text: str, complaint: str) -> ConfigurationError:
    found = _LINE.search(complaint)
    line = int(found[1]) if found else max(1, text.count("\n"))
    return ConfigurationError(
        f"{path}, line {line}, is not TOML: {_LINE.sub('', complaint)}.",
        unharmed=_UNHARMED,
        advice='Mend this line. A setting looks like this: name = "pat".',
    )


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
        limits = self._section(table, "limits") if "limits" in table else {}
        self._check_names("limits", limits, _LIMITS)
        network = self._section(table, "network") if "network" in table else {}
        self._check_names("network", network, _NETWORK)
        run = self._section(table, "run") if "run" in table else {}
        self._check_names("run", run, _RUN)
        return Settings(
            name=self._text("user", user, "name"),
            address=self._address(user),
            time_zone=self._text("user", user, "time_zone", default=""),
            key_store=self._key_store(user),
            calendars={
                name: self._place(f"calendars.{name}", self._section(calendars, name, f"calendars.{name}"))
                for name in calendars
            },
            mailbox=self._place("mailbox", self._section(table, "mailbox")),
            broadcast_minutes=self._number("limits", limits, "broadcast_minutes", BROADCAST_MINUTES, 1440),
            mails_per_day=self._number("limits", limits, "mails_per_day", MAILS_PER_DAY, 1_000_000),
            network=Network(
                proxy=self._text("network", network, "proxy", default=""),
                ca_file=self._text("network", network, "ca_file", default=""),
                timeout=self._number("network", network, "timeout", int(Network().timeout), 3600, least=1),
            ),
            poll_seconds=self._number("run", run, "poll_seconds", POLL_SECONDS, 86_400, least=5),
        )

    def _address(self, user: Mapping[str, object]) -> str:
        address = self._text("user", user, "address")
        if not is_address(address):
            raise self._wrong("user", "address", "is no mail address", "Write it like pat@example.org.")
        return address

    def _key_store(self, user: Mapping[str, object]) -> str:
        chosen = self._text("user", user, "key_store")
        if chosen not in KEY_STORES:
            allowed = " or ".join(f'"{name}"' for name in KEY_STORES)
            raise self._wrong("user", "key_store", f'is "{chosen}"', f"Allowed: {allowed}.{_meant(chosen, KEY_STORES)}")
        return chosen

    def _section(self, table: Mapping[str, object], name: str, full: str = "") -> dict[str, object]:
        found = table.get(name)
        if not isinstance(found, dict):
            what = "is missing" if found is None else "has to be a section"
            parent = "calendars" if full else ""
            shown = full or (name if name != "calendars" else "calendars.default")
            raise self._wrong(parent, name, what, f"Write it as [{shown}].")
        return found

    def _place(self, section: str, table: dict[str, object]) -> PlaceSettings:
        for name in table:
            if name not in _PLACE and difflib.get_close_matches(name, _PLACE, n=1, cutoff=0.8):
                self._check_names(section, {name: ""}, _PLACE)
        kind, location = self._text(section, table, "kind"), self._text(section, table, "location")
        return PlaceSettings(kind, location, {name: value for name, value in table.items() if name not in _PLACE})

    def _text(self, section: str, table: Mapping[str, object], key: str, default: str | None = None) -> str:
        value = table.get(key, default)
        if value is None:
            raise self._wrong(section, key, "is missing", f'Add a line {key} = "…" to [{section}].')
        if not isinstance(value, str):
            raise self._wrong(section, key, "has to be a text in quotes", f'Write it as {key} = "…".')
        if not is_line(value) and (value or default is None):
            raise self._wrong(section, key, "has to be one line of text", f'Write it as {key} = "…".')
        return value

    def _number(
        self, section: str, table: Mapping[str, object], key: str, default: int, most: int, *, least: int = 0
    ) -> int:
        value = table.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            shown = least or "0 (no limit)"
            advice = f"Write a whole number from {shown} to {most}, like {key} = {default}."
            raise self._wrong(section, key, "is no number that is allowed", advice)
        return value

    def _check_names(self, section: str, table: Mapping[str, object], allowed: tuple[str, ...]) -> None:
        for name in table:
            if name not in allowed:
                advice = f"Allowed here: {', '.join(allowed)}.{_meant(name, allowed)}"
                raise self._wrong(section, name, "is not known", advice)

    def _wrong(self, section: str, key: str, what: str, advice: str) -> ConfigurationError:
        line = self._line_of(section, key)
        where = f", line {line}" if line else ""
        place = f" in [{section}]" if section else ""
        return ConfigurationError(f"{self._path}{where}: {key}{place} {what}.", unharmed=_UNHARMED, advice=advice)

    def _line_of(self, section: str, key: str) -> int:
        """Find the line of a key or section for the user, else that of its section; 0 if neither is written as usual."""
        current, nearest = "", 0
        for number, line in enumerate(self._lines, start=1):
            if header := _HEADER.match(line):
                current = ".".join(part.strip(" \t\"'") for part in header[1].split("."))
                nearest = nearest or (number if current == section and section else 0)
                if current == ".".join(filter(None, (section, key))) or current.startswith(f"{key}."):
                    return number
            elif current == section and re.match(rf"""\s*["']?{re.escape(key)}["']?\s*[=.]""", line):
                return number
        return nearest


def _meant(written: str, allowed: tuple[str, ...]) -> str:
    close = difflib.get_close_matches(written.lower(), allowed, n=1)
    return f" Did you mean {close[0]}?" if close else ""


def write_settings(path: Path, settings: Settings) -> None:
    """Write new settings, whole or not at all, readable by this user alone. ConfigurationError if it cannot be done."""
    text = "\n".join(_lines(settings))
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        # One that was killed may have left its file, and in a container it had our number.
        unfinished.unlink(missing_ok=True)
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                unfinished.unlink()
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written ({error.strerror}).", unharmed=_UNHARMED) from error


def _lines(settings: Settings) -> Iterator[str]:
    yield "# The settings of OSync. Passwords and keys do not belong here."
    yield ""
    yield "[user]"
    yield "# The name and the address that your subscribers see."
    yield f"name = {_quoted(settings.name)}"
    yield f"address = {_quoted(settings.address)}"
    yield '# The zone in which times are shown, like "Europe/Berlin"; "" is that of the system.'
    yield f"time_zone = {_quoted(settings.time_zone)}"
    yield '# Where your private key is: "system" (the key store of the system) or "file" (identity.key beside this file).'
    yield f"key_store = {_quoted(settings.key_store)}"
    yield ""
    yield "# Your calendars, the default one first. Others are added as [calendars.NAME]."
    for name, place in settings.calendars.items():
        yield f"[calendars.{name if _BARE_KEY.fullmatch(name) else _quoted(name)}]"
        yield from _place_lines(place)
    yield "# What carries your mail."
    yield "[mailbox]"
    yield from _place_lines(settings.mailbox)
    yield "# Changes of a share are mailed together, once in so many minutes at most; to so many recipients a day in all."
    yield "[limits]"
    yield f"broadcast_minutes = {settings.broadcast_minutes}"
    yield f"mails_per_day = {settings.mails_per_day}"
    yield ""
    if settings.network != Network():
        yield "# How servers are reached: a proxy (http://… or socks5://…), further trusted certificates, seconds to wait."
        yield "[network]"
        yield f"proxy = {_quoted(settings.network.proxy)}"
        yield f"ca_file = {_quoted(settings.network.ca_file)}"
        yield f"timeout = {settings.network.timeout:.0f}"
        yield ""
    if settings.poll_seconds != POLL_SECONDS:
        yield "# How often osync run asks calendars and mailboxes that do not tell by themselves that they changed."
        yield "[run]"
        yield f"poll_seconds = {settings.poll_seconds}"
        yield ""


def _place_lines(place: PlaceSettings) -> Iterator[str]:
    yield f"kind = {_quoted(place.kind)}"
    yield f"location = {_quoted(place.location)}"
    for name, value in place.options.items():
        yield f"{name} = {_written(value)}"
    yield ""


def _written(value: object) -> str:
    """Write the value of an option: a text, a number, yes or no, or a list of texts."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_written(each) for each in value)}]"
    return _quoted(value) if isinstance(value, str) else str(value)


def _quoted(text: str) -> str:
    """Write a TOML basic string; JSON strings are a subset of them but for one character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
