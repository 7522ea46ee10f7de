"""The command `sync`."""

from osync.cli.commands import Context
from osync.engine.sync import sync


def run_sync(context: Context) -> int:
    """Receive, write, announce, send; or only tell what that would be."""
    arguments = context.arguments
    report = sync(context.installation, approve=arguments.yes, dry_run=arguments.dry_run, at_once=arguments.now)
    something = report.changes or report.mails or report.held or report.problems or report.waiting
    if not context.wants_json and not something:
        context.say("Nothing new.")
        return report.exit_code
    from osync.cli.plans import report_json, show_report

    if context.wants_json:
        context.say(report_json(context, report, dry_run=arguments.dry_run))
    else:
        if arguments.dry_run:
            context.say("A rehearsal; nothing was done. This would happen:")
        show_report(context, report, everything=arguments.dry_run)
    return report.exit_code
