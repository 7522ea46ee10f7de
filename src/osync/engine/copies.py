"""Bring the calendars to what the ledger wants: the calendar step of protocol 8.4.

Ledger first, calendar second: the before-image and the intention are on disk before a calendar is touched, and a copy
counts as written only when the calendar holds it for good. It touches only copies that it wrote or that carry the
derived UID of their event.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from osync.calendars.base import Calendar, EventRef, SettlesWrites
from osync.engine.attempts import Attempt, attempts
from osync.engine.copy_plans import Permission, PlannedCopy, Planner, subscription_name
from osync.engine.installation import Installation, Run
from osync.engine.moving import notice_moves
from osync.engine.report import Held, Report
from osync.engine.scope import EVERYTHING, Scope
from osync.engine.wanted import Wanted, recognised, wanted_events
from osync.errors import (
    CalendarUnusableError,
    EventChangedError,
    EventUnreadableError,
    LedgerDamagedError,
    OSyncError,
    SkipEventError,
)
from osync.ical.copy import managed_fingerprint
from osync.ical.event import Event, write_event
from osync.ledger.changes import Landed
from osync.model import Subscription, SubscriptionState, WrittenEvent
from osync.sync.arrive import Found, Step
from osync.sync.safety import SubscriberCount, why_not_taken_for_deleted, why_not_write

__all__ = ["restore_copies", "subscription_name", "write_copies"]

_PORTION = 1000
_DAY = 24 * 3600


@dataclass(frozen=True, slots=True)
class _Done:
    """A step that the calendar has taken; `ref` is where the copy lies now, None after a deletion."""

    planned: PlannedCopy
    ref: EventRef | None

    @property
    def handle(self) -> str:
        """Where the copy lies, or lay."""
        stored = self.planned.wanted.stored
        return self.ref.handle if self.ref else (stored.ref.handle if stored else "")


def write_copies(
    installation: Installation,
    run: Run,
    report: Report,
    *,
    approve: bool,
    only: Collection[str] = (),
    scope: Scope = EVERYTHING,
) -> None:
    """Write every event that waits into its calendar. `approve` lets changes pass that would be held, of the shares `only`.

    A calendar that fails is reported, and its events wait for the next run.
    """
    notice_moves(installation, report)
    subscriptions = installation.ledger.subscriptions
    for subscription in subscriptions.all():
        if subscription.calendar in scope.avoided:
            continue
        keys = subscriptions.waiting(subscription.share_id)
        allowed = approve and (not only or subscription.share_id in only)
        # What waits for the user alone is looked at again when there is something else to do.
        if not keys or not (allowed or set(keys) - subscriptions.held_events(subscription.share_id).keys()):
            continue
        reason = why_held(installation, subscription)
        if _is_held(installation, report, subscription, "" if allowed else reason):
            continue
        _write(installation, run, report, subscription, keys, Permission(allowed, allowed and bool(reason)))


def restore_copies(
    installation: Installation, run: Run, report: Report, subscription: Subscription, keys: Sequence[str]
) -> None:
    """Write the owner's versions of some events that wait, whatever else of their share is held."""
    _write(installation, run, report, subscription, keys, Permission(restored=frozenset(keys)))


def _write(
    installation: Installation,
    run: Run,
    report: Report,
    subscription: Subscription,
    keys: Sequence[str],
    permission: Permission,
) -> None:
    try:
        _Writer(installation, run, report, subscription, permission).write(keys)
    except LedgerDamagedError:
        raise
    except OSyncError as error:
        report.add_problem(f"calendar {subscription.calendar}", error)


def _is_held(installation: Installation, report: Report, subscription: Subscription, reason: str) -> bool:
    """Record in the subscription what the guards say; what the user left was their own wish."""
    if subscription.state is SubscriptionState.LEFT:
        return False
    if reason:
        report.held.append(Held(subscription_name(subscription), reason, subscription.share_id))
    if reason != subscription.held_because:
        state = SubscriptionState.HELD if reason else SubscriptionState.ACTIVE
        # The owner's end stays the end, but what they told before it asks like anything else.
        state = subscription.state if subscription.state is SubscriptionState.ENDED else state
        with installation.ledger.transaction():
            installation.ledger.subscriptions.put(replace(subscription, state=state, held_because=reason))
    return bool(reason)


def why_held(installation: Installation, subscription: Subscription) -> str:
    """Ask the guards about everything that waits in a subscription; "" if it may pass."""
    counts = installation.ledger.subscriptions.waiting_counts(subscription.share_id)
    new_today = (
        installation.ledger.changes.new_since(subscription.share_id, installation.now - _DAY) if counts.new else 0
    )
    return why_not_write(SubscriberCount(counts.deleted, counts.new, counts.shown, subscription.expected, new_today))


