"""From settings to ready objects: the only module that names the kinds of calendars and mailboxes, and imports them late."""

import contextlib
import functools
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from osync.config import PlaceSettings, Settings, read_settings, write_settings
from osync.engine.installation import KEY_ID, Installation
from osync.errors import (
    CalendarUnusableError,
    ConfigurationError,
    KeyUnavailableError,
    LedgerDamagedError,
    NotFoundError,
)
from osync.home import Home
from osync.ledger.ledger import Ledger
from osync.mailboxes.base import WaitsForMail
from osync.model import World
from osync.network import Network
from osync.sync.budget import BROADCASTS_A_DAY, MailLimits

if TYPE_CHECKING:
    from osync.calendars.base import Calendar
    from osync.mailboxes.base import Mailbox
    from osync.message.identity import Identity
    from osync.notebook import Notebook

CALENDAR_KINDS = ("vdir", "caldav", "outlook")
MAILBOX_KINDS = ("folder", "internet", "outlook")
_FOLDER_KINDS = ("vdir",)
_UNHARMED = "Nothing was sent or changed."


def clock() -> datetime:
    """Give the time of the system in UTC."""
    return datetime.now(UTC)


def real_world() -> World:
    """Give the clock and the randomness of the system."""
    return World(clock, os.urandom)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What calendars and mailboxes are made with: the home, the network, and their notebooks by name."""

    home: Home
    network: Network
    notebook: Callable[[str], "Notebook"]


def loose_surroundings(home: Home, settings: Settings) -> Surroundings:
    """Give surroundings without a ledger: what calendars and mailboxes note is thrown away."""
    from osync.notebook import LooseNotebook

    return Surroundings(home, settings.network, lambda place: LooseNotebook())


def open_calendar(name: str, settings: PlaceSettings, surroundings: Surroundings) -> "Calendar":
    """Make the calendar `name` that the settings describe; nothing is asked of a server yet. ConfigurationError."""
    from osync.options import Options

    options = Options(f"calendars.{name}", settings.options)
    if settings.kind == "vdir":
        from osync.calendars.vdir import VdirCalendar

        options.finish()
        return VdirCalendar(_folder(settings, surroundings.home), clock)
    if settings.kind == "caldav":
        from osync.calendars.caldav import CaldavCalendar, read_caldav_settings
        from osync.credentials import find_login

        caldav = read_caldav_settings(settings.location, options)
        login = find_login(caldav.user, caldav.url, options, surroundings.network)
        options.finish()
        return CaldavCalendar(caldav, login, surroundings.network, surroundings.notebook(f"calendar {name}"))
    if settings.kind == "outlook":
        from osync.calendars.outlook import open_outlook_calendar

        options.finish()
        return open_outlook_calendar(settings.location, surroundings.notebook(f"calendar {name}"))
    raise _unknown_kind("calendar", settings.kind, CALENDAR_KINDS)


def open_mailbox(settings: Settings, surroundings: Surroundings) -> "Mailbox":
    """Make the mailbox that the settings describe; nothing is asked of a server yet. ConfigurationError."""
    from osync.options import Options

    place = settings.mailbox
    options = Options("mailbox", place.options)
    if place.kind == "folder":
        from osync.mailboxes.folder import FolderMailbox

        options.finish()
        return FolderMailbox(_folder(place, surroundings.home), settings.address)
    if place.kind == "internet":
        from osync.credentials import find_login
        from osync.mailboxes.internet import InternetMailbox, Reading, read_internet_settings
        from osync.message.worth_reading import FIELDS, may_concern

        internet = read_internet_settings(place.location, options)
        login = find_login(internet.imap.user, internet.imap.url, options, surroundings.network)
        options.finish()
        notebook, reading = surroundings.notebook("mailbox"), Reading(FIELDS, may_concern)
        return InternetMailbox(internet, login, surroundings.network, notebook, real_world(), reading)
    if place.kind == "outlook":
        from osync.mailboxes.outlook import open_outlook_mailbox

        notebook = surroundings.notebook("mailbox")
        mailbox = open_outlook_mailbox(place.location, settings.address, options, notebook, clock)
        options.finish()
        return mailbox
    raise _unknown_kind("mailbox", place.kind, MAILBOX_KINDS)


def _folder(settings: PlaceSettings, home: Home) -> Path:
    """Give the folder that a location names: "~" is the user's, and one that is not whole begins at the home."""
    try:
        return home.path / Path(settings.location).expanduser()
    except RuntimeError as error:
        raise ConfigurationError(
            f"Nobody knows whose folder {settings.location} is.", unharmed=_UNHARMED, advice="Write the whole path."
        ) from error


def _unknown_kind(what: str, kind: str, allowed: tuple[str, ...]) -> ConfigurationError:
    return ConfigurationError(
        f"{kind!r} is no kind of {what} that OSync knows.",
        unharmed=_UNHARMED,
        advice=f"Allowed: {', '.join(allowed)}.",
    )


