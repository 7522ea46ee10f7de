"""A calendar that is a folder of .ics files, as khal and vdirsyncer keep them (the vdir format).

A handle is a file name, a version what the file system says of the file. Hidden files, subfolders and files with other
endings belong to others and are left alone.
"""

import contextlib
import errno
import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from osync import disk
from osync.calendars.base import Capabilities, EventRef, StoredEvent
from osync.errors import (
    CalendarUnavailableError,
    CalendarUnusableError,
    DiskFullError,
    EventChangedError,
    EventExistsError,
    EventRefusedError,
    EventUnreadableError,
    OSyncError,
)
from osync.file_versions import (
    LEADS_NOWHERE,
    UNSURE,
    is_young,
    listed_version,
    make_older,
    published_version,
    stamp_of,
    version_of,
)
from osync.safe_names import event_file_name, handle_of, is_event_file_name, name_of

if TYPE_CHECKING:
    from osync.ical.event import Event, Reading

SIZE_LIMIT = 16 * 1024 * 1024
"""The largest file that is read or written, in bytes."""

_LISTINGS = 5
_READ_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_NOT_ALLOWED = (errno.EACCES, errno.EPERM, errno.EROFS)
_ONE_FILE_ONLY = (*_NOT_ALLOWED, errno.EIO, errno.ELOOP, errno.EINVAL, errno.ENXIO)


@dataclass(frozen=True, slots=True)
class _Known:
    """What was last read from or written to a place. `uid` is empty if the file holds anything besides one event."""

    version: str
    digest: bytes
    uid: str


@dataclass(frozen=True, slots=True)
class _Loaded:
    """What lies in a file; `content` is None if it is too large, or not to be read as `problem` says."""

    version: str
    content: bytes | None
    problem: str = ""


