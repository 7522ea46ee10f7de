"""What a run did, or would do, as text and as JSON."""

import sys

from osync.cli.shapes import Json, print_json
from osync.cli.text import counted, safe, shown_start, table
from osync.engine.report import Direction, Report, ReportedChange

_WORDS = {"new": "new", "changed": "changed", "deleted": "deleted"}
_MOST_SHOWN = 200


def show_report(report: Report, *, would: bool = False) -> None:
    """Print every change by title, date and what happens to it, then mails, then what needs the user."""
    for direction, words in ((Direction.OUT, "sent to subscribers of"), (Direction.IN, "into your calendar from")):
        changes = [change for change in report.changes if change.direction is direction]
        for share in sorted({change.share for change in changes}):
            of_share = [change for change in changes if change.share == share]
            verb = f"would go {words}" if would else words
            print(f"{counted(len(of_share), 'change')} {verb} {safe(share)}:")
            print(_listed(of_share))
    for mail in report.mails:
        if mail.direction is Direction.OUT:
            print(f"mail  {mail.kind} to {safe(mail.peer)} ({safe(mail.share)})")
        elif mail.sentence:
            print(f"mail  {safe(mail.sentence)}")
    for problem in report.problems:
        print(f"osync: {safe(problem.subject)}: {safe(problem.sentence)}", file=sys.stderr)
    for held in report.held:
        advice = "Nothing of it was done. If this is right, run: osync sync --yes"
        print(f"osync: {safe(held.share)} is held: {safe(held.reason)} {advice}", file=sys.stderr)


def _listed(changes: list[ReportedChange]) -> str:
    shown = changes[:_MOST_SHOWN]
    text = table((_WORDS[each.action.value], shown_start(each.first), each.title or "(no title)") for each in shown)
    rest = len(changes) - len(shown)
    return text + (f"\n  … and {rest:,} more (--json lists all)" if rest else "")


def show_report_json(report: Report, *, dry_run: bool) -> None:
    """Print the report of a run as JSON."""
    changes: list[Json] = [
        {
            "direction": each.direction,
            "share": each.share,
            "action": each.action,
            "title": each.title,
            "first": each.first,
        }
        for each in report.changes
    ]
    mails: list[Json] = [
        {
            "direction": each.direction,
            "kind": each.kind,
            "share": each.share,
            "peer": each.peer,
            "sentence": each.sentence,
        }
        for each in report.mails
    ]
    print_json(
        "sync",
        {
            "dry_run": dry_run,
            "exit_code": report.exit_code,
            "changes": changes,
            "mails": mails,
            "held": [{"share": each.share, "reason": each.reason} for each in report.held],
            "problems": [{"subject": each.subject, "sentence": each.sentence} for each in report.problems],
        },
    )
