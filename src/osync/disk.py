"""Write files so that other programs see them whole or not at all, and so that they survive a power failure.

It knows nothing of what the files are for; every OSError passes through to the caller, who does.
"""

import contextlib
import errno
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_LEFTOVER = re.compile(r"\.osync-[0-9-]+\.tmp")
_LEFTOVER_AGE_NS = 24 * 3600 * 10**9
_NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)
_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG)
# One fsync costs 0.3 ms on a fast disk and 10 ms on a slow one; one syncfs for 1,000 files 20 ms, but it also waits for
# what other programs have written to the same file system.
_FEW_FILES = 50
_LOOKS = (0.01, 0.02, 0.05, 0.1, 0.15)


@dataclass(frozen=True, slots=True)
class StagedFile:
    """A whole file under a hidden name in the folder where it is to appear, or next to it on the same file system.

    `written_at` is the time in ns since 1970 by the clock of the file system.
    """

    path: Path
    written_at: int


@dataclass(frozen=True, slots=True)
class _HiddenFile:
    """A new file that is still open."""

    path: Path
    descriptor: int


@contextlib.contextmanager
def staged_file(folder: Path, content: bytes, *, durable: bool = False) -> Iterator[StagedFile]:
    """Write `content` under a hidden name, to be published; remove it if that or the block fails.

    `durable` means safe against a power failure.
    """
    hidden = _create_hidden(folder)
    try:
        try:
            _write_all(hidden.descriptor, content)
            if durable:
                os.fsync(hidden.descriptor)
            written_at = os.fstat(hidden.descriptor).st_mtime_ns
        finally:
            os.close(hidden.descriptor)
        yield StagedFile(hidden.path, written_at)
    except BaseException:
        discard(StagedFile(hidden.path, 0))
        raise


def discard(staged: StagedFile) -> None:
    """Remove a staged file that is not wanted any more; silent if it is gone."""
    with contextlib.suppress(OSError):
        staged.path.unlink()


def publish_new(staged: StagedFile, target: Path) -> None:
    """Let a staged file appear as `target`. FileExistsError if that name is taken, even since a moment ago."""
    if os.name == "nt":
        patiently(lambda: staged.path.rename(target))
        return
    try:
        os.link(staged.path, target)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # FAT and some network file systems know no links: claim the name first, then put the file in its place.
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        staged.path.replace(target)
        return
    staged.path.unlink()


def publish_over(staged: StagedFile, target: Path) -> None:
    """Let a staged file take the place of `target`, at once and whole, or not at all: whoever has that open may be writing it."""
    staged.path.replace(target)


def patiently(rename: Callable[[], object], pause: Callable[[float], None] = time.sleep) -> None:
    """Rename a new file, and try again for a third of a second while a virus scanner or a sync client looks at it (Windows)."""
    for seconds in _LOOKS:
        try:
            rename()
        except OSError as error:
            if not is_busy(error):
                raise
            pause(seconds)
        else:
            return
    rename()


def remove_leftovers(folder: Path, now: int) -> None:
    """Remove staged files that killed runs left behind more than a day before `now` (ns, the file system's clock)."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(".") and _LEFTOVER.fullmatch(entry.name):
                with contextlib.suppress(OSError):
                    if now - entry.stat(follow_symlinks=False).st_mtime_ns > _LEFTOVER_AGE_NS:
                        Path(entry.path).unlink()


def is_full(error: OSError) -> bool:
    """Tell whether a write failed for want of room: disk, quota, or largest file."""
    return error.errno in _FULL


def is_busy(error: OSError) -> bool:
    """Tell whether another program may hold the file open, which forbids writing only on Windows.

    Windows says so in three ways: access denied, sharing violation, lock violation.
    """
    return getattr(error, "winerror", None) in (5, 32, 33)


def flush(folder: Path, names: Iterable[str]) -> None:
    """Return when the files `names` of a folder, and the folder's list of names, are on the disk; a missing one is skipped.

    Many files are flushed with their whole file system at once where that is possible (Linux).
    """
    paths = [folder / name for name in names]
    folder.stat()  # a folder that is gone has to show, even where it cannot be opened
    if len(paths) > _FEW_FILES and _flush_file_system(folder):
        return
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            _flush(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    if os.name != "nt":  # there a folder cannot be opened, and its list of names is journalled
        _flush(folder, os.O_RDONLY)


def _create_hidden(folder: Path) -> _HiddenFile:
    # Two threads, or two machines on one drive, must not take each other's name when one of them has done with it.
    owner = f"{os.getpid()}-{threading.get_ident()}"
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0)
    number = 0
    while True:
        path = folder / f".osync-{owner}-{number}.tmp"
        try:
            return _HiddenFile(path, os.open(path, flags, 0o666))
        except FileExistsError:
            number += 1


def _write_all(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _flush(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _flush_file_system(folder: Path) -> bool:
    """Flush the file system that holds `folder` (syncfs); False where there is no such call."""
    if not sys.platform.startswith("linux"):
        return False
    import ctypes  # 4 ms that only a large run pays

    syncfs = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    if syncfs is None:
        return False
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        if syncfs(descriptor) != 0:
            raise OSError(ctypes.get_errno(), "syncfs failed", str(folder))
    finally:
        os.close(descriptor)
    return True
