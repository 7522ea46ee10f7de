"""Take reports about mails that did not arrive, and refusals by the mailbox itself (protocol 7.3).

A report may be forged as easily as any mail: it counts only if it returns the random Message-ID of a mail that left, and
only for those whom that mail was sent to; once for each of them.
"""

from dataclasses import dataclass, replace

from osync.engine.installation import Installation
from osync.engine.outbox import withdraw_mails
from osync.ledger.mails import LeftMail
from osync.message.bounce import Bounce, find_bounce
from osync.message.failure import Failure, failure_of_report
from osync.model import Share, Subscriber, SubscriberState
from osync.sync.returned import ReturnedMail, after_return

_NOTHING = "Nothing was done."


@dataclass(frozen=True, slots=True)
class TakenBounce:
    """The share that a report was about, "" if it was about none of ours, and one sentence for the log."""

    share_id: str
    sentence: str


def take_bounce(installation: Installation, mail: bytes) -> TakenBounce | None:
    """Let a report about a mail of ours take effect in the ledger; None if the mail is no such report.

    The mail that it returns is not looked into: it was ours. A second time the same report changes nothing.
    """
    bounce = find_bounce(mail)
    if bounce is None:
        return None
    left = installation.ledger.mails.left_with(bounce.message_ids)
    if left is None:
        return TakenBounce("", f"It reports on a mail that OSync did not send. {_NOTHING}")
    if not bounce.returned:
        return TakenBounce(left.share_id, f"It reports that a mail is late or has arrived. {_NOTHING}")
    failures = _failures(bounce, left)
    if not failures:
        return TakenBounce(left.share_id, f"It reports on somebody whom that mail was not sent to. {_NOTHING}")
    sentences = [_once(installation, left, address, failure) for address, failure in failures.items()]
    return TakenBounce(left.share_id, " ".join(sentences))


def _failures(bounce: Bounce, left: LeftMail) -> dict[str, Failure]:
    """Give why it failed, by the address that the mail was sent to.

    A mail to one address failed for it, whatever address it was passed on to; of several, the report has to name each.
    """
    if len(left.recipients) == 1:
        return {left.recipients[0]: bounce.returned[0].failure}
    folded = {address.casefold(): address for address in left.recipients}
    found: dict[str, Failure] = {}
    for returned in bounce.returned:
        address = folded.get(returned.asked.casefold()) or folded.get(returned.address.casefold())
        if address:
            found.setdefault(address, returned.failure)
    return found


def _once(installation: Installation, left: LeftMail, address: str, failure: Failure) -> str:
    mark = f"{address} did not get it"
    if mark in left.refused:
        return f"It was reported before that the {left.kind} mail did not reach {address}. {_NOTHING}"
    installation.ledger.mails.add_refusal(left.number, f"{mark}: {failure.words or failure.status or failure.weight}.")
    return (
        f"The {left.kind} mail did not reach {address}. {count_failure(installation, left, address, failure)}".rstrip()
    )


def count_refusal(installation: Installation, mail: LeftMail, address: str, reason: str) -> None:
    """Count that the mailbox itself refused a mail for an address, as if it had come back."""
    count_failure(installation, mail, address, failure_of_report("", reason))


def count_failure(installation: Installation, mail: LeftMail, address: str, failure: Failure) -> str:
    """Let a mail that did not reach a subscriber take effect for each key of theirs; give the sentence, "" for none."""
    shares = installation.ledger.shares
    share = shares.get(mail.share_id)
    if share is None:
        return failure.words
    sentence = ""
    returned = ReturnedMail(mail.sent_at, mail.size, alone=len(mail.recipients) == 1)
    for subscriber in shares.subscribers(share.share_id):
        if subscriber.address.casefold() != address.casefold():
            continue
        consequence = after_return(subscriber, returned, failure, share.name)
        after = _owing(consequence.subscriber, mail, share) if consequence.owed else consequence.subscriber
        if after != subscriber:
            shares.put_subscriber(after)
            sentence = consequence.sentence
        if after.state is SubscriberState.SUSPENDED and subscriber.state is not after.state:
            withdraw_mails(installation, after)
    return sentence


def _owing(subscriber: Subscriber, mail: LeftMail, share: Share) -> Subscriber:
    """Owe a subscriber what a mail held that was too large for them: all that they did not confirm to have."""
    if mail.kind in ("first", "news"):
        return replace(subscriber, told=False)
    if mail.kind not in ("update", "snapshot"):
        return subscriber
    is_known = subscriber.confirmed_epoch == share.epoch and subscriber.confirmed_revision >= share.collected
    if mail.kind == "update" and is_known and not subscriber.wants_snapshot:
        return replace(subscriber, wants_after=min(subscriber.confirmed_revision, share.head))
    return replace(subscriber, wants_snapshot=True)
