"""Decide what the subscribers of a shared calendar have to be told, and record it as revisions with the mails that tell it.

Revisions, journal and outgoing mails are one transaction, so that a crash never loses a revision or uses one twice
(protocol 5.2).
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

from osync.engine.asked import keep_why_asked
from osync.engine.broadcast import broadcast
from osync.engine.consent import Consent, Decision, Verdict
from osync.engine.differences import Differences
from osync.engine.installation import Installation, Run
from osync.engine.moving import has_arrived
from osync.engine.report import Direction, Problem, Report, ReportedChange
from osync.engine.scan import Place, Scan, scan_places
from osync.errors import EventRefusedError
from osync.ical.event import Event
from osync.ical.privacy import Leaving, SharingRules, Staying, leaving
from osync.ical.tripwire import named_occurrences
from osync.ledger.shares import PublishedText
from osync.ledger.sources import SourceEvent, SourcePlace
from osync.message.identity import derived_uid, event_key, public_identity
from osync.model import ChangeAction, Share
from osync.sync.heal import TOMBSTONE_DAYS
from osync.sync.publish import Observation, PlannedRevision, numbered, plan_revisions
from osync.sync.safety import OwnerCount, why_not_send

_FLOOR_DAYS = 90


class _Observer:
    """Takes one event after the other, and keeps of it only what leaves through each share."""

    def __init__(self, installation: Installation, shares: Sequence[Share], total: int) -> None:
        self._installation = installation
        self._copies = installation.ledger.subscriptions.written_handles(shares[0].calendar)
        self._total = total
        self._count = 0
        self.observations: dict[str, list[Observation]] = {share.share_id: [] for share in shares}
        self.recheck: dict[str, str] = {}
        self.problems: list[Problem] = []
        self._shares = shares

    def observe(self, handle: str, event: Event) -> None:
        """Decide about one event for every share. A copy that we wrote is never shared on (protocol 8.5)."""
        self._count += 1
        if self._count % 500 == 0:
            self._installation.progress("Reading the calendar", self._count, self._total)
        for share in self._shares:
            seen = Observation(event.uid) if handle in self._copies else self._observe(share, event)
            self.observations[share.share_id].append(seen)

    def _observe(self, share: Share, event: Event) -> Observation:
        try:
            outcome = what_leaves(self._installation, share, event)
        except EventRefusedError as error:
            self.problems.append(
                Problem(f"share {share.name}", f"The event with the UID {event.uid} cannot be shared: {error}")
            )
            return Observation(event.uid, uncertain=True)
        if not isinstance(outcome, Staying):
            return Observation(event.uid, outcome)
        if outcome.recheck_on:
            day = outcome.recheck_on.isoformat()
            self.recheck[event.uid] = min(day, self.recheck.get(event.uid, day))
        return Observation(event.uid)


def announce_calendar(
    installation: Installation,
    run: Run,
    report: Report,
    shares: Sequence[Share],
    found: Differences,
    consent: Consent,
) -> None:
    """Record what changed in the calendar of `shares`, and put the mails that tell it into the outbox.

    While one share is held, the others of its calendar wait too, unless the user named them; what is held is reported and
    not recorded, so that the next run finds it again. Deletions that the user refused are found again in silence.
    """
    name = shares[0].calendar
    calendar = installation.calendar(name)
    observer = _Observer(installation, shares, len(found.changed))
    scan = scan_places(installation.ledger.sources, name, calendar, found, observer.observe)
    judged = [consent.judge(_decide(installation, share, observer, scan, found)) for share in shares]
    asked = [each for each in judged if each.verdict is Verdict.ASKED]
    refused = [each for each in judged if each.verdict is Verdict.REFUSED]
    report.held.extend(each.held for each in asked)
    report.refused.extend(each.held for each in refused)
    reasons = {each.share.share_id: each.held_because if each in asked else "" for each in judged}
    keep_why_asked(installation.ledger, reasons)
    carried = [each for each in judged if not asked or each.verdict is Verdict.ALLOWED]
    if not carried:
        return
    with installation.ledger.transaction():
        if not asked and not refused:
            _record_scan(installation, name, scan, found, observer)
        for each in carried:
            consent.forget_refusal(each)
            broadcast(installation, run, report, _record_revisions(installation, each))
    _tell(report, name, scan, carried, observer)


def _decide(installation: Installation, share: Share, observer: _Observer, scan: Scan, found: Differences) -> Decision:
    """Decide for one share, without writing anything."""
    shares = installation.ledger.shares
    observed = [
        *observer.observations[share.share_id],
        *(Observation(uid) for uid in scan.gone),
        *(Observation(uid, uncertain=True) for uid in scan.uncertain),
    ]
    known = shares.published_from(share.share_id, [each.uid for each in observed])
    planned = tuple(plan_revisions(known, observed, lambda uid, part: event_key(share.key, uid, part), share.floor))
    deleted = sum(1 for each in planned if each.action is ChangeAction.DELETED)
    live = shares.live_count(share.share_id, share.floor)
    count = OwnerCount(deleted, live, found.places_before, len(found.listed), moved=found.moved)
    return Decision(share, planned, why_not_send(count))


def what_leaves(installation: Installation, share: Share, event: Event) -> tuple[Leaving, ...] | Staying:
    """Decide what of an event leaves through a share. EventRefusedError if it should and cannot."""
    creator = public_identity(share.creator_key or installation.identity().public.public_key)

    def uid_of(part: str) -> str:
        return derived_uid(creator, share.share_id, event_key(share.key, event.uid, part))

    rules = SharingRules(category=share.category, level=share.level, notes=share.notes)
    return leaving(event, rules, uid_of, share.floor, installation.today)


def _record_scan(installation: Installation, name: str, scan: Scan, found: Differences, observer: _Observer) -> None:
    sources = installation.ledger.sources
    places = [place for place in scan.places if place.handle not in scan.deferred]
    sources.forget(name, found.vanished - scan.deferred)
    sources.keep_places(name, [SourcePlace(place.handle, place.version, place.problem) for place in places])
    sources.keep_places(name, [SourcePlace(handle, "", "") for handle in scan.missed])
    if found.places_before:
        sources.forget_events(name, [place.handle for place in places if not place.problem])
    # Also what lies at places that are looked at again: it was told, and must be missed when it goes.
    sources.add_events(name, _source_events(scan.places, observer))
    has_arrived(installation, name)


def _source_events(places: Sequence[Place], observer: _Observer) -> Iterator[SourceEvent]:
    for place in places:
        for uid in place.uids:
            yield SourceEvent(uid, place.handle, observer.recheck.get(uid, ""))


def _record_revisions(installation: Installation, decision: Decision) -> Share:
    """Give each new revision its number and record it. A moved floor takes a revision of its own (protocol 5.2)."""
    ledger, share = installation.ledger, decision.share
    refused = decision.verdict is Verdict.REFUSED
    head, floor = moved_floor(share, installation.today) if decision.planned else (share.head, share.floor)
    revisions = list(numbered(decision.planned, head, installation.now))
    ledger.shares.put_events(share.share_id, (_published(installation, each) for each in revisions))
    for zone in {zone for each in revisions for zone in each.zones}:
        ledger.subscriptions.put_zone(share.share_id, zone.name, zone.text)
    old = installation.now - TOMBSTONE_DAYS * 86400
    collected = ledger.shares.collect_tombstones(share.share_id, old, share.sent) if revisions else 0
    after = replace(
        share,
        head=head + len(revisions),
        floor=floor,
        unread=share.unread and refused,
        collected=max(share.collected, collected),
    )
    if after != share:
        ledger.shares.put(after)
    return after


def moved_floor(share: Share, today: date) -> tuple[int, date]:
    """Give head and floor before the next change; a floor that moves takes a revision, or one head had two digests."""
    floor = max(share.floor, floor_of(today))
    return share.head + (floor > share.floor), floor


def _published(installation: Installation, revision: PlannedRevision) -> PublishedText:
    occurrences = named_occurrences(revision.text, revision.zones, installation.world.now())
    return PublishedText(revision.event, revision.text, occurrences)


def floor_of(today: date) -> date:
    """Give the day before which events leave a share by themselves: the first of the month 90 days ago (protocol 5.2)."""
    return (today - timedelta(days=_FLOOR_DAYS)).replace(day=1)


def _tell(report: Report, name: str, scan: Scan, decisions: Sequence[Decision], observer: _Observer) -> None:
    for decision in decisions:
        for each in decision.planned:
            share, event = decision.share.name, each.event
            report.changes.append(ReportedChange(Direction.OUT, share, each.action, event.title, event.first))
    report.problems.extend(observer.problems)
    for place in scan.places:
        if place.problem:
            sentence = f"{place.handle}: {place.problem} What your subscribers have of it stays as it is."
            report.problems.append(Problem(f"calendar {name}", sentence))
    report.problems.extend(Problem(f"calendar {name}", sentence) for sentence in scan.duplicates)
