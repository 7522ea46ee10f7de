"""Find what changed in the shared calendars and record it as revisions, with the mails that tell the subscribers.

Revisions, journal and outgoing mails are one transaction, so that a crash never loses a revision or uses one twice
(protocol 5.2).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from osync.engine.installation import Installation, Run
from osync.engine.broadcast import broadcast
from osync.engine.report import Direction, Held, Problem, Report, ReportedChange
from osync.engine.scan import Scan, scan_calendar
from osync.errors import EventRefusedError, OSyncError
from osync.ical.event import Event
from osync.ical.privacy import Leaving, SharingRules, Staying, leaving
from osync.ledger.shares import PublishedText
from osync.ledger.sources import SourceEvent
from osync.message.identity import derived_uid, event_key
from osync.model import ChangeAction, PublicIdentity, Share, ShareState
from osync.sync.publish import Observation, PlannedRevision, numbered, plan_revisions
from osync.sync.safety import OwnerCount, why_not_send

_FLOOR_DAYS = 90


@dataclass(frozen=True, slots=True)
class _Decision:
    """What is to be told to the subscribers of one share, and the events to look at again on a day ("" = never)."""

    share: Share
    planned: tuple[PlannedRevision, ...]
    recheck: dict[str, str]
    problems: tuple[Problem, ...]
    held_because: str


def announce_changes(installation: Installation, run: Run, report: Report, *, approve: bool) -> None:
    """Read every shared calendar and record what its subscribers have to be told. `approve` lets mass deletions pass.

    A calendar that cannot be read, or whose changes are held, is reported and nothing of it is recorded; the others go on.
    """
    calendars = sorted({share.calendar for share in _open_shares(installation)})
    for name in calendars:
        shares = [share for share in _open_shares(installation) if share.calendar == name]
        try:
            _announce_calendar(installation, run, report, name, shares, approve=approve)
        except OSyncError as error:
            report.add_problem(f"calendar {name}", error)


def _open_shares(installation: Installation) -> list[Share]:
    return [share for share in installation.ledger.shares.all() if share.state is ShareState.OPEN]


def _announce_calendar(
    installation: Installation, run: Run, report: Report, name: str, shares: Sequence[Share], *, approve: bool
) -> None:
    everything = any(share.unread for share in shares)
    calendar = installation.calendar(name)
    scan = scan_calendar(installation.ledger.sources, name, calendar, installation.today, everything=everything)
    decisions = [_decide(installation, share, scan) for share in shares] if scan.places or scan.vanished else []
    held = [Held(decision.share.name, decision.held_because) for decision in decisions if decision.held_because]
    if held and not approve:
        report.held.extend(held)
        return
    with installation.ledger.transaction():
        _record_scan(installation, name, scan, decisions)
        for decision in decisions:
            _record_revisions(installation, decision)
        for share in _open_shares(installation):
            if share.calendar == name:
                broadcast(installation, run, report, share)
    _tell(report, name, scan, decisions)


def _decide(installation: Installation, share: Share, scan: Scan) -> _Decision:
    """Decide for one share, without writing anything."""
    owner = installation.identity().public
    ledger = installation.ledger
    received = ledger.subscriptions.written_handles(share.calendar)
    copies = {uid for place in scan.places if place.handle in received for uid in place.events}
    recheck: dict[str, str] = {}
    problems: list[Problem] = []

    def observe() -> Iterator[Observation]:
        for uid in scan.touched:
            event = (scan.events or {}).get(uid)
            if event is None or uid in copies:
                yield Observation(uid, uncertain=uid in scan.uncertain)
                continue
            try:
                yield _observation(share, owner, event, installation.today, recheck)
            except EventRefusedError as error:
                problems.append(Problem(f"share {share.name}", str(error)))
                yield Observation(uid, uncertain=True)

    planned = tuple(
        plan_revisions(
            ledger.shares.published_from(share.share_id, scan.touched),
            observe(),
            lambda uid, part: event_key(share.key, uid, part),
            share.floor,
        )
    )
    deleted = sum(1 for each in planned if each.action is ChangeAction.DELETED)
    live = ledger.shares.live_count(share.share_id, share.floor)
    reason = why_not_send(OwnerCount(deleted, live, scan.places_before, scan.places_now))
    return _Decision(share, planned, recheck, tuple(problems), reason)


def _observation(
    share: Share, owner: PublicIdentity, event: Event, today: date, recheck: dict[str, str]
) -> Observation:
    outcome = what_leaves(share, owner, event, today)
    if isinstance(outcome, Staying):
        if outcome.recheck_on:
            recheck[event.uid] = outcome.recheck_on.isoformat()
        return Observation(event.uid)
    return Observation(event.uid, outcome)


def what_leaves(share: Share, owner: PublicIdentity, event: Event, today: date) -> tuple[Leaving, ...] | Staying:
    """Decide what of an event leaves through a share. EventRefusedError if it should and cannot."""

    def uid_of(part: str) -> str:
        return derived_uid(owner, share.share_id, event_key(share.key, event.uid, part))

    rules = SharingRules(category=share.category, level=share.level, notes=share.notes)
    return leaving(event, rules, uid_of, share.floor, today)


def _record_scan(installation: Installation, name: str, scan: Scan, decisions: Sequence[_Decision]) -> None:
    sources = installation.ledger.sources
    sources.forget(name, scan.vanished)
    for place in scan.places:
        sources.keep_place(name, place.handle, place.version, place.problem)
        events = [SourceEvent(uid, place.handle, _soonest(uid, decisions)) for uid in place.events]
        if place.problem:
            sources.add_events(name, place.handle, events)
        else:
            sources.replace_events(name, place.handle, events)


def _soonest(uid: str, decisions: Sequence[_Decision]) -> str:
    return min((decision.recheck[uid] for decision in decisions if uid in decision.recheck), default="")


def _record_revisions(installation: Installation, decision: _Decision) -> None:
    """Number the new revisions and record them. A moved floor takes a revision of its own (protocol 5.2)."""
    ledger, share = installation.ledger, decision.share
    head, floor = share.head, share.floor
    if decision.planned:
        floor = max(floor, floor_of(installation.today))
        head += floor > share.floor
    revisions = list(numbered(decision.planned, head, installation.now))
    ledger.shares.put_events(share.share_id, (PublishedText(each.event, each.text) for each in revisions))
    for zone in {zone for each in revisions for zone in each.zones}:
        ledger.subscriptions.put_zone(share.share_id, zone.name, zone.text)
    if revisions or share.unread:
        ledger.shares.put(replace(share, head=head + len(revisions), floor=floor, unread=False))


def floor_of(today: date) -> date:
    """Give the day before which events leave a share by themselves: the first of the month 90 days ago (protocol 5.2)."""
    return (today - timedelta(days=_FLOOR_DAYS)).replace(day=1)


def _tell(report: Report, name: str, scan: Scan, decisions: Sequence[_Decision]) -> None:
    for decision in decisions:
        for each in decision.planned:
            share, event = decision.share.name, each.event
            report.changes.append(ReportedChange(Direction.OUT, share, each.action, event.title, event.first))
        report.problems.extend(decision.problems)
    for place in scan.places:
        if place.problem:
            sentence = f"{place.handle}: {place.problem} What your subscribers have of it stays as it is."
            report.problems.append(Problem(f"calendar {name}", sentence))
    report.problems.extend(Problem(f"calendar {name}", sentence) for sentence in scan.duplicates)
