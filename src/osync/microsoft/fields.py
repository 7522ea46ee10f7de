"""Set the properties of one event or instance of Outlook, in the order that Outlook demands, and look at what it made of them."""

from osync.errors import EventRefusedError, OutlookRefusedError
from osync.microsoft.appointments import Shown, When, split_categories
from osync.microsoft.com import Com, wall_clock
from osync.microsoft.com_errors import Reason
from osync.microsoft.constants import PERSONAL, PRIVATE, TEXT_PROPERTY
from osync.microsoft.drafts import Draft
from osync.microsoft.tags import MORE_FIELD, NOTE_FIELD, UID_FIELD, Tag

_MEANS_PRIVATE = (PERSONAL, PRIVATE)
_NOT_IN_FOLDER = False


def put_shown(application: Com, event: Com, shown: Shown, exact: When) -> None:
    """Set what an event shows; what is there already is not set again, so that formatted text stays."""
    put_when(application, event, shown.when, exact)
    _put_words(event, shown)


def put_instance(application: Com, instance: Com, shown: Shown, exact: When) -> None:
    """Set what one instance of a series shows; its times only if they are others than those of the series."""
    if shown.when.whole_days or bool(instance.get("AllDayEvent")) or not _is_at(instance, exact):
        put_when(application, instance, shown.when, exact)
    _put_words(instance, shown)


def _put_words(event: Com, shown: Shown) -> None:
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
    bare = separator.strip() or ","
    categories = [name.replace(bare, " ").strip() for name in draft.categories]
    if set(split_categories(str(event.get("Categories") or ""), separator)) != set(categories):
        event.put("Categories", f"{bare} ".join(categories))


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
