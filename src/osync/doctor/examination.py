"""Carry the checks out, one after the other; what goes wrong in one becomes its result, and the others go on.

Nothing of the user's is read but the list of what is there, and nothing is changed: what the doctor writes it removes again.
"""

import functools
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from osync.calendars.base import Calendar, EventRef, SettlesWrites
from osync.doctor.findings import Finding, bad, good, notice
from osync.doctor.probe_event import PROBE_UID, judge_event, probe_event
from osync.doctor.probe_mail import Arrival, ProbeMail, is_arrival_of, judge_clock, judge_mails, probe_mails
from osync.engine.installation import Installation
from osync.errors import EventExistsError, OSyncError
from osync.mailboxes.base import OutgoingMail, WaitsForMail

_LITTLE_ROOM = 100_000_000
_LOOK_AGAIN = 5.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for mails, in seconds; `now` is a clock that only goes forward, `pause` waits so many seconds."""

    seconds: float
    now: Callable[[], float]
    pause: Callable[[float], None]


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
        yield from _explained("mail", lambda: _mails(installation, patience))


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
    subject = f"calendar {name}"
    calendar = installation.calendar(name)
    places = sum(1 for _ in calendar.refs())
    if not calendar.capabilities.writable:
        yield notice(
            subject,
            f"It can be read ({places} places), but not written.",
            "You can share from it, but nobody's events can be written to it.",
        )
        return
    event = probe_event(installation.today)
    ref = _create_probe(installation, calendar)
    try:
        found = next((each for each in calendar.read([ref.handle]) if each.event), None)
        yield from judge_event(subject, event, found.event if found else None)
        if found:
            ref = calendar.replace(found.ref, event)
    finally:
        for stored in list(calendar.read([ref.handle])):
            if stored.event and stored.event.uid == PROBE_UID:
                calendar.delete(stored.ref)
        if isinstance(calendar, SettlesWrites):
            calendar.settle_writes()
    if any(each.handle == ref.handle for each in calendar.refs()):
        yield bad(subject, "The probe could not be removed.", f"Delete the event with the UID {PROBE_UID} yourself.")


def _create_probe(installation: Installation, calendar: Calendar) -> EventRef:
    """Write the probe; one that an earlier doctor left behind is removed first."""
    event = probe_event(installation.today)
    try:
        return calendar.create(event)
    except EventExistsError as error:
        for stored in list(calendar.read([error.handle])):
            if stored.event and stored.event.uid == PROBE_UID:
                calendar.delete(stored.ref)
        return calendar.create(event)


def _mailbox(installation: Installation) -> Iterator[Finding]:
    waiting = sum(1 for _ in installation.mailbox.pending())
    yield good("mailbox", f"It can be read; {waiting} mails wait to be looked at.")


def _mails(installation: Installation, patience: Patience) -> Iterator[Finding]:
    sent: list[ProbeMail] = []
    begun: dict[str, float] = {}
    sent_at = installation.now
    for probe in probe_mails(installation.name, installation.address, sent_at, installation.world.random_bytes):
        refusals = installation.mailbox.send(OutgoingMail(installation.address, (installation.address,), probe.content))
        for refusal in refusals:
            yield bad("mail", f"The mail server does not take mails to yourself: {refusal.reason}")
        if not refusals:
            sent.append(probe)
            begun[probe.word] = patience.now()
    last = patience.now()
    arrived: list[Arrival] = []
    while len(arrived) < len(sent) and patience.now() - last < patience.seconds:
        arrived += _arrivals(installation, sent, arrived, lambda probe: patience.now() - begun[probe.word])
        if len(arrived) < len(sent):
            _wait(installation, patience)
    yield from judge_mails(sent, arrived, patience.seconds)
    yield from judge_clock(arrived, sent_at)


def _arrivals(
    installation: Installation, sent: list[ProbeMail], arrived: list[Arrival], seconds: Callable[[ProbeMail], float]
) -> list[Arrival]:
    """Give the probes that lie in the mailbox now, and settle them: no sync shall look at them."""
    known = {each.probe.word for each in arrived}
    new: list[Arrival] = []
    for mail in installation.mailbox.pending():
        probe = next((each for each in sent if mail.content and is_arrival_of(each, mail.content)), None)
        if probe is None or mail.content is None:
            continue
        installation.mailbox.settle(mail.handle)
        if probe.word not in known:
            known.add(probe.word)
            new.append(Arrival(probe, mail.content, seconds(probe)))
    return new


def _wait(installation: Installation, patience: Patience) -> None:
    if isinstance(installation.mailbox, WaitsForMail):
        installation.mailbox.wait(_LOOK_AGAIN)
    else:
        patience.pause(_LOOK_AGAIN / 10)
