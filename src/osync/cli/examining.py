"""The command `doctor`."""

import time

from osync.cli.commands import Context
from osync.cli.shapes import Json, json_text
from osync.cli.text import safe
from osync.doctor.examination import examine
from osync.doctor.findings import Finding, Verdict
from osync.doctor.trying_mails import Patience
from osync.errors import NotFoundError

_MARKS = {Verdict.GOOD: "ok  ", Verdict.NOTICE: "note", Verdict.BAD: "BAD "}


def examine_all(context: Context) -> int:
    """Check everything and say what to do. Exit code 2 if something does not work."""
    arguments, found = context.arguments, list[Finding]()
    calendars = tuple(context.settings.calendars)
    if arguments.calendar:
        if arguments.calendar not in calendars:
            raise NotFoundError(
                f"There is no calendar {arguments.calendar} in the settings.",
                advice=f"Your calendars: {', '.join(calendars)}.",
            )
        calendars = (arguments.calendar,)
    patience = None if arguments.no_mail else Patience(float(arguments.wait), time.monotonic, time.sleep)
    for finding in examine(context.installation, context.home.path, calendars, patience):
        found.append(finding)
        if not context.wants_json:
            context.say(_line(finding))
    if context.wants_json:
        context.say(json_text("doctor", {"findings": [_json(each) for each in found]}))
    return 2 if any(each.verdict is Verdict.BAD for each in found) else 0


def _line(finding: Finding) -> str:
    text = " ".join(filter(None, (finding.sentence, finding.advice)))
    return f"{_MARKS[finding.verdict]}  {safe(finding.subject)}: {safe(text)}"


def _json(finding: Finding) -> dict[str, Json]:
    return {
        "subject": finding.subject,
        "verdict": finding.verdict.value,
        "sentence": finding.sentence,
        "advice": finding.advice,
    }
