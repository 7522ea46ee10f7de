"""What a daemon works for: the interface of an installation as the loop sees it, and the values that pass between them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from osync.daemon.schedule import Way
from osync.engine.report import Report
from osync.engine.scope import Scope


@dataclass(frozen=True, slots=True)
class Place:
    """A part, and how its changes show."""

    part: str
    way: Way


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync did, the places that matter since, and when the ledger has something to do (seconds since 1970, 0 = never)."""

    report: Report
    places: tuple[Place, ...]
    duty_at: float


@dataclass(frozen=True, slots=True)
class Touched:
    """What others wrote in the home since the last sync, or since the settings were read."""

    ledger: bool
    settings: bool


class Site(Protocol):
    """An installation, and those who watch its places."""

    def sync(self, scope: Scope) -> Synced:
        """Open the installation, sync, close it again. AnotherRunError, and every error that concerns the whole of it."""
        ...

    def watch(self, places: Sequence[Place]) -> None:
        """Watch these places from now on, and no others; also the home. Connections are opened anew."""
        ...

    def look_after(self) -> None:
        """Watch again what could not be watched, like the folder of a drive that is back; called after each wait.

        Also tells that somebody asks `osync run` to end.
        """
        ...

    def touched(self) -> Touched:
        """Tell what others wrote in the home."""
        ...

    def reread(self) -> float:
        """Read the settings again and give how many seconds lie between two looks. ConfigurationError; then the old ones stay."""
        ...

    def close(self) -> None:
        """Stop watching."""
        ...
