"""Decide for one copy after the other what to write, why, and what waits for the user; writes nothing itself."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from osync.engine.installation import Installation, Run
from osync.engine.report import Direction, Held, Report, ReportedChange
from osync.engine.wanted import Wanted
from osync.errors import EventRefusedError, SkipEventError
from osync.ical.copy import CopyOrigin, new_copy, shown_copy, transparency_of, updated_copy
from osync.ical.event import Event, write_event
from osync.ical.shown import shown_event
from osync.ical.tripwire import difference
from osync.ical.zones import ZoneText
from osync.ledger.mails import ReceivedMail
from osync.model import Change, ChangeAction, ChangeReason, Subscription, SubscriptionState
from osync.sync.arrive import Found, Step, next_step

ACTIONS = {Step.CREATE: ChangeAction.NEW, Step.REPLACE: ChangeAction.CHANGED, Step.DELETE: ChangeAction.DELETED}
_SNAPSHOT = "snapshot"


@dataclass(frozen=True, slots=True)
class PlannedCopy:
    """One step; the event that it writes and the TRANSP value to remember, and the number of its change row.

    `held` says why the user is asked first; then nothing is written.
    """

    wanted: Wanted
    step: Step
    event: Event | None = None
    transparency: str = ""
    change: int = 0
    held: str = ""

    @property
    def writes(self) -> bool:
        """Tell whether a calendar is to be touched."""
        return self.step in ACTIONS and not self.held


@dataclass(frozen=True, slots=True)
class Permission:
    """What the user said about the changes of one subscription.

    `allowed` lets pass what would be held, and `was_held` tells that it was; `restored` are the events that they want back.
    """

    allowed: bool = False
    was_held: bool = False
    restored: frozenset[str] = frozenset()


def subscription_name(subscription: Subscription) -> str:
    """Give the words by which a user knows a subscription."""
    return f"{subscription.share_name} of {subscription.owner_name}"


class Planner:
    """Plans the copies of one subscription."""

    def __init__(
        self, installation: Installation, report: Report, subscription: Subscription, permission: Permission
    ) -> None:
        self._installation = installation
        self._report = report
        self._subscription = subscription
        self._permission = permission
        zones = installation.ledger.subscriptions.zones(subscription.share_id)
        self._zones: Iterable[ZoneText] = tuple(ZoneText(name, text) for name, text in zones.items())
        self._mails: dict[int, ReceivedMail | None] = {}

    def plan(self, wanted: Wanted) -> PlannedCopy:
        """Decide about one copy; what cannot be done is reported."""
        settled = wanted.settled and wanted.key not in self._permission.restored
        step = next_step(live=wanted.live, written=wanted.written, found=wanted.found, settled=settled)
        if step is Step.LEAVE:
            self._report_left_alone(wanted)
        try:
            return self._held_back(self.with_copy(wanted, step))
        except SkipEventError as error:
            self._report.add_problem(subscription_name(self._subscription), error)
            return PlannedCopy(wanted, Step.LEAVE)

    def with_copy(self, wanted: Wanted, step: Step) -> PlannedCopy:
        """Add the event to be written. SkipEventError if what the owner sent cannot be written."""
        if step not in (Step.CREATE, Step.REPLACE):
            return PlannedCopy(wanted, step)
        origin = self._origin(wanted)
        there = wanted.stored.event if wanted.stored and step is Step.REPLACE else None
        if there is None:
            event = new_copy(wanted.followed.text, self._zones, origin)
            remembered = transparency_of(event)
        else:
            last = wanted.written.transparency if wanted.written and wanted.written.version else ""
            updated = updated_copy(there, wanted.followed.text, self._zones, origin, transparency=last)
            event, remembered = updated.event, updated.transparency
        return PlannedCopy(wanted, step, event, remembered)

    def _held_back(self, planned: PlannedCopy) -> PlannedCopy:
        """Hold an event that our time zone data put elsewhere than its owner's do."""
        named = planned.wanted.followed.occurrences
        if planned.event is None or not named or self._permission.allowed:
            return planned
        found = difference(planned.event, named, self._installation.world.now())
        if found is None:
            return planned
        share, shown = self._subscription, shown_event(planned.event)
        held = Held(subscription_name(share), found.sentence, share.share_id, title=shown.title)
        self._report.held.append(held)
        return replace(planned, held=found.sentence)

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

    def change_of(self, planned: PlannedCopy, run: Run) -> Change:
        """Give what the ledger keeps of a change before it is made, or of a revision that is hidden."""
        wanted, stored = planned.wanted, planned.wanted.stored
        there = planned.event or (stored.event if stored else None)
        shown = shown_event(there) if there else shown_copy(wanted.followed.text, self._subscription.sender)
        mail = self._mail(wanted.followed.mail)
        return Change(
            number=0,
            run=run.number,
            mail=wanted.followed.mail,
            share_id=self._subscription.share_id,
            event_key=wanted.key,
            calendar=self._subscription.calendar,
            handle=stored.ref.handle if stored else "",
            action=ACTIONS.get(planned.step, ChangeAction.NOT_WRITTEN),
            title=shown.title,
            first=shown.first,
            before=write_event(stored.event) if stored and stored.event else b"",
            after="",
            at=self._installation.now,
            undone=False,
            reason=self._reason(planned, mail),
            allowed=self._permission.was_held or bool(wanted.followed.held),
            signer=mail.signer if mail else "",
        )

    def _mail(self, number: int) -> ReceivedMail | None:
        if number not in self._mails:
            self._mails[number] = self._installation.ledger.mails.received_as(number)
        return self._mails[number]

    def _reason(self, planned: PlannedCopy, mail: ReceivedMail | None) -> ChangeReason:
        if planned.wanted.key in self._permission.restored:
            return ChangeReason.RESTORED
        if planned.step is Step.HIDE:
            return ChangeReason.HIDDEN
        if planned.step is not Step.DELETE:
            return ChangeReason.REVISION
        if self._subscription.state is SubscriptionState.LEFT:
            return ChangeReason.LEFT
        return ChangeReason.SNAPSHOT if mail and mail.kind == _SNAPSHOT else ChangeReason.TOMBSTONE

    def reported(self, planned: PlannedCopy) -> ReportedChange:
        """Give the words for a change that was made."""
        stored = planned.wanted.stored
        shown = shown_event(planned.event or (stored.event if stored else None))
        name = subscription_name(self._subscription)
        return ReportedChange(Direction.IN, name, ACTIONS[planned.step], shown.title, shown.first)
