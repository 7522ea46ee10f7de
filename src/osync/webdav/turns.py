"""Writes side by side, until one of them is disturbed by another; from then on one at a time."""

import contextlib
import threading
from collections.abc import Iterator


class Turns:
    """Whose turn it is to write, among several threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._running = 0
        self._one_by_one = False

    @property
    def one_by_one(self) -> bool:
        """Tell whether only one write runs at a time."""
        return self._one_by_one

    def queue_up(self) -> None:
        """Let no write begin any more before all others have ended."""
        with self._changed:
            self._one_by_one = True

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn to write, and hold it."""
        with self._changed:
            self._changed.wait_for(lambda: not (self._one_by_one and self._running))
            self._running += 1
        try:
            yield
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()
