"""When a share may be broadcast, and how much waits until then. Loads nothing that reads or writes a message."""

from osync.engine.installation import Installation
from osync.engine.report import Report, Waiting
from osync.model import Share
from osync.sync.budget import DAY, broadcast_at, day_start, has_room, may_send_automatically


def next_broadcast(installation: Installation, share: Share) -> int:
    """Give when the share may be broadcast, now at the earliest."""
    now, limits = installation.now, installation.mail_limits
    counted = limits.broadcasts_a_day and share.broadcast_at >= day_start(now)
    today = installation.ledger.mails.broadcasts_since(share.share_id, day_start(now)) if counted else 0
    at = broadcast_at(share.broadcast_at, today, now, limits)
    return max(at, day_start(now) + DAY) if _is_spent(installation) else at


def _is_spent(installation: Installation) -> bool:
    """Tell whether what waits in the outbox already takes all that may still leave today."""
    mails, limits = installation.ledger.mails, installation.mail_limits
    if not limits.mails_a_day:
        return False
    return not has_room(mails.recipients_since(day_start(installation.now)), mails.waiting_recipients(), limits)


def may_broadcast(installation: Installation, share: Share) -> bool:
    """Tell whether the share has news that may be told now."""
    return share.head > share.sent and next_broadcast(installation, share) <= installation.now


def may_answer_today(installation: Installation, address: str, share_id: str) -> bool:
    """Tell whether something about a share may be sent only because a message from `address` asked for it (protocol 7.3)."""
    shares = installation.ledger.mails.automatic_since(address, day_start(installation.now))
    return may_send_automatically(len(shares), shares.count(share_id))


def tell_waiting(installation: Installation, report: Report) -> None:
    """Report the changes that wait until their share may be broadcast."""
    for share in installation.ledger.shares.waiting_to_be_told():
        changes = installation.ledger.shares.untold_count(share.share_id, share.sent)
        at = next_broadcast(installation, share)
        report.waiting.append(Waiting(share.name, changes, at, of_budget=_is_spent(installation)))