class VdirCalendar:
    """The events in the .ics files of one folder. `now` is the clock of the machine that stamps the files.

    A file may be a link to a file elsewhere: it is read, because khal and vdirsyncer show it, but never written or
    deleted, because that would put a file in the place of the link and cut it off from where it belongs.
    """

    def __init__(self, path: Path, now: Callable[[], datetime]) -> None:
        self._folder = path
        self._now = now
        self._known: dict[str, _Known] = {}
        self._unsettled: set[str] = set()
        self._is_tidy = False

    @property
    def folder(self) -> Path:
        """The folder itself."""
        return self._folder

    @property
    def capabilities(self) -> Capabilities:
        """Tell that nothing is lost, and whether the folder can be written."""
        as_effective_user = os.access in os.supports_effective_ids
        writable = os.access(self._folder, os.W_OK | os.X_OK, effective_ids=as_effective_user)
        return Capabilities(writable, keeps_uid=True, keeps_unknown_properties=True)

    def refs(self) -> Iterator[EventRef]:
        """List every event file; opens none.

        CalendarUnavailableError if others write so busily that the list cannot be complete: a file that is renamed
        while its folder is listed may be missing from the list, and must not look deleted.
        """
        with self._explained("read"):
            before = stamp_of(self._folder)
            for _ in range(_LISTINGS):
                found = self._list()
                after = stamp_of(self._folder)
                if after == before:
                    return map(EventRef, found.keys(), found.values())
                before = after
        raise CalendarUnavailableError(
            f"Another program is changing many events in {self._folder}.",
            unharmed="Nothing was read or changed.",
            advice="OSync tries again at the next sync.",
        )

    def read(self, handles: Iterable[str]) -> Iterator[StoredEvent]:
        """Read what lies at `handles`, one file at a time; a vanished handle is left out.

        CalendarUnusableError or CalendarUnavailableError if it is the folder that fails, and not one file.
        """
        for handle in handles:
            with self._explained("read"):
                loaded = self._load_or_say_why(handle)
            if loaded is not None:
                yield from self._read_loaded(handle, loaded)

    def create(self, event: "Event") -> EventRef:
        """Write a new file, named after the UID. EventExistsError if that name is taken, EventRefusedError if too large.

        A killed run leaves the whole file, or only a hidden one that a later run removes.
        """
        text, handle = _text_of(event), event_file_name(event.uid)
        with self._explained("written"):
            try:
                with disk.staged_file(self._folder, text) as staged:
                    self._tidy(staged.written_at)
                    aged = make_older(staged, _digest(text))
                    disk.publish_new(staged, self._path(handle))
            except FileExistsError as error:
                raise EventExistsError(
                    f"There is a file {handle} already. It was left alone.", handle=handle
                ) from error
            return self._written(handle, event, text, aged)

    def replace(self, ref: EventRef, event: "Event") -> EventRef:
        """Put a new file in the place of the old one, with its permissions.

        EventChangedError if the file is not what `ref` says, is gone, or holds anything besides this one event;
        EventRefusedError if it is a link, holds another UID, or would be too large.
        """
        text = _text_of(event)
        with self._explained("written"):
            try:
                with disk.staged_file(self._folder, text) as staged:
                    self._tidy(staged.written_at)
                    there = self._check_unchanged(ref)
                    if self._known[ref.handle].uid != event.uid:
                        raise EventRefusedError(f"{ref.handle} holds an event with another UID. It was left alone.")
                    staged.path.chmod(stat.S_IMODE(there.st_mode) & 0o777)
                    aged = make_older(staged, _digest(text), later_than=there.st_mtime_ns)
                    disk.publish_over(staged, self._path(ref.handle))
            except FileNotFoundError as error:
                stamp_of(self._folder)
                raise EventChangedError(f"{ref.handle} has vanished. Nothing was written.") from error
            return self._written(ref.handle, event, text, aged)

    def delete(self, ref: EventRef) -> None:
        """Delete the file; silent if it is gone. EventChangedError and EventRefusedError as in `replace`."""
        with self._explained("written"):
            try:
                self._check_unchanged(ref)
                self._path(ref.handle).unlink()
            except FileNotFoundError:
                stamp_of(self._folder)
                return
            del self._known[ref.handle]
            self._unsettled.add(ref.handle)

    def settle_writes(self) -> None:
        """Return when everything written so far survives a power failure; at once if there was nothing."""
        if self._unsettled:
            with self._explained("written"):
                disk.flush(self._folder, map(name_of, self._unsettled))
            self._unsettled.clear()

    def _path(self, handle: str) -> Path:
        return self._folder / name_of(handle)

    def _list(self) -> dict[str, str]:
        found = {}
        with os.scandir(self._folder) as entries:
            for entry in entries:
                if is_event_file_name(entry.name) and (version := listed_version(entry)):
                    found[handle_of(entry.name)] = version
        return found

    def _load_or_say_why(self, handle: str) -> _Loaded | None:
        try:
            return self._load(handle)
        except FileNotFoundError:
            stamp_of(self._folder)
            if self._is_link(handle):
                return _Loaded(LEADS_NOWHERE, None, "It is a link that leads nowhere now.")
            return None
        except OSError as error:
            if error.errno not in _ONE_FILE_ONLY:
                raise
            return _Loaded(UNSURE, None, f"It cannot be read: {error.strerror}.")

    def _load(self, handle: str) -> _Loaded | None:
        """Give what lies in a file, or None if it is no file."""
        descriptor = os.open(self._path(handle), _READ_FLAGS)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                return None
            if status.st_size > SIZE_LIMIT:
                return _Loaded(version_of(status), None, f"It has more than {SIZE_LIMIT >> 20} MiB.")
            content = _read_all(descriptor, status.st_size)
        finally:
            os.close(descriptor)
        is_sure = len(content) == status.st_size and not is_young(status, self._now().timestamp())
        return _Loaded(version_of(status) + ("" if is_sure else UNSURE), content)

    def _is_link(self, handle: str) -> bool:
        try:
            return self._path(handle).is_symlink()
        except FileNotFoundError:
            return False

    def _read_loaded(self, handle: str, loaded: _Loaded) -> Iterator[StoredEvent]:
        ref = EventRef(handle, loaded.version)
        if loaded.content is None:
            yield StoredEvent(ref, None, loaded.problem)
            return
        reading = self._know(ref, loaded.content)
        for event in reading.events:
            yield StoredEvent(ref, event)
        for problem in reading.problems:
            yield StoredEvent(ref, None, problem)
        if not reading.events and not reading.problems:
            yield StoredEvent(ref, None)

    def _know(self, ref: EventRef, content: bytes) -> "Reading":
        """Read a text, and remember what a later write has to know of it."""
        # Late, because a run without news reads no event and shall not pay for the import.
        from osync.ical.companions import holds_more_than_events
        from osync.ical.event import Reading, read_events

        try:
            reading = read_events(content)
        except EventUnreadableError as error:
            reading = Reading((), (str(error),))
        alone = len(reading.events) == 1 and not reading.problems and not holds_more_than_events(content)
        self._known[ref.handle] = _Known(ref.version, _digest(content), reading.events[0].uid if alone else "")
        return reading

    def _check_unchanged(self, ref: EventRef) -> os.stat_result:
        """Check that the file is what `ref` says and holds one event only; `_known` knows it then. FileNotFoundError."""
        status = self._path(ref.handle).lstat()
        if not stat.S_ISREG(status.st_mode):
            raise EventRefusedError(f"{ref.handle} is a link or no plain file. It was left alone.")
        known = self._known.get(ref.handle)
        is_as_listed = version_of(status) == ref.version
        if known is None or known.version != ref.version or not is_as_listed:
            self._check_text(ref, is_as_listed=is_as_listed)
        if not self._known[ref.handle].uid:
            raise EventChangedError(f"{ref.handle} holds more than this event. It was left alone.")
        return status

    def _check_text(self, ref: EventRef, *, is_as_listed: bool) -> None:
        """Read the file again: if another program only touched it, its text is the one that was read before."""
        known, loaded = self._known.get(ref.handle), self._load(ref.handle)
        content = loaded.content if loaded else None
        seen = known.digest if known and known.version == ref.version else None
        is_only_touched = content is not None and _digest(content) == seen
        if content is None or not (is_as_listed or is_only_touched):
            raise EventChangedError(f"{ref.handle} was changed meanwhile. It was left alone.")
        if not is_only_touched:
            self._know(ref, content)

    def _tidy(self, now: int) -> None:
        if not self._is_tidy:
            self._is_tidy = True
            disk.remove_leftovers(self._folder, now)

    def _written(self, handle: str, event: "Event", text: bytes, staged: os.stat_result) -> EventRef:
        version = published_version(self._path(handle), staged)
        self._known[handle] = _Known(version, _digest(text), event.uid)
        self._unsettled.add(handle)
        return EventRef(handle, version)

    @contextlib.contextmanager
    def _explained(self, done: str) -> Iterator[None]:
        """Turn what the system says of the folder into what the user can do; `done` is "read" or "written"."""
        try:
            yield
        except OSError as error:
            raise self._explanation(error, done) from error

    def _explanation(self, error: OSError, done: str) -> OSyncError:
        if disk.is_full(error):
            return DiskFullError(
                f"There is no room left to write to {self._folder}.",
                unharmed="No event was damaged.",
                advice="Make room; OSync goes on at the next sync.",
            )
        if isinstance(error, FileNotFoundError | NotADirectoryError) or self._folder.is_file():
            return CalendarUnusableError(
                f"The calendar folder {self._folder} does not exist.",
                unharmed="Its events do not count as deleted.",
                advice="Connect its drive, create it, or correct its path in the configuration.",
            )
        if error.errno in _NOT_ALLOWED and not (done == "written" and disk.is_busy(error)):
            return CalendarUnusableError(
                f"The calendar folder {self._folder} may not be {done}: {error.strerror}.",
                unharmed="Nothing was changed.",
                advice="Change its permissions, or choose another folder in the configuration.",
            )
        return CalendarUnavailableError(
            f"The calendar folder {self._folder} cannot be {done} now: {error.strerror or error}.",
            unharmed="Its events do not count as deleted.",
            advice="OSync tries again at the next sync.",
        )


def _text_of(event: "Event") -> bytes:
    from osync.ical.event import write_event

    text = write_event(event)
    if len(text) > SIZE_LIMIT:
        raise EventRefusedError(f"The event {event.uid} has more than {SIZE_LIMIT >> 20} MiB.")
    return text


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def _read_all(descriptor: int, size: int) -> bytes:
    """Read a whole file of which `size` bytes are expected, but never much more than is allowed."""
    content = os.read(descriptor, size + 1)
    while len(content) <= SIZE_LIMIT and (more := os.read(descriptor, SIZE_LIMIT)):
        content += more
    return content
