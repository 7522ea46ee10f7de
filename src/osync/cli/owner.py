"""The commands of an owner: `invite`, and `share` with `new`, `invite`, `approve`, `list`, `show`, `preview`, `stop`."""

from pathlib import Path

from osync.cli.commands import Context
from osync.cli.plans import show_report
from osync.cli.shapes import Json, json_text
from osync.cli.standing import share_json, subscriber_json
from osync.cli.text import counted, safe, shown_start, table
from osync.cli.trust import trust_words
from osync.engine.codes import make_code
from osync.engine.overview import ShareStatus, status, subscriber_sentence
from osync.engine.people import decide, pending
from osync.engine.sharing import NewShare, Preview, find_share, invite, new_share, preview, stop
from osync.errors import ConfigurationError
from osync.message.identity import public_identity, safety_code
from osync.model import Approval, Carrier, PrivacyLevel, Share, ShareState, Subscriber, SubscriberState

_HEAD = ("SHARE", "STATE", "LEVEL", "EVENTS", "CALENDAR", "CATEGORY", "SUBSCRIBERS")
_RECEIVING = (SubscriberState.ACTIVE, SubscriberState.PLAIN)


def new(context: Context) -> int:
    """Make a share."""
    arguments = context.arguments
    level = PrivacyLevel(arguments.level)
    wish = NewShare(
        arguments.name, arguments.category, context.calendar, level, arguments.notes, Approval(arguments.approve),
        arguments.list_address, not arguments.unencrypted, arguments.verified_only,
        Carrier(arguments.carrier),
    )  # fmt: skip
    share = new_share(context.installation, wish)
    name, category = safe(share.name), safe(share.category)
    calendar = safe(share.calendar)
    context.say(f"Events of {calendar} with the category {category}, level {level}, can be shared as {name}.")
    context.say(f"See what would leave:   osync share preview {name}")
    context.say(f"Offer it to somebody:   osync share invite {name} ADDRESS")
    return 0


def send_invitations(context: Context) -> int:
    """Invite people by mail, or print a code."""
    arguments = context.arguments
    if arguments.code:
        return _print_code(context)
    if not arguments.addresses:
        raise ConfigurationError("Nobody is named.", advice="Give mail addresses, or --code for a code.")
    report = invite(context.installation, arguments.name, arguments.addresses, plain=arguments.plain)
    show_report(context, report)
    if any(mail.kind == "invite" for mail in report.mails):
        context.say(f"Your safety code, for them to compare by phone: {_own_code(context)}")
    return report.exit_code


def _print_code(context: Context) -> int:
    arguments = context.arguments
    if arguments.plain:
        raise ConfigurationError("A code is for people with OSync.", advice="Give addresses with --plain, or --code.")
    if arguments.addresses:
        raise ConfigurationError("A code is sent to nobody.", advice="Pass it on yourself, without an ADDRESS.")
    code = make_code(context.installation, arguments.name, arguments.label)
    if arguments.file:
        try:
            Path(arguments.file).write_text(f"{code}\n", encoding="ascii")
        except OSError as error:
            raise ConfigurationError(f"{arguments.file} cannot be written ({error.strerror}).") from error
    context.say(f"Give this to one person, by a way that you trust; it works once, within two weeks:\n\n{code}\n")
    context.say("The other side types: osync accept CODE --as SHORTNAME")
    return 0


def let_in(context: Context) -> int:
    """Let somebody into a share who waits for it."""
    report = decide(context.installation, context.arguments.name, context.arguments.who, approved=True)
    show_report(context, report)
    return report.exit_code


def keep_out(context: Context) -> int:
    """Forget somebody who waits to be let into a share."""
    report = decide(context.installation, context.arguments.name, context.arguments.who, approved=False)
    context.say(f"{safe(context.arguments.who)} is not let into {safe(context.arguments.name)}, and is told nothing.")
    return report.exit_code


def _own_code(context: Context) -> str:
    return safety_code(context.installation.identity().public)


def list_shares(context: Context) -> int:
    """List the shares."""
    shares = status(context.installation).shares
    if context.wants_json:
        context.say(json_text("shares", {"shares": [share_json(each) for each in shares]}))
    elif shares:
        context.say(table([_HEAD, *map(_row, shares)], indent=""))
    else:
        context.say('You share nothing yet. Begin with: osync share new NAME --category "CATEGORY"')
    return 0


