"""The entry of the command line: arguments in, exit code out; errors become one sentence."""

import os
import sys
from collections.abc import Sequence

from osync.cli.arguments import make_parser
from osync.cli.words import check_words
from osync.errors import OSyncError, UserMustActError
from osync.home import Home, find_home, profile_of

_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code. Never raises, and never prints a traceback."""
    _make_output_safe()
    try:
        code = _run(sys.argv[1:] if arguments is None else arguments)
        # What nobody could read or no disk could hold has to show here, not when Python ends.
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except KeyboardInterrupt:
        print("osync: interrupted. The next osync sync finishes what was begun.", file=sys.stderr)
        return _INTERRUPTED
    except BrokenPipeError:
        _give_up_output()
        return 0
    except OSError as error:
        _give_up_output()
        print(f"osync: the output could not be written ({error.strerror}).", file=sys.stderr)
        return 75
    return code


def _run(arguments: Sequence[str]) -> int:
    parser = make_parser()
    if not arguments:
        from osync.cli.double_click import start_without_words, was_double_clicked

        if was_double_clicked():
            is_new = not find_home(None, os.environ).settings.exists()
            return start_without_words(_run, input, is_new=is_new)
        parser.print_help()
        return UserMustActError.exit_code
    home: Home | None = None
    try:
        check_words(arguments)
        chosen = parser.parse_args(arguments)
        home = find_home(chosen.home, os.environ)
        if chosen.profile:
            home = profile_of(home, chosen.profile)
        from osync.cli.commands import run_command

        return run_command(chosen, home)
    except SystemExit as end:
        return int(end.code or 0)
    except OSyncError as error:
        from osync.cli.text import safe

        print(f"osync: {safe(str(error))}", file=sys.stderr)
        # An error that only sets one mail or event aside during a sync is all there is when a command ends with it.
        return error.exit_code or UserMustActError.exit_code
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 # a fault of ours becomes a sentence, not a traceback
        from osync.cli.faults import report_fault

        fault = report_fault(home, error)
        print(f"osync: {fault.sentence}", file=sys.stderr)
        return fault.exit_code


def _make_output_safe() -> None:
    """Let odd characters in titles appear as escapes where the terminal cannot show them, instead of ending us."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def _give_up_output() -> None:
    """Let Python write the rest of its output nowhere, so that it does not complain at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
