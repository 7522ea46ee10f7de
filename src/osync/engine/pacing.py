"""When a share may be broadcast, and how much waits until then. Loads nothing that reads or writes a message."""

from osync.engine.installation import Installation
from osync.engine.report import Report, Waiting
from osync.model import Share
from osync.sync.budget import broadcast_at, day_start, may_send_automatically


def next_broadcast(installation: Installation, share: Share) -> int:
    """Give when the share may be broadcast, now at the earliest."""
    now, limits = installation.now, installation.mail_limits
    counted = limits.broadcasts_a_day and share.broadcast_at >= day_start(now)
    today = installation.ledger.mails.broadcasts_since(share.share_id, day_start(now)) if counted else 0
    return broadcast_at(share.broadcast_at, today, now, limits)


def may_broadcast(installation: Installation, share: Share) -> bool:
    """Tell whether the share has news that may be told now."""
    return share.head > share.sent and next_broadcast(installation, share) <= installation.now


def may_answer_today(installation: Installation, address: str) -> bool:
    """Tell whether something may be sent to an address only because a message from there asked for it (protocol 7.3)."""
    sent = installation.ledger.mails.automatic_since(address, day_start(installation.now))
    return may_send_automatically(sent)


def tell_waiting(installation: Installation, report: Report) -> None:
    """Report the changes that wait until their share may be broadcast."""
    for share in installation.ledger.shares.waiting_to_be_told():
        changes = installation.ledger.shares.untold_count(share.share_id, share.sent)
        report.waiting.append(Waiting(share.name, changes, next_broadcast(installation, share)))
