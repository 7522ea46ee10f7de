"""The commands of a subscriber: `invitations`, `accept`, `decline`, `leave`."""

from pathlib import Path

from osync.cli.commands import Context
from osync.cli.plans import show_report
from osync.cli.shapes import Json, json_text
from osync.cli.text import counted, safe, shown_time
from osync.engine.subscribing import (
    accept,
    decline,
    find_subscription,
    invitation_named,
    leave,
    pending_invitations,
)
from osync.message.identity import public_identity, safety_code
from osync.message.invitation_code import MAX_CODE_BYTES, is_code
from osync.model import Invitation


def list_invitations(context: Context) -> int:
    """List the invitations that wait."""
    invitations = pending_invitations(context.installation)
    if context.wants_json:
        listed = [_json(number, each) for number, each in enumerate(invitations, start=1)]
        context.say(json_text("invitations", {"invitations": listed}))
        return 0
    if not invitations:
        context.say("No invitation waits. New ones come with: osync sync")
    for number, each in enumerate(invitations, start=1):
        _show_invitation(context, number, each)
    return 0


def _show_invitation(context: Context, number: int, each: Invitation) -> None:
    received = shown_time(each.received_at, context.settings.time_zone)
    owner = safe(each.owner_name)
    context.say(f"{number}  {safe(each.share_name)}, from {owner} <{safe(each.owner_address)}>")
    context.say(f"   {counted(each.count, 'event')}, level {each.level}; received {received}")
    context.say(f"   safety code {_code(each)}: is it the one that {owner} reads to you by phone?")
    if each.warning:
        context.say(f"   WARNING: {safe(each.warning)}")
    context.say(f"   accept with: osync accept {number} --as SHORTNAME")


def _code(invitation: Invitation) -> str:
    return safety_code(public_identity(invitation.owner_key))


def _json(number: int, invitation: Invitation) -> dict[str, Json]:
    return {
        "number": number,
        "share_id": invitation.share_id,
        "name": invitation.share_name,
        "owner": invitation.owner_name,
        "address": invitation.owner_address,
        "level": invitation.level,
        "events": invitation.count,
        "received_at": invitation.received_at,
        "safety_code": _code(invitation),
        "warning": invitation.warning,
    }


def accept_invitation(context: Context) -> int:
    """Subscribe."""
    arguments = context.arguments
    which = _code_in_file(arguments.which)
    invitation = invitation_named(context.installation, which)
    report = accept(context.installation, which, sender=arguments.sender, calendar=context.calendar)
    show_report(context, report)
    prefix = safe(find_subscription(context.installation, invitation.share_id).sender)
    context.say(f'Accepted. Its events will be called "[{prefix}] …" in your calendar {safe(context.calendar)}.')
    context.say("Once the owner's OSync has run, they come with: osync sync")
    return report.exit_code


def _code_in_file(which: str) -> str:
    """Give the code that a file holds, if this names a file that holds one; else what was typed."""
    path = Path(which)
    try:
        if is_code(which) or not path.is_file() or path.stat().st_size > MAX_CODE_BYTES:
            return which
        content = path.read_text("utf-8-sig", errors="replace")
    except (OSError, ValueError):
        return which
    return content if is_code(content) else which


def decline_invitation(context: Context) -> int:
    """Drop an invitation."""
    dropped = decline(context.installation, context.arguments.which)
    context.say(f"The invitation to {safe(dropped.share_name)} is dropped. {safe(dropped.owner_name)} is told nothing.")
    return 0


def leave_share(context: Context) -> int:
    """End a subscription."""
    subscription = find_subscription(context.installation, context.arguments.which)
    report = leave(context.installation, subscription.share_id, remove=context.arguments.remove)
    show_report(context, report)
    rest = "stay in"
    if context.arguments.remove:
        rest = "will be removed by the next sync from" if report.problems else "are removed from"
    name, owner = safe(subscription.share_name), safe(subscription.owner_name)
    context.say(f"You left {name} of {owner}; its events {rest} your calendar.")
    return report.exit_code
