"""When a subscriber asks and what an owner answers, so that any loss is made good; pure (protocol 5.5)."""

import enum
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from osync.message.manifest import Announcement, RequestReason
from osync.sync.follow import Progress

HOUR = 3600
DAY = 24 * HOUR
FIRST_WAIT = 2 * HOUR
FIRST_SPREAD = 4 * HOUR
SHORTEST_WAIT = 6 * HOUR
ANSWERS_A_DAY = 4
EPOCHS_A_DAY = 2
SNAPSHOT_AGAIN_AFTER = 6 * HOUR
END_AGAIN_AFTER = 30 * DAY
STATUS_AGAIN_AFTER = 7 * DAY
LEAVE_AGAIN_AFTER = 7 * DAY
TOMBSTONE_DAYS = 400

_NEXT_WAITS = (DAY, 3 * DAY, 7 * DAY)
_ACCEPT_WAITS = (DAY, 3 * DAY, 7 * DAY)


@dataclass(frozen=True, slots=True)
class Asking:
    """When the owner is asked next (`ask_at`, 0 = nothing is missing), when he last was, and how often for this."""

    ask_at: int = 0
    asked_at: int = 0
    asks: int = 0


def reason_to_ask(progress: Progress) -> RequestReason | None:
    """Tell why the owner has to be asked, None if nothing is missing as far as we heard."""
    if not progress.known:
        return RequestReason.JOIN
    if progress.damaged:
        return RequestReason.DIGEST
    if progress.missing:
        return RequestReason.GAP
    return RequestReason.ORDER if progress.went_back else None


def after_hearing(asking: Asking, progress: Progress, now: int, chance: int) -> Asking:
    """Decide when to ask, after a message: soon if something began to be missing, never if nothing is.

    `chance` is a number from 0 to 65535 that spreads the questions of many subscribers.
    """
    if reason_to_ask(progress) is None:
        return Asking(0, asking.asked_at, 0)
    if asking.ask_at and progress.known:
        return asking
    soon = now + FIRST_WAIT + FIRST_SPREAD * chance // 65536
    return Asking(max(soon, asking.asked_at + SHORTEST_WAIT), asking.asked_at, asking.asks)


def after_asking(asking: Asking, now: int) -> Asking:
    """Decide when to ask again: after a day, three days, then each week."""
    wait = _NEXT_WAITS[min(asking.asks, len(_NEXT_WAITS) - 1)]
    return Asking(now + wait, now, asking.asks + 1)


def after_accepting(asks: int, now: int) -> Asking:
    """Decide when the acceptance is repeated if nothing comes: after 1, 3 and 7 days, and never again (protocol 7.2).

    Later its token would be too old; a new invitation is needed then.
    """
    waits = _ACCEPT_WAITS[asks] if asks < len(_ACCEPT_WAITS) else None
    return Asking(now + waits if waits else 0, now, asks + 1)


class Verdict(enum.StrEnum):
    """What a subscriber's memory says about the owner's own history."""

    AGREES = "agrees"
    WENT_BACK = "we lost state"
    ANOTHER_WRITES = "another installation of ours writes now"


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict, and the highest epoch that proves it."""

    verdict: Verdict
    epoch: int = 0


def judge(
    claims: Iterable[Announcement],
    own: Announcement,
    digest_of: Callable[[int, int], str],
) -> Judgement:
    """Compare what others heard of us with our journal (protocol 5.5). Every claim must bear our own signature.

    `own` is our present place; `digest_of` gives what the journal has for (epoch, head), "" for nothing.
    """
    went_back = another = 0
    for claim in claims:
        if claim.writer != own.writer:
            if claim.epoch > own.epoch:
                another = max(another, claim.epoch)
        elif claim.epoch > own.epoch or (
            claim.epoch == own.epoch and digest_of(claim.epoch, claim.head) != claim.digest
        ):
            went_back = max(went_back, claim.epoch)
    if another > went_back:
        return Judgement(Verdict.ANOTHER_WRITES, another)
    return Judgement(Verdict.WENT_BACK, went_back) if went_back else Judgement(Verdict.AGREES)


@dataclass(frozen=True, slots=True)
class Answer:
    """What to send: everything, or an update after revision `after`."""

    everything: bool
    after: int = 0


def answer_to(*, epoch: int, covered: int, damaged: bool, own_epoch: int, head: int, collected: int) -> Answer:
    """Decide how to answer a request for what comes after `covered`, complete from any state."""
    same = epoch == own_epoch and collected <= covered <= head
    return Answer(everything=False, after=covered) if same and not damaged else Answer(everything=True)


@dataclass(frozen=True, slots=True)
class EpochStart:
    """Where an epoch begins: its first head, and the revision below which only a snapshot answers."""

    head: int
    collected: int


def epoch_start(events: int) -> EpochStart:
    """Give the start of an epoch whose events have the revisions 1 to `events`: one more, the base (protocol 5.2)."""
    return EpochStart(events + 1, events + 1)


def may_answer(answers: int, answered_on: str, today: str) -> bool:
    """Tell whether a subscriber gets another answer today."""
    return answered_on != today or answers < ANSWERS_A_DAY
