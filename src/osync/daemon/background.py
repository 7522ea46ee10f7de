"""Start `osync run` in the background where no system does it, and ask it to end. Nothing is ever killed."""

import enum
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from osync.home import Home

_STEP = 0.25
_STEPS_TO_BEGIN = 60
_STEPS_TO_END = 240
"""A sync of this moment is finished first."""

IsAlive = Callable[[], bool]
Start = Callable[[Sequence[str]], IsAlive | None]
Pause = Callable[[float], None]


class Outcome(enum.Enum):
    """How a start went: it runs, the one before has not ended yet, or it did not come to work."""

    RUNS = enum.auto()
    BUSY = enum.auto()
    FAILED = enum.auto()


def start_detached(words: Sequence[str]) -> IsAlive | None:
    """Start a program that outlives this one, without a window and out of reach of Ctrl-C here.

    Gives what tells whether it lives, or None if it cannot be started.
    """
    try:
        process = _started(words)
    except OSError:
        return None

    # If it ends before us, it shall not stay in the list of processes.
    waiting = threading.Thread(target=process.wait, name="waiting for the one that was started", daemon=True)
    waiting.start()
    return waiting.is_alive


def start_anew(home: Home, words: Sequence[str], start: Start, pause: Pause) -> Outcome:
    """Start the `osync run` of a home, in the place of one that is at work there already, and wait until it has begun."""
    if not ask_to_end(home, pause):
        return Outcome.BUSY
    is_alive = start(words)
    for _ in range(_STEPS_TO_BEGIN if is_alive else 0):
        if home.is_running():
            return Outcome.RUNS
        if is_alive and not is_alive():
            break
        pause(_STEP)
    return Outcome.FAILED


def ask_to_end(home: Home, pause: Pause) -> bool:
    """Ask the `osync run` of a home to end, and wait for that; False if it is not done with its sync by then.

    The wish stays, so that it ends as soon as it is done; the next one to start takes the wish away.
    """
    if not home.is_running():
        return True
    try:
        home.wish_to_end.touch(mode=0o600)
    except OSError:
        return False
    for _ in range(_STEPS_TO_END):
        if not home.is_running():
            return True
        pause(_STEP)
    return False


def _of_its_own() -> dict[str, str]:
    """Give the environment. Without that variable a program in one file uses what we unpacked, which goes when we end (PyInstaller)."""
    return {**os.environ, "PYINSTALLER_RESET_ENVIRONMENT": "1"}


if sys.platform == "win32":

    def _started(words: Sequence[str]) -> "subprocess.Popen[bytes]":
        # A console without a window: programs that it starts, like password commands, would open one if it had none.
        flags = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
        try:
            # Out of the job of a terminal or a remote session, which ends everything that belongs to it.
            return _popen(words, flags | subprocess.CREATE_BREAKAWAY_FROM_JOB)
        except OSError:
            return _popen(words, flags)

    def _popen(words: Sequence[str], flags: int) -> "subprocess.Popen[bytes]":
        nothing, folder = subprocess.DEVNULL, Path.home()
        return subprocess.Popen(  # noqa: S603 # the words are ours
            words, stdin=nothing, stdout=nothing, stderr=nothing, cwd=folder, env=_of_its_own(), creationflags=flags
        )

else:

    def _started(words: Sequence[str]) -> "subprocess.Popen[bytes]":
        nothing, folder = subprocess.DEVNULL, Path.home()
        return subprocess.Popen(  # noqa: S603 # the words are ours
            words, stdin=nothing, stdout=nothing, stderr=nothing, cwd=folder, env=_of_its_own(), start_new_session=True
        )
