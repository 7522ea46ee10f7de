"""Ask a real Outlook what its documentation leaves open; everything happens in a calendar folder that is made and removed for it.

The answers hold numbers and kinds of things, never a name, an address, or an event of the user.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from osync.errors import OutlookRefusedError
from osync.microsoft.appointments import numbered
from osync.microsoft.com import Com, wall_clock
from osync.microsoft.com_errors import Reason
from osync.microsoft.constants import (
    APPOINTMENT_ITEM,
    CALENDAR_FOLDER,
    CHANGE_KEY,
    DAILY,
    DELETED_FOLDER,
    DISCARD,
    KEYWORDS,
    LAST_MODIFIED,
    MAIL_HEADER,
    MAIL_ITEM,
    MESSAGE_ID,
    YEARLY,
)
from osync.microsoft.fields import put_tag
from osync.microsoft.folders import machine_zone, mapi
from osync.microsoft.snapshot import rows_tagged
from osync.microsoft.tags import Tag

_FOLDER = "OSync probe"
_START = datetime(2031, 3, 10, 9, 30)
_HOUR = timedelta(hours=1)
_FAR_ZONES = ("Tokyo Standard Time", "Pacific Standard Time")
_UID = "osync-probe"


@dataclass(frozen=True, slots=True)
class Answer:
    """One question, by its number in our list of facts, and what Outlook answered."""

    number: str
    question: str
    answer: str


def probe(application: Com) -> Iterator[Answer]:
    """Ask everything; a question that Outlook refuses is answered with the number of the refusal.

    The folder is removed at the end, also if Outlook stops answering in between, as far as it lets us.
    """
    calendar = mapi(application).call("GetDefaultFolder", CALENDAR_FOLDER)
    folder: Com = calendar.get("Folders").call("Add", _FOLDER, CALENDAR_FOLDER)
    try:
        for number, question, ask in _QUESTIONS:
            yield Answer(number, question, _answer(ask, application, folder))
    finally:
        title = _title(folder)
        try:
            # Where its last event was deleted one by one, the folder would bear nothing by which it is known.
            _new_event(folder)
        finally:
            folder.call("Delete")
            _empty_bin(application, title)


def _title(folder: Com) -> str:
    """Give the title of the events of this probe, which those of others do not have."""
    return f"{_FOLDER} {str(folder.get('EntryID'))[-12:]}"


def _empty_bin(application: Com, title: str) -> None:
    """Remove for good what this deleted, known by its title: Outlook has only moved it, and may give it other ids."""
    deleted = mapi(application).call("GetDefaultFolder", DELETED_FOLDER)
    for each in reversed(list(numbered(deleted.get("Folders")))):
        if str(each.get("Name")).startswith(_FOLDER) and _holds_only(each.get("Items"), title):
            each.call("Delete")
    events = deleted.get("Items")
    for number in range(int(events.get("Count")), 0, -1):
        event = events.call("Item", number)
        if str(event.get("Subject")).startswith(title):
            event.call("Delete")


def _holds_only(items: Com, title: str) -> bool:
    count = int(items.get("Count"))
    titles = (str(items.call("Item", number).get("Subject")) for number in range(1, count + 1))
    return count > 0 and all(each.startswith(title) for each in titles)


def _answer(ask: Callable[[Com, Com], str], application: Com, folder: Com) -> str:
    try:
        return ask(application, folder)
    except OutlookRefusedError as error:
        if error.reason == Reason.GONE:
            raise
        return f"refused: {error.what}"


def _new_event(folder: Com, start: datetime = _START) -> Com:
    event: Com = folder.get("Items").call("Add", APPOINTMENT_ITEM)
    event.put("Subject", _title(folder))
    event.put("Start", start)
    event.put("End", start + _HOUR)
    event.put("ReminderSet", value=False)
    return event


def _saved(application: Com, event: Com, folder: Com) -> Com:
    """Save an event and open it anew: only then its instances can be asked for."""
    event.call("Save")
    found: Com = mapi(application).call("GetItemFromID", event.get("EntryID"), folder.get("StoreID"))
    return found


def _versions(application: Com, folder: Com) -> str:
    mode = mapi(application).get("ExchangeConnectionMode")
    return (
        f"Outlook {application.get('Version')}, connection {mode}, store {folder.get('Store').get('ExchangeStoreType')}"
    )


def _yearly_interval(application: Com, folder: Com) -> str:
    event = _new_event(folder)
    pattern = event.call("GetRecurrencePattern")
    pattern.put("RecurrenceType", YEARLY)
    first = pattern.get("Interval")
    answers = [f"new: {first}"]
    for written in (24, 2):
        try:
            pattern.put("Interval", written)
            answers.append(f"{written} -> {pattern.get('Interval')}")
        except OutlookRefusedError as error:
            answers.append(f"{written} -> {error.what}")
    pattern.put("Interval", 24)
    pattern = _saved(application, event, folder).call("GetRecurrencePattern")
    answers.append(f"saved: {pattern.get('Interval')}")
    answers += [f"in {years} years: {_has(pattern, _START.replace(year=_START.year + years))}" for years in (1, 2, 24)]
    return ", ".join(answers)


def _has(pattern: Com, moment: datetime) -> str:
    try:
        pattern.call("GetOccurrence", moment)
    except OutlookRefusedError as error:
        if error.reason == Reason.GONE:
            raise
        return "no"
    return "yes"


def _zone_of_instances(application: Com, folder: Com) -> str:
    here = machine_zone(application)
    there = next(zone for zone in _FAR_ZONES if zone != here)
    event = _new_event(folder)
    event.put("StartTimeZone", application.get("TimeZones").call("Item", there))
    event.put("StartInStartTimeZone", _START)
    daily = event.call("GetRecurrencePattern")
    daily.put("RecurrenceType", DAILY)
    daily.put("Occurrences", 5)
    event = _saved(application, event, folder)
    local = wall_clock(event.get("Start")) + timedelta(days=1)
    pattern = event.call("GetRecurrencePattern")
    answers = [f"by local time: {_has(pattern, local)}", f"by its zone: {_has(pattern, _START + timedelta(days=1))}"]
    moment = local if answers[0].endswith("yes") else _START + timedelta(days=1)
    instance = pattern.call("GetOccurrence", moment)
    instance.put("Subject", f"{instance.get('Subject')}, another")
    instance.call("Save")
    for each in numbered(event.call("GetRecurrencePattern").get("Exceptions")):
        original = wall_clock(each.get("OriginalDate"))
        answers.append(f"OriginalDate is {'local' if original == local else 'not local'}: {original - local} off")
    return ", ".join(answers)


def _id_after_delete(application: Com, folder: Com) -> str:
    event = _new_event(folder)
    event.call("Save")
    entry_id = str(event.get("EntryID"))
    event.call("Delete")
    try:
        found = mapi(application).call("GetItemFromID", entry_id, folder.get("StoreID"))
    except OutlookRefusedError as error:
        return f"not found any more: {error.what}"
    moved = str(found.get("Parent").get("EntryID")) != str(folder.get("EntryID"))
    same = str(found.get("EntryID")) == entry_id
    found.call("Delete")
    return f"still found, in {'another' if moved else 'the same'} folder, {'the same' if same else 'another'} id"


def _table(_application: Com, folder: Com) -> str:
    event = _new_event(folder)
    event.put("Categories", "OSync probe A, OSync probe B")
    event.call("Save")
    table = folder.call("GetTable")
    columns = table.get("Columns")
    columns.call("RemoveAll")
    named = ("EntryID", LAST_MODIFIED, KEYWORDS)
    for name in (*named, *_tried(columns, CHANGE_KEY)):
        columns.call("Add", name)
    rows = table.call("GetRowCount")
    array = table.call("GetArray", 50)
    width = int(columns.get("Count"))
    shape = f"{len(array)} x {len(array[0])} for {width} columns and {rows} rows"
    kinds = ", ".join(type(each[0]).__name__ for each in (array if len(array) == width else [array[0]]))
    return f"{shape}: {kinds}; categories read back: {len(str(event.get('Categories')).split(','))} by commas"


def _tried(columns: Com, name: str) -> tuple[str, ...]:
    try:
        columns.call("Add", name)
    except OutlookRefusedError as error:
        if error.reason == Reason.GONE:
            raise
        return ()
    return (name,)


def _tags(_application: Com, folder: Com) -> str:
    event = _new_event(folder)
    put_tag(event, Tag(_UID))
    event.call("Save")
    copy = event.call("Copy")
    copy.call("Save")
    found = rows_tagged(folder, _UID)
    same = str(event.get("GlobalAppointmentID")) == str(copy.get("GlobalAppointmentID"))
    return f"rows with the tag after a copy: {len(found)}, the copy has {'the same' if same else 'another'} Global Object ID"


def _times(_application: Com, folder: Com) -> str:
    event = _new_event(folder)
    event.call("Save")
    before = event.get("LastModificationTime")
    event.call("Save")
    return f"microseconds: {before.microsecond}, saved again without a change: {event.get('LastModificationTime') - before}"


def _mail(application: Com, _folder: Com) -> str:
    mail = application.call("CreateItem", MAIL_ITEM)
    answers = []
    try:
        account = mapi(application).get("Accounts").call("Item", 1)
        mail.put("SendUsingAccount", account)
        answers.append(f"SendUsingAccount: {'kept' if isinstance(mail.get('SendUsingAccount'), Com) else 'lost'}")
        for name in (MAIL_HEADER + "X-OSync", MESSAGE_ID):
            mail.get("PropertyAccessor").call("SetProperty", name, "<probe@osync.invalid>")
            kept = mail.get("PropertyAccessor").call("GetProperty", name) == "<probe@osync.invalid>"
            answers.append(f"{name.rpartition('/')[2]}: {'kept' if kept else 'lost'}")
    finally:
        mail.call("Close", DISCARD)
    return ", ".join(answers)


_QUESTIONS: tuple[tuple[str, str, Callable[[Com, Com], str]], ...] = (
    ("D0", "Which Outlook is it?", _versions),
    ("D1", "Does a yearly series count its interval in months?", _yearly_interval),
    ("D4", "In which zone are instances named when the event has another one than the computer?", _zone_of_instances),
    ("D5", "What becomes of the id of a deleted event?", _id_after_delete),
    ("D9", "Can the account and the header of a mail be set? (Nothing is sent.)", _mail),
    ("D14", "How does a table give its rows and categories?", _table),
    ("D20", "Can tags be searched for, and do copies inherit them?", _tags),
    ("D21", "How fine is the time of the last change?", _times),
)
