"""What a run did, or would do, as text and as JSON."""

from collections.abc import Iterator

from osync.cli.commands import Context
from osync.cli.shapes import Json, json_text
from osync.cli.text import counted, safe, shown_start, shown_time, table
from osync.engine.report import Direction, Held, Report, ReportedChange, ReportedMail, Waiting

_MOST_SHOWN = 200
_HALF_A_DAY = 12 * 3600
_UNDO = "undo"
MAIL_WORDS = {
    "invite": "invitation",
    "accept": "acceptance",
    "update": "changes",
    "snapshot": "all events",
    "leave": "farewell",
    "end": "end of the share",
    "rekey": "new key",
    "request": "question for what is missing",
    "ping": "question whether they are there",
    "status": "answer that we are here",
    "first": "all events to read",
    "news": "changes to read",
    "last": "last mail",
    "wish": "wish",
}
"""What people call each kind of mail."""


def show_report(context: Context, report: Report, *, everything: bool = False) -> None:
    """Print every change by title, date and what happens to it, then mails, then what needs the user.

    Without `everything` a long list is cut, because the log has all of it.
    """
    for line in (*_changes(report, everything=everything), *_mails(report)):
        context.say(line)
    for waiting in report.waiting:
        context.say(_waiting(context, waiting))
    for problem in report.problems:
        context.warn(safe(f"{problem.subject}: {problem.sentence}"))
    for held in report.held:
        context.warn(_held(held))


def _changes(report: Report, *, everything: bool) -> Iterator[str]:
    for direction in (Direction.OUT, Direction.IN):
        changes = [change for change in report.changes if change.direction is direction]
        for share in sorted({change.share for change in changes}):
            of_share = sorted((each for each in changes if each.share == share), key=_by_start)
            yield f"{_headline(direction, share)}: {counted(len(of_share), 'change')}"
            shown = of_share if everything else of_share[:_MOST_SHOWN]
            yield table(_row(change) for change in shown)
            if len(shown) < len(of_share):
                yield f"  … and {len(of_share) - len(shown):,} more"


def _by_start(change: ReportedChange) -> tuple[str, str]:
    return change.first, change.title


def _headline(direction: Direction, share: str) -> str:
    if share == _UNDO:
        return "Taken back in your calendar"
    if direction is Direction.OUT:
        return f"For the subscribers of {safe(share)}"
    return f"In your calendar, from {safe(share)}"


def _row(change: ReportedChange) -> list[str]:
    note = f" ({change.note})" if change.note else ""
    return [str(change.action), shown_start(change.first), (change.title or "(no title)") + note]


def _mails(report: Report) -> Iterator[str]:
    for mail in report.mails:
        if mail.direction is Direction.OUT:
            yield f"Mail to {safe(mail.peer)}: {MAIL_WORDS.get(mail.kind, mail.kind)} ({safe(mail.share)})"
        elif mail.sentence:
            yield f"Mail received: {safe(mail.sentence)}"


def _waiting(context: Context, waiting: Waiting) -> str:
    at = shown_time(waiting.until, context.settings.time_zone)
    soon = waiting.until - context.installation.now < _HALF_A_DAY
    verb = "waits" if waiting.count == 1 else "wait"
    what = (
        f"{safe(waiting.share)}: {counted(waiting.count, 'change')}"
        if waiting.share
        else counted(waiting.count, "mail")
    )
    a_day = context.installation.mail_limits.mails_a_day
    why = (
        f"No more than {a_day} mails a day (limits.mails_per_day)."
        if waiting.of_budget
        else "At once: osync sync --now"
    )
    return f"{what} {verb} until {at[11:16] if soon else at[:16]}. {why}"


def _held(held: Held) -> str:
    return (
        f"{safe(held.share)} is held: {safe(held.words)} Nothing of it was done. "
        "See it with: osync review. If it is right: osync review --yes; if not: osync review --no"
    )


def report_json(context: Context, report: Report, *, dry_run: bool) -> str:
    """Give the report of a run as JSON."""
    return json_text(
        "sync",
        {
            "dry_run": dry_run,
            "exit_code": report.exit_code,
            "changes": [_change_json(change) for change in report.changes],
            "mails": [_mail_json(context, mail) for mail in report.mails],
            "held": [{"share": each.share, "reason": each.words} for each in report.held],
            "waiting": [{"share": each.share, "count": each.count, "until": each.until} for each in report.waiting],
            "problems": [{"subject": each.subject, "sentence": each.sentence} for each in report.problems],
        },
    )


def _change_json(change: ReportedChange) -> dict[str, Json]:
    return {
        "direction": change.direction,
        "share": change.share,
        "action": change.action,
        "title": change.title,
        "first": change.first,
    }


def _mail_json(context: Context, mail: ReportedMail) -> dict[str, Json]:
    incoming = mail.direction is Direction.IN
    return {
        "direction": mail.direction,
        "kind": mail.kind,
        "share": _share_name(context, mail.share) if incoming else mail.share,
        "peer": mail.peer,
        "sentence": mail.sentence,
    }


def _share_name(context: Context, share_id: str) -> str:
    """Give the words by which the user knows a share, "" for one that is neither theirs nor subscribed."""
    ledger = context.installation.ledger
    if owned := ledger.shares.get(share_id):
        return owned.name
    subscription = ledger.subscriptions.get(share_id)
    return f"{subscription.share_name} of {subscription.owner_name}" if subscription else ""
