"""The installation of a home as the daemon works for it: opened for each sync, watched in between."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from osync.assembly import loose_surroundings, open_calendar, open_installation, open_mailbox
from osync.calendars.base import LiesInFolder, ReportsChanges, WaitsForChanges
from osync.config import Settings, read_settings
from osync.daemon.folders import HOME, FolderWatch
from osync.daemon.news import News, Stop, Unreachable
from osync.daemon.schedule import CALENDAR, MAILBOX, Way, calendar_part
from osync.daemon.site import Place, Synced, Touched
from osync.daemon.waiting import Asking, WaitingThread
from osync.engine.installation import Installation
from osync.engine.scope import Scope
from osync.engine.sync import sync
from osync.errors import OSyncError
from osync.home import Home
from osync.mailboxes.base import ReceivesInFolder, WaitsForMail
from osync.model import ShareState

if TYPE_CHECKING:
    from osync.calendars.base import Calendar
    from osync.mailboxes.base import Mailbox

_ONE_WAIT = 600.0


@dataclass(frozen=True, slots=True)
class _Stamp:
    """A version of a file; zeros if there is none."""

    modified: int = 0
    size: int = 0
    number: int = 0


class InstalledSite:
    """The installation of `home`. `put` takes the news of its places; `chance` gives a number from 0 to 1."""

    def __init__(self, home: Home, put: Callable[[News], None], chance: Callable[[], float]) -> None:
        self._home = home
        self._put = put
        self._chance = chance
        self._settings_stamp = _stamp(home.settings)
        self.settings: Settings = read_settings(home.settings)
        self._ledger_stamp = _Stamp()
        self._folders: FolderWatch | None = None
        self._threads: list[WaitingThread] = []

    def sync(self, scope: Scope) -> Synced:
        """Open the installation, sync, and close it again with its connections."""
        with open_installation(self._home, self.settings, lambda work, done, total: None) as opened:
            with _hanging_up(opened.mailbox):
                report = sync(opened, scope=scope)
            waiting = [each.until for each in report.waiting]
            duties = [opened.ledger.next_duty(), *waiting]
            synced = Synced(report, tuple(_places(opened)), min(filter(None, duties), default=0))
        self._ledger_stamp = _stamp(self._home.ledger)
        return synced

    def watch(self, places: Sequence[Place]) -> None:
        """Watch these places with mailbox and calendars of their own, apart from those that sync."""
        self.close()
        folders = {HOME: self._home.path}
        for place in places:
            try:
                opened = self._open(place.part)
            except OSyncError as error:
                self._put(Unreachable(place.part, str(error)))
                continue
            if isinstance(opened, LiesInFolder | ReceivesInFolder):
                folders[place.part] = opened.folder
            elif thread := self._thread(place.part, opened):
                self._threads.append(thread)
        self._folders = FolderWatch(folders, self._put)
        self._folders.start()
        for thread in self._threads:
            thread.start()

    def look_after(self) -> None:
        """Watch again folders that are back, and hear a wish to end."""
        if _stamp(self._home.wish_to_end) != _Stamp():
            self._put(Stop())
        if self._folders:
            self._folders.renew()

    def touched(self) -> Touched:
        """Compare ledger and settings with what we know of them."""
        return Touched(
            ledger=_stamp(self._home.ledger) != self._ledger_stamp,
            settings=_stamp(self._home.settings) != self._settings_stamp,
        )

    def reread(self) -> float:
        """Read the settings again; broken ones are told once, and the old ones stay."""
        self._settings_stamp = _stamp(self._home.settings)
        self.settings = read_settings(self._home.settings)
        return float(self.settings.poll_seconds)

    def close(self) -> None:
        """Stop watching; all threads at a time, because each may be in the middle of something."""
        stopped: list[WaitingThread | FolderWatch] = [*self._threads]
        if self._folders:
            stopped.append(self._folders)
        for each in stopped:
            each.stop()
        for each in stopped:
            each.join()
        self._threads, self._folders = [], None

    def _open(self, part: str) -> "Calendar | Mailbox":
        surroundings = loose_surroundings(self._home, self.settings)
        if part == MAILBOX:
            return open_mailbox(self.settings, surroundings)
        name = part.removeprefix(CALENDAR)
        return open_calendar(name, self.settings.calendars[name], surroundings)

    def _thread(self, part: str, opened: "Calendar | Mailbox") -> WaitingThread | None:
        if isinstance(opened, WaitsForMail):
            return WaitingThread(part, opened, _ONE_WAIT, self._put, self._chance, opened.close)
        if isinstance(opened, WaitsForChanges):
            return WaitingThread(part, opened, _ONE_WAIT, self._put, self._chance)
        if isinstance(opened, ReportsChanges):
            return WaitingThread(part, Asking(opened), float(self.settings.poll_seconds), self._put, self._chance)
        return None


@contextlib.contextmanager
def _hanging_up(mailbox: "Mailbox") -> Iterator[None]:
    try:
        yield
    finally:
        if isinstance(mailbox, WaitsForMail):
            mailbox.close()


def _places(opened: Installation) -> Iterator[Place]:
    """Give the mailbox and the calendars that are shared; a calendar that is only written to has nothing to tell."""
    yield Place(MAILBOX, _way(opened.mailbox))
    shared = {share.calendar for share in opened.ledger.shares.all() if share.state is ShareState.OPEN}
    for name in sorted(shared):
        with contextlib.suppress(OSyncError):
            yield Place(calendar_part(name), _way(opened.calendar(name)))


def _way(opened: "Calendar | Mailbox") -> Way:
    if isinstance(opened, WaitsForMail | WaitsForChanges):
        return Way.TOLD
    if isinstance(opened, LiesInFolder | ReceivesInFolder):
        return Way.FOLDER
    return Way.ASKED if isinstance(opened, ReportsChanges) else Way.SILENT


def _stamp(path: Path) -> _Stamp:
    try:
        status = path.stat()
    except OSError:
        return _Stamp()
    return _Stamp(status.st_mtime_ns, status.st_size, status.st_ino)
