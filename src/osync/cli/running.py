"""The commands `run` and `install-service`: OSync runs by itself."""

import argparse
import contextlib
import os
import random
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from types import FrameType

from osync.assembly import clock
from osync.cli.faults import report_fault
from osync.daemon.health import Health, write_health
from osync.daemon.installed import InstalledSite
from osync.daemon.loop import Daemon, Surroundings
from osync.daemon.news import LetterBox, News, Reread, Stop
from osync.daemon.schedule import Moment
from osync.errors import OSyncError
from osync.home import Home
from osync.logs import FileLog, Level, Log, LogLine, StreamLog, journal_shape, json_shape, text_shape

_END = ("SIGINT", "SIGTERM", "SIGBREAK")
_REREAD = "SIGHUP"


def run(arguments: argparse.Namespace, home: Home) -> int:
    """Keep an installation in sync until a signal comes. Where nobody reads what is printed, the log says why it ended."""
    log = _log(arguments, home, clock)
    try:
        return _run(home, log)
    except Exception as error:
        if isinstance(log, FileLog):
            sentence = str(error) if isinstance(error, OSyncError) else report_fault(home, error).sentence
            log(LogLine(Level.ERROR, "ended", f"osync run has ended: {sentence}"))
        raise


def _run(home: Home, log: Log) -> int:
    with home.running(), _without_wishes(home):
        box = LetterBox()
        site = InstalledSite(home, box.put, random.random)
        surroundings = Surroundings(
            now=_moment,
            chance=random.random,
            take=box.take,
            log=log,
            keep=lambda health: _keep(home, health),
            explain=lambda error: report_fault(home, error).sentence,
        )
        with signals(box.put):
            Daemon(site, surroundings, os.getpid()).run()
    return 0


@contextlib.contextmanager
def _without_wishes(home: Home) -> Iterator[None]:
    """Forget a wish to end that was meant for the one before, and one that was granted."""
    try:
        with contextlib.suppress(OSError):
            home.wish_to_end.unlink()
        yield
    finally:
        with contextlib.suppress(OSError):
            home.wish_to_end.unlink()


def _moment() -> Moment:
    return Moment(clock().timestamp(), time.monotonic())


def _keep(home: Home, health: Health) -> None:
    write_health(home.run_state, health)


def _log(arguments: argparse.Namespace, home: Home, now: Callable[[], datetime]) -> Log:
    """Choose where the log goes and what it looks like."""
    shape: Callable[[LogLine], str] = text_shape(now)
    if arguments.json_log:
        shape = json_shape(now)
    elif "JOURNAL_STREAM" in os.environ and not arguments.log_file:
        shape = journal_shape
    if arguments.log_file or sys.stderr is None:
        return FileLog(home.run_log, shape)
    return StreamLog(sys.stderr, shape)


def _meanings(*, has_terminal: bool) -> dict[int, News]:
    names: dict[str, News] = {**dict.fromkeys(_END, Stop()), _REREAD: Stop() if has_terminal else Reread()}
    return {int(getattr(signal, name)): news for name, news in names.items() if hasattr(signal, name)}


@contextlib.contextmanager
def signals(put: Callable[[News], None]) -> Iterator[None]:
    """Turn signals into news; a second wish to end interrupts what is going on.

    They come through a socket, because under Windows a waiting main thread does not hear them. A terminal that is closed says
    SIGHUP, too: then it is a wish to end.
    """
    reading, writing = socket.socketpair()
    writing.setblocking(False)  # noqa: FBT003 # the standard library's own way
    news = _meanings(has_terminal=sys.stdin is not None and sys.stdin.isatty())
    asked: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        if news[number] == Stop():
            asked.append(number)
            if len(asked) > 1:
                raise KeyboardInterrupt

    before = {number: signal.signal(number, note) for number in news}
    signal.set_wakeup_fd(writing.fileno(), warn_on_full_buffer=False)

    def listen() -> None:
        while found := reading.recv(1):
            if found[0] in news:
                put(news[found[0]])

    thread = threading.Thread(target=listen, name="hearing signals", daemon=True)
    thread.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(-1)
        for number, action in before.items():
            signal.signal(number, action)
        writing.close()
        thread.join()
        reading.close()