def _row(each: ShareStatus) -> list[str]:
    share = each.share
    active = sum(1 for subscriber in each.subscribers if subscriber.state in _RECEIVING)
    return [share.name, share.state, share.level, str(each.events), share.calendar, share.category, str(active)]


def show(context: Context) -> int:
    """Show one share and its subscribers."""
    share = find_share(context.installation, context.arguments.name)
    found = next(each for each in status(context.installation).shares if each.share.share_id == share.share_id)
    if context.wants_json:
        context.say(json_text("share", {**share_json(found), "safety_code": _own_code(context)}))
        return 0
    notes = "with notes" if share.notes else "without notes"
    events = counted(found.events, "event")
    context.say(f"{safe(share.name)}: {events} of {safe(share.calendar)} with the category {safe(share.category)}")
    context.say(f"  {share.state}, level {share.level}, {notes}, id {share.share_id}")
    if rules := _rules(share):
        context.say(f"  {safe(rules)}")
    context.say(f"  your safety code: {_own_code(context)}")
    rows = [_subscriber_row(each, share) for each in found.subscribers]
    context.say(table(rows) if rows else "  nobody invited yet")
    for number, each in enumerate(pending(context.installation, share), start=1):
        code = safety_code(public_identity(each.public_key))
        context.say(f"waiting for your word: {number} {safe(each.name)} <{safe(each.address)}>, safety code {code}")
        context.say(f"  let them in or not: osync share approve {safe(share.name)} {number}, osync share refuse …")
    return 0


def _rules(share: Share) -> str:
    """Tell what is not as usual: who gets in, and how the mails travel."""
    ways = {Approval.ASK: "you let everybody in yourself", Approval.OPEN: "everybody who asks gets in"}
    rules = [ways.get(share.approval, ""), f"by the mailing list {share.list_address}" if share.list_address else ""]
    rules += ["" if share.encrypted else "signed, but not encrypted"]
    rules += ["sent only to those whose safety code was compared"] if share.verified_only else []
    return "; ".join(filter(None, rules))


def _subscriber_row(each: Subscriber, share: Share) -> list[str]:
    trust = trust_words(each.trust) if each.public_key else ""
    name = f"{each.name} ({each.device})" if each.device else each.name
    return [each.address, each.state, trust, name, subscriber_sentence(each, share)]


def show_preview(context: Context) -> int:
    """Show exactly what would leave."""
    found = preview(context.installation, context.arguments.name)
    if context.wants_json:
        context.say(json_text("preview", _preview_json(found)))
        return 0
    context.say(_preview_head(found))
    for each in found.events:
        context.say(f"\n{shown_start(each.first)}  {safe(each.title) or '(no title)'}")
        context.say("\n".join(f"    {safe(line)}" for line in each.text.splitlines()))
    names = ", ".join(each.address for each in found.subscribers if each.state in _RECEIVING)
    context.say(f"\nSubscribers who get it: {safe(names) or 'nobody yet'}")
    for problem in found.problems:
        context.warn(f"This stays here: {safe(problem)}")
    return 0


def _preview_head(found: Preview) -> str:
    share = found.share
    state = "" if share.state is ShareState.OPEN else f" if it were not {share.state}"
    if found.events:
        events = counted(len(found.events), "event")
        return f"{events} would leave through {safe(share.name)}{state}, exactly like this:"
    nothing = f"Nothing would leave through {safe(share.name)}{state}."
    if found.problems:
        return nothing
    return (
        f"{nothing} In the calendar {safe(share.calendar)} no event has the category {safe(share.category)}; those that ended"
        " over three months ago or begin in over two years do not count."
    )


def _preview_json(found: Preview) -> dict[str, Json]:
    return {
        "share": found.share.name,
        "events": [{"title": each.title, "first": each.first, "text": each.text} for each in found.events],
        "subscribers": [subscriber_json(each) for each in found.subscribers],
        "problems": list(found.problems),
    }


def stop_share(context: Context) -> int:
    """Stop a share, or one subscriber."""
    name, address = context.arguments.name, context.arguments.address
    report = stop(context.installation, name, address)
    context.say(f"{safe(name)} is not sent to {safe(address) or 'anybody'} any more. What they have stays with them.")
    show_report(context, report)
    return report.exit_code
