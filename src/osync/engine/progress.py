"""How far a subscription has come, between its rows in the ledger and the values that `sync.follow` decides on."""

from osync.ledger.ledger import Ledger
from osync.ledger.subscriptions import CoveredInterval, StoredProgress
from osync.sync.coverage import Coverage, Interval
from osync.sync.follow import Newest, Place, Progress


def load_progress(ledger: Ledger, share_id: str) -> Progress:
    """Give the progress of a subscription; of a new one, that nothing is covered."""
    stored = ledger.subscriptions.progress(share_id)
    coverage = Coverage()
    for row in ledger.subscriptions.coverage(share_id):
        coverage = coverage.with_interval(Interval(row.low, row.high), row.first_bucket, row.end_bucket)
    return Progress(
        epoch=stored.epoch,
        known=stored.known,
        floor=stored.floor,
        damaged=stored.damaged,
        newest=Newest(stored.newest_at, Place(stored.newest_epoch, stored.newest_head), stored.newest_digest),
        top=Place(stored.top_epoch, stored.top_head),
        coverage=coverage,
    )


def store_progress(ledger: Ledger, share_id: str, progress: Progress) -> None:
    """Record the progress of a subscription, inside a transaction."""
    newest, top = progress.newest, progress.top
    ledger.subscriptions.put_progress(
        share_id,
        StoredProgress(
            progress.epoch, progress.known, progress.floor, progress.damaged,
            newest.sent_at, newest.place.epoch, newest.place.head, top.epoch, top.head, newest.digest,
        ),
    )  # fmt: skip
    ledger.subscriptions.put_coverage(
        share_id,
        [
            CoveredInterval(span.first, span.end, interval.low, interval.high)
            for span in progress.coverage.spans
            for interval in span.intervals
        ],
    )
