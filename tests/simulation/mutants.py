"""The rules that the protocol needs, each taken away for a while: without any of them the simulation has to fail (9.3).

The product has no switches; each mutant replaces a function of it inside a `with`.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from simulation.limits import replaced

from osync.engine import announce, epochs
from osync.engine.broadcast import broadcast
from osync.engine.installation import Installation, Run
from osync.engine.report import Report
from osync.message.manifest import Snapshot, Update, bucket_of
from osync.model import FollowedEvent, Share
from osync.sync import follow
from osync.sync.follow import Progress, TakenEvent
from osync.sync.heal import Judgement, Verdict

Mutation = Callable[[], contextlib.AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A rule, what it says, and the way to do without it. `families` are where its absence shows soonest."""

    rule: str
    says: str
    mutation: Mutation
    families: tuple[str, ...]


def _take_covered(progress: Progress, held: Mapping[str, FollowedEvent], update: Update) -> Iterator[TakenEvent]:
    for sent in update.events:
        if follow._version(held.get(sent.key)) < (progress.epoch, sent.revision):
            yield follow._taken(progress.epoch, sent)


def _take_lower(progress: Progress, held: Mapping[str, FollowedEvent], update: Update) -> Iterator[TakenEvent]:
    for sent in update.events:
        if sent.revision > progress.coverage.watermark(bucket_of(sent.key)):
            yield follow._taken(progress.epoch, sent)


def _without_higher_wins() -> contextlib.AbstractContextManager[None]:
    return replaced(follow, "_taken_from_update", _take_lower)


def _without_skip() -> contextlib.AbstractContextManager[None]:
    return replaced(follow, "_taken_from_update", _take_covered)


def _without_tombstones() -> contextlib.AbstractContextManager[None]:
    from osync.engine import from_owners

    def forget(progress: Progress, held: Mapping[str, FollowedEvent]) -> tuple[str, ...]:
        return tuple(key for key, event in held.items() if not event.live)

    return replaced(from_owners, "covered_tombstones", forget)


def _without_snapshot_deletes() -> contextlib.AbstractContextManager[None]:
    taken_from_snapshot = follow._taken_from_snapshot

    def take_listed(progress: Progress, held: Mapping[str, FollowedEvent], snapshot: Snapshot) -> Iterator[TakenEvent]:
        return (taken for taken in taken_from_snapshot(progress, held, snapshot) if taken.event.live)

    return replaced(follow, "_taken_from_snapshot", take_listed)


def _without_new_epoch() -> contextlib.AbstractContextManager[None]:
    return replaced(epochs, "judge", lambda claims, own, digest_of: Judgement(Verdict.AGREES))


def _without_rule4() -> contextlib.AbstractContextManager[None]:
    return replaced(Progress, "went_back", property(lambda progress: False))


def _without_base() -> contextlib.AbstractContextManager[None]:
    begin_epoch = epochs.begin_epoch

    def begin_without_base(installation: Installation, share: Share, at_least: int = 0) -> Share:
        begun = begin_epoch(installation, share, at_least)
        lower = replace(begun, head=begun.head - 1, sent=begun.head - 1, collected=0)
        installation.ledger.shares.put(lower)
        return lower

    return replaced(epochs, "begin_epoch", begin_without_base)


def _without_floor_rev() -> contextlib.AbstractContextManager[None]:
    def broadcast_with_moved_floor(installation: Installation, run: Run, report: Report, share: Share) -> None:
        moved = replace(share, floor=max(share.floor, announce.floor_of(installation.today)))
        if moved != share:
            installation.ledger.shares.put(moved)
        broadcast(installation, run, report, moved)

    return replaced(announce, "broadcast", broadcast_with_moved_floor)


MUTANTS: tuple[Mutant, ...] = (
    Mutant("skip", "revisions at or below the watermark are skipped", _without_skip, ("pair",)),
    Mutant("higher-wins", "the higher version wins", _without_higher_wins, ("pair",)),
    Mutant("tombstones", "tombstones above the watermark are kept", _without_tombstones, ("pair",)),
    Mutant("snapshot-deletes", "a snapshot deletes what it does not list", _without_snapshot_deletes, ("pair",)),
    Mutant("new-epoch", "an owner who lost state begins an epoch", _without_new_epoch, ("rollback",)),
    Mutant("floor-rev", "a moved floor takes a revision of its own", _without_floor_rev, ("floor",)),
    Mutant("rule4", "the newest mail has to carry the highest version", _without_rule4, ("rollback",)),
    Mutant("base", "below the base of an epoch only a snapshot answers", _without_base, ("rollback",)),
)


def families_for(rule: str) -> tuple[str, ...]:
    """Give the families that miss a rule soonest; none for no rule."""
    return next((mutant.families for mutant in MUTANTS if mutant.rule == rule), ())


@contextlib.contextmanager
def without(rule: str) -> Iterator[None]:
    """Do without a rule inside; "" takes none away."""
    for mutant in MUTANTS:
        if mutant.rule == rule:
            with mutant.mutation():
                yield
            return
    yield
