"""The terminal as the other side of a conversation."""

import getpass
import sys

from osync.cli.passwords import no_text
from osync.cli.text import safe
from osync.errors import ConfigurationError
from osync.setup.conversation import Conversation

_MOST = 10_000


def has_terminal() -> bool:
    """Tell whether somebody can read questions and type answers."""
    return bool(sys.stdin and sys.stdin.isatty() and sys.stdout and sys.stdout.isatty())


def conversation() -> Conversation:
    """Talk at the terminal; what servers say is shown without anything that could steer it."""
    return Conversation(lambda prompt: input(safe(prompt)), lambda prompt: getpass.getpass(safe(prompt)), _write)


def _write(text: str) -> None:
    for line in text.split("\n"):
        print(safe(line))


def password_from_input(question: str) -> str:
    """Ask for a password at the terminal, or read the first line of the standard input. ConfigurationError if there is none."""
    try:
        if sys.stdin and sys.stdin.isatty():
            password = getpass.getpass(f"{safe(question)}: ")
        else:
            password = (sys.stdin.readline(_MOST) if sys.stdin else "").rstrip("\r\n").removeprefix("\ufeff")
        password.encode()
    except EOFError:
        password = ""
    except UnicodeError as error:
        raise no_text("Nothing was changed.") from error
    if not password:
        raise ConfigurationError("No password was given.", unharmed="Nothing was changed.")
    return password


def next_line() -> str:
    """Give one more line of the standard input, "" if there is none or somebody would have to type it."""
    return "" if not sys.stdin or sys.stdin.isatty() else sys.stdin.readline(_MOST).rstrip("\r\n")
