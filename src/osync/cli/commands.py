"""From a chosen command to the function that carries it out, with the installation that it needs."""

import argparse
import contextlib
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from osync.assembly import open_installation
from osync.cli.progress import Progress
from osync.config import Settings, read_settings
from osync.engine.installation import Installation
from osync.errors import AnotherRunError
from osync.home import Home

_PATIENCE = 60.0
"""How many seconds a command waits for a sync of `osync run`."""
_PAUSE = 0.05


@dataclass(frozen=True, slots=True)
class Context:
    """What a command works with."""

    arguments: argparse.Namespace
    settings: Settings
    installation: Installation
    progress: Progress
    home: Home

    @property
    def wants_json(self) -> bool:
        """Tell whether the user asked for JSON."""
        return bool(getattr(self.arguments, "json", False))

    @property
    def calendar(self) -> str:
        """The calendar that the user named, or the first one."""
        return str(self.arguments.calendar or next(iter(self.settings.calendars)))

    def say(self, text: str) -> None:
        """Print text that is safe to be shown."""
        self.progress.clear()
        print(text)

    def warn(self, text: str) -> None:
        """Print a sentence about what the user should know or do, apart from the result."""
        self.progress.clear()
        print(f"osync: {text}", file=sys.stderr)


def run_command(arguments: argparse.Namespace, home: Home) -> int:
    """Carry out a command and give its exit code."""
    if alone := _command_alone(str(arguments.command)):
        return alone(arguments, home)
    act = _command_of(arguments)
    settings = read_settings(home.settings)
    progress = Progress()
    with contextlib.ExitStack() as entered:
        opened = _enter(entered, home, settings, progress)
        try:
            return act(Context(arguments, settings, opened, progress, home))
        finally:
            progress.clear()


def _enter(entered: contextlib.ExitStack, home: Home, settings: Settings, progress: Progress) -> Installation:
    """Open the installation; if `osync run` is in the middle of a sync, when that is done. AnotherRunError."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            return entered.enter_context(open_installation(home, settings, progress))
        except AnotherRunError:
            if time.monotonic() > deadline or not home.is_running():
                raise
            time.sleep(_PAUSE)


def _command_alone(command: str) -> Callable[[argparse.Namespace, Home], int] | None:
    """Load a command that works without an installation, or opens it by itself; None for the others."""
    if command in ("init", "demo"):
        from osync.cli import starting

        return starting.init if command == "init" else starting.demo
    if command in ("password", "sign-in"):
        from osync.cli import secrets

        return secrets.change_password if command == "password" else secrets.sign_in_account
    if command == "probe":
        from osync.cli.probing import probe_outlook

        return lambda arguments, home: probe_outlook()
    if command == "open":
        from osync.cli.reading import open_mail

        return open_mail
    if command == "run":
        from osync.cli.running import run

        return run
    if command == "profiles":
        from osync.cli.profiles import list_profiles

        return list_profiles
    if command == "install-service":
        from osync.cli.servicing import install_service

        return install_service
    return None


def _command_of(arguments: argparse.Namespace) -> Callable[[Context], int]:
    """Load what a command needs, and no more."""
    if arguments.command == "sync":
        from osync.cli.syncing import run_sync

        return run_sync
    if arguments.command == "doctor":
        from osync.cli.examining import examine_all

        return examine_all
    if arguments.command == "status":
        from osync.cli.standing import show_status

        return show_status
    if arguments.command in ("log", "undo"):
        from osync.cli import history

        return history.show_log if arguments.command == "log" else history.take_back
    if arguments.command in ("review", "changed", "hidden", "restore", "detach"):
        return _command_about_copies(str(arguments.command))
    if arguments.command in ("identity", "device"):
        return _command_about_keys(str(arguments.command), arguments)
    if arguments.command == "share":
        return _command_about_shares(str(arguments.share_command))
    if arguments.command in ("invite", "verify"):
        from osync.cli import owner, trust

        return owner.send_invitations if arguments.command == "invite" else trust.verify_person
    from osync.cli import subscriber

    return {
        "invitations": subscriber.list_invitations,
        "accept": subscriber.accept_invitation,
        "decline": subscriber.decline_invitation,
        "leave": subscriber.leave_share,
    }[str(arguments.command)]


def _command_about_keys(command: str, arguments: argparse.Namespace) -> Callable[[Context], int]:
    from osync.cli import identity

    if command == "device":
        devices = {"code": identity.show_device_code, "allow": identity.allow, "join": identity.join_device}
        return devices[str(arguments.device_command)]
    return {
        "show": identity.show_identity,
        "export": identity.export,
        "import": identity.import_,
        "change": identity.change,
    }[str(arguments.identity_command)]


def _command_about_shares(command: str) -> Callable[[Context], int]:
    if command == "take-over":
        from osync.cli import identity

        return identity.take_share_over
    from osync.cli import owner

    return {
        "new": owner.new,
        "invite": owner.send_invitations,
        "approve": owner.let_in,
        "refuse": owner.keep_out,
        "list": owner.list_shares,
        "show": owner.show,
        "preview": owner.show_preview,
        "stop": owner.stop_share,
    }[command]


def _command_about_copies(command: str) -> Callable[[Context], int]:
    if command == "review":
        from osync.cli.reviewing import run_review

        return run_review
    from osync.cli import local

    return {
        "changed": local.list_changed,
        "hidden": local.list_hidden,
        "restore": local.bring_back,
        "detach": local.make_own,
    }[command]
