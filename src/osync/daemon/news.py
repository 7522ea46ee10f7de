"""What the threads that wait tell the loop, and the letter box between them."""

import queue
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Changed:
    """A part has changed, or may have. `works_again`: it could not be reached before."""

    part: str
    works_again: bool = False


@dataclass(frozen=True, slots=True)
class Unreachable:
    """Waiting for a part does not work now, for which the sentence says why."""

    part: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Faulty:
    """A fault of OSync met the one who waits for a part."""

    part: str
    error: Exception


@dataclass(frozen=True, slots=True)
class HomeTouched:
    """Something wrote into the home: another command into the ledger, or the user into the settings."""


@dataclass(frozen=True, slots=True)
class Reread:
    """Somebody asks to read the settings again (SIGHUP)."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Somebody asks to end."""


News = Changed | Unreachable | Faulty | HomeTouched | Reread | Stop


class LetterBox:
    """Takes news from every thread and gives them to the loop."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[News] = queue.SimpleQueue()

    def put(self, news: News) -> None:
        """Leave news; never waits."""
        self._queue.put(news)

    def take(self, seconds: float) -> list[News]:
        """Give all news there are, as soon as there are some, or none after `seconds`."""
        found: list[News] = []
        try:
            found.append(self._queue.get(timeout=max(0.0, seconds)) if seconds > 0 else self._queue.get_nowait())
            while True:
                found.append(self._queue.get_nowait())
        except queue.Empty:
            return found
