"""Progress of long work, on a terminal only."""

import sys
import time
from collections.abc import Callable

_PATIENCE = 1.0
_PAUSE = 0.1


class Progress:
    """Shows how far a work is, once it has lasted over a second; nothing on a pipe."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._began = seconds()
        self._shown_at = 0.0
        self._on = sys.stderr.isatty()

    def __call__(self, work: str, done: int, total: int) -> None:
        """Take note that `done` of `total` steps of a work are done."""
        now = self._seconds()
        if self._on and now - self._began > _PATIENCE and now - self._shown_at > _PAUSE:
            self._shown_at = now
            sys.stderr.write(f"\r\033[K{work}: {done:,} of {total:,}")
            sys.stderr.flush()

    def clear(self) -> None:
        """Take the line away."""
        if self._shown_at:
            sys.stderr.write("\r\033[K")
            self._shown_at = 0.0
