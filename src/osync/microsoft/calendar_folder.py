"""One calendar folder of Outlook, as far as OSync uses it; made anew within each job, and let go at its end.

It touches what it is asked to touch only if that is the version that the caller saw, and never an event that people were
invited to.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from osync.errors import (
    EventChangedError,
    EventExistsError,
    EventRefusedError,
    EventTriedError,
    OutlookRefusedError,
    SkipEventError,
)
from osync.microsoft.appointments import Appointment, read_appointment, tag_of
from osync.microsoft.com import Com
from osync.microsoft.com_errors import Reason
from osync.microsoft.constants import NO_MEETING
from osync.microsoft.folders import calendar_folder, is_same_id, is_still_loading, machine_zone, mapi, may_write
from osync.microsoft.snapshot import Row, read_rows, row_of, rows_tagged
from osync.microsoft.tags import Tag, belongs

if TYPE_CHECKING:
    from osync.ical.event import Event
    from osync.microsoft.drafts import Draft
    from osync.microsoft.writing import EventWriter

_APPOINTMENT = "IPM.Appointment"
_LEFT_ALONE = "It was left alone."
_CANNOT_READ = (Reason.DAMAGED, Reason.OTHER, Reason.CONFLICT)


@dataclass(frozen=True, slots=True)
class Opened:
    """What lies at one id: an event, or the `problem` that keeps it from being read, or neither."""

    event: "Event | None"
    problem: str = ""


class CalendarFolder:
    """The folder at `location` of an Application object. Every method may raise OutlookRefusedError."""

    def __init__(self, application: Com, location: str, list_separator: str) -> None:
        self._application = application
        self._separator = list_separator
        self._folder = calendar_folder(application, location)
        self._store_id = str(self._folder.get("StoreID"))

    def rows(self) -> tuple[Row, ...]:
        """Give what lies in the folder."""
        return read_rows(self._folder)

    def may_write(self) -> bool:
        """Tell whether events may be made in the folder."""
        return may_write(self._folder)

    def is_loading(self) -> bool:
        """Tell whether the folder may hold less than there is, because Outlook still fetches it from Exchange."""
        return is_still_loading(self._application, self._folder)

    def row(self, entry_id: str) -> Row | None:
        """Give the row of one event: found by its tag where it has one, for that costs little."""
        event = self._open(entry_id)
        tag = tag_of(event) if event else None
        return row_of(self._folder, entry_id, tag.uid if tag else "") if event else None

    def read(self, row: Row) -> Opened | None:
        """Open the event of a row; None if it is gone, or in another folder."""
        try:
            event = self._open(row.entry_id)
            if event is None:
                return None
            if not row.message_class.startswith(_APPOINTMENT):
                return Opened(None)
            return Opened(self._told(event, read_appointment(event, self._is_same, self._separator)))
        except SkipEventError as error:
            return Opened(None, error.what)
        except OutlookRefusedError as error:
            if error.reason not in _CANNOT_READ:
                raise
            return Opened(None, "Outlook itself cannot read this event.")

    def create(self, wanted: "Event") -> Row:
        """Write a new event. EventExistsError if one of ours with this UID is there, EventRefusedError."""
        draft = self._draft(wanted)
        for row in rows_tagged(self._folder, draft.uid):
            if row.tag and self._is_ours(row.tag, row.entry_id):
                raise EventExistsError("An event with this UID is there already.", handle=row.entry_id)
        writer = self._writer(draft, Tag(draft.uid, marker=draft.marker, more=draft.more))
        with _users_will():
            entry_id = writer.write_new(self._folder.get("Items"))
        return self._written(entry_id, draft.uid)

    def replace(self, entry_id: str, version: str, wanted: "Event") -> Row:
        """Write a new version of an event. EventChangedError, EventRefusedError."""
        from osync.microsoft.event_reading import uid_of

        event, row = self._current(entry_id, version)
        if event is None or row is None:
            raise EventChangedError("The event has vanished from Outlook.", unharmed="Nothing was written.")
        found = self._appointment(event)
        if uid_of(found) != wanted.uid:
            raise EventRefusedError("Another event is there.", unharmed=_LEFT_ALONE)
        draft = self._draft(wanted)
        count = found.tag.count + 1 if found.tag and belongs(found.tag, entry_id) else 1
        tag = Tag(draft.uid, count, entry_id, draft.marker, draft.more)
        writer = self._writer(draft, tag)
        before = self._writer(self._as_it_is(event, found), found.tag or tag) if draft.series else None
        with _users_will():
            writer.write_over(event)
            # Nobody may hold it while it is opened anew.
            del event
            refusal = ""
            try:
                writer.write_series(entry_id)
            except EventRefusedError as error:
                # The error itself holds the event.
                refusal = error.what
            if refusal:
                raise EventTriedError(refusal, unharmed=self._put_back(entry_id, before))
        return self._written(entry_id, draft.uid)

    def _as_it_is(self, event: Com, found: Appointment) -> "Draft":
        """Give a draft that would write an event as it is now. EventChangedError if Outlook cannot read all of it."""
        with _untouched_if_unreadable():
            return self._draft(self._told(event, found))

    def _told(self, event: Com, found: Appointment) -> "Event":
        """Give an event with its series, as OSync tells it."""
        from osync.microsoft.event_reading import event_of
        from osync.microsoft.series_reading import read_series

        told = read_series(event, found, machine_zone(self._application))
        return event_of(found, told.content, told.instances)

    def _put_back(self, entry_id: str, before: "EventWriter | None") -> str:
        """Write an event as it was before, and give the sentence that tells what is there now."""
        try:
            event = self._open(entry_id)
            if event is not None and before is not None:
                before.write_over(event)
                del event
                before.write_series(entry_id)
                return "The event is as it was before."
        except SkipEventError:
            pass
        return "What is there now lacks exceptions or a rule of its series."

    def delete(self, entry_id: str, version: str) -> None:
        """Move an event to Outlook's deleted ones; silent if it is gone. EventChangedError, EventRefusedError."""
        event, _ = self._current(entry_id, version)
        if event is not None:
            if not str(event.get("MessageClass")).startswith(_APPOINTMENT):
                raise EventChangedError("It is no event.", unharmed=_LEFT_ALONE)
            self._appointment(event)
            with _users_will():
                event.call("Delete")

    def _current(self, entry_id: str, version: str) -> tuple[Com | None, Row | None]:
        """Open an event, then see that it is the version that the caller saw: what changes later, Outlook itself notices."""
        try:
            event = self._open(entry_id)
        except OutlookRefusedError as error:
            if error.reason != Reason.OTHER:
                raise
            raise EventChangedError("Outlook itself cannot open this event.", unharmed=_LEFT_ALONE) from None
        if event is None:
            return None, None
        tag = tag_of(event)
        row = row_of(self._folder, entry_id, tag.uid if tag else "")
        if row is None or row.version != version:
            raise EventChangedError("The event was changed meanwhile.", unharmed=_LEFT_ALONE)
        return event, row

    def _appointment(self, event: Com) -> Appointment:
        """Read an event that is to be touched. EventRefusedError if people were invited to it, EventChangedError if it is damaged."""
        with _untouched_if_unreadable():
            found = read_appointment(event, self._is_same, self._separator)
        if found.meeting != NO_MEETING:
            raise EventRefusedError("People were invited to this event.", unharmed=_LEFT_ALONE)
        return found

    def _open(self, entry_id: str) -> Com | None:
        """Open what has an id; None if it is gone or was moved, as deleted events are."""
        try:
            event: Com = mapi(self._application).call("GetItemFromID", entry_id, self._store_id)
            lies_in = str(event.get("Parent").get("EntryID"))
        except OutlookRefusedError as error:
            if error.reason == Reason.NOT_FOUND or (error.reason == Reason.OTHER and not self._is_listed(entry_id)):
                return None
            raise
        return event if self._is_same(lies_in, str(self._folder.get("EntryID"))) else None

    def _is_listed(self, entry_id: str) -> bool:
        """Tell whether an event is there all the same that Outlook fails to open: it is not gone then."""
        return row_of(self._folder, entry_id, "") is not None

    def _is_same(self, first: str, second: str) -> bool:
        return is_same_id(self._application, first, second)

    def _is_ours(self, tag: Tag, entry_id: str) -> bool:
        return belongs(tag, entry_id) or self._is_same(tag.bound_to, entry_id)

    def _draft(self, wanted: "Event") -> "Draft":
        from osync.microsoft.drafts import draft_of

        if not self.may_write():
            raise OutlookRefusedError("The folder may not be written.", reason=Reason.READ_ONLY.value)
        return draft_of(wanted, machine_zone(self._application))

    def _writer(self, draft: "Draft", tag: Tag) -> "EventWriter":
        from osync.microsoft.writing import EventWriter

        return EventWriter(self._application, self._store_id, draft, tag, self._separator)

    def _written(self, entry_id: str, uid: str) -> Row:
        row = row_of(self._folder, entry_id, uid) or row_of(self._folder, entry_id, "")
        if row is None:
            raise EventChangedError("The event vanished from Outlook while it was written.")
        return row


@contextlib.contextmanager
def _untouched_if_unreadable() -> Iterator[None]:
    """Leave an event alone that is to be touched and that Outlook itself cannot read: EventChangedError."""
    try:
        yield
    except OutlookRefusedError as error:
        if error.reason not in _CANNOT_READ:
            raise
        raise EventChangedError("Outlook itself cannot read this event.", unharmed=_LEFT_ALONE) from None


@contextlib.contextmanager
def _users_will() -> Iterator[None]:
    """Give way to what the user does to an event while it is written: EventChangedError. Only the event may vanish inside of this."""
    try:
        yield
    except OutlookRefusedError as error:
        if error.reason not in (Reason.CONFLICT, Reason.NOT_FOUND):
            raise
        raise EventChangedError(
            "The event was changed or deleted in Outlook meanwhile.", unharmed="What was done there counts."
        ) from None
