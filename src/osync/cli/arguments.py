"""The commands and their options; `manual` has the words."""

import argparse
import re
from difflib import get_close_matches
from typing import NoReturn

from osync import __version__
from osync.cli import manual, manual_accounts, manual_identity, manual_running
from osync.cli.manual import Page

_CHOICE = re.compile(r"argument [^:]*: invalid choice: '(.*)' \(choose from (.*)\)")


class _Parser(argparse.ArgumentParser):
    """A parser that ends with one sentence."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the command line, and how to get help."""
        # Late, because only a wrong command line needs it.
        from osync.cli.text import safe

        self.exit(2, f"osync: {safe(_in_our_words(message))}. See: {self.prog} --help\n")


def _in_our_words(message: str) -> str:
    found = _CHOICE.fullmatch(message)
    if not found:
        return message
    allowed = re.findall(r"[\w-]+", found[2])
    close = get_close_matches(found[1], allowed, n=1)
    return f"{found[1]} is none of {', '.join(allowed)}" + (f"; did you mean {close[0]}?" if close else "")


_Commands = argparse._SubParsersAction  # noqa: SLF001 # argparse has no public name for what add_subparsers gives


def make_parser() -> argparse.ArgumentParser:
    """Give the parser of the whole command line."""
    parser = _new_parser("osync", manual.DESCRIPTION, manual.EPILOG)
    parser.add_argument("--home", metavar="DIR", help="the folder of this installation (else OSYNC_HOME)")
    parser.add_argument(
        "--profile", default="", metavar="NAME", help="a further installation of yours, below that folder"
    )
    parser.add_argument("--version", action="version", version=f"osync {__version__}")
    commands = parser.add_subparsers(
        title="commands", dest="command", metavar="COMMAND", required=True, parser_class=_Parser
    )
    _add_start(commands)
    share = _command(commands, "share", manual.SHARE)
    shares = share.add_subparsers(
        title="commands", dest="share_command", metavar="COMMAND", required=True, parser_class=_Parser
    )
    _add_new_share(shares)
    _add_share(shares)
    _add_subscriber(commands)
    _add_identity(commands)
    _add_sync(commands)
    _add_run(commands)
    _add_doctor(commands)
    _add_local_will(commands)
    _add_history(commands)
    _command(commands, "probe", manual.PROBE)
    return parser


