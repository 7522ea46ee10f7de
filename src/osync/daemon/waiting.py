"""Threads that wait until a mailbox or a calendar says that something changed."""

import contextlib
import threading
from collections.abc import Callable
from typing import Protocol

from osync.calendars.base import ReportsChanges
from osync.daemon.news import Changed, Faulty, News, Unreachable
from osync.daemon.schedule import Gravity, rest_after
from osync.errors import OSyncError, SignInRefusedError, UserMustActError

_FAREWELL = 10.0
"""How many seconds the end waits for a thread that is in the middle of something."""


_BREATH = 0.2


class Waits(Protocol):
    """What waits for something: a mailbox with IDLE, a calendar that tells, one that is asked again and again."""

    def wait(self, seconds: float) -> bool:
        """Return True soon after something changed, False after `seconds` or an interruption. Raises OSyncError."""
        ...

    def interrupt(self) -> None:
        """End the waiting of another thread at once."""
        ...


class Asking:
    """Waits for a calendar that has to be asked, by asking it whenever the time is over."""

    def __init__(self, calendar: ReportsChanges) -> None:
        self._calendar = calendar
        self._bell = threading.Event()

    def wait(self, seconds: float) -> bool:
        """Ask after so many seconds."""
        return not self._bell.wait(seconds) and self._calendar.has_changed()

    def interrupt(self) -> None:
        """End the waiting for good."""
        self._bell.set()


class WaitingThread:
    """Waits for one part until it is stopped, and tells `put` what happens; rests after errors, longer each time.

    `seconds` is how long one wait lasts at most. `close` hangs up at the end.
    """

    def __init__(
        self,
        part: str,
        waits: Waits,
        seconds: float,
        put: Callable[[News], None],
        chance: Callable[[], float],
        close: Callable[[], None] = lambda: None,
    ) -> None:
        self._part = part
        self._waits = waits
        self._seconds = seconds
        self._put = put
        self._chance = chance
        self._close = close
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name=f"waiting for {part}", daemon=True)

    def start(self) -> None:
        """Begin to wait."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to end."""
        self._stop.set()
        with contextlib.suppress(OSyncError):
            self._waits.interrupt()

    def join(self) -> None:
        """Wait until the thread has ended, but not for ever."""
        self._thread.join(_FAREWELL)

    def _work(self) -> None:
        failures = 0
        is_new = True
        while not self._stop.is_set():
            try:
                # The first look only begins: what came before it has to be looked for.
                changed = self._waits.wait(0.0 if is_new else self._seconds)
            except OSyncError as error:
                self._put(Unreachable(self._part, str(error)))
                failures, is_new = failures + 1, True
                self._stop.wait(rest_after(failures, gravity_of(error), self._chance()))
                continue
            except Exception as error:  # noqa: BLE001 # a fault of ours has to show, and not end the waiting in silence
                self._put(Faulty(self._part, error))
                failures, is_new = failures + 1, True
                self._stop.wait(rest_after(failures, Gravity.USER, self._chance()))
                continue
            if changed or is_new:
                self._put(Changed(self._part, works_again=failures > 0))
            failures, is_new = 0, False
            # However often a server calls, there is a moment between two syncs.
            self._stop.wait(_BREATH)
        with contextlib.suppress(OSyncError):
            self._close()


def gravity_of(error: OSyncError) -> Gravity:
    """Tell what an error asks for."""
    if isinstance(error, SignInRefusedError):
        return Gravity.SIGN_IN
    return Gravity.USER if isinstance(error, UserMustActError) else Gravity.PASSING
