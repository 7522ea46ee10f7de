"""Bring the calendars to what the ledger wants: the calendar step of protocol 8.4.

Ledger first, calendar second: the before-image and the intention are on disk before a calendar is touched, and a copy
counts as written only when the calendar holds it for good. It touches only copies that it wrote or that carry the
derived UID of their event.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from osync.calendars.base import Calendar, EventRef, SettlesWrites
from osync.engine.installation import Installation, Run
from osync.engine.report import Direction, Held, Report, ReportedChange
from osync.engine.wanted import Wanted, recognised, wanted_events
from osync.errors import (
    EventChangedError,
    EventExistsError,
    EventRefusedError,
    LedgerDamagedError,
    OSyncError,
    SkipEventError,
)
from osync.ical.copy import CopyOrigin, managed_fingerprint, new_copy, transparency_of, updated_copy
from osync.ical.event import Event, write_event
from osync.ical.shown import shown_event
from osync.ical.zones import ZoneText
from osync.ledger.changes import Landed
from osync.model import Change, ChangeAction, Subscription, SubscriptionState, WrittenEvent
from osync.sync.arrive import Found, Step, next_step
from osync.sync.safety import SubscriberCount, why_not_write

_PORTION = 1000
_ACTION = {Step.CREATE: ChangeAction.NEW, Step.REPLACE: ChangeAction.CHANGED, Step.DELETE: ChangeAction.DELETED}


@dataclass(frozen=True, slots=True)
class _Planned:
    """One step; the event that it writes and the TRANSP value to remember, and the number of its change row."""

    wanted: Wanted
    step: Step
    event: Event | None = None
    transparency: str = ""
    change: int = 0


@dataclass(frozen=True, slots=True)
class _Done:
    """A step that the calendar has taken; `ref` is where the copy lies now, None after a deletion."""

    planned: _Planned
    ref: EventRef | None

    @property
    def handle(self) -> str:
        """Where the copy lies, or lay."""
        stored = self.planned.wanted.stored
        return self.ref.handle if self.ref else (stored.ref.handle if stored else "")


def write_copies(installation: Installation, run: Run, report: Report, *, approve: bool) -> None:
    """Write every event that waits into its calendar. `approve` lets changes pass that would be held.

    A calendar that fails is reported, and its events wait for the next run.
    """
    for subscription in installation.ledger.subscriptions.all():
        if not installation.ledger.subscriptions.waiting(subscription.share_id):
            continue
        if _is_held(installation, report, subscription, approve=approve):
            continue
        try:
            _Writer(installation, run, report, subscription).write_all()
        except LedgerDamagedError:
            raise
        except OSyncError as error:
            report.add_problem(f"calendar {subscription.calendar}", error)


def subscription_name(subscription: Subscription) -> str:
    """Give the words by which a user knows a subscription."""
    return f"{subscription.share_name} of {subscription.owner_name}"


def _is_held(installation: Installation, report: Report, subscription: Subscription, *, approve: bool) -> bool:
    """Ask the guards, and record in the subscription what they say; what the user left was their own wish."""
    if subscription.state is SubscriptionState.LEFT:
        return False
    reason = "" if approve else _why_not(installation, subscription)
    if reason:
        report.held.append(Held(subscription_name(subscription), reason))
    if reason != subscription.held_because:
        state = SubscriptionState.HELD if reason else SubscriptionState.ACTIVE
        # The owner's end stays the end, but what they told before it asks like anything else.
        state = subscription.state if subscription.state is SubscriptionState.ENDED else state
        with installation.ledger.transaction():
            installation.ledger.subscriptions.put(replace(subscription, state=state, held_because=reason))
    return bool(reason)


def _why_not(installation: Installation, subscription: Subscription) -> str:
    counts = installation.ledger.subscriptions.waiting_counts(subscription.share_id)
    return why_not_write(SubscriberCount(counts.deleted, counts.new, counts.shown, subscription.expected))


class _Writer:
    """Writes the waiting events of one subscription."""

    def __init__(self, installation: Installation, run: Run, report: Report, subscription: Subscription) -> None:
        self._installation = installation
        self._ledger = installation.ledger
        self._run = run
        self._report = report
        self._subscription = subscription
        self._calendar: Calendar = installation.calendar(subscription.calendar)
        zones = self._ledger.subscriptions.zones(subscription.share_id)
        self._zones = tuple(ZoneText(name, text) for name, text in zones.items())

    def write_all(self) -> None:
        """Write the waiting events in portions, each one safe against a crash by itself."""
        keys = self._ledger.subscriptions.waiting(self._subscription.share_id)
        for start in range(0, len(keys), _PORTION):
            self._installation.progress("Writing to the calendar", start, len(keys))
            self._write_portion(keys[start : start + _PORTION])

    def _write_portion(self, keys: Sequence[str]) -> None:
        wanted = wanted_events(self._ledger, self._calendar, self._subscription, keys)
        planned = [self._plan(each) for each in wanted]
        with self._ledger.transaction():
            for plan in planned:
                # A copy that cannot be read now is waited for: it may be half of what a drive is still bringing.
                if plan.step not in _ACTION and plan.wanted.found is not Found.UNREADABLE:
                    self._settle_without_writing(plan)
            recorded = [self._record_intention(plan) for plan in planned if plan.step in _ACTION]
        done: list[_Done] = []
        begun = 0
        try:
            for plan in recorded:
                begun += 1
                done += self._carry_out(plan)
        except OSyncError:
            self._settle(done)
            # What failed may have been written all the same: its before-image stays.
            self._forget_changes(recorded[begun:])
            raise
        self._settle(done)

    def _settle(self, done: Sequence[_Done]) -> None:
        """Wait until the calendar holds what was written, then note it."""
        if done and isinstance(self._calendar, SettlesWrites):
            self._calendar.settle_writes()
        if done:
            with self._ledger.transaction():
                self._record_outcomes(done)

    def _forget_changes(self, planned: Sequence[_Planned]) -> None:
        with self._ledger.transaction():
            for plan in planned:
                self._ledger.changes.drop(plan.change)

    def _plan(self, wanted: Wanted) -> _Planned:
        step = next_step(live=wanted.live, written=wanted.written, found=wanted.found)
        if step is Step.LEAVE:
            self._report_left_alone(wanted)
        try:
            return self._with_copy(wanted, step)
        except SkipEventError as error:
            self._report.add_problem(subscription_name(self._subscription), error)
            return _Planned(wanted, Step.LEAVE)

    def _with_copy(self, wanted: Wanted, step: Step) -> _Planned:
        """Add the event to be written. SkipEventError if what the owner sent cannot be written."""
        if step not in (Step.CREATE, Step.REPLACE):
            return _Planned(wanted, step)
        origin = self._origin(wanted)
        there = wanted.stored.event if wanted.stored and step is Step.REPLACE else None
        if there is None:
            event = new_copy(wanted.followed.text, self._zones, origin)
            remembered = transparency_of(event)
        else:
            last = wanted.written.transparency if wanted.written and wanted.written.version else None
            keep = last is not None and last != transparency_of(there)
            event = updated_copy(there, wanted.followed.text, self._zones, origin, keep_transparency=keep)
            remembered = last if keep and last is not None else transparency_of(event)
        return _Planned(wanted, step, event, remembered)

    def _origin(self, wanted: Wanted) -> CopyOrigin:
        event = wanted.followed.event
        return CopyOrigin(
            sender=self._subscription.sender,
            owner_name=self._subscription.owner_name,
            share_id=self._subscription.share_id,
            event_key=event.event_key,
            epoch=event.epoch,
            revision=event.revision,
            count=event.count,
            changed_at=event.changed_at,
            uid=wanted.uid,
        )

    def _report_left_alone(self, wanted: Wanted) -> None:
        if wanted.stored is None:
            return
        handle = wanted.stored.ref.handle
        if wanted.found is Found.UNREADABLE:
            error = EventRefusedError(
                f"{handle} cannot be read: {wanted.stored.problem}",
                unharmed="It was left alone.",
                advice="Repair or delete it; OSync tries again at the next sync.",
            )
        else:
            error = EventRefusedError(
                f"{handle} is not the copy that OSync wrote.",
                unharmed="It was left alone.",
                advice="Rename it if you want to see the owner's event.",
            )
        self._report.add_problem(f"calendar {self._subscription.calendar}", error)

    def _settle_without_writing(self, planned: _Planned) -> None:
        subscriptions, share_id, key = self._ledger.subscriptions, self._subscription.share_id, planned.wanted.key
        if planned.step is Step.HIDE and planned.wanted.written:
            subscriptions.put_written([replace(planned.wanted.written, hidden=True)])
        elif planned.step is Step.FORGET:
            subscriptions.drop_written(share_id, [key])
        subscriptions.set_waiting(share_id, [key], waiting=False)

    def _record_intention(self, planned: _Planned) -> _Planned:
        wanted, event = planned.wanted, planned.wanted.followed.event
        number = self._ledger.changes.add(self._change_of(planned))
        if wanted.written is None and planned.step is Step.CREATE:
            share_id, calendar = self._subscription.share_id, self._subscription.calendar
            intention = WrittenEvent(share_id, wanted.key, calendar, "", "", event.epoch, event.revision)
            self._ledger.subscriptions.put_written([intention])
        return replace(planned, change=number)

    def _change_of(self, planned: _Planned) -> Change:
        wanted, stored = planned.wanted, planned.wanted.stored
        shown = shown_event(planned.event or (stored.event if stored else None))
        return Change(
            number=0,
            run=self._run.number,
            mail=wanted.followed.mail,
            share_id=self._subscription.share_id,
            event_key=wanted.key,
            calendar=self._subscription.calendar,
            handle=stored.ref.handle if stored else "",
            action=_ACTION[planned.step],
            title=shown.title,
            first=shown.first,
            before=write_event(stored.event) if stored and stored.event else b"",
            after="",
            at=self._installation.now,
            undone=False,
        )

    def _carry_out(self, planned: _Planned) -> list[_Done]:
        try:
            return [_Done(planned, self._touch_calendar(planned))]
        except SkipEventError as error:
            self._report.add_problem(f"calendar {self._subscription.calendar}", error)
            self._forget_changes([planned])
            return []

    def _touch_calendar(self, planned: _Planned) -> EventRef | None:
        stored, event = planned.wanted.stored, planned.event
        if event is None:
            if stored:
                self._calendar.delete(stored.ref)
            return None
        if planned.step is Step.REPLACE and stored:
            return self._calendar.replace(stored.ref, event)
        try:
            return self._calendar.create(event)
        except EventExistsError as error:
            return self._adopt(planned.wanted, planned.change, error.handle)

    def _adopt(self, wanted: Wanted, change: int, handle: str) -> EventRef:
        """Take over what lies where a new copy belongs, if a killed run or another device of ours wrote it."""
        there = list(self._calendar.read([handle]))
        found = recognised(self._calendar, self._subscription.share_id, wanted.key, wanted.uid, there)
        if found is not Found.OURS or there[0].event is None:
            raise EventChangedError(f"{handle} is taken by another event. It was left alone, so one event is missing.")
        adopted = self._with_copy(replace(wanted, stored=there[0], found=found), Step.REPLACE)
        if adopted.event is None:
            raise EventChangedError(f"{handle} could not be taken over. It was left alone.")
        with self._ledger.transaction():
            self._ledger.changes.adopt(change, handle, write_event(there[0].event))
        return self._calendar.replace(there[0].ref, adopted.event)

    def _record_outcomes(self, done: Sequence[_Done]) -> None:
        """Note what the calendar holds now, all at once: a first portion has a thousand of them."""
        subscriptions, share_id = self._ledger.subscriptions, self._subscription.share_id
        copies = [self._copy_of(each, each.ref) for each in done if each.ref]
        after = {copy.event_key: copy.managed for copy in copies}
        subscriptions.put_written(copies)
        subscriptions.drop_written(share_id, [each.planned.wanted.key for each in done if not each.ref])
        self._ledger.changes.complete(
            Landed(each.planned.change, each.handle, after.get(each.planned.wanted.key, "")) for each in done
        )
        subscriptions.set_waiting(share_id, [each.planned.wanted.key for each in done], waiting=False)
        self._report.changes.extend(self._reported(each.planned) for each in done)

    def _copy_of(self, done: _Done, ref: EventRef) -> WrittenEvent:
        planned, followed = done.planned, done.planned.wanted.followed.event
        return WrittenEvent(
            share_id=self._subscription.share_id,
            event_key=planned.wanted.key,
            calendar=self._subscription.calendar,
            handle=ref.handle,
            version=ref.version,
            epoch=followed.epoch,
            revision=followed.revision,
            managed=managed_fingerprint(planned.event) if planned.event else "",
            transparency=planned.transparency,
        )

    def _reported(self, planned: _Planned) -> ReportedChange:
        stored = planned.wanted.stored
        shown = shown_event(planned.event or (stored.event if stored else None))
        name = subscription_name(self._subscription)
        return ReportedChange(Direction.IN, name, _ACTION[planned.step], shown.title, shown.first)
