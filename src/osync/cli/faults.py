"""What happens to a fault of ours: where it happened goes into a file of the home, a sentence to the user."""

import errno
import os
import platform
import tempfile
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from osync import __version__
from osync.errors import DiskFullError, OSyncError
from osync.home import Home


@dataclass(frozen=True, slots=True)
class Fault:
    """What the user is told, and the exit code."""

    sentence: str
    exit_code: int


def report_fault(home: Home | None, error: BaseException) -> Fault:
    """Write down where a fault happened, and give the sentence. The file holds no event text, so it can be passed on."""
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        sentence = "The disk is full. Nothing was lost. Free some space and run OSync again."
        return Fault(sentence, DiskFullError.exit_code)
    file = _written(home, "".join(_details(error)))
    where = f"Please send us the file {file}; it holds no event text." if file else "Its details could not be kept."
    sentence = (
        f"A fault of OSync ended this run ({type(error).__name__}). The next run finishes what was begun. {where}"
    )
    return Fault(sentence, OSyncError.exit_code)


def _details(error: BaseException | None) -> Iterator[str]:
    """Give program and frames, of the causes too, but no message: it could hold a title."""
    yield f"OSync {__version__}, Python {platform.python_version()}, {platform.platform()}\n"
    while error is not None:
        yield f"\n{type(error).__module__}.{type(error).__qualname__}\n"
        yield from traceback.format_tb(error.__traceback__)
        error = error.__cause__ or error.__context__


def _written(home: Home | None, details: str) -> Path | None:
    places = [home.crash_report] if home else []
    for place in (*places, Path(tempfile.gettempdir()) / f"osync-fault-{os.getpid()}.txt"):
        try:
            descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(details)
        except OSError:
            continue
        return place
    return None
