"""Try a calendar out with one event of our own, and take it away again, whatever happens in between."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from osync.calendars.base import Calendar, EventRef, SettlesWrites, StoredEvent
from osync.doctor.findings import Finding, Verdict, bad, notice
from osync.doctor.probe_event import PROBE_UID, bears_marks, judge_event, probe_event
from osync.errors import EventExistsError, OSyncError
from osync.ical.event import Event

_LEFT = f"The doctor's probe may still lie there (its UID is {PROBE_UID}); nothing of yours was touched."
_LATER = "The next osync doctor removes it; you may delete it yourself, too."


@dataclass(frozen=True, slots=True)
class _Trial:
    """What is known of one calendar: the places that were there `before`, and those where we wrote."""

    calendar: Calendar
    before: frozenset[str]
    written: set[str] = field(default_factory=set)

    def probes(self, handles: Iterable[str]) -> Iterator[StoredEvent]:
        """Give the probes among events; two signs of three have to agree, because a user's event may bear any one of them."""
        for stored in self.calendar.read(list(handles)):
            is_new = stored.ref.handle in self.written or stored.ref.handle not in self.before
            if stored.event and is_new + (stored.event.uid == PROBE_UID) + bears_marks(stored.event) >= 2:
                yield stored

    def new_places(self) -> list[str]:
        """List the places where a probe may lie now."""
        there = (ref.handle for ref in self.calendar.refs())
        return [handle for handle in there if handle in self.written or handle not in self.before]


def try_calendar(subject: str, calendar: Calendar, today: date) -> Iterator[Finding]:
    """List the calendar, and write, read, change and remove an event. What the list raises passes through."""
    trial = _Trial(calendar, frozenset(ref.handle for ref in calendar.refs()))
    if not calendar.capabilities.writable:
        yield notice(
            subject,
            f"It can be read ({len(trial.before)} places), but not written.",
            "You can share from it, but nobody's events can be written to it.",
        )
        return
    findings: list[Finding] = []
    try:
        findings += _tried(subject, trial, probe_event(today))
    except OSyncError as error:
        findings = [bad(subject, f"{error.what} {error.unharmed}".strip(), error.advice)]
    finally:
        # Also when somebody presses Ctrl-C.
        left = _what_stayed(subject, trial)
    yield from (each for each in findings if not left or each.verdict is not Verdict.GOOD)
    yield from left


def _tried(subject: str, trial: _Trial, event: Event) -> Iterator[Finding]:
    ref = _create(trial, event)
    if ref is None:
        yield notice(
            subject,
            f"An event of yours has the UID {PROBE_UID}, so writing was not tried. It was left alone.",
            "Give it another UID to have this calendar tried out.",
        )
        return
    found = next((each for each in trial.calendar.read([ref.handle]) if each.event), None)
    if found:
        trial.written.add(trial.calendar.replace(found.ref, event).handle)
    yield from judge_event(subject, event, found.event if found else None)


def _create(trial: _Trial, event: Event) -> EventRef | None:
    """Write the probe; one that an earlier doctor left behind is removed first. None if an event of the user's is in its way."""
    try:
        return _created(trial, event)
    except EventExistsError as error:
        probes = list(trial.probes([error.handle]))
    if not probes:
        return None
    for stored in probes:
        trial.calendar.delete(stored.ref)
    return _created(trial, event)


def _created(trial: _Trial, event: Event) -> EventRef:
    ref = trial.calendar.create(event)
    trial.written.add(ref.handle)
    return ref


def _what_stayed(subject: str, trial: _Trial) -> list[Finding]:
    """Remove the probe, wherever the calendar put it; if that cannot be done, say so."""
    try:
        for stored in list(trial.probes(trial.new_places())):
            trial.calendar.delete(stored.ref)
        if isinstance(trial.calendar, SettlesWrites):
            trial.calendar.settle_writes()
        is_left = any(trial.probes(trial.new_places()))
    except OSyncError:
        is_left = True
    return [bad(subject, _LEFT, _LATER)] if is_left else []
