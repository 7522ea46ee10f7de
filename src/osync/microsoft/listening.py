"""Wait for Outlook's events, on a connection and a thread of its own. What happened is found out by others.

Outlook is never started for this: while it is closed nothing happens in it, and when it is open again all may be new.
"""

import functools
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from osync.errors import OutlookRefusedError
from osync.microsoft.com import Com, Patience
from osync.microsoft.com_errors import Reason
from osync.microsoft.com_thread import ComThread
from osync.microsoft.machine import Handler, Machine
from osync.microsoft.outlook import Words, explained

_LOOK = 15.0
"""Seconds between two looks whether Outlook still runs: it tells nobody when it closes."""


@dataclass(frozen=True, slots=True)
class Source:
    """An object whose events count, and their names."""

    found: Com
    events: Sequence[str]


class Listener:
    """Listens to what `sources_of` gives for the Application object; one thread waits, any may interrupt."""

    def __init__(self, machine: Machine, words: Words, sources_of: Callable[[Com], Sequence[Source]]) -> None:
        self._machine = machine
        self._words = words
        self._sources_of = sources_of
        self._thread = ComThread(machine.apartment)
        self._kept: list[object] = []
        self._stops: list[Callable[[], None]] = []
        self._patience: Patience | None = None
        self._news = threading.Condition()
        self._happened = False
        self._interrupted = False

    def wait(self, seconds: float) -> bool:
        """Return True soon after something happened, or Outlook was opened; False after `seconds` or an interruption."""
        end = time.monotonic() + seconds
        while True:
            if self._look():
                return True
            left = end - time.monotonic()
            if left <= 0:
                return False
            with self._news:
                self._news.wait_for(lambda: self._happened or self._interrupted, min(left, _LOOK))
                happened, interrupted = self._happened, self._interrupted
                self._happened = self._interrupted = False
            if happened or interrupted:
                return happened

    def interrupt(self) -> None:
        """End the waiting of another thread at once."""
        with self._news:
            self._interrupted = True
            self._news.notify_all()

    def close(self) -> None:
        """Let go of Outlook; the next waiting connects again."""
        self._thread.run(lambda patience: self._let_go())
        self._thread.end()

    def _let_go(self) -> None:
        for stop in self._stops:
            stop()
        self._stops.clear()
        self._kept.clear()

    def _look(self) -> bool:
        """Connect if Outlook runs and we are not connected, and tell whether we just were; let go if it was closed."""
        try:
            return self._thread.run(self._look_there)
        except OutlookRefusedError as error:
            refused = error
        raise explained(refused, self._words)

    def _look_there(self, patience: Patience) -> bool:
        if self._patience is not patience:
            # Its thread was given up, and what was made there is of no use on another one.
            self._let_go()
            self._patience = patience
        if self._kept:
            try:
                Com(self._kept[0], patience).get("Version")
            except OutlookRefusedError as error:
                if error.reason != Reason.GONE:
                    raise
                self._let_go()
            else:
                return False
        if not self._machine.is_running():
            return False
        try:
            self._connect(patience)
        except Exception:
            # Half of it would listen to less than there is, and nobody would notice.
            self._let_go()
            raise
        return True

    def _connect(self, patience: Patience) -> None:
        application = Com(patience.ask(self._machine.connect), patience)
        self._kept.append(application.bare)
        for source in self._sources_of(application):
            handlers: Mapping[str, Handler] = dict.fromkeys(source.events, self._notice)
            bare = source.found.bare
            # The object that tells has to be kept too.
            self._kept.append(bare)
            self._stops.append(patience.ask(functools.partial(self._machine.listen, bare, handlers)))

    def _notice(self, *_arguments: object) -> None:
        """Take note only: calling back into Outlook from inside of an event is refused."""
        with self._news:
            self._happened = True
            self._news.notify_all()
