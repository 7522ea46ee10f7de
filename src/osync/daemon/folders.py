"""Watch folders of this computer: calendars, new mail, and the home itself."""

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from osync.daemon.news import Changed, HomeTouched, News, Unreachable

HOME = "home"
"""What stands in the place of a part for the folder of the installation."""
FOLDERS = "folders"
"""The name under which trouble with watching is told."""

_HOME_FILES = ("config.toml", "ledger.sqlite", "run.stop")
_QUIET_MS = 100
_LONGEST_MS = 1_000
_FAREWELL = 5.0


@dataclass(frozen=True, slots=True)
class _Identity:
    """Which folder it is; another one under its name, or none, shows by it."""

    device: int
    number: int


class _StopSign:
    """What watchfiles asks again and again whether to stop; first when it watches everything, which `begun` is told."""

    def __init__(self, begun: Callable[[], None]) -> None:
        self._begun = begun
        self._asked = False
        self._stop = threading.Event()

    def is_set(self) -> bool:
        """Tell whether to stop."""
        if not self._asked:
            self._asked = True
            self._begun()
        return self._stop.is_set()

    def set(self) -> None:
        """Ask to stop."""
        self._stop.set()


class FolderWatch:
    """Tells `put` when files come, change or go in folders; not below them, and not for hidden files.

    Writes that follow each other within a tenth of a second are told together, and at least once a second. `folders` gives
    the folder of each part. A folder that is not there is watched once `renew` finds it. Each part is told once when its
    watching has begun, because nobody saw what came just before.
    """

    def __init__(self, folders: Mapping[str, Path], put: Callable[[News], None]) -> None:
        resolved = {part: _resolved(folder) for part, folder in folders.items()}
        self._parts = {
            folder: [part for part, its in resolved.items() if its == folder] for folder in set(resolved.values())
        }
        self._put = put
        self._seen: dict[Path, _Identity | None] = {}
        self._stop: _StopSign | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to watch what is there."""
        self._seen = {folder: _identity(folder) for folder in self._parts}
        present = [folder for folder, seen in self._seen.items() if seen]
        if present:
            self._stop = _StopSign(lambda: self._tell_all(present))
            self._thread = threading.Thread(
                target=self._work, args=(present, self._stop), name="watching folders", daemon=True
            )
            self._thread.start()

    def renew(self) -> None:
        """Watch anew if a folder came, went, or is another one now, as drives do."""
        gone = [folder for folder, seen in self._seen.items() if _identity(folder) != seen]
        if not gone:
            return
        self.stop()
        self.join()
        self.start()
        self._tell_all([folder for folder in gone if not self._seen[folder]])

    def stop(self) -> None:
        """Ask the thread to end."""
        if self._stop:
            self._stop.set()

    def join(self) -> None:
        """Wait until the thread has ended."""
        if self._thread:
            self._thread.join(_FAREWELL)
            self._thread = None

    def _work(self, folders: list[Path], stop: _StopSign) -> None:
        # Late, because only the daemon pays for it.
        import watchfiles

        try:
            for changes in watchfiles.watch(
                *folders,
                watch_filter=self._matters,
                debounce=_LONGEST_MS,
                step=_QUIET_MS,
                stop_event=stop,
                recursive=False,
                raise_interrupt=False,
            ):
                self._tell_all(sorted({Path(path).parent for _, path in changes}))
        except (OSError, RuntimeError) as error:
            # Too many watches, or a folder that went since we looked: what is watched so is looked at now and then, too.
            reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
            self._put(
                Unreachable(FOLDERS, f"Folders cannot be watched ({reason}); they are looked at every few minutes.")
            )

    def _matters(self, change: object, path: str) -> bool:
        folder, name = os.path.split(path)
        parts = self._parts.get(Path(folder), [])
        if HOME in parts:
            # What a sync itself writes into the home would call for the next one, also where a calendar lies in it.
            return name in _HOME_FILES or (len(parts) > 1 and name.endswith(".ics"))
        return bool(parts) and not name.startswith(".")

    def _tell_all(self, folders: list[Path]) -> None:
        for part in [part for folder in folders for part in self._parts[folder]]:
            self._put(HomeTouched() if part == HOME else Changed(part))


def _resolved(folder: Path) -> Path:
    """Give the path under which the system reports changes."""
    try:
        return folder.resolve()
    except (OSError, RuntimeError):
        return folder


def _identity(folder: Path) -> _Identity | None:
    try:
        status = folder.stat()
    except OSError:
        return None
    return _Identity(status.st_dev, status.st_ino)
