"""The command `open`: what a file of OSync says. It needs no installation for what is only signed."""

import argparse
import contextlib
from collections.abc import Iterator
from pathlib import Path

from osync.assembly import clock, open_installation
from osync.cli.progress import Progress
from osync.cli.text import safe
from osync.config import read_settings
from osync.engine.opening import Reader, open_file, reader_of
from osync.errors import MessageTooLargeError, NotFoundError
from osync.home import Home
from osync.mailboxes.base import SIZE_LIMIT


def open_mail(arguments: argparse.Namespace, home: Home) -> int:
    """Show what a mail or another file of OSync says."""
    content = _content(Path(arguments.file))
    with _reader(home) as reader:
        text = open_file(content, reader)
    print("\n".join(map(_safe, text.rstrip().split("\n"))))
    return 0


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(SIZE_LIMIT + 1)
    except OSError as error:
        raise NotFoundError(f"{path} cannot be read ({error.strerror}).") from error
    if len(content) > SIZE_LIMIT:
        raise MessageTooLargeError(f"{path} has more than {SIZE_LIMIT:,} bytes, more than OSync opens.")
    return content


@contextlib.contextmanager
def _reader(home: Home) -> Iterator[Reader]:
    """Give the reader with the key and the people of this home, or one without if there is no installation."""
    if not home.settings.exists():
        yield Reader(clock())
        return
    with open_installation(home, read_settings(home.settings), Progress()) as installation:
        yield reader_of(installation)


def _safe(line: str) -> str:
    """Keep the blanks before a line, and nothing in it that could steer a terminal."""
    text = line.lstrip(" ")
    return " " * (len(line) - len(text)) + safe(text)
