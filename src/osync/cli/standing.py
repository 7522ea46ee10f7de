"""The command `status`, and how a share looks as JSON."""

from collections.abc import Iterator

from osync.cli.commands import Context
from osync.cli.health import health_json, health_lines
from osync.cli.local import local_json, local_lines
from osync.cli.shapes import Json, json_text
from osync.cli.text import counted, safe, shown_time
from osync.engine.overview import ShareStatus, Status, SubscriptionStatus, status, subscriber_sentence
from osync.model import ShareState, Subscriber, SubscriberState

_FEW = 20
_WAITS = "waits for your word: osync share show, osync share approve"
_TOLD_OF = (SubscriberState.ACTIVE, SubscriberState.SUSPENDED, SubscriberState.PENDING, SubscriberState.PLAIN)


def show_status(context: Context) -> int:
    """Tell where everything stands."""
    found = status(context.installation)
    if context.wants_json:
        context.say(json_text("status", _status_json(found) | local_json(context) | health_json(context)))
        return 0
    for share in found.shares:
        active = [each for each in share.subscribers if each.state is SubscriberState.ACTIVE]
        stopped = "" if share.share.state is ShareState.OPEN else f", {share.share.state}"
        events, subscribers = counted(share.events, "event"), counted(len(active), "subscriber")
        context.say(f"you share   {safe(share.share.name)}: {events}, {subscribers}{_others(share)}{stopped}")
        for line in _subscribers(share):
            context.say(f"            {line}")
    for each in found.subscriptions:
        name = f"{safe(each.subscription.share_name)} of {safe(each.subscription.owner_name)}"
        heard = shown_time(each.last_heard, context.settings.time_zone)
        context.say(f"you follow  {name}: {counted(each.events, 'event')}, {safe(each.sentence)} (last mail: {heard})")
    if found.invitations:
        context.say(f"{counted(len(found.invitations), 'invitation')} for you: osync invitations")
    for line in (*local_lines(context), *_mails(found)):
        context.say(line)
    for line in health_lines(context):
        context.say(line)
    for problem in found.unreadable:
        context.say(f"unreadable  {safe(problem)}")
    if not (found.shares or found.subscriptions or found.invitations):
        context.say("You share nothing and follow nobody yet. See: osync --help")
    return 0


def _others(found: ShareStatus) -> str:
    """Count those who read mails without OSync, and those who were invited."""
    states = [each.state for each in found.subscribers]
    readers, invited = states.count(SubscriberState.PLAIN), states.count(SubscriberState.INVITED)
    return (f", {counted(readers, 'reader')}" if readers else "") + (f", {invited} invited" if invited else "")


def _subscribers(found: ShareStatus) -> Iterator[str]:
    """Tell what each subscriber confirmed and what is wrong; of many, only those with whom something is wrong."""
    wanted = [each for each in found.subscribers if each.state in _TOLD_OF]
    few = len(wanted) <= _FEW
    for each in wanted:
        said = subscriber_sentence(each, found.share)
        if each.state is SubscriberState.ACTIVE and not said:
            said = "has confirmed nothing yet"
        if few or each.note or each.pings or each.state is not SubscriberState.ACTIVE:
            device = f" ({safe(each.device)})" if each.device else ""
            yield f"{safe(each.address)}{device} ({each.state}): {safe(said) or _WAITS}"
    if found.share.note:
        yield safe(found.share.note)
    if found.held_because:
        yield f"held: {safe(found.held_because)} See it with: osync review"


def _mails(found: Status) -> Iterator[str]:
    """Tell how much of today's budget is used, and what waits: for the next sync, or for tomorrow."""
    later = f", {found.mails_waiting} wait until tomorrow" if found.day_is_full else ""
    if found.mails_today and found.mails_a_day:
        yield f"mails today: {found.mails_today} of {found.mails_a_day}{later}"
    if found.mails_waiting and not later:
        yield f"{counted(found.mails_waiting, 'mail')} to be sent: osync sync"


def _status_json(found: Status) -> dict[str, Json]:
    return {
        "shares": [share_json(each) for each in found.shares],
        "subscriptions": [_subscription_json(each) for each in found.subscriptions],
        "invitations": len(found.invitations),
        "mails_waiting": found.mails_waiting,
        "mails_today": found.mails_today,
        "mails_a_day": found.mails_a_day,
        "unreadable": list(found.unreadable),
    }


def _subscription_json(each: SubscriptionStatus) -> dict[str, Json]:
    subscription = each.subscription
    return {
        "share_id": subscription.share_id,
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


def share_json(found: ShareStatus) -> dict[str, Json]:
    """Give a share as JSON."""
    share = found.share
    return {
        "share_id": share.share_id,
        "name": share.name,
        "state": share.state,
        "calendar": share.calendar,
        "category": share.category,
        "level": share.level,
        "notes": share.notes,
        "revision": share.head,
        "note": share.note,
        "held": found.held_because,
        "events": found.events,
        "subscribers": [subscriber_json(each) for each in found.subscribers],
    }


def subscriber_json(subscriber: Subscriber) -> dict[str, Json]:
    """Give a subscriber as JSON."""
    return {
        "address": subscriber.address,
        "name": subscriber.name,
        "state": subscriber.state,
        "trust": subscriber.trust if subscriber.public_key else "",
        "device": subscriber.device,
        "confirmed_revision": subscriber.confirmed_revision,
        "confirmed_at": subscriber.confirmed_at if subscriber.confirmed_epoch else 0,
        "note": subscriber.note,
    }
