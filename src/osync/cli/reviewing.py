"""The command `review`: everything that waits for the user, and the answer."""

from collections.abc import Iterator

from osync.cli.commands import Context
from osync.cli.local import will_line
from osync.cli.plans import show_report
from osync.cli.shapes import Json, json_text
from osync.cli.text import counted, safe, shown_start, table
from osync.engine.local_will import local_events
from osync.engine.report import Direction
from osync.engine.review import HeldEvent, HeldShare, Review, allow, refuse, review

_MOST_SHOWN = 500


def run_review(context: Context) -> int:
    """List what is held, or answer."""
    arguments = context.arguments
    if arguments.yes is not None:
        report = allow(context.installation, arguments.yes)
    elif arguments.no is not None:
        return _reject(context, arguments.no)
    else:
        _show(context, review(context.installation))
        return 0
    show_report(context, report)
    return report.exit_code


def _reject(context: Context, which: str) -> int:
    chosen = review(context.installation).named(which)
    report = refuse(context.installation, which)
    show_report(context, report)
    for each in chosen:
        context.say(_after_no(each))
    return report.exit_code


def _after_no(held: HeldShare) -> str:
    name = safe(held.share)
    if held.direction is Direction.OUT:
        return (
            f"{name}: nothing is deleted at your subscribers, and OSync asks again only if other events are missing.\n"
            "  To have them back yourself, take them from the trash or a backup of your calendar program, or give them\n"
            f"  the category again. To delete them after all: osync review --yes {name}"
        )
    if held.single:
        return f"{name}: what is in your calendar stays as it is until the owner's next version."
    return (
        f"{name}: it is not done and not asked again. Copies that its owner deleted stay with you; events that were too\n"
        "  many stay away until you want them: osync restore"
    )


def _show(context: Context, found: Review) -> None:
    if context.wants_json:
        context.say(json_text("review", {"held": [_share_json(each) for each in found.held]}))
        return
    for held in found.held:
        for line in _lines(held):
            context.say(line)
    if found.asked:
        context.say("Let it pass: osync review --yes [SHARE]. Reject it: osync review --no [SHARE].")
    elif not found.held:
        context.say("Nothing waits for you.")
    for line in will_line(local_events(context.installation)):
        context.say(line)
    for problem in found.problems:
        context.warn(safe(f"{problem.subject}: {problem.sentence}"))


def _lines(held: HeldShare) -> Iterator[str]:
    where = "held before it leaves" if held.direction is Direction.OUT else "held before your calendar is changed"
    if held.refused:
        yield f"{safe(held.share)}, not sent because you said no: {counted(len(held.events), 'event')}"
    else:
        yield f"{safe(held.share)}, {where}: {safe(held.reason)}"
    if held.events:
        yield table(_row(each) for each in held.events[:_MOST_SHOWN])
    if len(held.events) > _MOST_SHOWN:
        yield f"  … and {len(held.events) - _MOST_SHOWN:,} more"


def _row(event: HeldEvent) -> list[str]:
    sentence = f" ({event.sentence})" if event.sentence else ""
    return [str(event.action), shown_start(event.first), (event.title or "(no title)") + sentence]


def _share_json(held: HeldShare) -> dict[str, Json]:
    return {
        "share_id": held.share_id,
        "share": held.share,
        "direction": held.direction,
        "reason": held.reason,
        "refused": held.refused,
        "events": [
            {"action": each.action, "title": each.title, "first": each.first, "sentence": each.sentence}
            for each in held.events
        ],
    }
