"""Take back what a run, a mail or an owner did to our calendars, from the before-images; mails cannot be taken back."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from osync.calendars.base import Calendar, EventRef, SettlesWrites, StoredEvent
from osync.engine.installation import Installation, Run
from osync.engine.report import Direction, Report, ReportedChange
from osync.engine.subscribing import find_subscription
from osync.engine.wanted import recognised
from osync.errors import EventChangedError, LedgerDamagedError, NotFoundError, OSyncError, SkipEventError
from osync.ical.copy import managed_fingerprint, transparency_of
from osync.ical.event import Event, read_events, write_event
from osync.ical.shown import ShownEvent, shown_event
from osync.ledger.changes import Landed
from osync.message.identity import derived_uid, public_identity
from osync.model import Change, ChangeAction, ChangeReason, WrittenEvent
from osync.sync.arrive import Found

_PORTION = 500
_DIGITS = 18
"""SQLite holds no larger numbers."""


@dataclass(frozen=True, slots=True)
class _History:
    """The changes of one copy that are to be taken back, oldest first; `before` is what lay there before all of them."""

    changes: tuple[Change, ...]

    @property
    def newest(self) -> Change:
        """The last change."""
        return self.changes[-1]

    @property
    def before(self) -> Event | None:
        """What lay there before the first change, None if nothing did."""
        return _event_of(self.changes[0].before)

    @property
    def left_behind(self) -> set[str]:
        """The fingerprints of what may lie there: what a change wrote, or what an undo that was cut off brought back."""
        newest = _event_of(self.newest.before) if self.newest.action is ChangeAction.DELETED else None
        brought_back = {managed_fingerprint(image) for image in (self.before, newest) if image}
        return brought_back | {change.after for change in self.changes if change.after}


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A history, the copy that lies there now, and what is to lie there: None for nothing. `number` is that of the new change."""

    history: _History
    written: WrittenEvent | None
    stored: StoredEvent | None
    before: Event | None
    number: int = 0

    @property
    def touches(self) -> bool:
        """Tell whether the calendar has to be touched."""
        return self.before is not None or self.stored is not None

    @property
    def action(self) -> ChangeAction:
        """What happens to the copy."""
        if self.before is None:
            return ChangeAction.DELETED
        return ChangeAction.CHANGED if self.stored else ChangeAction.NEW

    @property
    def shown(self) -> ShownEvent:
        """The words for the copy."""
        newest = self.history.newest
        return shown_event(self.before) if self.before else ShownEvent(newest.title, newest.first)


@dataclass(frozen=True, slots=True)
class _Restored:
    """A history that was taken back, and where its copy lies now: None if nothing lies there any more."""

    prepared: _Prepared
    ref: EventRef | None


def undo(installation: Installation, which: str = "", *, of: str = "") -> Report:
    """Take back run number `which`, mail "m" + number, or all that the subscriptions called `of` ever did.

    Without either it is the last run that changed a calendar. Copies that were changed since are left alone and reported.
    What was undone stays so until the owner changes the event again; a new event that was undone stays away. Undoing is a
    run itself. A calendar that fails is reported, and its changes can be undone later. Raises NotFoundError.
    """
    histories = list(_of_owner(installation, of) if of else _of_run_or_mail(installation, which))
    report, run = Report(), Run(installation, "undo")
    for name in sorted({history.newest.calendar for history in histories}):
        of_calendar = [history for history in histories if history.newest.calendar == name]
        try:
            _Undoing(installation, run, report, installation.calendar(name)).take_back(of_calendar)
        except LedgerDamagedError:
            raise
        except OSyncError as error:
            report.add_problem(f"calendar {name}", error)
    run.finish()
    return report


def _of_run_or_mail(installation: Installation, which: str) -> Iterator[_History]:
    changes = [change for change in _changes(installation, which) if not change.undone]
    if not changes:
        raise NotFoundError(
            "There is nothing to undo." if not which else f"{which} changed no calendar, or was undone before.",
            advice="See what happened with: osync log.",
        )
    return _histories(changes)


def _changes(installation: Installation, which: str) -> Sequence[Change]:
    ledger = installation.ledger
    if not which:
        return ledger.changes.of_run(ledger.changes.last_run_with_changes())
    number = which.removeprefix("m")
    if not number.isascii() or not number.isdigit() or len(number) > _DIGITS:
        raise NotFoundError(f"{which} is no run and no mail.", advice="See their numbers with: osync log.")
    return ledger.changes.of_mail(int(number)) if which.startswith("m") else ledger.changes.of_run(int(number))


def _of_owner(installation: Installation, name: str) -> Iterator[_History]:
    """Give the whole history of each copy of the subscriptions that have this name, sender, owner or id."""
    subscriptions = installation.ledger.subscriptions.all()
    found = [each for each in subscriptions if name in (each.sender, each.owner_name, each.owner_address)]
    for subscription in found or [find_subscription(installation, name)]:
        yield from _histories(installation.ledger.changes.of_share(subscription.share_id))


def _histories(changes: Iterable[Change]) -> Iterator[_History]:
    grouped: dict[tuple[str, str, str], list[Change]] = {}
    for change in changes:
        grouped.setdefault((change.calendar, change.share_id, change.event_key), []).append(change)
    return (_History(tuple(each)) for each in grouped.values())


