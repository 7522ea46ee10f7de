"""A calendar of classic Outlook on Windows, over COM.

A handle is an EntryID; a version is made of what Outlook's table shows of an event, above all when it was changed last. What
changed is found by comparing versions, and only that is opened. Outlook's ids and objects stay in `osync.microsoft`.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from osync.calendars.base import Calendar, Capabilities, EventRef, StoredEvent
from osync.errors import CalendarUnavailableError, CalendarUnusableError, EventRefusedError, EventTriedError
from osync.microsoft.calendar_folder import CalendarFolder, Opened
from osync.microsoft.com import Com
from osync.microsoft.folders import calendar_folder
from osync.microsoft.inventory import make_category
from osync.microsoft.listening import Listener, Source
from osync.microsoft.outlook import Outlook, Words, shared_outlook
from osync.microsoft.snapshot import Row
from osync.notebook import Notebook

if TYPE_CHECKING:
    from osync.ical.event import Event

_WORDS = Words(CalendarUnavailableError, CalendarUnusableError, "Nothing in the calendar was changed.")
_EVENTS = ("ItemAdd", "ItemChange", "ItemRemove")
_COUNT_PAGE = "events"
_FEW = 3
_PORTION = 20
_FRESH_SECONDS = 10.0
_MANY_LOST = 10
_TRIES = 3


@dataclass(frozen=True, slots=True)
class _Listing:
    """The rows of a folder, and whether it may still be filled from Exchange."""

    rows: tuple[Row, ...]
    loading: bool


def open_outlook_calendar(location: str, notebook: Notebook) -> Calendar:
    """Give the calendar at `location`: "default", or the ids of a folder and its store. Nothing is asked of Outlook yet."""
    return OutlookCalendar(shared_outlook(), location, notebook)


class OutlookCalendar:
    """One calendar folder of Outlook."""

    def __init__(self, outlook: Outlook, location: str, notebook: Notebook) -> None:
        self._outlook = outlook
        self._location = location
        self._notebook = notebook
        self._writable: bool | None = None
        self._listed: dict[str, Row] = {}
        self._listed_at = -_FRESH_SECONDS
        self._listener: Listener | None = None

    @property
    def capabilities(self) -> Capabilities:
        """Tell what is lost; Outlook is asked once whether the folder may be written. Errors as from `refs`."""
        if self._writable is None:
            self._writable = self._outlook.read(_WORDS, lambda application: self._folder(application).may_write())
        return Capabilities(writable=self._writable, keeps_uid=True, keeps_unknown_properties=False)

    def refs(self) -> Iterator[EventRef]:
        """List every event, without opening one. CalendarUnavailableError rather than a part of them."""
        listing = self._outlook.read(_WORDS, self._list)
        self._check_whole(listing)
        self._remember(listing.rows)
        return (EventRef(row.entry_id, row.version) for row in listing.rows)

    def read(self, handles: Iterable[str]) -> Iterator[StoredEvent]:
        """Open what lies at `handles`; what is gone, or lies in another folder now, is left out."""
        wanted = [handle for handle in dict.fromkeys(handles) if handle]
        rows = self._rows(wanted) if wanted else {}
        there = [rows[handle] for handle in wanted if handle in rows]
        for start in range(0, len(there), _PORTION):
            portion = there[start : start + _PORTION]
            yield from self._outlook.read(_WORDS, partial(self._open_all, rows=portion))

    def create(self, event: "Event") -> EventRef:
        """Write a new event. EventExistsError if one of ours with its UID is there, EventRefusedError."""
        return self._write(event, lambda folder: folder.create(event))

    def replace(self, ref: EventRef, event: "Event") -> EventRef:
        """Write a new version of the event at `ref`. EventChangedError, EventRefusedError."""
        return self._write(event, lambda folder: folder.replace(ref.handle, ref.version, event))

    def delete(self, ref: EventRef) -> None:
        """Move the event at `ref` to Outlook's deleted ones; silent if it is gone. EventChangedError, EventRefusedError."""
        self._listed = {}
        self._outlook.write(_WORDS, lambda application: self._folder(application).delete(ref.handle, ref.version))

    def offer_category(self, name: str) -> None:
        """See that Outlook's list of categories has this one."""
        self._outlook.write(_WORDS, lambda application: make_category(application, name))

    def wait(self, seconds: float) -> bool:
        """Return True soon after something changed in the folder, or Outlook was opened; False after `seconds`."""
        if self._listener is None:
            self._listener = Listener(self._outlook.machine, _WORDS, self._sources)
        return self._listener.wait(seconds)

    def interrupt(self) -> None:
        """End the waiting of another thread at once."""
        if self._listener:
            self._listener.interrupt()

    def close(self) -> None:
        """Stop listening and let go of Outlook; the next call connects again. A program that does not cannot end."""
        if self._listener:
            self._listener.close()

    def _list(self, application: Com) -> _Listing:
        folder = self._folder(application)
        return _Listing(folder.rows(), folder.is_loading())

    def _folder(self, application: Com) -> CalendarFolder:
        return CalendarFolder(application, self._location, self._outlook.machine.list_separator())

    def _check_whole(self, listing: _Listing) -> None:
        """Refuse a listing that lost much while Outlook still fills the folder: that is no deletion."""
        noted = self._notebook.read(_COUNT_PAGE)
        before = int(noted) if noted.isdecimal() else 0
        count = len(listing.rows)
        is_emptied = before > 0 and count == 0
        if listing.loading and (is_emptied or (before - count >= _MANY_LOST and count < before / 2)):
            raise CalendarUnavailableError(
                f"Outlook shows {count} of {before} events and is not done with loading them.",
                unharmed=_WORDS.unharmed,
                advice="Wait until Outlook is connected and shows the whole calendar.",
            )
        if count != before:
            self._notebook.write(_COUNT_PAGE, str(count))

    def _remember(self, rows: Iterable[Row]) -> None:
        self._listed = {row.entry_id: row for row in rows}
        self._listed_at = time.monotonic()

    def _rows(self, handles: Sequence[str]) -> Mapping[str, Row]:
        """Give the rows of some events, as they were before they are opened: as just listed, or asked for again."""
        if time.monotonic() - self._listed_at > _FRESH_SECONDS or not self._listed.keys() >= set(handles):
            if len(handles) <= _FEW:
                found = self._outlook.read(_WORDS, lambda application: self._few_rows(application, handles))
                return {row.entry_id: row for row in found}
            self._remember(self._outlook.read(_WORDS, lambda application: self._folder(application).rows()))
        return self._listed

    def _few_rows(self, application: Com, handles: Sequence[str]) -> list[Row]:
        folder = self._folder(application)
        return [row for handle in handles if (row := folder.row(handle))]

    def _open_all(self, application: Com, rows: Sequence[Row]) -> list[StoredEvent]:
        folder = self._folder(application)
        opened = ((row, folder.read(row)) for row in rows)
        return [_stored(row, found) for row, found in opened if found]

    def _write(self, event: "Event", job: Callable[[CalendarFolder], Row]) -> EventRef:
        """Do what writes an event, but not for ever: what Outlook refuses comes and goes before the user's eyes each time."""
        from osync.ical.copy import marker_of

        self._listed = {}
        version = (event.uid, str(marker_of(event) or ""))
        if self._outlook.refusals[version] >= _TRIES:
            raise EventRefusedError(
                f"Outlook refused this event {_TRIES} times.",
                unharmed="It was not tried again.",
                advice="OSync tries the next version of it, and this one when OSync is started anew.",
            )
        try:
            row = self._outlook.write(_WORDS, lambda application: job(self._folder(application)))
        except EventTriedError:
            self._outlook.refusals[version] += 1
            raise
        return EventRef(row.entry_id, row.version)

    def _sources(self, application: Com) -> list[Source]:
        items = calendar_folder(application, self._location).get("Items")
        return [Source(items, _EVENTS)]


def _stored(row: Row, found: Opened) -> StoredEvent:
    return StoredEvent(EventRef(row.entry_id, row.version), found.event, found.problem)
