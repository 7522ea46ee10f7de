"""Write one event into Outlook as a whole: fields, tag, series, exceptions, with the savings that have to lie between them.

Between two savings nobody may hold the event, the callers included: as long as one does, Outlook gives an old copy to all.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import replace

from osync.errors import EventRefusedError, EventTriedError, OutlookRefusedError
from osync.microsoft.com import Com
from osync.microsoft.com_errors import Reason
from osync.microsoft.constants import APPOINTMENT_ITEM, DISCARD
from osync.microsoft.drafts import Draft
from osync.microsoft.fields import put_series_wide, put_shown, put_tag, put_when
from osync.microsoft.folders import mapi
from osync.microsoft.series_writing import put_exceptions, put_pattern, settle_years
from osync.microsoft.tags import Tag

_CANNOT_WRITE = (Reason.DAMAGED, Reason.OTHER)


class EventWriter:
    """Writes one draft, new or over an event that is there; `store_id` is where it lies, `separator` what stands between categories."""

    def __init__(self, application: Com, store_id: str, draft: Draft, tag: Tag, separator: str) -> None:
        self._application = application
        self._store_id = store_id
        self._draft = draft
        self._tag = tag
        self._separator = separator

    def write_new(self, items: Com) -> str:
        """Fill and save a new event of a folder's `items`, and give its id. EventRefusedError if Outlook cannot hold it; then it is not there.

        The tag is there before the event is: a run that ends here leaves nothing that OSync would not know again.
        """
        event: Com = items.call("Add", APPOINTMENT_ITEM)
        with _refused_with_words():
            self._fill(event)
            if self._draft.series:
                put_pattern(event, self._draft.series.pattern)
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

    def write_over(self, event: Com) -> None:
        """Change an event that is there, and save it as a single one: `write_series` comes next, when nobody holds it any more.

        EventRefusedError if Outlook cannot hold the new one; then the old one is there still.
        """
        was_series = bool(event.get("IsRecurring"))
        try:
            with _refused_with_words():
                self._try_pattern()
                if was_series:
                    event.call("ClearRecurrencePattern")
                self._fill(event)
        except EventRefusedError:
            event.call("Close", DISCARD)
            raise
        event.call("Save")

    def write_series(self, entry_id: str) -> None:
        """Make a series of an event that was written over, if it is one. EventRefusedError."""
        if self._draft.series:
            with _refused_with_words():
                # An old pattern has to be gone from the disk before a new one comes, or its exceptions live on.
                event = self._reopened(entry_id)
                put_pattern(event, self._draft.series.pattern)
                event.call("Save")
                del event
                self._write_instances(entry_id)

    def _try_pattern(self) -> None:
        """See what Outlook makes of a pattern on an event that is never saved, before the old one is cleared."""
        if self._draft.series:
            trial: Com = self._application.call("CreateItem", APPOINTMENT_ITEM)
            put_when(self._application, trial, self._draft.shown.when, self._draft.exact)
            put_pattern(trial, self._draft.series.pattern)
            trial.call("Close", DISCARD)

    def _fill(self, event: Com) -> None:
        put_shown(self._application, event, self._draft.shown, self._draft.exact)
        put_series_wide(event, self._draft, self._separator)
        put_tag(event, self._tag)

    def _reopened(self, entry_id: str) -> Com:
        """Open a saved event anew: the object that was saved shows old instances."""
        found: Com = mapi(self._application).call("GetItemFromID", entry_id, self._store_id)
        return found

    def _write_instances(self, entry_id: str) -> None:
        """Write the exceptions of a saved series; a second time it finds them as they are."""
        series = self._draft.series
        if series is None:
            return
        event = self._reopened(entry_id)
        settle_years(event, series)
        put_exceptions(self._application, event, series)


@contextlib.contextmanager
def _refused_with_words() -> Iterator[None]:
    """Turn what Outlook says to an event that it cannot hold into a sentence."""
    try:
        yield
    except OutlookRefusedError as error:
        if error.reason not in _CANNOT_WRITE:
            raise
        raise EventTriedError(f"Outlook cannot hold this event. ({error.what})", unharmed="It was left out.") from None