class _Undoing:
    """Takes histories back in one calendar."""

    def __init__(self, installation: Installation, run: Run, report: Report, calendar: Calendar) -> None:
        self._installation = installation
        self._ledger = installation.ledger
        self._run = run
        self._report = report
        self._calendar = calendar

    def take_back(self, histories: Sequence[_History]) -> None:
        """Take histories back in portions, each one safe against a crash by itself."""
        for start in range(0, len(histories), _PORTION):
            self._installation.progress("Taking back", start, len(histories))
            self._take_portion([*self._prepared(histories[start : start + _PORTION])])

    def _prepared(self, histories: Sequence[_History]) -> Iterator[_Prepared]:
        for history in histories:
            try:
                yield self._prepare(history)
            except SkipEventError as error:
                self._report.add_problem(f"calendar {history.newest.calendar}", error)

    def _prepare(self, history: _History) -> _Prepared:
        """Look at what lies there. EventChangedError if it is not what OSync left there."""
        newest = history.newest
        written = self._ledger.subscriptions.written(newest.share_id, newest.event_key)
        stored = self._present(history, written)
        before = history.before
        if before and stored is None and newest.action is not ChangeAction.DELETED:
            raise EventChangedError(f"{newest.title} was deleted since. It was left alone.")
        return _Prepared(history, written, stored, before)

    def _present(self, history: _History, written: WrittenEvent | None) -> StoredEvent | None:
        newest = history.newest
        handle = written.handle if written and written.handle else newest.handle
        there = list(self._calendar.read([handle])) if handle else []
        if not there:
            return None
        subscription = self._ledger.subscriptions.get(newest.share_id)
        owner = public_identity(subscription.creator_key) if subscription else None
        uid = derived_uid(owner, newest.share_id, newest.event_key) if owner else ""
        found = recognised(self._calendar, newest.share_id, newest.event_key, uid, there)
        if found is not Found.OURS or there[0].event is None or (written and written.calendar != newest.calendar):
            raise EventChangedError(f"{handle} is not the copy that OSync wrote. It was left alone.")
        if managed_fingerprint(there[0].event) not in history.left_behind:
            raise EventChangedError(f"{newest.title or handle} was changed since. It was left alone.")
        return there[0]

    def _take_portion(self, prepared: Sequence[_Prepared]) -> None:
        with self._ledger.transaction():
            recorded = [self._record_intention(each) if each.touches else each for each in prepared]
        done: list[_Restored] = []
        begun = 0
        try:
            for each in recorded:
                begun += 1
                done += self._carry_out(each)
        except OSyncError:
            self._settle(done)
            # What failed may have been written all the same: its before-image stays.
            self._forget(recorded[begun:])
            raise
        self._settle(done)

    def _record_intention(self, prepared: _Prepared) -> _Prepared:
        change = replace(
            prepared.history.newest,
            run=self._run.number,
            mail=0,
            action=prepared.action,
            title=prepared.shown.title,
            first=prepared.shown.first,
            before=write_event(prepared.stored.event) if prepared.stored and prepared.stored.event else b"",
            after="",
            at=self._installation.now,
            undone=False,
            reason=ChangeReason.UNDONE,
            allowed=False,
            signer="",
        )
        return replace(prepared, number=self._ledger.changes.add(change))

    def _carry_out(self, prepared: _Prepared) -> list[_Restored]:
        try:
            return [_Restored(prepared, self._restore(prepared))]
        except SkipEventError as error:
            self._forget([prepared])
            self._report.add_problem(f"calendar {prepared.history.newest.calendar}", error)
            return []

    def _restore(self, prepared: _Prepared) -> EventRef | None:
        """Bring back what was there before."""
        if prepared.before is None:
            if prepared.stored:
                self._calendar.delete(prepared.stored.ref)
            return None
        if prepared.stored:
            return self._calendar.replace(prepared.stored.ref, prepared.before)
        return self._calendar.create(prepared.before)

    def _forget(self, prepared: Sequence[_Prepared]) -> None:
        with self._ledger.transaction():
            for each in prepared:
                self._ledger.changes.drop(each.number)

    def _settle(self, done: Sequence[_Restored]) -> None:
        if done and isinstance(self._calendar, SettlesWrites):
            self._calendar.settle_writes()
        with self._ledger.transaction():
            for each in done:
                self._record_outcome(each)
        touched = [each.prepared for each in done if each.prepared.touches]
        self._report.changes.extend(
            ReportedChange(Direction.IN, "undo", each.action, each.shown.title, each.shown.first) for each in touched
        )

    def _record_outcome(self, restored: _Restored) -> None:
        prepared = restored.prepared
        fingerprint = managed_fingerprint(prepared.before) if prepared.before else ""
        handle = restored.ref.handle if restored.ref else prepared.history.newest.handle
        self._ledger.changes.complete([Landed(prepared.number, handle, fingerprint)])
        for change in prepared.history.changes:
            self._ledger.changes.mark_undone(change.number)
        self._ledger.subscriptions.put_written([_copy_after(restored, fingerprint)])


def _event_of(image: bytes) -> Event | None:
    return read_events(image).events[0] if image else None


def _copy_after(restored: _Restored, fingerprint: str) -> WrittenEvent:
    """Remember the copy as it is now; one that was taken away stays away."""
    newest, before = restored.prepared.history.newest, restored.prepared.before
    basis = restored.prepared.written or WrittenEvent(newest.share_id, newest.event_key, newest.calendar, newest.handle)
    if restored.ref is None or before is None:
        return replace(basis, hidden=True)
    return replace(
        basis,
        handle=restored.ref.handle,
        version=restored.ref.version,
        managed=fingerprint,
        transparency=transparency_of(before),
        hidden=False,
    )
