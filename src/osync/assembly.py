"""From settings to ready objects: the only module that names the kinds of calendars and mailboxes, and imports them late."""

import contextlib
import functools
import os
import zoneinfo
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from osync.config import PlaceSettings, Settings, read_settings, write_settings
from osync.engine.installation import Installation
from osync.errors import ConfigurationError, NotFoundError
from osync.home import Home
from osync.ledger.ledger import Ledger
from osync.model import World

if TYPE_CHECKING:
    from osync.calendars.base import Calendar
    from osync.mailboxes.base import Mailbox
    from osync.message.identity import Identity

CALENDAR_KINDS = ("vdir",)
MAILBOX_KINDS = ("folder",)


def clock() -> datetime:
    """Give the time of the system in UTC."""
    return datetime.now(UTC)


def real_world() -> World:
    """Give the clock and the randomness of the system."""
    return World(clock, os.urandom)


def open_calendar(settings: PlaceSettings) -> "Calendar":
    """Make the calendar that the settings describe. ConfigurationError for an unknown kind."""
    if settings.kind == "vdir":
        from osync.calendars.vdir import VdirCalendar

        return VdirCalendar(Path(settings.location), clock)
    raise _unknown_kind("calendar", settings.kind, CALENDAR_KINDS)


def open_mailbox(settings: PlaceSettings, address: str) -> "Mailbox":
    """Make the mailbox that the settings describe. ConfigurationError for an unknown kind."""
    if settings.kind == "folder":
        from osync.mailboxes.folder import FolderMailbox

        return FolderMailbox(Path(settings.location), address)
    raise _unknown_kind("mailbox", settings.kind, MAILBOX_KINDS)


def _unknown_kind(what: str, kind: str, allowed: tuple[str, ...]) -> ConfigurationError:
    return ConfigurationError(
        f"{kind!r} is no kind of {what} that OSync knows.",
        unharmed="Nothing was sent or changed.",
        advice=f"Allowed: {', '.join(allowed)}.",
    )


@contextlib.contextmanager
def installation(home: Home, progress: Callable[[str, int, int], None]) -> Iterator[Installation]:
    """Open the installation of a home, and keep every other OSync out meanwhile.

    Raises ConfigurationError, AnotherRunError, and ledger errors.
    """
    settings = read_settings(home.settings)
    with home.locked():
        ledger = Ledger.open(home.ledger)
        try:
            yield _installation(home, settings, ledger, progress)
        finally:
            ledger.close()


def _installation(
    home: Home, settings: Settings, ledger: Ledger, progress: Callable[[str, int, int], None]
) -> Installation:
    return Installation(
        name=settings.name,
        address=settings.address,
        ledger=ledger,
        mailbox=open_mailbox(settings.mailbox, settings.address),
        identity=functools.cache(lambda: _load_identity(home, settings)),
        calendar=functools.cache(lambda name: _named_calendar(settings.calendars, name)),
        world=real_world(),
        progress=progress,
    )


def _named_calendar(calendars: Mapping[str, PlaceSettings], name: str) -> "Calendar":
    if name not in calendars:
        raise NotFoundError(f"There is no calendar {name}.", advice=f"Your calendars: {', '.join(calendars)}.")
    return open_calendar(calendars[name])


def _load_identity(home: Home, settings: Settings) -> "Identity":
    from osync.keys import open_key_store
    from osync.message.identity import Identity

    return Identity.from_bytes(open_key_store(settings.key_store, home.path, home.key).load())


def initialise(home: Home, settings: Settings, *, create: bool) -> None:
    """Make a new installation: account, key, ledger, and last the settings, so that a cut-off one can be begun again.

    `create` makes the folder of a calendar that does not exist; otherwise a mistyped one is refused. ConfigurationError
    if there is an installation already, or a place cannot be used.
    """
    if home.settings.exists():
        write_settings(home.settings, settings)
    _check_time_zone(settings.time_zone)
    for place in settings.calendars.values():
        if create and place.kind == "vdir":
            Path(place.location).mkdir(parents=True, exist_ok=True)
        for _ in open_calendar(place).refs():
            break
    open_account(settings)
    home.create()
    with home.locked():
        _make_identity(home, settings)
        Ledger.open(home.ledger).close()
        write_settings(home.settings, settings)


def open_account(settings: Settings) -> None:
    """Make sure that the mailbox exists, where that is in our hands; a second time changes nothing."""
    mailbox = open_mailbox(settings.mailbox, settings.address)
    if settings.mailbox.kind == "folder":
        from osync.mailboxes.folder import FolderMailbox

        if isinstance(mailbox, FolderMailbox):
            mailbox.open_account()


def _check_time_zone(name: str) -> None:
    try:
        if name:
            zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigurationError(
            f"{name!r} is no time zone.", unharmed="Nothing was changed.", advice="Write it like Europe/Berlin."
        ) from error


def _make_identity(home: Home, settings: Settings) -> None:
    """Make a key, unless an installation that was cut off before its settings were written has left one."""
    from osync.keys import FILE, open_key_store
    from osync.message.identity import new_identity

    if settings.key_store == FILE and home.key.exists():
        return
    open_key_store(settings.key_store, home.path, home.key).save(new_identity(os.urandom).to_bytes())


def choose_key_store(environment: Mapping[str, str]) -> str:
    """Give where a new key is to be kept: OSYNC_KEYS if it is set, else the system's key store where there is one."""
    from osync.keys import FILE, SYSTEM, system_has_key_store

    chosen = environment.get("OSYNC_KEYS", "")
    if chosen not in ("", FILE, SYSTEM):
        raise ConfigurationError(f"OSYNC_KEYS is {chosen!r}.", advice=f'Allowed are "{SYSTEM}" and "{FILE}".')
    return chosen or (SYSTEM if system_has_key_store() else FILE)
