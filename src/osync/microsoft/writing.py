"""Write one event into Outlook, in the order that Outlook demands, and look at what it made of it."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace

from osync.errors import EventRefusedError, OutlookRefusedError
from osync.microsoft.appointments import Shown, When, split_categories
from osync.microsoft.com import Com, wall_clock
from osync.microsoft.com_errors import Reason
from osync.microsoft.constants import DISCARD, PERSONAL, PRIVATE, TEXT_PROPERTY
from osync.microsoft.drafts import Draft
from osync.microsoft.folders import mapi
from osync.microsoft.tags import MORE_FIELD, NOTE_FIELD, UID_FIELD, Tag

_CANNOT_WRITE = (Reason.DAMAGED, Reason.OTHER)
_MEANS_PRIVATE = (PERSONAL, PRIVATE)
_NOT_IN_FOLDER = False


class EventWriter:
    """Writes one draft, new or over an event that is there; `store_id` is where it lies, `separator` what stands between categories."""

    def __init__(self, application: Com, store_id: str, draft: Draft, tag: Tag, separator: str) -> None:
        self._application = application
        self._store_id = store_id
        self._draft = draft
        self._tag = tag
        self._separator = separator

    def write_new(self, event: Com) -> str:
        """Fill and save a new event, and give its id. EventRefusedError if Outlook cannot hold it; then it is not there.

        The tag is there before the event is: a run that ends here leaves nothing that OSync would not know again.
        """
        with _refused_with_words():
            self._fill(event)
        event.call("Save")
        entry_id = str(event.get("EntryID"))
        put_tag(event, replace(self._tag, bound_to=entry_id))
        event.call("Save")
        del event
        try:
            with _refused_with_words():
                self._write_instances(entry_id)
        except EventRefusedError:
            self._reopened(entry_id).call("Delete")
            raise
        return entry_id

    def write_over(self, event: Com, entry_id: str) -> None:
        """Change an event that is there. EventRefusedError if Outlook cannot hold the new one; then the old one is there still."""
        try:
            with _refused_with_words():
                self._fill(event)
        except EventRefusedError:
            event.call("Close", DISCARD)
            raise
        event.call("Save")
        del event
        with _refused_with_words():
            self._write_instances(entry_id)

    def _fill(self, event: Com) -> None:
        put_shown(self._application, event, self._draft.shown, self._draft.exact)
        put_series_wide(event, self._draft, self._separator)
        put_tag(event, self._tag)

    def _reopened(self, entry_id: str) -> Com:
        """Open a saved event anew: the object that was saved shows old instances."""
        found: Com = mapi(self._application).call("GetItemFromID", entry_id, self._store_id)
        return found

    def _write_instances(self, entry_id: str) -> None: ...


@contextlib.contextmanager
def _refused_with_words() -> Iterator[None]:
    """Turn what Outlook says to an event that it cannot hold into a sentence."""
    try:
        yield
    except OutlookRefusedError as error:
        if error.reason not in _CANNOT_WRITE:
            raise
        raise EventRefusedError(
            f"Outlook cannot hold this event. ({error.what})", unharmed="It was left out."
        ) from None


def put_shown(application: Com, event: Com, shown: Shown, exact: When) -> None:
    """Set what an event or an instance shows; what is there already is not set again, so that formatted text stays."""
    put_when(application, event, shown.when, exact)
    _put_if_other(event, "Subject", shown.title)
    _put_if_other(event, "Location", shown.place)
    if str(event.get("Body") or "").replace("\r\n", "\n").rstrip("\n") != shown.notes.rstrip("\n"):
        event.put("Body", shown.notes.replace("\n", "\r\n"))
    _put_if_other(event, "BusyStatus", shown.busy)
    if shown.reminder is None:
        _put_if_other(event, "ReminderSet", value=False)
    else:
        _put_if_other(event, "ReminderSet", value=True)
        _put_if_other(event, "ReminderMinutesBeforeStart", shown.reminder)


def put_series_wide(event: Com, draft: Draft, separator: str) -> None:
    """Set what Outlook keeps once for a series and all of its instances."""
    present = int(event.get("Sensitivity"))
    wanted = _MEANS_PRIVATE if draft.sensitivity == PRIVATE else (draft.sensitivity,)
    if present not in wanted:
        event.put("Sensitivity", draft.sensitivity)
    if set(split_categories(str(event.get("Categories") or ""))) != set(draft.categories):
        event.put("Categories", f"{separator.strip() or ','} ".join(draft.categories))


def put_when(application: Com, event: Com, when: When, exact: When) -> None:
    """Set when an event is, and see that Outlook means the same; else, or without the zone, in UTC.

    EventRefusedError if Outlook makes another time of it all the same.
    """
    if when.whole_days:
        _put_whole_days(application, event, when)
        return
    if not _put_times(application, event, when) or not _is_at(event, exact):
        _put_times(application, event, exact)
        if not _is_at(event, exact):
            raise EventRefusedError("Outlook makes another time of it.", unharmed="It was not written.")


def _put_whole_days(application: Com, event: Com, when: When) -> None:
    zone = _zone(application, when.start_zone)
    if zone is not None:
        event.put("StartTimeZone", zone)
        event.put("EndTimeZone", zone)
    event.put("Start", when.start)
    event.put("End", when.end)
    event.put("AllDayEvent", value=True)
    seen = [wall_clock(event.get(name)) for name in ("Start", "End")]
    if seen != [when.start, when.end]:
        raise EventRefusedError("Outlook makes other days of it.", unharmed="It was not written.")


def _put_times(application: Com, event: Com, when: When) -> bool:
    zones = [_zone(application, name) for name in (when.start_zone, when.end_zone)]
    if zones[0] is None or zones[1] is None:
        return False
    _put_if_other(event, "AllDayEvent", value=False)
    event.put("StartTimeZone", zones[0])
    event.put("StartInStartTimeZone", when.start)
    event.put("EndTimeZone", zones[1])
    event.put("EndInEndTimeZone", when.end)
    return True


def _is_at(event: Com, exact: When) -> bool:
    return [wall_clock(event.get(name)) for name in ("StartUTC", "EndUTC")] == [exact.start, exact.end]


def _zone(application: Com, name: str) -> Com | None:
    """Give a time zone; None if this Windows does not know it."""
    try:
        found = application.get("TimeZones").call("Item", name)
    except OutlookRefusedError as error:
        if error.reason in (Reason.GONE, Reason.BUSY):
            raise
        return None
    return found if isinstance(found, Com) else None


def put_tag(event: Com, tag: Tag) -> None:
    """Set the fields of a tag. They are not added to the folder's fields, which would show them to the user."""
    fields = event.get("UserProperties")
    for name, value in ((UID_FIELD, tag.uid), (NOTE_FIELD, tag.note), (MORE_FIELD, tag.more)):
        found = fields.call("Find", name)
        if not isinstance(found, Com):
            if not value:
                continue
            found = fields.call("Add", name, TEXT_PROPERTY, _NOT_IN_FOLDER)
        found.put("Value", value)


def _put_if_other(event: Com, name: str, value: object) -> None:
    if event.get(name) != value:
        event.put(name, value)
