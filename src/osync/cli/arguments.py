"""The commands and options, with their help: the manual that a user has at hand."""

import argparse
from typing import NoReturn

from osync import __version__

_DESCRIPTION = """\
OSync shares calendars by e-mail, without a server. You mark events in your own calendar
with a category; OSync mails what is new, changed or deleted to your subscribers; their
OSync writes copies into their calendars, titled "[your name] …".
"""

_EPILOG = """\
first steps:
  osync demo                                          see it work on this computer
  osync init --name pat --address pat@example.org \\
      --calendar vdir:~/calendar --mailbox folder:/media/post
  osync share new team --category Team                share the events of a category
  osync share preview team                            see exactly what would leave
  osync share invite team tester@example.org          offer it to somebody
  osync sync                                          send and receive

and on the other side:
  osync sync; osync invitations; osync accept 1 --as pat; osync sync

exit codes:
  0 done   2 you have to do something   3 stopped before harm, asks for --yes
  75 try again later   1 a fault of OSync
"""


class _Parser(argparse.ArgumentParser):
    """A parser that ends with one sentence."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the command line, and how to get help."""
        self.exit(2, f"osync: {message}. See: {self.prog} --help\n")


def make_parser() -> argparse.ArgumentParser:
    """Give the parser of the whole command line."""
    parser = _Parser(
        prog="osync", description=_DESCRIPTION, epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--home", metavar="DIR", help="the folder of this installation (or the variable OSYNC_HOME)")
    parser.add_argument("--version", action="version", version=f"osync {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=_Parser)
    _add_start(commands)
    _add_share(commands)
    _add_subscriber(commands)
    _add_running(commands)
    return parser


def _command(
    commands: "argparse._SubParsersAction[_Parser]", name: str, what: str, example: str, *, json: bool = False
) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        name,
        help=what[0].lower() + what[1:].split(".")[0],
        description=what,
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    if json:
        parser.add_argument("--json", action="store_true", help="print JSON (see docs/json.md)")
    return parser


def _add_start(commands: "argparse._SubParsersAction[_Parser]") -> None:
    init = _command(
        commands,
        "init",
        "Make a new OSync for a calendar and a mailbox. It changes nothing in either.",
        "osync init --name pat --address pat@example.org --calendar vdir:~/calendar --mailbox folder:/media/post",
    )
    init.add_argument("--name", required=True, help="your name, as your subscribers see it")
    init.add_argument("--address", required=True, help="your mail address")
    init.add_argument(
        "--calendar",
        required=True,
        action="append",
        metavar="[NAME=]KIND:PLACE",
        help="a calendar, vdir:FOLDER for a folder of .ics files; the first one is the default",
    )
    init.add_argument(
        "--mailbox", required=True, metavar="KIND:PLACE", help="folder:POSTOFFICE for a post office in a folder"
    )
    init.add_argument("--time-zone", default="", metavar="ZONE", help="like Europe/Berlin; default: the system's")
    init.add_argument("--create", action="store_true", help="make the folder of the calendar if it does not exist")
    demo = _command(
        commands,
        "demo",
        "Play two users on this computer, pat and tester, who share a calendar. It leaves both behind to play with.",
        "osync demo /tmp/osync-demo",
    )
    demo.add_argument("folder", nargs="?", default="osync-demo", metavar="DIR", help="default: ./osync-demo")


def _add_share(commands: "argparse._SubParsersAction[_Parser]") -> None:
    share = commands.add_parser("share", help="offer the events of a category to others", description="What you share.")
    shares = share.add_subparsers(dest="share_command", metavar="COMMAND", required=True, parser_class=_Parser)
    new = _command(
        shares,
        "new",
        "Share the events of a category. Nothing leaves before somebody accepts an invitation.",
        "osync share new team --category Team --level titles",
    )
    new.add_argument("name")
    new.add_argument("--category", required=True, help="the category that marks events for this share")
    new.add_argument("--calendar", default="", help="the name of one of your calendars; default: the first one")
    new.add_argument(
        "--level",
        choices=("full", "titles", "busy"),
        default="full",
        help="full: title, time and place (default); titles: no place; busy: only when you are busy",
    )
    new.add_argument("--notes", action="store_true", help="share the notes of the events as well")
    invite = _command(
        shares,
        "invite",
        "Offer a share to mail addresses. Inviting an address again sends a new invitation.",
        "osync share invite team tester@example.org",
    )
    invite.add_argument("name")
    invite.add_argument("addresses", nargs="+", metavar="ADDRESS")
    _command(shares, "list", "List your shares.", "osync share list", json=True)
    show = _command(shares, "show", "Show a share and its subscribers.", "osync share show team", json=True)
    show.add_argument("name")
    preview = _command(
        shares,
        "preview",
        "Show exactly what would leave through a share, and to whom. It sends nothing.",
        "osync share preview team",
        json=True,
    )
    preview.add_argument("name")
    stop = _command(
        shares,
        "stop",
        "Stop sending to one address, or to all. What they have stays with them.",
        "osync share stop team tester@example.org",
    )
    stop.add_argument("name")
    stop.add_argument("address", nargs="?", default="", metavar="ADDRESS")


def _add_subscriber(commands: "argparse._SubParsersAction[_Parser]") -> None:
    _command(commands, "invitations", "List the invitations that wait for you.", "osync invitations", json=True)
    accept = _command(
        commands,
        "accept",
        "Subscribe to a share that somebody offers you. Its events come with the next syncs.",
        "osync accept 1 --as pat",
    )
    accept.add_argument("which", metavar="N|SHARE", help="the number in the list, the name or the id of the share")
    accept.add_argument("--as", dest="sender", default="", metavar="SHORTNAME", help="what stands before each title")
    accept.add_argument("--calendar", default="", help="where the events go; default: your first calendar")
    decline = _command(commands, "decline", "Drop an invitation. Its sender is told nothing.", "osync decline 1")
    decline.add_argument("which", metavar="N|SHARE")
    leave = _command(commands, "leave", "End a subscription and tell its owner.", "osync leave team --remove")
    leave.add_argument("which", metavar="SHARE", help="the share, or the name before its titles")
    what = leave.add_mutually_exclusive_group()
    what.add_argument("--keep", action="store_true", help="leave its events in your calendar (default)")
    what.add_argument("--remove", action="store_true", help="take its events out of your calendar")


def _add_running(commands: "argparse._SubParsersAction[_Parser]") -> None:
    sync = _command(
        commands,
        "sync",
        "Receive mails, write copies, and mail what changed. A second time it does nothing.",
        "osync sync --dry-run",
        json=True,
    )
    sync.add_argument("--dry-run", action="store_true", help="tell what would happen, and do nothing")
    sync.add_argument("--yes", action="store_true", help="let changes pass that OSync stopped to ask about")
    _command(commands, "status", "Tell where your shares and subscriptions stand.", "osync status", json=True)
    log = _command(commands, "log", "Tell what happened, newest first.", "osync log", json=True)
    log.add_argument("--limit", type=int, default=50, metavar="N", help="how many lines of each kind (default: 50)")
    undo = _command(
        commands,
        "undo",
        "Take back what a run or a mail changed in your calendars. Mails cannot be taken back.",
        "osync undo 17; osync undo m4",
    )
    undo.add_argument(
        "which",
        nargs="?",
        default="",
        metavar="RUN|MAIL",
        help="a number of the log; default: the last run with changes",
    )
    open_ = _command(commands, "open", "Show what an OSync mail says, as far as we can open it.", "osync open mail.eml")
    open_.add_argument("file", metavar="FILE")
