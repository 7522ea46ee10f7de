"""One run of `sync`: receive, ask and answer, write copies, announce, post. See the package for the order and why it is safe."""

from dataclasses import replace

from osync.engine.differences import announce_changes
from osync.engine.installation import Installation, Run
from osync.engine.moving import notice_moves
from osync.engine.pacing import tell_waiting
from osync.engine.report import Report
from osync.engine.scope import EVERYTHING, Scope
from osync.errors import LedgerDamagedError, OSyncError
from osync.mailboxes.base import CleansUp


def sync(
    installation: Installation,
    *,
    approve: bool = False,
    dry_run: bool = False,
    at_once: bool = False,
    scope: Scope = EVERYTHING,
) -> Report:
    """Do everything that there is to do, once; a second time with nothing new reads no event and writes nothing.

    `approve` lets held changes pass; `at_once` mails changes that would wait for the next broadcast; `scope` leaves parts out.
    With `dry_run` nothing is written, sent or settled, and the report tells what would be. What goes wrong in one part is in
    the report, and the other parts go on; LedgerDamagedError is raised. What a step needs is imported when there is work for it.
    """
    if at_once:
        installation = replace(installation, mail_limits=installation.mail_limits.without_waiting())
    if dry_run:
        from osync.engine.rehearsal import rehearsal_of

        return sync(rehearsal_of(installation), approve=approve, scope=scope)
    report, run = Report(), Run(installation, "sync")
    notice_moves(installation, report)
    if scope.mail:
        _receive(installation, run, report)
    if installation.ledger.has_duties(installation.now):
        from osync.engine.duties import do_duties

        do_duties(installation, run, report)
    if installation.ledger.has_waiting_events or (approve and installation.ledger.has_held_events):
        from osync.engine.copies import write_copies

        write_copies(installation, run, report, approve=approve, scope=scope)
    announce_changes(installation, run, report, approve=approve, scope=scope)
    if scope.post and installation.ledger.has_waiting_mails:
        from osync.engine.posting import send_outbox

        send_outbox(installation, report)
    tell_waiting(installation, report)
    run.finish()
    return report


def _receive(installation: Installation, run: Run, report: Report) -> None:
    try:
        for mail in installation.mailbox.pending():
            from osync.engine.receive import take_mail

            take_mail(installation, run, report, mail)
        if isinstance(installation.mailbox, CleansUp):
            installation.mailbox.clean_up()
    except LedgerDamagedError:
        raise
    except OSyncError as error:
        report.add_problem("mailbox", error)
