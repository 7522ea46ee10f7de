"""Tell from what the file system says whether a file is still the one that was seen, without opening it."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from osync.disk import StagedFile

UNSURE = "?"
"""Appended to a version that no listing will find again, so that the file is read once more."""

LEADS_NOWHERE = "leads nowhere"
"""The version of a link whose target is not there now; it may be on a drive that comes back."""

_SECOND = 10**9
_YOUNG = _SECOND // 20
# FAT counts in two seconds, HFS+ and old servers in one.
_YOUNG_ON_COARSE_CLOCK = 5 * _SECOND // 2
_CLOCKS_DIFFER = 600 * _SECOND
# A listing of Windows tells no inode number, and calls the time of creation the time of change.
_KNOWS_INODE_AND_CHANGE = os.name != "nt"


@dataclass(frozen=True, slots=True)
class FolderStamp:
    """When names last came to or went from a folder, in ns."""

    modified: int
    changed: int


def stamp_of(folder: Path) -> FolderStamp:
    """Ask when names last came to or went from a folder. OSError if there is no such folder now."""
    status = folder.stat()
    return FolderStamp(status.st_mtime_ns, status.st_ctime_ns)


def version_of(status: os.stat_result) -> str:
    """Say what the file system knows of a file; the time of change shows what restored times would hide."""
    version = f"{status.st_mtime_ns:x}-{status.st_size:x}"
    return f"{version}-{status.st_ctime_ns:x}-{status.st_ino:x}" if _KNOWS_INODE_AND_CHANGE else version


def listed_version(entry: os.DirEntry[str]) -> str:
    """Give the version of a listed file, or of what a link leads to; "" if it is no file or has vanished meanwhile."""
    try:
        status = entry.stat()
    except OSError as error:
        if entry.is_symlink():
            return LEADS_NOWHERE
        if isinstance(error, FileNotFoundError):
            return ""
        raise
    return version_of(status) if stat.S_ISREG(status.st_mode) else ""


def is_young(status: os.stat_result, now: float) -> bool:
    """Tell whether a change in a moment could leave the same time behind (what git calls racily clean).

    `now` is in seconds since 1970. A file from the future is young too, unless its time is so far off that it comes from
    another clock.
    """
    age = int(now * _SECOND) - status.st_mtime_ns
    is_coarse = status.st_mtime_ns % _SECOND == 0
    return -_CLOCKS_DIFFER < age < (_YOUNG_ON_COARSE_CLOCK if is_coarse else _YOUNG)


def make_older(staged: StagedFile, fingerprint: bytes, later_than: int = 0) -> os.stat_result:
    """Stamp a file that is about to be published two to three seconds back, and give its status.

    So a change by others always shows, even within the same tick of the clock. The fraction of the second depends on
    the `fingerprint`, so that two texts have two times; it does not run back behind `later_than` (ns) if that is not in the future.
    """
    fraction = int.from_bytes(fingerprint[:8]) % _SECOND
    modified = staged.written_at - 2 * _SECOND - fraction
    if modified <= later_than <= staged.written_at:
        modified = later_than + 1000
    os.utime(staged.path, ns=(modified, modified))
    return staged.path.stat()


def published_version(path: Path, staged: os.stat_result) -> str:
    """Give the version of a file that was published as `path`; an unsure one if others have been there since."""
    try:
        there = path.lstat()
    except FileNotFoundError:
        return version_of(staged) + UNSURE
    is_ours = (there.st_mtime_ns, there.st_size, there.st_ino) == (staged.st_mtime_ns, staged.st_size, staged.st_ino)
    return version_of(there) if is_ours else version_of(staged) + UNSURE
