"""The commands that look back: `status`, `log`, `undo`, `open`."""

from pathlib import Path

from osync.cli.commands import Context
from osync.cli.owner import share_json
from osync.cli.plans import show_report
from osync.cli.shapes import Json, print_json
from osync.cli.text import counted, safe, shown_start, shown_time, table
from osync.engine.opening import open_file
from osync.engine.overview import Log, Status, SubscriptionStatus, log, status
from osync.engine.undo import undo
from osync.errors import NotFoundError
from osync.model import SubscriberState

_LARGEST_MAIL = 16_000_000


def show_status(context: Context) -> int:
    """Tell where everything stands."""
    found = status(context.installation)
    if context.wants_json:
        print_json("status", _status_json(found))
        return 0
    for share in found.shares:
        active = [each for each in share.subscribers if each.state is SubscriberState.ACTIVE]
        print(
            f"you share   {safe(share.share.name)}: {counted(share.events, 'event')}, {counted(len(active), 'subscriber')}"
        )
    for each in found.subscriptions:
        name = f"{safe(each.subscription.share_name)} of {safe(each.subscription.owner_name)}"
        heard = shown_time(each.last_heard, context.settings.time_zone)
        print(f"you follow  {name}: {counted(each.events, 'event')}, {safe(each.sentence)} (last mail: {heard})")
    if found.invitations:
        print(f"{counted(len(found.invitations), 'invitation')} for you: osync invitations")
    if found.mails_waiting:
        print(f"{counted(found.mails_waiting, 'mail')} to be sent: osync sync")
    for problem in found.unreadable:
        print(f"unreadable  {safe(problem)}")
    if not (found.shares or found.subscriptions or found.invitations):
        print("You share nothing and follow nobody yet. See: osync --help")
    return 0


def _status_json(found: Status) -> dict[str, Json]:
    return {
        "shares": [share_json(each) for each in found.shares],
        "subscriptions": [_subscription_json(each) for each in found.subscriptions],
        "invitations": len(found.invitations),
        "mails_waiting": found.mails_waiting,
        "unreadable": list(found.unreadable),
    }


def _subscription_json(each: SubscriptionStatus) -> dict[str, Json]:
    subscription = each.subscription
    return {
        "share": subscription.share_id,
        "name": subscription.share_name,
        "owner": subscription.owner_name,
        "address": subscription.owner_address,
        "sender": subscription.sender,
        "calendar": subscription.calendar,
        "state": subscription.state,
        "events": each.events,
        "written": each.written,
        "waiting": each.waiting,
        "last_heard": each.last_heard,
        "sentence": each.sentence,
    }


def show_log(context: Context) -> int:
    """Tell what happened."""
    found = log(context.installation, max(1, context.arguments.limit))
    if context.wants_json:
        print_json("log", _log_json(found))
        return 0
    zone = context.settings.time_zone
    print("Changes in your calendars (undo one run: osync undo RUN; one mail: osync undo mMAIL)")
    changes = [["TIME", "RUN", "MAIL", "WHAT", "EVENT", "TITLE"]]
    for each in found.changes:
        what = f"{each.action}{' (undone)' if each.undone else ''}"
        mail = f"m{each.mail}" if each.mail else ""
        changes.append([shown_time(each.at, zone), str(each.run), mail, what, shown_start(each.first), each.title])
    print(table(changes))
    print("Mails received")
    print(table([f"m{each.number}", shown_time(each.received_at, zone), each.outcome] for each in found.received))
    print("Mails sent")
    sent = [[shown_time(each.sent_at, zone), each.kind, each.recipient, each.refused] for each in found.sent]
    print(table(sent))
    return 0


def _log_json(found: Log) -> dict[str, Json]:
    changes: list[Json] = [
        {
            "run": each.run, "mail": each.mail, "action": each.action, "calendar": each.calendar, "title": each.title,
            "first": each.first, "at": each.at, "share": each.share_id, "event": each.event_key, "undone": each.undone,
        }
        for each in found.changes
    ]  # fmt: skip
    received: list[Json] = [
        {
            "mail": each.number, "run": each.run, "kind": each.kind, "share": each.share_id, "signer": each.signer,
            "outcome": each.outcome, "received_at": each.received_at,
        }
        for each in found.received
    ]  # fmt: skip
    sent: list[Json] = [
        {
            "run": each.run, "kind": each.kind, "share": each.share_id, "recipient": each.recipient,
            "size": each.size, "created_at": each.created_at, "sent_at": each.sent_at, "refused": each.refused,
        }
        for each in found.sent
    ]  # fmt: skip
    runs: list[Json] = [
        {"run": each.number, "command": each.command, "started_at": each.started_at, "finished_at": each.finished_at}
        for each in found.runs
    ]
    return {"runs": runs, "changes": changes, "received": received, "sent": sent}


def take_back(context: Context) -> int:
    """Undo a run or a mail."""
    report = undo(context.installation, context.arguments.which)
    show_report(report)
    return report.exit_code


def open_mail(context: Context) -> int:
    """Show what a mail of OSync says."""
    path = Path(context.arguments.file)
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_MAIL)
    except OSError as error:
        raise NotFoundError(f"{path} cannot be read ({error.strerror}).") from error
    print(open_file(context.installation, content), end="")
    return 0
