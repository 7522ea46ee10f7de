"""The folder of one installation: settings, ledger, and, where there is no key store, the key; one run at a time."""

import contextlib
import os
import re
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from osync.errors import AnotherRunError, UserMustActError

_LOCKS = Path("/proc/locks")
# Who only looks whether an osync run is there holds its lock for a moment.
_LOOKS, _LOOK = 5, 0.05
_PROFILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")


@dataclass(frozen=True, slots=True)
class Home:
    """The folder of one installation."""

    path: Path

    @property
    def settings(self) -> Path:
        """Where the settings are."""
        return self.path / "config.toml"

    @property
    def ledger(self) -> Path:
        """Where the ledger is."""
        return self.path / "ledger.sqlite"

    @property
    def key(self) -> Path:
        """Where the private key is, if no system key store holds it."""
        return self.path / "identity.key"

    @property
    def crash_report(self) -> Path:
        """Where the traceback of a fault of ours goes."""
        return self.path / "fault.txt"

    @property
    def run_state(self) -> Path:
        """Where `osync run` tells how it is, for `osync status`."""
        return self.path / "run.json"

    @property
    def run_log(self) -> Path:
        """Where the log of `osync run` goes, if it goes to a file."""
        return self.path / "run.log"

    @property
    def wish_to_end(self) -> Path:
        """What lies here while somebody asks `osync run` to end."""
        return self.path / "run.stop"

    def create(self) -> None:
        """Make the folder, for this user alone; a second time changes nothing."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise UserMustActError(
                f"The home folder {self.path} cannot be made ({error.strerror}).",
                unharmed="Nothing was changed.",
                advice="Choose another one with --home.",
            ) from error

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep every other OSync out of this home meanwhile; the system frees the lock if we are ended.

        AnotherRunError if another one is inside.
        """
        with self._locked("lock", "Another OSync is working with", "Wait until it is done."):
            yield

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Be the one `osync run` of this home; others may still lock it now and then. AnotherRunError if there is one."""
        for _ in range(_LOOKS):
            if not self.is_running():
                break
            time.sleep(_LOOK)
        with self._locked("run.lock", "osync run is at work already for", "One is enough; nothing is left to do."):
            yield

    def is_running(self) -> bool:
        """Tell whether an `osync run` is at work for this home."""
        if not (self.path / "run.lock").exists():
            return False
        try:
            with self._locked("run.lock", "", ""):
                return False
        except AnotherRunError:
            return True

    @contextlib.contextmanager
    def _locked(self, name: str, sentence: str, advice: str) -> Iterator[None]:
        try:
            descriptor = os.open(self.path / name, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise UserMustActError(
                f"The home folder {self.path} cannot be written ({error.strerror}).",
                unharmed="Nothing was changed.",
                advice="Check that it exists and belongs to you, or choose another one with --home.",
            ) from error
        try:
            if not _try_lock(descriptor):
                raise AnotherRunError(
                    f"{sentence} {self.path}{_holder(descriptor)}.", unharmed="Nothing was changed.", advice=advice
                )
            yield
        finally:
            os.close(descriptor)


if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


def _holder(descriptor: int) -> str:
    """Give " (process N)" where the system tells who holds a lock; a run without news shall not write its number."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        file = str(os.fstat(descriptor).st_ino)
        for line in _LOCKS.read_text("ascii").splitlines():
            # proc_locks(5): the fifth word is the process, the sixth ends with the file
            fields = line.split()
            if fields[5].rpartition(":")[2] == file and int(fields[4]) > 0:
                return f" (process {fields[4]})"
    return ""


def profile_of(home: Home, name: str) -> Home:
    """Give the home of a further installation of the same user, below the usual one. UserMustActError for an odd name."""
    if not _PROFILE.fullmatch(name):
        raise UserMustActError(
            f"{name!r} is no name for a profile.",
            unharmed="Nothing was done.",
            advice="Use up to 40 letters, digits, - and _, like work or choir-2.",
        )
    return Home(home.path / "profiles" / name.lower())


def profiles_of(home: Home) -> dict[str, Home]:
    """Give the folders of all profiles below the usual home, by name; other folders there are none of ours."""
    try:
        names = sorted(each.name for each in (home.path / "profiles").iterdir() if each.is_dir())
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise UserMustActError(
            f"The folder {home.path / 'profiles'} cannot be read ({error.strerror}).",
            unharmed="Nothing was done.",
            advice="Check its permissions.",
        ) from error
    return {name: profile_of(home, name) for name in names if _PROFILE.fullmatch(name) and name == name.lower()}


def find_home(chosen: str | None, environment: Mapping[str, str], platform: str = sys.platform) -> Home:
    """Give the home: `chosen`, else OSYNC_HOME, else the folder that the platform keeps for programs.

    On Windows that is the one that stays on this PC: a ledger that roams would come to a second PC and go back in time.
    UserMustActError if there is no telling.
    """
    try:
        if found := chosen or environment.get("OSYNC_HOME"):
            return Home(Path(found).expanduser().absolute())
        user = Path(environment.get("HOME") or Path.home())
    except RuntimeError as error:
        raise UserMustActError(
            "OSync cannot tell which folder is your home.", advice="Name one with --home or the variable OSYNC_HOME."
        ) from error
    if platform == "win32":
        local = environment.get("LOCALAPPDATA") or environment.get("APPDATA")
        return Home(Path(local or user / "AppData" / "Local") / "OSync")
    if platform == "darwin":
        return Home(user / "Library" / "Application Support" / "OSync")
    wished = Path(environment.get("XDG_DATA_HOME", ""))
    return Home((wished if wished.is_absolute() else user / ".local" / "share") / "osync")