@contextlib.contextmanager
def installation(home: Home, progress: Callable[[str, int, int], None]) -> Iterator[Installation]:
    """Open the installation of a home, and keep every other OSync out meanwhile.

    Raises ConfigurationError, AnotherRunError, and ledger errors.
    """
    settings = read_settings(home.settings)
    with open_installation(home, settings, progress) as opened:
        yield opened


@contextlib.contextmanager
def open_installation(
    home: Home, settings: Settings, progress: Callable[[str, int, int], None]
) -> Iterator[Installation]:
    """Open the installation of a home whose settings were read, and keep every other OSync out meanwhile."""
    with home.locked():
        _check_ledger(home)
        ledger = Ledger.open(home.ledger)
        try:
            opened = _installation(home, settings, ledger, progress)
            with _hanging_up(opened.mailbox):
                yield opened
        finally:
            ledger.close()


@contextlib.contextmanager
def _hanging_up(mailbox: "Mailbox") -> Iterator[None]:
    """Close the connections of a mailbox afterwards, if it has any."""
    try:
        yield
    finally:
        if isinstance(mailbox, WaitsForMail):
            mailbox.close()


def _check_ledger(home: Home) -> None:
    """Refuse to go on without the ledger: a new one would have forgotten every share and what was written."""
    try:
        size = home.ledger.stat().st_size
    except OSError:
        size = 0
    if not size:
        raise LedgerDamagedError(
            f"The ledger {home.ledger} is missing or empty.",
            unharmed="No calendar was touched and no mail was sent.",
            advice="Put it back from a backup. To begin anew, move the whole folder away and run osync init; if you have a"
            " file of osync identity export, osync identity import brings key and shares back.",
        )


def _installation(
    home: Home, settings: Settings, ledger: Ledger, progress: Callable[[str, int, int], None]
) -> Installation:
    surroundings = Surroundings(home, settings.network, ledger.notebook)
    return Installation(
        name=settings.name,
        address=settings.address,
        ledger=ledger,
        mailbox=open_mailbox(settings, surroundings),
        identity=functools.cache(lambda: _load_identity(home, settings, ledger)),
        calendar=functools.cache(lambda name: _named_calendar(settings.calendars, name, surroundings)),
        world=real_world(),
        progress=progress,
        mail_limits=_mail_limits(settings),
        place=functools.partial(_place_of, settings.calendars),
    )


def _place_of(calendars: Mapping[str, PlaceSettings], name: str) -> str:
    """Give a text that differs for another place, and tells nothing of it; "" for a calendar that the settings do not have."""
    import hashlib

    place = calendars.get(name)
    if place is None:
        return ""
    words = (place.kind, place.location, str(place.options.get("user", "")))
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:16]


def _mail_limits(settings: Settings) -> MailLimits:
    seconds = settings.broadcast_minutes * 60
    return MailLimits(seconds, BROADCASTS_A_DAY if seconds else 0, settings.mails_per_day)


def _named_calendar(calendars: Mapping[str, PlaceSettings], name: str, surroundings: Surroundings) -> "Calendar":
    if name not in calendars:
        raise NotFoundError(
            f"There is no calendar {name} in the settings.", advice=f"Your calendars: {', '.join(calendars)}."
        )
    return open_calendar(name, calendars[name], surroundings)


def _load_identity(home: Home, settings: Settings, ledger: Ledger) -> "Identity":
    """Load the key that the ledger names: subscribers would not know what another one signs. Throw old ones away in time."""
    from osync.engine.identities import former_keys
    from osync.keys import open_key_store
    from osync.message.identity import identities_from

    store = open_key_store(settings.key_store, home.path, home.key)
    keys = identities_from(store.load())
    present = next((key for key in keys if ledger.setting(KEY_ID) in ("", key.public.key_id)), None)
    if present is None:
        raise KeyUnavailableError(
            f"The private key of {home.path} belongs to another installation.",
            unharmed=_UNHARMED,
            advice="Put back the key and the ledger that belong together, from one backup.",
        )
    now = int(clock().timestamp())
    expired = {public for public, until in former_keys(ledger) if until < now}
    kept = [key for key in keys if key is present or key.public.public_key.hex() not in expired]
    if len(kept) < len(keys):
        store.replace(b"".join(key.to_bytes() for key in kept))
    return replace(present, former=tuple(key for key in kept if key is not present))


def key_keeper(home: Home, settings: Settings) -> "Callable[[Sequence[Identity]], None]":
    """Give what puts private keys where this installation keeps them, all at once, in the place of those that are there."""
    from osync.keys import open_key_store

    store = open_key_store(settings.key_store, home.path, home.key)
    return lambda keys: store.replace(b"".join(key.to_bytes() for key in keys))


