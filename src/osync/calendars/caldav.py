"""A calendar on a CalDAV server (RFC 4791)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from osync.calendars.base import Capabilities, EventRef, StoredEvent
from osync.credentials import Login
from osync.network import Network
from osync.notebook import Notebook
from osync.options import Options

if TYPE_CHECKING:
    from osync.ical.event import Event


@dataclass(frozen=True, slots=True)
class CaldavSettings:
    """The `url` of the collection, and the `user` who signs in ("" where nobody has to)."""

    url: str
    user: str


def read_caldav_settings(location: str, options: Options) -> CaldavSettings:
    """Read what the settings say of a CalDAV calendar. ConfigurationError."""
    return CaldavSettings(location, options.text("user", ""))


class CaldavCalendar:
    """One collection of a CalDAV server."""

    def __init__(self, settings: CaldavSettings, login: Login, network: Network, notebook: Notebook) -> None:
        raise NotImplementedError

    @property
    def capabilities(self) -> Capabilities:
        """Tell what this calendar loses or refuses."""
        raise NotImplementedError

    def refs(self) -> Iterator[EventRef]:
        """List every place that holds events."""
        raise NotImplementedError

    def read(self, handles: Iterable[str]) -> Iterator[StoredEvent]:
        """Read what lies at `handles`."""
        raise NotImplementedError

    def create(self, event: "Event") -> EventRef:
        """Write a new event."""
        raise NotImplementedError

    def replace(self, ref: EventRef, event: "Event") -> EventRef:
        """Write a new version of the event at `ref`."""
        raise NotImplementedError

    def delete(self, ref: EventRef) -> None:
        """Delete the event at `ref`."""
        raise NotImplementedError
