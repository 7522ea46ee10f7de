"""The entry of the command line: arguments in, exit code out; errors become one sentence."""

import os
import sys
from collections.abc import Sequence

from osync.cli.arguments import make_parser
from osync.errors import OSyncError
from osync.home import find_home

_INTERRUPTED = 130
_FAULT = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code. Never raises, and never prints a traceback."""
    _make_output_safe()
    try:
        return _run(arguments)
    except KeyboardInterrupt:
        print("osync: interrupted. The next osync sync finishes what was begun.", file=sys.stderr)
        return _INTERRUPTED
    except BrokenPipeError:
        # Nobody reads any more; Python must not complain when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0


def _run(arguments: Sequence[str] | None) -> int:
    try:
        chosen = make_parser().parse_args(arguments)
    except SystemExit as end:
        return int(end.code or 0)
    home = find_home(chosen.home, os.environ)
    try:
        from osync.cli.commands import run_command

        return run_command(chosen, home)
    except OSyncError as error:
        print(f"osync: {error}", file=sys.stderr)
        return error.exit_code
    except (KeyboardInterrupt, BrokenPipeError):
        raise
    except Exception as error:  # noqa: BLE001 the last resort: a fault of ours becomes a sentence, not a traceback
        from osync.cli.faults import report_fault

        print(f"osync: {report_fault(home, error)}", file=sys.stderr)
        return _FAULT


def _make_output_safe() -> None:
    """Let odd characters in titles appear as escapes where the terminal cannot show them, instead of ending us."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