def initialise(home: Home, settings: Settings, *, create: bool) -> bool:
    """Make a new installation: account, key, ledger, and last the settings, so that a cut-off one can be begun again.

    Gives whether a key of an earlier one was there, and is used on. `create` makes the folder of a calendar that does not exist; otherwise a mistyped one is refused. ConfigurationError
    if there is an installation already, or a place cannot be used; then there is none afterwards either.
    """
    check_is_new(home)
    if _exists(home.path):
        home.create()  # a file in its place has to show before anything is made
    check_time_zone(settings.time_zone)
    for name, place in settings.calendars.items():
        _check_calendar(name, place, loose_surroundings(home, settings), create=create)
    open_account(settings, home)
    home.create()
    with home.locked():
        check_is_new(home)
        was_there = _begin_key_and_ledger(home, settings)
        write_settings(home.settings, settings)
    return was_there


def _begin_key_and_ledger(home: Home, settings: Settings) -> bool:
    """Make key and ledger; those of an installation that was cut off before its settings were written, or lost them, are used on.

    Gives whether a key was there. ConfigurationError if it is not that of the ledger: subscribers would not know another one.
    """
    from osync.keys import open_key_store
    from osync.message.identity import identities_from, new_identity

    store = open_key_store(settings.key_store, home.path, home.key)
    keys = identities_from(store.load()) if store.holds() else ()
    with contextlib.suppress(FileExistsError):
        # SQLite would let everybody on this computer read it.
        os.close(os.open(home.ledger, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    ledger = Ledger.open(home.ledger)
    try:
        known = ledger.setting(KEY_ID)
        if known and known not in [key.public.key_id for key in keys]:
            raise _without_its_key(home)
        present = keys or (new_identity(os.urandom),)
        if not keys:
            store.save(present[0].to_bytes())
        with ledger.transaction():
            ledger.set_setting(KEY_ID, known or present[0].public.key_id)
    finally:
        ledger.close()
    return bool(keys)


def _without_its_key(home: Home) -> ConfigurationError:
    return ConfigurationError(
        f"In {home.path} lies the ledger of an earlier OSync, but not its private key.",
        unharmed="Nothing was changed, and no new key was made: whoever knows the old one would not know it.",
        advice="Put the key back from a backup and type osync init again, or begin anew in another folder with --home.",
    )


def check_is_new(home: Home) -> None:
    """Refuse a home that has settings already. ConfigurationError."""
    if _exists(home.settings):
        raise ConfigurationError(
            f"There is an OSync in {home.path} already.",
            unharmed="It stays as it is.",
            advice="Choose another home with --home, or change the settings in its config.toml.",
        )


def _check_calendar(name: str, place: PlaceSettings, surroundings: Surroundings, *, create: bool) -> None:
    """Check that a calendar can be read and written; make its folder if that is wished."""
    calendar = open_calendar(name, place, surroundings)
    if place.kind in _FOLDER_KINDS and not _exists(folder := _folder(place, surroundings.home)):
        if not create:
            raise CalendarUnusableError(
                f"The calendar folder {folder} does not exist.",
                unharmed="Nothing was changed.",
                advice="Correct its path, or let OSync make it with --create.",
            )
        _make_folder(folder)
    for _ in calendar.refs():
        break
    if not calendar.capabilities.writable:
        raise CalendarUnusableError(
            f"The calendar {place.location} may not be written.",
            unharmed="Nothing was changed.",
            advice="Change its permissions, or choose another one.",
        )


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CalendarUnusableError(
            f"The calendar folder {folder} cannot be made ({error.strerror}).", unharmed="Nothing was changed."
        ) from error


def open_account(settings: Settings, home: Home) -> None:
    """Make sure that the mailbox exists, where that is in our hands; a second time changes nothing."""
    if settings.mailbox.kind == "folder":
        from osync.mailboxes.folder import FolderMailbox

        FolderMailbox(_folder(settings.mailbox, home), settings.address).open_account()
    else:
        open_mailbox(settings, loose_surroundings(home, settings))


def check_time_zone(name: str) -> None:
    """Refuse what is no IANA zone; "" is the system's. ConfigurationError."""
    import zoneinfo

    try:
        if name:
            zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigurationError(
            f"{name!r} is no time zone.", unharmed=_UNHARMED, advice="Write it like Europe/Berlin."
        ) from error


def choose_key_store(environment: Mapping[str, str]) -> str:
    """Give where a new key is to be kept: OSYNC_KEYS if it is set, else the system's key store where there is one."""
    from osync.keys import FILE, SYSTEM, system_has_key_store

    chosen = environment.get("OSYNC_KEYS", "")
    if chosen not in ("", FILE, SYSTEM):
        raise ConfigurationError(f"OSYNC_KEYS is {chosen!r}.", advice=f'Allowed are "{SYSTEM}" and "{FILE}".')
    return chosen or (SYSTEM if system_has_key_store() else FILE)