def _looks_deleted(planned: PlannedCopy) -> bool:
    """Tell whether the user seems to have deleted a copy just now."""
    written = planned.wanted.written
    return planned.step is Step.HIDE and not (written and written.hidden)


class _Writer:
    """Writes waiting events of one subscription."""

    def __init__(
        self, installation: Installation, run: Run, report: Report, subscription: Subscription, permission: Permission
    ) -> None:
        self._installation = installation
        self._ledger = installation.ledger
        self._run = run
        self._report = report
        self._subscription = subscription
        self._allowed = permission.allowed
        self._planner = Planner(installation, report, subscription, permission)
        self._calendar: Calendar = installation.calendar(subscription.calendar)

    def write(self, keys: Sequence[str]) -> None:
        """Write the events `keys` in portions, each one safe against a crash by itself."""
        for start in range(0, len(keys), _PORTION):
            self._installation.progress("Writing to the calendar", start, len(keys))
            self._write_portion(keys[start : start + _PORTION])

    def _write_portion(self, keys: Sequence[str]) -> None:
        wanted = wanted_events(self._ledger, self._calendar, self._subscription, keys)
        planned = self._checked([self._planner.plan(each) for each in wanted])
        with self._ledger.transaction():
            for plan in planned:
                if not plan.writes:
                    self._settle_without_writing(plan)
            recorded = [self._record_intention(plan) for plan in planned if plan.writes]
        done: list[_Done] = []
        begun = 0
        failure: OSyncError | None = None
        for attempt in attempts(self._calendar, recorded):
            begun += 1
            try:
                done += self._concluded(attempt)
            except OSyncError as error:
                failure = failure or error
        self._settle(done)
        if failure:
            # What failed may have been written all the same: its before-image stays.
            self._forget_changes(recorded[begun:])
            raise failure

    def _checked(self, planned: list[PlannedCopy]) -> list[PlannedCopy]:
        """Ask the calendar for its list before copies count as deleted; what is listed was only not given, and is waited for."""
        # A copy written below an unmounted drive would make the others look deleted there.
        if not any(plan.step is Step.CREATE or _looks_deleted(plan) for plan in planned):
            return planned
        shown = [
            copy.handle
            for copy in self._ledger.subscriptions.all_written(self._subscription.share_id)
            if copy.version and not copy.hidden
        ]
        listed = {ref.handle for ref in self._calendar.refs()} if shown else set[str]()
        if shown and not self._allowed:
            self._check_calendar_is_whole(shown, listed)
        return [self._waited_for(plan, listed) if _looks_deleted(plan) else plan for plan in planned]

    def _waited_for(self, planned: PlannedCopy, listed: Collection[str]) -> PlannedCopy:
        wanted = planned.wanted
        if wanted.stored or wanted.written is None or wanted.written.handle not in listed:
            return planned
        error = EventUnreadableError(f"{wanted.written.handle} is there and could not be read. It is tried again.")
        self._report.add_problem(f"calendar {self._subscription.calendar}", error)
        return PlannedCopy(replace(wanted, found=Found.UNREADABLE), Step.LEAVE)

    def _check_calendar_is_whole(self, shown: Sequence[str], listed: Collection[str]) -> None:
        """Refuse to take copies for deleted by the user where so many are gone that a drive or an account may be missing."""
        missing = sum(handle not in listed for handle in shown)
        if reason := why_not_taken_for_deleted(missing, len(shown), len(listed)):
            raise CalendarUnusableError(
                f"{subscription_name(self._subscription)}: {reason}",
                unharmed="They do not count as deleted, and nothing was written.",
                advice="Bring the calendar back, or run osync sync --yes if you deleted them yourself.",
            )

    def _settle(self, done: Sequence[_Done]) -> None:
        """Wait until the calendar holds what was written, then note it."""
        if done and isinstance(self._calendar, SettlesWrites):
            self._calendar.settle_writes()
        if done:
            held = self._as_held(done)
            with self._ledger.transaction():
                self._record_outcomes(done, held)

    def _as_held(self, done: Sequence[_Done]) -> Mapping[EventRef, Event]:
        """Give what the calendar made of the copies, where it loses or rewords anything; else nothing.

        Its own words must not look like changes of the user. A calendar that cannot say it now has written it all the same.
        """
        handles = [each.ref.handle for each in done if each.ref]
        try:
            if not handles or self._calendar.capabilities.keeps_unknown_properties:
                return {}
            return {stored.ref: stored.event for stored in self._calendar.read(handles) if stored.event}
        except LedgerDamagedError:
            raise
        except OSyncError:
            return {}

    def _forget_changes(self, planned: Sequence[PlannedCopy]) -> None:
        with self._ledger.transaction():
            for plan in planned:
                self._ledger.changes.drop(plan.change)

    def _settle_without_writing(self, planned: PlannedCopy) -> None:
        subscriptions, share_id, key = self._ledger.subscriptions, self._subscription.share_id, planned.wanted.key
        if planned.held:
            subscriptions.hold(share_id, key, planned.held)
            return
        if planned.wanted.found is Found.UNREADABLE:
            # It is waited for: it may be half of what a drive is still bringing.
            return
        if planned.step is Step.HIDE and planned.wanted.written:
            subscriptions.put_written([replace(planned.wanted.written, hidden=True)])
            self._ledger.changes.add(self._planner.change_of(planned, self._run))
        elif planned.step is Step.KEEP and planned.wanted.written and planned.wanted.stored:
            if planned.wanted.written.is_lost:
                ref = planned.wanted.stored.ref
                subscriptions.put_written([replace(planned.wanted.written, handle=ref.handle, version=ref.version)])
        elif planned.step is Step.FORGET:
            subscriptions.drop_written(share_id, [key])
        subscriptions.set_waiting(share_id, [key], waiting=False)

    def _record_intention(self, planned: PlannedCopy) -> PlannedCopy:
        wanted, event = planned.wanted, planned.wanted.followed.event
        number = self._ledger.changes.add(self._planner.change_of(planned, self._run))
        if wanted.written is None and planned.step is Step.CREATE:
            share_id, calendar = self._subscription.share_id, self._subscription.calendar
            intention = WrittenEvent(share_id, wanted.key, calendar, "", "", event.epoch, event.revision)
            self._ledger.subscriptions.put_written([intention])
        elif wanted.written and planned.step is Step.DELETE:
            # Killed after the deletion, a row with a version would say that the user deleted the copy.
            self._ledger.subscriptions.put_written([replace(wanted.written, version="")])
        return replace(planned, change=number)

    def _concluded(self, attempt: Attempt) -> list[_Done]:
        """Give what was done; report what was skipped. Raises what keeps the calendar from being written at all."""
        planned = attempt.planned
        try:
            if attempt.taken:
                return [_Done(planned, self._adopt(planned.wanted, planned.change, attempt.taken))]
            if attempt.error:
                raise attempt.error
        except SkipEventError as error:
            self._report.add_problem(f"calendar {self._subscription.calendar}", error)
            self._forget_changes([planned])
            return []
        return [_Done(planned, attempt.ref)]

    def _adopt(self, wanted: Wanted, change: int, handle: str) -> EventRef:
        """Take over what lies where a new copy belongs, if a killed run or another device of ours wrote it."""
        there = list(self._calendar.read([handle]))
        found = recognised(self._calendar, self._subscription.share_id, wanted.key, wanted.uid, there)
        if found is not Found.OURS or there[0].event is None:
            raise EventChangedError(f"{handle} is taken by another event. It was left alone, so one event is missing.")
        adopted = self._planner.with_copy(replace(wanted, stored=there[0], found=found), Step.REPLACE)
        if adopted.event is None:
            raise EventChangedError(f"{handle} could not be taken over. It was left alone.")
        with self._ledger.transaction():
            self._ledger.changes.adopt(change, handle, write_event(there[0].event))
        return self._calendar.replace(there[0].ref, adopted.event)

    def _record_outcomes(self, done: Sequence[_Done], held: Mapping[EventRef, Event]) -> None:
        """Note what the calendar holds now, all at once: a first portion has a thousand of them."""
        subscriptions, share_id = self._ledger.subscriptions, self._subscription.share_id
        copies = [self._copy_of(each, each.ref, held.get(each.ref)) for each in done if each.ref]
        after = {copy.event_key: copy.managed for copy in copies}
        subscriptions.put_written(copies)
        subscriptions.drop_written(share_id, [each.planned.wanted.key for each in done if not each.ref])
        self._ledger.changes.complete(
            Landed(each.planned.change, each.handle, after.get(each.planned.wanted.key, "")) for each in done
        )
        subscriptions.set_waiting(share_id, [each.planned.wanted.key for each in done], waiting=False)
        self._report.changes.extend(self._planner.reported(each.planned) for each in done)

    def _copy_of(self, done: _Done, ref: EventRef, held: Event | None) -> WrittenEvent:
        planned, followed = done.planned, done.planned.wanted.followed.event
        there = held or planned.event
        return WrittenEvent(
            share_id=self._subscription.share_id,
            event_key=planned.wanted.key,
            calendar=self._subscription.calendar,
            handle=ref.handle,
            version=ref.version,
            epoch=followed.epoch,
            revision=followed.revision,
            managed=managed_fingerprint(there) if there else "",
            transparency=planned.transparency,
            settled=followed.fingerprint,
        )
