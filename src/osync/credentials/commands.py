"""Get a password from a command of the user, like a password manager. No shell is started, and nothing else it says is shown."""

import os
import shlex
import subprocess
import sys
import threading
from typing import IO

from osync.errors import SignInRefusedError

PATIENCE = 120.0
"""Seconds; somebody may have to type the password of their password manager."""
_MOST = 65_536
_REST = 2.0
"""Seconds for what a command printed to arrive after its end."""
_WINDOW_HIDDEN = 0x08000000
"""CREATE_NO_WINDOW: a program without a window would flash one up on Windows."""


def printed_password(command: str, patience: float = PATIENCE) -> str:
    """Run a command and give the first line that it prints, without the end of the line. SignInRefusedError.

    Its complaints (stderr) are thrown away: nobody knows what a password manager writes there, and they would end in logs.
    """
    content: list[bytes] = []
    try:
        process = subprocess.Popen(  # noqa: S603 # the user's own command, without a shell
            _words(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            creationflags=_WINDOW_HIDDEN if sys.platform == "win32" else 0,
        )
    except (OSError, ValueError, IndexError) as error:
        raise _failed("cannot be started") from error
    if (stream := process.stdout) is None:
        raise _failed("cannot be heard")
    reader = threading.Thread(target=_gather, args=(stream, content), daemon=True)
    reader.start()
    try:
        code = process.wait(patience)
    except subprocess.TimeoutExpired as error:
        process.kill()
        process.wait()
        raise _failed(f"did not end within {patience:.0f} seconds") from error
    finally:
        # What it left running, like an agent that keeps keys, may hold its output open.
        reader.join(_REST)
    if code:
        raise _failed(f"ended with code {code}")
    return _first_line(b"".join(content))


def _gather(stream: IO[bytes], content: list[bytes]) -> None:
    """Read what comes, piece by piece, so that it is there even if no end comes."""
    size = 0
    with stream:
        while size < _MOST and (piece := os.read(stream.fileno(), _MOST - size)):
            content.append(piece)
            size += len(piece)


def _words(command: str) -> str | list[str]:
    """Windows splits a command itself, by its own rules; elsewhere those of the shell hold, without what a shell expands."""
    return command if sys.platform == "win32" else shlex.split(command)


def _first_line(content: bytes) -> str:
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise _failed("prints what is no UTF-8 text") from error
    if not lines or not lines[0]:
        raise _failed("prints nothing")
    return lines[0]


def _failed(what: str) -> SignInRefusedError:
    return SignInRefusedError(
        f"The command that shall print the password {what}.",
        unharmed="Nothing was sent or changed.",
        advice="Run the password command by itself; it has to print the password in its first line.",
    )
