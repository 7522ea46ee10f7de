"""Let this computer write a share that another one of the same owner wrote until now (protocol 3, 5.2)."""

from dataclasses import replace

from osync.engine.differences import announce_changes
from osync.engine.epochs import HEARD_EPOCH, begin_epoch
from osync.engine.exporting import EXPECTED_EVENTS
from osync.engine.identities import owe_new_key
from osync.engine.installation import Installation, Run
from osync.engine.outbox import common_fields, put_message
from osync.engine.posting import send_outbox
from osync.engine.report import Report
from osync.engine.sharing import check_open, find_share, preview
from osync.errors import StopBeforeHarmError
from osync.message.manifest import Announcement, Update, announcement_bytes, share_digest
from osync.model import Share, ShareState
from osync.sync.safety import OwnerCount, why_not_send


def take_over(installation: Installation, name: str, *, approve: bool = False) -> Report:
    """Write a share from here on: all its events go to all subscribers, as their OSyncs know them. A second time is silent.

    The other computer stops by itself when it hears of it. Raises NotFoundError, ConfigurationError for a share that was
    stopped, what the calendar raises, and StopBeforeHarmError if this calendar holds much less than the other one did,
    unless `approve`.
    """
    share = find_share(installation, name)
    report, run = Report(), Run(installation, "share take-over")
    if share.state is ShareState.OPEN:
        return report
    if share.state is ShareState.STOPPED:
        check_open(share)
    if not approve:
        _check_calendar(installation, share)
    with installation.ledger.transaction():
        begun = _begin_to_write(installation, share)
        _tell_other_computers(installation, run, report, begun)
    announce_changes(installation, run, report, approve=approve)
    send_outbox(installation, report)
    run.finish()
    return report


def _begin_to_write(installation: Installation, share: Share) -> Share:
    """Begin an epoch of a writer that nobody heard of, higher than any that we heard of, with nothing published in it."""
    ledger = installation.ledger
    heard = int(ledger.setting(HEARD_EPOCH + share.share_id) or 0)
    ledger.shares.forget_published(share.share_id)
    ours = replace(share, state=ShareState.OPEN, writer=installation.world.random_bytes(8).hex(), unread=True, note="")
    begun = begin_epoch(installation, ours, heard + 1)
    owe_new_key(installation, share.share_id)
    return begun


def _tell_other_computers(installation: Installation, run: Run, report: Report, share: Share) -> None:
    """Mail the beginning of the epoch to ourselves: a computer that reads the same mailbox learns from it to stop."""
    identity, shares = installation.identity(), installation.ledger.shares
    digest = share_digest((key, text) for key, text in shares.digest_lines(share.share_id, share.floor))
    shares.put_journal(share.share_id, share.epoch, share.head, digest)
    signed = announcement_bytes(share.share_id, share.epoch, share.head, digest, share.writer)
    announcement = Announcement(share.epoch, share.head, digest, share.writer, identity.sign(signed))
    common = common_fields(installation, share.share_id)
    message = Update(common, announcement, share.floor, 0, share.head, share.head, ())
    keys = [key.public for key in (identity, *identity.former)]
    put_message(installation, run, report, message, [installation.address], keys, share=share.name)


def _check_calendar(installation: Installation, share: Share) -> None:
    """Ask before the subscribers lose what this calendar does not hold."""
    ledger = installation.ledger
    live = ledger.shares.live_count(share.share_id, share.floor)
    before = max(live, int(ledger.setting(EXPECTED_EVENTS + share.share_id) or 0))
    found = preview(installation, share.share_id)
    now = len(found.events)
    why = why_not_send(OwnerCount(max(0, before - now), before, before, now))
    if now < before and found.problems:
        why = f"{before - now} events are missing, and something in it cannot be read: {found.problems[0]}"
    if why:
        raise StopBeforeHarmError(
            f"The calendar {share.calendar} is not what the other computer shared: {why}",
            unharmed="Nothing was sent.",
            advice=f"Look at osync share preview {share.name}; if it is right, use osync share take-over --yes.",
        )
