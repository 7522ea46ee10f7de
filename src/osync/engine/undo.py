"""Take back what a run or a mail did to our calendars, from the before-images; mails cannot be taken back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from osync.calendars.base import Calendar, EventRef, SettlesWrites, StoredEvent
from osync.engine.installation import Installation, Run
from osync.engine.report import Direction, Report, ReportedChange
from osync.engine.wanted import recognised
from osync.errors import EventChangedError, LedgerDamagedError, NotFoundError, OSyncError
from osync.ical.copy import managed_fingerprint, transparency_of
from osync.ical.event import Event, read_events, write_event
from osync.ical.shown import shown_event
from osync.ledger.changes import Landed
from osync.message.identity import derived_uid, public_identity
from osync.model import Change, ChangeAction, WrittenEvent
from osync.sync.arrive import Found

_OPPOSITE = {
    ChangeAction.NEW: ChangeAction.DELETED,
    ChangeAction.CHANGED: ChangeAction.CHANGED,
    ChangeAction.DELETED: ChangeAction.NEW,
}


@dataclass(frozen=True, slots=True)
class _Restored:
    """What lies where a change was taken back: None if nothing lies there any more."""

    ref: EventRef | None
    event: Event | None


def undo(installation: Installation, which: str) -> Report:
    """Take back run number `which`, mail "m" + number, or, with "", the last run that changed a calendar.

    The newest change is taken back first. An event that was changed since is left alone and reported. What was undone
    stays so until the owner changes the event again; a new event that was undone stays away. Undoing is a run itself.
    A calendar that fails is reported, and its changes can be undone later. Raises NotFoundError.
    """
    changes = [change for change in _changes(installation, which) if not change.undone]
    if not changes:
        raise NotFoundError(
            "There is nothing to undo." if not which else f"{which} changed no calendar, or was undone before.",
            advice="See what happened with: osync log.",
        )
    report, run = Report(), Run(installation, "undo")
    for change in reversed(changes):
        try:
            _take_back(installation, run, report, change)
        except LedgerDamagedError:
            raise
        except OSyncError as error:
            report.add_problem(f"calendar {change.calendar}", error)
    run.finish()
    return report


def _changes(installation: Installation, which: str) -> Sequence[Change]:
    ledger = installation.ledger
    if not which:
        return ledger.changes.of_run(ledger.changes.last_run_with_changes())
    number = which.removeprefix("m")
    if not number.isascii() or not number.isdigit():
        raise NotFoundError(f"{which} is no run and no mail.", advice="See their numbers with: osync log.")
    return ledger.changes.of_mail(int(number)) if which.startswith("m") else ledger.changes.of_run(int(number))


def _take_back(installation: Installation, run: Run, report: Report, change: Change) -> None:
    ledger = installation.ledger
    calendar = installation.calendar(change.calendar)
    written = ledger.subscriptions.written(change.share_id, change.event_key)
    stored = _present(installation, calendar, change, written)
    with ledger.transaction():
        number = ledger.changes.add(_reverse(installation, run, change, stored))
    try:
        restored = _restore(calendar, change, stored)
    except OSyncError:
        with ledger.transaction():
            ledger.changes.drop(number)
        raise
    _settle(calendar)
    with ledger.transaction():
        fingerprint = managed_fingerprint(restored.event) if restored.event else ""
        handle = restored.ref.handle if restored.ref else change.handle
        ledger.changes.complete([Landed(number, handle, fingerprint)])
        ledger.changes.mark_undone(change.number)
        ledger.subscriptions.put_written([_copy_after(change, written, restored, fingerprint)])
    shown = shown_event(restored.event) if restored.event else change
    report.changes.append(ReportedChange(Direction.IN, "undo", _OPPOSITE[change.action], shown.title, shown.first))


def _present(
    installation: Installation, calendar: Calendar, change: Change, written: WrittenEvent | None
) -> StoredEvent | None:
    """Give the copy as it lies there now, None if there is none. EventChangedError if it is not what OSync wrote."""
    handle = written.handle if written and written.handle else change.handle
    there = list(calendar.read([handle])) if handle else []
    if not there:
        return None
    subscription = installation.ledger.subscriptions.get(change.share_id)
    owner = public_identity(subscription.creator_key) if subscription else None
    uid = derived_uid(owner, change.share_id, change.event_key) if owner else ""
    found = recognised(calendar, change.share_id, change.event_key, uid, there)
    if found is not Found.OURS or there[0].event is None or (written and written.calendar != change.calendar):
        raise EventChangedError(f"{handle} is not the copy that OSync wrote. It was left alone.")
    if managed_fingerprint(there[0].event) != _left_behind(change):
        raise EventChangedError(f"{change.title or handle} was changed since. It was left alone.")
    return there[0]


def _left_behind(change: Change) -> str:
    """Give the fingerprint of what may lie there: what the change wrote, or what an undo that was cut off brought back."""
    if change.action is not ChangeAction.DELETED:
        return change.after
    before = read_events(change.before).events if change.before else ()
    return managed_fingerprint(before[0]) if before else ""


def _restore(calendar: Calendar, change: Change, stored: StoredEvent | None) -> _Restored:
    """Bring back what was there before the change."""
    before = read_events(change.before).events if change.before else ()
    if not before:
        if stored:
            calendar.delete(stored.ref)
        return _Restored(None, None)
    if stored:
        return _Restored(calendar.replace(stored.ref, before[0]), before[0])
    if change.action is ChangeAction.CHANGED:
        raise EventChangedError(f"{change.title} was deleted since. It was left alone.")
    return _Restored(calendar.create(before[0]), before[0])


def _reverse(installation: Installation, run: Run, change: Change, stored: StoredEvent | None) -> Change:
    return replace(
        change,
        number=0,
        run=run.number,
        mail=0,
        action=_OPPOSITE[change.action],
        before=write_event(stored.event) if stored and stored.event else b"",
        after="",
        at=installation.now,
    )


def _copy_after(change: Change, written: WrittenEvent | None, restored: _Restored, fingerprint: str) -> WrittenEvent:
    """Remember the copy as it is now; one that was taken away stays away."""
    basis = written or WrittenEvent(change.share_id, change.event_key, change.calendar, change.handle)
    if restored.ref is None or restored.event is None:
        return replace(basis, hidden=True)
    return replace(
        basis,
        handle=restored.ref.handle,
        version=restored.ref.version,
        managed=fingerprint,
        transparency=transparency_of(restored.event),
        hidden=False,
    )


def _settle(calendar: Calendar) -> None:
    if isinstance(calendar, SettlesWrites):
        calendar.settle_writes()