def _new_parser(name: str, description: str, epilog: str) -> _Parser:
    return _Parser(
        prog=name,
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def _command(commands: "_Commands[_Parser]", name: str, page: Page, *, json: bool = False) -> _Parser:
    parser = commands.add_parser(
        name,
        help=page.summary,
        description=page.text,
        epilog=page.epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    # Also behind the command; without a value it leaves alone what stood before the command.
    parser.add_argument("--home", metavar="DIR", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    parser.add_argument("--profile", metavar="NAME", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    if json:
        parser.add_argument("--json", action="store_true", help="print JSON, as docs/json.md describes it")
    return parser


def _add_start(commands: "_Commands[_Parser]") -> None:
    _add_init(_command(commands, "init", manual.INIT))
    _add_passwords(commands)
    _command(commands, "profiles", manual_accounts.PROFILES, json=True)
    demo = _command(commands, "demo", manual.DEMO)
    demo.add_argument("folder", nargs="?", default="osync-demo", metavar="DIR", help="default: ./osync-demo")


def _add_init(init: _Parser) -> None:
    init.add_argument("--name", default="", help="your name, as your subscribers see it")
    init.add_argument("--address", default="", help="your mail address")
    init.add_argument("--mailbox", default="", metavar="KIND:PLACE", help="what carries your mail, if not a provider")
    init.add_argument(
        "--calendar", default=[], action="append", metavar="[NAME=]KIND:PLACE",
        help="a calendar; give it several times for several calendars, the default one first",
    )  # fmt: skip
    init.add_argument("--imap", default="", metavar="URL", help="the server that receives; default: OSync finds it")
    init.add_argument("--smtp", default="", metavar="URL", help="the server that sends; default: OSync finds it")
    init.add_argument("--user", default="", help="who signs in to the mail servers; default: the address")
    init.add_argument(
        "--caldav", default="", metavar="URL", help="the server of your calendar; default: OSync finds it"
    )
    init.add_argument("--caldav-user", default="", metavar="USER", help="who signs in there; default: as for the mail")
    secret = init.add_mutually_exclusive_group()
    secret.add_argument("--password-command", default="", metavar="COMMAND", help="what prints the password")
    secret.add_argument(
        "--password-stdin", action="store_true",
        help="read the password from the standard input; a second line is that of the calendar",
    )  # fmt: skip
    secret.add_argument("--auth", choices=("password", "oauth", "none"), default="password", help="default: password")
    init.add_argument(
        "--caldav-password-command", default="", metavar="COMMAND",
        help="what prints the password of the calendar, if it is another one",
    )  # fmt: skip
    init.add_argument("--proxy", default="", metavar="URL", help="a proxy that leads to the servers")
    init.add_argument("--ca-file", default="", metavar="FILE", help="further certificates to trust")
    init.add_argument("--time-zone", default="", metavar="ZONE", help="like Europe/Berlin; default: the system's")
    init.add_argument("--create", action="store_true", help="make the folder of the calendar if it does not exist")
    init.add_argument("--no-check", action="store_true", help="do not sign in to the mail servers to try them")
    init.add_argument("--no-input", action="store_true", help="ask nothing; what is missing is an error")


def _add_passwords(commands: "_Commands[_Parser]") -> None:
    password = _command(commands, "password", manual_accounts.PASSWORD)
    verbs = password.add_subparsers(
        title="commands", dest="password_verb", metavar="COMMAND", required=True, parser_class=_Parser
    )
    for name, page in (("set", manual_accounts.PASSWORD_SET), ("forget", manual_accounts.PASSWORD_FORGET)):
        account = _command(verbs, name, page)
        account.add_argument("account", nargs="?", default="mailbox", metavar="ACCOUNT", help="default: mailbox")
    sign_in = _command(commands, "sign-in", manual_accounts.SIGN_IN)
    sign_in.add_argument(
        "account", nargs="?", default="", metavar="ACCOUNT|ADDRESS", help="default: the mailbox of the settings"
    )
    sign_in.add_argument("--provider", choices=("google", "microsoft"), default="", help="default: by the address")
    sign_in.add_argument("--client-id", default="", metavar="ID", help="your own client id; else it is asked for")
    sign_in.add_argument(
        "--tenant", default="", metavar="TENANT", help="your organisation, for its own client id (Microsoft)"
    )
    where = sign_in.add_mutually_exclusive_group()
    where.add_argument("--device", action="store_true", help="sign in on another device, with a code (Microsoft)")
    where.add_argument("--paste", action="store_true", help="sign in with a browser on another computer")


def _add_new_share(shares: "_Commands[_Parser]") -> None:
    new = _command(shares, "new", manual.SHARE_NEW)
    new.add_argument("name", metavar="NAME", help="what you and your subscribers call it")
    new.add_argument("--category", required=True, help="the category that marks events for this share")
    new.add_argument("--calendar", default="", metavar="NAME", help="one of your calendars; default: the first one")
    new.add_argument("--level", choices=("full", "titles", "busy"), default="full", help="default: full")
    new.add_argument("--notes", action="store_true", help="share the notes of the events as well")
    new.add_argument(
        "--approve", choices=("token", "ask", "open"), default="token",
        help="who gets in: with an invitation only (default); whoever you let in; or everybody who asks",
    )  # fmt: skip
    new.add_argument(
        "--list", dest="list_address", default="", metavar="ADDRESS", help="a mailing list that carries it"
    )
    new.add_argument(
        "--carrier", choices=("attach", "text", "inline"), default="attach",
        help="where the mails carry it: in an .osync file (default), a text file, or the text, for lists that drop files",
    )  # fmt: skip
    new.add_argument("--unencrypted", action="store_true", help="sign the mails, but let everybody read them")
    new.add_argument("--verified-only", action="store_true", help="send nothing before safety codes were compared")


def _add_share(shares: "_Commands[_Parser]") -> None:
    _add_invite(_command(shares, "invite", manual.SHARE_INVITE))
    for name, page in (("approve", manual.SHARE_APPROVE), ("refuse", manual.SHARE_REFUSE)):
        decide = _command(shares, name, page)
        _add_share_name(decide)
        decide.add_argument(
            "who", metavar="ADDRESS|N", help="who waits: the address, or the number in osync share show"
        )
    _command(shares, "list", manual.SHARE_LIST, json=True)
    _add_share_name(_command(shares, "show", manual.SHARE_SHOW, json=True))
    _add_share_name(_command(shares, "preview", manual.SHARE_PREVIEW, json=True))
    take_over = _command(shares, "take-over", manual_identity.SHARE_TAKE_OVER)
    _add_share_name(take_over)
    take_over.add_argument("--yes", action="store_true", help="also if this calendar holds much less than the other")
    stop = _command(shares, "stop", manual.SHARE_STOP)
    _add_share_name(stop)
    stop.add_argument("address", nargs="?", default="", metavar="ADDRESS", help="default: all of them")


def _add_invite(invite: _Parser) -> None:
    _add_share_name(invite)
    invite.add_argument("addresses", nargs="*", metavar="ADDRESS")
    invite.add_argument(
        "--code", action="store_true", help="print a code that you pass on by yourself, instead of a mail"
    )
    invite.add_argument(
        "--for", dest="label", default="", metavar="WHO", help="for whom the code is, as a note for you"
    )
    invite.add_argument("--file", default="", metavar="FILE", help="write the code into a file as well")
    invite.add_argument(
        "--plain", action="store_true", help="mails to read without OSync, the first one at once, no invitation"
    )


def _add_share_name(parser: _Parser) -> None:
    parser.add_argument("name", metavar="NAME", help="the name or the id of the share")


def _add_subscriber(commands: "_Commands[_Parser]") -> None:
    _add_invite(_command(commands, "invite", manual.INVITE))
    verify = _command(commands, "verify", manual.VERIFY)
    verify.add_argument("who", nargs="?", default="", metavar="PERSON", help="the name or the address of somebody")
    verify.add_argument("code", nargs="?", default="", metavar="CODE", help="the safety code that they read to you")
    _command(commands, "invitations", manual.INVITATIONS, json=True)
    accept = _command(commands, "accept", manual.ACCEPT)
    _add_invitation(accept)
    accept.add_argument("--as", dest="sender", default="", metavar="SHORTNAME", help="what stands before each title")
    accept.add_argument("--calendar", default="", metavar="NAME", help="where the events go; default: the first one")
    _add_invitation(_command(commands, "decline", manual.DECLINE))
    leave = _command(commands, "leave", manual.LEAVE)
    leave.add_argument("which", metavar="SHARE", help="the name of the share, its id, or the name before its titles")
    what = leave.add_mutually_exclusive_group()
    what.add_argument("--keep", action="store_true", help="leave its events in your calendar (default)")
    what.add_argument("--remove", action="store_true", help="take its events out of your calendar")


def _add_invitation(parser: _Parser) -> None:
    parser.add_argument(
        "which", metavar="N|SHARE|CODE", help="the number in the list, the name or id of the share, a code or its file"
    )


def _add_identity(commands: "_Commands[_Parser]") -> None:
    identity = _command(commands, "identity", manual_identity.IDENTITY)
    kinds = identity.add_subparsers(
        title="commands", dest="identity_command", metavar="COMMAND", required=True, parser_class=_Parser
    )
    _command(kinds, "show", manual_identity.IDENTITY_SHOW)
    for name, page in (("export", manual_identity.IDENTITY_EXPORT), ("import", manual_identity.IDENTITY_IMPORT)):
        carry = _command(kinds, name, page)
        carry.add_argument("file", metavar="FILE")
        source = carry.add_mutually_exclusive_group()
        source.add_argument("--password-file", default="", metavar="FILE", help="its first line is the password")
        source.add_argument("--password-command", default="", metavar="COMMAND", help="what prints the password")
    _command(kinds, "change", manual_identity.IDENTITY_CHANGE)
    device = _command(commands, "device", manual_identity.DEVICE)
    steps = device.add_subparsers(
        title="commands", dest="device_command", metavar="COMMAND", required=True, parser_class=_Parser
    )
    code = _command(steps, "code", manual_identity.DEVICE_CODE)
    code.add_argument("--name", default="", metavar="NAME", help="what owners see beside your name, like laptop")
    allow = _command(steps, "allow", manual_identity.DEVICE_ALLOW)
    allow.add_argument("line", metavar="LINE", help="what osync device code printed on the new device")
    allow.add_argument("--file", default="", metavar="FILE", help="write the answer into a new file")
    joining = _command(steps, "join", manual_identity.DEVICE_JOIN)
    joining.add_argument("file", metavar="FILE", help="the answer of osync device allow")
    joining.add_argument("--calendar", default="", metavar="NAME", help="where the events go; default: the first one")


def _add_sync(commands: "_Commands[_Parser]") -> None:
    sync = _command(commands, "sync", manual.SYNC, json=True)
    sync.add_argument("--dry-run", action="store_true", help="tell what would happen, and do nothing")
    sync.add_argument("--yes", action="store_true", help="let changes pass that OSync stopped to ask about")
    sync.add_argument(
        "--now", action="store_true", help="mail changes at once, without collecting them for some minutes"
    )


def _add_run(commands: "_Commands[_Parser]") -> None:
    run = _command(commands, "run", manual_running.RUN)
    run.add_argument("--json-log", action="store_true", help="log JSON objects, as docs/running.md describes them")
    run.add_argument("--log-file", action="store_true", help="log into run.log of the home, not to the terminal")
    install = _command(commands, "install-service", manual_running.INSTALL_SERVICE)
    install.add_argument("--remove", action="store_true", help="do not run by itself any more")


def _add_doctor(commands: "_Commands[_Parser]") -> None:
    doctor = _command(commands, "doctor", manual_running.DOCTOR, json=True)
    doctor.add_argument("--calendar", default="", metavar="NAME", help="one calendar; default: all of them")
    doctor.add_argument("--no-mail", action="store_true", help="send no mail to yourself")
    doctor.add_argument("--wait", type=_seconds, default=120, metavar="SECONDS", help="for mails; default: 120")


def _add_local_will(commands: "_Commands[_Parser]") -> None:
    review = _command(commands, "review", manual.REVIEW, json=True)
    answer = review.add_mutually_exclusive_group()
    answer.add_argument("--yes", nargs="?", const="", metavar="SHARE", help="let it pass; default: of all shares")
    answer.add_argument("--no", nargs="?", const="", metavar="SHARE", help="reject it; default: of all shares")
    _command(commands, "changed", manual.CHANGED, json=True)
    _command(commands, "hidden", manual.HIDDEN, json=True)
    restore = _command(commands, "restore", manual.RESTORE)
    restore.add_argument(
        "event", nargs="*", metavar="EVENT|SHARE", help="the number in osync changed, words, or a share"
    )
    restore.add_argument("--all", action="store_true", help="everything that osync changed lists")
    detach = _command(commands, "detach", manual.DETACH)
    detach.add_argument(
        "event", nargs="+", metavar="EVENT", help="the number in osync changed, or words of day and title"
    )


def _add_history(commands: "_Commands[_Parser]") -> None:
    _command(commands, "status", manual.STATUS, json=True)
    log = _command(commands, "log", manual.LOG, json=True)
    log.add_argument("--limit", type=_count, default=50, metavar="N", help="how many lines of each kind (default: 50)")
    undo = _command(commands, "undo", manual.UNDO)
    what = undo.add_mutually_exclusive_group()
    what.add_argument("which", nargs="?", default="", metavar="RUN|MAIL", help="a number of the log; default: the last")
    what.add_argument("--of", default="", metavar="OWNER|SHARE", help="everything that came from an owner or a share")
    open_ = _command(commands, "open", manual.OPEN)
    open_.add_argument("file", metavar="FILE")


def _count(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text[:10]) <= 1_000_000:
        raise argparse.ArgumentTypeError("has to be a number from 1 to 1,000,000")
    return int(text)


def _seconds(text: str) -> int:
    if not text.isdecimal() or not int(text[:10]) <= 86_400:
        raise argparse.ArgumentTypeError("has to be a number of seconds from 0 to 86,400")
    return int(text)
