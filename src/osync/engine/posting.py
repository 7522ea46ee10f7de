"""Send the outbox, as far as today's budget reaches.

A mail leaves again if OSync is ended before it could note that it left. Nothing here writes a message.
"""

from osync.engine.installation import Installation
from osync.engine.report import Problem, Report, Waiting
from osync.errors import MailDeferredError, OSyncError
from osync.ledger.mails import LeftMail, WaitingMail
from osync.mailboxes.base import OutgoingMail, Refusal
from osync.sync.budget import DAY, day_start, may_leave

_MOST_DEFERRED = 5
"""After so many mails that are not taken, the server probably takes none."""


def send_outbox(installation: Installation, report: Report) -> None:
    """Send the mails that wait, oldest first, and mark each one that left; those beyond the day's budget wait.

    A recipient that the mailbox does not know is reported; a mailbox that does not answer too, and its mails wait. A mail
    that is not taken now does not keep the others waiting.
    """
    mails, today = installation.ledger.mails, day_start(installation.now)
    numbers = mails.waiting_numbers()
    sent_today = mails.recipients_since(today) if installation.mail_limits.mails_a_day else 0
    deferred = 0
    for done, number in enumerate(numbers):
        installation.progress("Sending mails", done, len(numbers))
        mail = mails.waiting(number)
        if mail is None:
            continue
        if not may_leave(sent_today, len(mail.recipients), installation.mail_limits):
            report.waiting.append(Waiting("", len(numbers) - done, today + DAY, of_budget=True))
            return
        try:
            refusals = installation.mailbox.send(OutgoingMail(installation.address, mail.recipients, mail.content))
        except OSyncError as error:
            report.add_problem("mailbox", error)
            deferred += 1
            if isinstance(error, MailDeferredError) and deferred < _MOST_DEFERRED:
                continue
            return
        sent_today += len(mail.recipients)
        _record(installation, mail, refusals)
        for refusal in refusals:
            sentence = f"The {mail.kind} mail did not reach {refusal.address}: {refusal.reason}"
            report.problems.append(Problem("mailbox", sentence, 2))


def _record(installation: Installation, mail: WaitingMail, refusals: tuple[Refusal, ...]) -> None:
    mails = installation.ledger.mails
    with installation.ledger.transaction():
        if len(refusals) == len(mail.recipients):
            mails.mark_refused(mail.number, " ".join(refusal.reason for refusal in refusals))
        else:
            mails.mark_sent(mail.number, installation.now)
            for refusal in refusals:
                mails.add_refusal(mail.number, f"{refusal.address} did not get it: {refusal.reason}")
        if refusals:
            _count(installation, mail, refusals)


def _count(installation: Installation, mail: WaitingMail, refusals: tuple[Refusal, ...]) -> None:
    # Late, because it loads what understands reports, and most runs have no refusal.
    from osync.engine.bounces import count_refusal

    left = LeftMail(
        mail.number, mail.kind, mail.share_id, mail.recipients, len(mail.content), installation.now, refused=""
    )
    for refusal in refusals:
        count_refusal(installation, left, refusal.address, refusal.reason)
