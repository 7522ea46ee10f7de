"""Log lines: a sentence for people, or one JSON object for other programs. They hold names of shares and numbers, no event text."""

import contextlib
import enum
import json
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

LARGEST_LOG = 1_000_000
"""How many characters a log file holds before it becomes the old one, of which one is kept."""


class Level(enum.StrEnum):
    """How important a line is."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


_PRIORITY = {Level.INFO: 6, Level.WARNING: 4, Level.ERROR: 3}


@dataclass(frozen=True, slots=True)
class LogLine:
    """What happened: the name of the `event` for programs, a whole sentence, the share or place that it is about, and numbers."""

    level: Level
    event: str
    sentence: str
    about: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)


Log = Callable[[LogLine], None]


class StreamLog:
    """Writes lines to a stream. `shape` makes the text of a line. What cannot be written is lost."""

    def __init__(self, stream: TextIO, shape: Callable[[LogLine], str]) -> None:
        self._stream = stream
        self._shape = shape
        self._lock = threading.Lock()

    def __call__(self, line: LogLine) -> None:
        """Write a line."""
        with self._lock, contextlib.suppress(OSError, ValueError):
            self._stream.write(self._shape(line) + "\n")
            self._stream.flush()


class FileLog:
    """Appends lines to a file for this user alone; when it is large, it becomes NAME.1, and a new one begins."""

    def __init__(self, path: Path, shape: Callable[[LogLine], str], largest: int = LARGEST_LOG) -> None:
        self._path = path
        self._shape = shape
        self._largest = largest
        self._lock = threading.Lock()

    def __call__(self, line: LogLine) -> None:
        """Write a line."""
        with self._lock, contextlib.suppress(OSError):
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(descriptor, "a", encoding="utf-8", errors="backslashreplace") as file:
                file.write(self._shape(line) + "\n")
                is_large = file.tell() > self._largest
            if is_large:
                self._path.replace(self._path.with_name(f"{self._path.name}.1"))


def json_shape(now: Callable[[], datetime]) -> Callable[[LogLine], str]:
    """Give what makes JSON objects of lines, in ASCII; docs/running.md describes them."""

    def shape(line: LogLine) -> str:
        written = {
            "time": _iso(now()),
            "level": line.level,
            "event": line.event,
            "about": line.about,
            "counts": dict(line.counts),
            "sentence": line.sentence,
        }
        return json.dumps(written)

    return shape


def text_shape(now: Callable[[], datetime]) -> Callable[[LogLine], str]:
    """Give what puts the time (UTC) before the sentence."""
    return lambda line: f"{_iso(now())} {line.level:7} {_one_line(line.sentence)}"


def journal_shape(line: LogLine) -> str:
    """Give a line for the journal of systemd, which notes the time itself and reads the importance (sd-daemon(3))."""
    return f"<{_PRIORITY[line.level]}>{_one_line(line.sentence)}"


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _one_line(text: str) -> str:
    """Give a text without what could begin another line or steer a terminal."""
    return "".join(character if character.isprintable() else " " for character in text)
