"""One run of `sync`: receive, write copies, announce, post. See the package for the order and why it is safe."""

from osync.engine.announce import announce_changes
from osync.engine.copies import write_copies
from osync.engine.installation import Installation, Run
from osync.engine.outbox import send_outbox
from osync.engine.receive import receive_mails
from osync.engine.report import Report
from osync.engine.rehearsal import rehearsal_of
from osync.errors import LedgerDamagedError, OSyncError


def sync(installation: Installation, *, approve: bool = False, dry_run: bool = False) -> Report:
    """Do everything that there is to do, once; a second time with nothing new reads no event and writes nothing.

    `approve` lets held changes pass. With `dry_run` nothing is written, sent or settled, and the report tells what would
    be. What goes wrong in one part is in the report, and the other parts go on; ledger errors are raised.
    """
    if dry_run:
        return sync(rehearsal_of(installation), approve=approve)
    report = Report()
    run = Run(installation, "sync")
    try:
        receive_mails(installation, run, report)
    except LedgerDamagedError:
        raise
    except OSyncError as error:
        report.add_problem("mailbox", error)
    write_copies(installation, run, report, approve=approve)
    announce_changes(installation, run, report, approve=approve)
    send_outbox(installation, report)
    run.finish()
    return report
