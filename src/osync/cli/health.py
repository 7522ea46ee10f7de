"""What `osync status` tells of `osync run`: whether it is at work, its last sync, and what is stuck and why."""

from collections.abc import Iterator

from osync.cli.commands import Context
from osync.cli.shapes import Json
from osync.cli.text import counted, safe, shown_time
from osync.daemon.health import Health, Trouble, read_health

_TOO_LONG = 6 * 3600
"""Seconds; everything is synced every four hours."""


def health_lines(context: Context) -> Iterator[str]:
    """Tell it in lines; none if OSync never ran by itself here."""
    found = read_health(context.home.run_state)
    if found is None:
        return
    zone = context.settings.time_zone
    mail = shown_time(context.installation.ledger.mails.last_at(), zone)
    last = f"last sync {shown_time(found.synced_at, zone)}, last mail {mail}"
    at_work = context.home.is_running()
    if at_work:
        yield f"osync run   at work since {shown_time(found.started_at, zone)}; {last}"
    else:
        yield f"osync run   not at work ({last}): osync run, or osync install-service"
    if at_work and context.installation.now - max(found.synced_at, found.started_at) > _TOO_LONG:
        hours = (context.installation.now - max(found.synced_at, found.started_at)) // 3600
        yield f"stuck       osync run: no sync for {hours} hours. If the computer did not sleep until now, start it again."
    for each in found.troubles:
        label = "stuck       " if at_work else "was stuck   "
        yield f"{label}{safe(each.part)}: {safe(each.sentence)} ({_history(each, zone, at_work=at_work)})"


def _history(trouble: Trouble, zone: str, *, at_work: bool) -> str:
    again = f", again at {shown_time(trouble.again_at, zone)}" if trouble.again_at and at_work else ""
    return f"since {shown_time(trouble.since, zone)}, tried {counted(trouble.tries, 'time')}{again}"


def health_json(context: Context) -> dict[str, Json]:
    """Give it as JSON."""
    found = read_health(context.home.run_state) or Health(0, 0)
    return {
        "run": {
            "at_work": context.home.is_running(),
            "started_at": found.started_at,
            "synced_at": found.synced_at,
            "all_synced_at": found.all_synced_at,
            "last_mail_at": context.installation.ledger.mails.last_at(),
            "troubles": [
                {
                    "part": each.part,
                    "sentence": each.sentence,
                    "since": each.since,
                    "tries": each.tries,
                    "again_at": each.again_at,
                }
                for each in found.troubles
            ],
        }
    }
