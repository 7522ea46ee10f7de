"""The command `sync`."""

from osync.cli.commands import Context
from osync.engine.sync import sync


def run_sync(context: Context) -> int:
    """Receive, write, announce, send; or only tell what that would be."""
    arguments = context.arguments
    report = sync(context.installation, approve=arguments.yes, dry_run=arguments.dry_run)
    silent = not (report.changes or report.mails or report.held or report.problems)
    if context.wants_json or not silent:
        from osync.cli.plans import show_report, show_report_json

        if context.wants_json:
            show_report_json(report, dry_run=arguments.dry_run)
        else:
            show_report(report, would=arguments.dry_run)
    else:
        print("Nothing new.")
    return report.exit_code
