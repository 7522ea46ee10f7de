"""The commands about the user's own will: `changed`, `hidden`, `restore`, `detach`."""

from collections.abc import Iterator, Sequence

from osync.cli.commands import Context
from osync.cli.plans import show_report
from osync.cli.shapes import Json, json_text
from osync.cli.text import counted, safe, shown_start, table
from osync.engine.local_will import LocalEvent, LocalEvents, LocalState, detach, local_events, restore
from osync.errors import ConfigurationError

_HEAD = ("N", "WHAT", "EVENT", "TITLE", "SHARE")


def list_changed(context: Context) -> int:
    """List what differs from what the owners say, because the user wants it so."""
    return _list(context, local_events(context.installation), "Every copy is as its owner has it.")


def list_hidden(context: Context) -> int:
    """List the events that stay away."""
    found = local_events(context.installation)
    hidden = tuple(each for each in found.changed if each.state in (LocalState.HIDDEN, LocalState.DELETED))
    return _list(context, LocalEvents(hidden, found.problems), "Nothing is hidden.")


def _list(context: Context, found: LocalEvents, nothing: str) -> int:
    if context.wants_json:
        context.say(json_text("changed", {"events": [_json(each) for each in found.changed]}))
    elif found.changed:
        context.say(table([_HEAD, *map(_row, found.changed)], indent=""))
        context.say("Have the owner's version back: osync restore N. Make it an event of your own: osync detach N.")
    else:
        context.say(nothing)
    for problem in found.problems:
        context.warn(safe(problem))
    return 0


def _row(each: LocalEvent) -> Sequence[str]:
    return (str(each.number), each.state, shown_start(each.first), each.title or "(no title)", each.share)


def _json(each: LocalEvent) -> dict[str, Json]:
    return {
        "number": each.number,
        "state": each.state,
        "title": each.title,
        "first": each.first,
        "share_id": each.written.share_id,
        "share": each.share,
        "event": each.key,
    }


def bring_back(context: Context) -> int:
    """Write the owner's versions."""
    arguments = context.arguments
    if not arguments.event and not arguments.all:
        raise ConfigurationError("No event is named.", advice="Name one of osync changed, a share, or --all.")
    report = restore(context.installation, " ".join(arguments.event), everything=arguments.all)
    show_report(context, report)
    return report.exit_code


def make_own(context: Context) -> int:
    """Detach a copy."""
    report = detach(context.installation, " ".join(context.arguments.event))
    for change in report.changes:
        context.say(f"{safe(change.title)} is an event of your own now; OSync does not touch it any more.")
        context.say("The owner's event stays away; osync undo brings it back beside yours.")
    return report.exit_code


def local_lines(context: Context) -> Iterator[str]:
    """Give the lines of the status about copies that the user changed, and events that wait for an answer."""
    found = local_events(context.installation)
    yield from (f"unreadable  {safe(problem)}" for problem in found.problems)
    yield from will_line(found)
    subscriptions = context.installation.ledger.subscriptions
    held = sum(len(subscriptions.held_events(each.share_id)) for each in subscriptions.all())
    if held:
        yield f"{counted(held, 'event')} held because time zone data differ: osync review"


def will_line(found: LocalEvents) -> Iterator[str]:
    """Give one line that counts what the user changed, or none."""
    words = [f"{count} {state}" for state, count in _counts(found).items() if count]
    if words:
        yield f"by your will: {', '.join(words)}: osync changed"


def _counts(found: LocalEvents) -> dict[LocalState, int]:
    return {
        state: sum(1 for each in found.changed if each.state is state)
        for state in LocalState
        if state is not LocalState.PLAIN
    }


def local_json(context: Context) -> dict[str, Json]:
    """Give the same for scripts."""
    counts = _counts(local_events(context.installation))
    subscriptions = context.installation.ledger.subscriptions
    return {
        "changed_here": counts[LocalState.EDITED],
        "hidden": counts[LocalState.HIDDEN] + counts[LocalState.DELETED],
        "kept_here": counts[LocalState.KEPT],
        "held_events": sum(len(subscriptions.held_events(each.share_id)) for each in subscriptions.all()),
    }
