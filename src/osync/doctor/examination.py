"""Carry the checks out, one after the other; what goes wrong in one becomes its result, and the others go on.

Nothing of the user's is read but the list of what is there, and nothing is changed: what the doctor writes it removes again.
"""

import functools
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from osync.doctor.findings import Finding, bad, good, notice
from osync.doctor.trying_calendars import try_calendar
from osync.doctor.trying_mails import Patience, try_mails
from osync.engine.installation import Installation
from osync.errors import OSyncError

_LITTLE_ROOM = 100_000_000


def examine(
    installation: Installation, home: Path, calendars: Sequence[str], patience: Patience | None
) -> Iterator[Finding]:
    """Check everything, and give each result as soon as it is there. Without `patience` no mail is sent."""
    yield from _explained("home", lambda: _home(installation, home))
    yield from _explained("key", lambda: _key(installation))
    for name in calendars:
        yield from _explained(f"calendar {name}", functools.partial(_calendar, installation, name))
    yield from _explained("mailbox", lambda: _mailbox(installation))
    if patience is not None:
        yield from _explained("mail", lambda: try_mails(installation, patience))


def _explained(subject: str, check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from check()
    except OSyncError as error:
        yield bad(subject, f"{error.what} {error.unharmed}".strip(), error.advice)


def _home(installation: Installation, home: Path) -> Iterator[Finding]:
    if not installation.ledger.is_sound():
        yield bad("ledger", "The ledger is damaged.", "Put the home back from a backup; no calendar was harmed.")
    free = shutil.disk_usage(home).free
    if free < _LITTLE_ROOM:
        yield notice("home", f"There are only {free / 1e6:.0f} MB left where the ledger lies.", "Make room.")
    yield good("home", "The settings and the ledger are in order.")


def _key(installation: Installation) -> Iterator[Finding]:
    installation.identity()
    yield good("key", "Your private key is there. Keep a backup of it: osync identity export FILE")


def _calendar(installation: Installation, name: str) -> Iterator[Finding]:
    yield from try_calendar(f"calendar {name}", installation.calendar(name), installation.today)


def _mailbox(installation: Installation) -> Iterator[Finding]:
    waiting = sum(1 for _ in installation.mailbox.pending())
    yield good("mailbox", f"It can be read; {waiting} mails wait to be looked at.")
