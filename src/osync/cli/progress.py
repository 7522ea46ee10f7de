"""Progress of long work, on a terminal only."""

import sys
import time
from collections.abc import Callable
from typing import TextIO

_PATIENCE = 1.0
_PAUSE = 0.1


class Progress:
    """Shows how far a work is, once it has lasted over a second; nothing on a pipe."""

    def __init__(self, stream: TextIO | None = None, seconds: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream or sys.stderr
        self._seconds = seconds
        self._began = seconds()
        self._shown_at = 0.0
        self._shown = ""
        self._on = self._stream is not None and self._stream.isatty()

    def __call__(self, work: str, done: int, total: int) -> None:
        """Take note that `done` of `total` steps of a work are done."""
        now = self._seconds()
        if self._on and now - self._began > _PATIENCE and now - self._shown_at > _PAUSE:
            self._shown_at = now
            self._show(f"{work}: {done:,} of {total:,}")

    def clear(self) -> None:
        """Take the line away, before anything else is printed."""
        if self._shown:
            self._show("")
            self._stream.write("\r")
            self._stream.flush()

    def _show(self, text: str) -> None:
        # Blanks and not the sequence that erases a line: old consoles of Windows would print it.
        self._stream.write(f"\r{text:{len(self._shown)}}")
        self._stream.flush()
        self._shown = text
