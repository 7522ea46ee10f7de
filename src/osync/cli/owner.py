"""The commands of an owner: `share new`, `invite`, `list`, `show`, `preview`, `stop`."""

from osync.cli.commands import Context
from osync.cli.plans import show_report
from osync.cli.shapes import Json, print_json
from osync.cli.text import counted, safe, shown_start, table
from osync.engine.overview import ShareStatus, status
from osync.engine.sharing import NewShare, find_share, invite, new_share, preview, stop
from osync.model import PrivacyLevel, Subscriber, SubscriberState


def new(context: Context) -> int:
    """Make a share."""
    arguments = context.arguments
    level = PrivacyLevel(arguments.level)
    share = new_share(
        context.installation,
        NewShare(arguments.name, arguments.category, context.calendar, level, arguments.notes),
    )
    print(f"Events of {share.calendar} with the category {share.category!r} can be shared as {share.name} ({level}).")
    print(f"See what would leave: osync share preview {share.name}")
    print(f"Offer it to somebody: osync share invite {share.name} ADDRESS")
    return 0


def send_invitations(context: Context) -> int:
    """Invite people."""
    report = invite(context.installation, context.arguments.name, context.arguments.addresses)
    show_report(report)
    return report.exit_code


def list_shares(context: Context) -> int:
    """List the shares."""
    shares = status(context.installation).shares
    if context.wants_json:
        print_json("shares", {"shares": [share_json(each) for each in shares]})
        return 0
    if not shares:
        print('You share nothing yet. Begin with: osync share new NAME --category "CATEGORY"')
        return 0
    print(table(([_HEAD, *([*_row(each)] for each in shares)]), indent=""))
    return 0


_HEAD = ["SHARE", "STATE", "LEVEL", "EVENTS", "CALENDAR", "CATEGORY", "SUBSCRIBERS"]


def _row(each: ShareStatus) -> list[str]:
    share = each.share
    active = sum(1 for subscriber in each.subscribers if subscriber.state is SubscriberState.ACTIVE)
    return [share.name, share.state, share.level, str(each.events), share.calendar, share.category, str(active)]


def show(context: Context) -> int:
    """Show one share and its subscribers."""
    share = find_share(context.installation, context.arguments.name)
    found = next(each for each in status(context.installation).shares if each.share.share_id == share.share_id)
    if context.wants_json:
        print_json("share", share_json(found))
        return 0
    notes = "with notes" if share.notes else "without notes"
    print(f"{share.name}: {counted(found.events, 'event')} of {share.calendar} with the category {share.category!r}")
    print(f"  {share.state}, level {share.level}, {notes}, id {share.share_id}")
    print(table((each.address, each.state, each.name) for each in found.subscribers) or "  Nobody was invited yet.")
    return 0


def share_json(found: ShareStatus) -> dict[str, Json]:
    """Give a share as JSON."""
    share = found.share
    return {
        "id": share.share_id,
        "name": share.name,
        "state": share.state,
        "calendar": share.calendar,
        "category": share.category,
        "level": share.level,
        "notes": share.notes,
        "events": found.events,
        "subscribers": [_subscriber_json(each) for each in found.subscribers],
    }


def _subscriber_json(subscriber: Subscriber) -> dict[str, Json]:
    return {"address": subscriber.address, "name": subscriber.name, "state": subscriber.state}


def show_preview(context: Context) -> int:
    """Show exactly what would leave."""
    found = preview(context.installation, context.arguments.name)
    if context.wants_json:
        events: list[Json] = [{"title": each.title, "first": each.first, "text": each.text} for each in found.events]
        subscribers: list[Json] = [_subscriber_json(each) for each in found.subscribers]
        problems = list(found.problems)
        print_json(
            "preview", {"share": found.share.name, "events": events, "subscribers": subscribers, "problems": problems}
        )
        return 0
    print(f"{counted(len(found.events), 'event')} would leave through {found.share.name}, exactly like this:")
    for each in found.events:
        print(f"\n{shown_start(each.first)}  {safe(each.title) or '(no title)'}")
        print("".join(f"    {safe(line)}\n" for line in each.text.splitlines()), end="")
    names = ", ".join(each.address for each in found.subscribers if each.state is SubscriberState.ACTIVE)
    print(f"\nThey go to: {safe(names) or 'nobody yet'}")
    for problem in found.problems:
        print(f"Stays here: {safe(problem)}")
    return 0


def stop_share(context: Context) -> int:
    """Stop a share, or one subscriber."""
    report = stop(context.installation, context.arguments.name, context.arguments.address)
    whom = context.arguments.address or "anybody"
    print(f"{context.arguments.name} is not sent to {whom} any more. What they have stays with them.")
    show_report(report)
    return report.exit_code
