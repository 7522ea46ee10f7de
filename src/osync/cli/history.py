"""The commands that look back: `log`, `undo`."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from osync.cli.commands import Context
from osync.cli.plans import MAIL_WORDS, show_report
from osync.cli.shapes import Json, json_text
from osync.cli.text import shown_start, shown_time, table
from osync.engine.overview import Log, log
from osync.engine.signers import Signer, known_signers
from osync.engine.undo import undo
from osync.ledger.mails import ReceivedMail, SentMail
from osync.model import Change


def show_log(context: Context) -> int:
    """Tell what happened."""
    found = log(context.installation, context.arguments.limit)
    if context.wants_json:
        context.say(json_text("log", _log_json(found, known_signers(context.installation))))
        return 0
    signers = known_signers(context.installation)
    sections = [
        _section("Changes in your calendars (take back a run: osync undo RUN; what a mail brought: osync undo MAIL)",
                 ("TIME", "RUN", "MAIL", "BY", "WHAT", "WHY", "EVENT", "TITLE"),
                 (_change_row(context, signers, each) for each in found.changes)),
        _section("Mails received", ("TIME", "MAIL", "SIGNED BY", "WHAT IT DID"),
                 (_received_row(context, signers, each) for each in found.received)),
        _section("Mails sent", ("TIME", "WHAT", "TO", "REFUSED"), map(partial(_sent_row, context), found.sent)),
    ]  # fmt: skip
    context.say("\n\n".join(filter(None, sections)) or "Nothing has happened yet.")
    return 0


def _section(headline: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    listed = list(rows)
    return f"{headline}\n{table([head, *listed])}" if listed else ""


def _change_row(context: Context, signers: Mapping[str, Signer], each: Change) -> list[str]:
    at = shown_time(each.at, context.settings.time_zone)
    what = f"{each.action} (undone)" if each.undone else str(each.action)
    mail, why = f"m{each.mail}" if each.mail else "", str(each.reason) + (", allowed by you" if each.allowed else "")
    signer = signers.get(each.signer)
    return [at, str(each.run), mail, signer.name if signer else "", what, why, shown_start(each.first), each.title]


def _received_row(context: Context, signers: Mapping[str, Signer], each: ReceivedMail) -> list[str]:
    signer = signers.get(each.signer)
    who = f"{signer.name} {signer.safety_code}" if signer else each.signer
    return [shown_time(each.received_at, context.settings.time_zone), f"m{each.number}", who, each.outcome]


def _sent_row(context: Context, each: SentMail) -> list[str]:
    at = shown_time(each.sent_at, context.settings.time_zone) if each.sent_at else "waits"
    return [at if not each.refused else "refused", MAIL_WORDS.get(each.kind, each.kind), each.recipient, each.refused]


def _log_json(found: Log, signers: Mapping[str, Signer]) -> dict[str, Json]:
    changes: list[Json] = [
        {
            "run": each.run, "mail": each.mail, "action": each.action, "calendar": each.calendar, "title": each.title,
            "first": each.first, "at": each.at, "share_id": each.share_id, "event": each.event_key, "undone": each.undone,
            "reason": each.reason, "allowed": each.allowed, **_signer_json(signers, each.signer),
        }
        for each in found.changes
    ]  # fmt: skip
    received: list[Json] = [
        {
            "mail": each.number, "run": each.run, "kind": each.kind, "share_id": each.share_id,
            **_signer_json(signers, each.signer), "outcome": each.outcome, "received_at": each.received_at,
        }
        for each in found.received
    ]  # fmt: skip
    sent: list[Json] = [
        {
            "run": each.run, "kind": each.kind, "share_id": each.share_id, "recipient": each.recipient,
            "size": each.size, "created_at": each.created_at, "sent_at": each.sent_at, "refused": each.refused,
        }
        for each in found.sent
    ]  # fmt: skip
    runs: list[Json] = [
        {"run": each.number, "command": each.command, "started_at": each.started_at, "finished_at": each.finished_at}
        for each in found.runs
    ]
    return {"runs": runs, "changes": changes, "received": received, "sent": sent}


def _signer_json(signers: Mapping[str, Signer], key_id: str) -> dict[str, Json]:
    signer = signers.get(key_id, Signer("", ""))
    return {"signer": key_id, "signed_by": signer.name, "safety_code": signer.safety_code}


def take_back(context: Context) -> int:
    """Undo a run, a mail, or all that came from somebody."""
    report = undo(context.installation, context.arguments.which, of=context.arguments.of)
    show_report(context, report)
    if not report.changes and not report.problems:
        context.say("There was nothing to take back.")
    return report.exit_code
