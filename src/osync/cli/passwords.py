"""Get a password from the user, a file or a command, and never from the command line."""

import argparse
import getpass
import sys
from pathlib import Path

from osync.errors import ConfigurationError

_UNHARMED = "Nothing was changed."
_MOST = 10_000


def ask_password(arguments: argparse.Namespace, *, new: bool) -> str:
    """Give the password; a `new` one is typed twice. ConfigurationError if there is no way to get it."""
    if arguments.password_file:
        return _first_line(_content(arguments.password_file), f"The file {arguments.password_file}")
    if arguments.password_command:
        from osync.credentials.commands import printed_password

        return printed_password(arguments.password_command)
    if not sys.stdin or not sys.stdin.isatty():
        raise ConfigurationError(
            "There is nobody to type a password.",
            unharmed=_UNHARMED,
            advice="Use --password-file or --password-command.",
        )
    try:
        password = getpass.getpass("Password of the identity file: ")
        if new and getpass.getpass("The same once more: ") != password:
            raise ConfigurationError("The passwords are not the same.", unharmed=_UNHARMED)
        password.encode()
    except EOFError as error:
        raise ConfigurationError("No password was typed.", unharmed=_UNHARMED) from error
    except UnicodeError as error:
        raise no_text(_UNHARMED) from error
    return password


def no_text(unharmed: str) -> ConfigurationError:
    """Say that letters of a password cannot be read."""
    return ConfigurationError(
        "The password has letters that OSync cannot read.",
        unharmed=unharmed,
        advice="Set your terminal to UTF-8, or save what gives the password as UTF-8.",
    )


def _content(path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return file.read(_MOST)
    except OSError as error:
        raise ConfigurationError(
            f"The password file {path} cannot be read ({error.strerror}).", unharmed=_UNHARMED
        ) from error


def _first_line(content: bytes, what: str) -> str:
    try:
        password = content.decode("utf-8-sig").splitlines()[0]
    except (UnicodeDecodeError, IndexError) as error:
        raise ConfigurationError(f"{what} gives no password.", unharmed=_UNHARMED) from error
    return password
