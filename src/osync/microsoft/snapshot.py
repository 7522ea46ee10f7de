"""What lies in an Outlook folder, seen without opening anything: one table, read in blocks.

No date and no category is asked for in a filter, so that neither the language nor the region of Windows matters.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from osync.errors import OutlookRefusedError
from osync.microsoft.com import Com, wall_clock
from osync.microsoft.com_errors import Reason
from osync.microsoft.constants import CHANGE_KEY, KEYWORDS, LAST_MODIFIED, SIZE, TEXT_TYPE, USER_PROPERTY
from osync.microsoft.tags import NOTE_FIELD, UID_FIELD, Tag, read_tag

_UID_COLUMN = USER_PROPERTY + UID_FIELD + TEXT_TYPE
_NOTE_COLUMN = USER_PROPERTY + NOTE_FIELD + TEXT_TYPE
_COLUMNS = ("EntryID", LAST_MODIFIED, "Subject", "MessageClass", KEYWORDS, _UID_COLUMN, _NOTE_COLUMN)
# Not every kind of store has them; they tell changes within one second apart.
_BONUS = (CHANGE_KEY, SIZE)
_BLOCK = 200
_TRIES = 4


@dataclass(frozen=True, slots=True)
class Row:
    """One event as the table shows it. `version` changes with the event, and sometimes without."""

    entry_id: str
    version: str
    message_class: str
    tag: Tag | None


def read_rows(folder: Com) -> tuple[Row, ...]:
    """Read every row of a folder, each id once. OutlookRefusedError rather than a part of them."""
    return _whole(folder)


def rows_tagged(folder: Com, uid: str) -> tuple[Row, ...]:
    """Give the rows whose tag has this UID, also copies that inherited it; Outlook compares without regard to capitals."""
    quoted = uid.replace("'", "''")
    try:
        rows = _whole(folder, f"@SQL=\"{_UID_COLUMN}\" = '{quoted}'")
    except OutlookRefusedError as error:
        if error.reason != Reason.OTHER:
            raise
        # A store that cannot search by the field.
        rows = read_rows(folder)
    return tuple(row for row in rows if row.tag and row.tag.uid == uid)


def _whole(folder: Com, *filters: str) -> tuple[Row, ...]:
    """Read a table until nothing came or went meanwhile: that moves rows under the reading, and one may be missed."""
    before: set[str] | None = None
    for _ in range(_TRIES):
        table = folder.call("GetTable", *filters)
        counted = _row_count(table)
        rows = list(_rows(table))
        if counted is None:
            settled = {row.entry_id for row in rows} == before
        else:
            settled = counted == _row_count(table) and len(rows) >= counted
        if settled:
            return tuple({row.entry_id: row for row in rows}.values())
        before = {row.entry_id for row in rows}
    raise OutlookRefusedError("Outlook listed only a part of the folder.", reason=Reason.BUSY.value)


def row_of(folder: Com, entry_id: str, uid: str) -> Row | None:
    """Give the row of one event, by its tag where it has one; None if it is not in the folder."""
    rows = rows_tagged(folder, uid) if uid else read_rows(folder)
    return next((row for row in rows if row.entry_id == entry_id), None)


def _row_count(table: Com) -> int | None:
    """Count the rows; None where the store cannot."""
    try:
        return int(table.call("GetRowCount"))
    except OutlookRefusedError as error:
        if error.reason == Reason.GONE:
            raise
        return None


def _rows(table: Com) -> Iterator[Row]:
    return map(_row, read_table(table, _COLUMNS, _BONUS))


def read_table(table: Com, columns: Sequence[str], bonus: Sequence[str] = ()) -> Iterator[Sequence[object]]:
    """Read the `columns` of a table, and those of `bonus` that its store has. OutlookRefusedError."""
    named = table.get("Columns")
    named.call("RemoveAll")
    for name in columns:
        named.call("Add", name)
    for name in bonus:
        try:
            named.call("Add", name)
        except OutlookRefusedError as error:
            if error.reason in (Reason.GONE, Reason.DENIED):
                raise
    width = int(named.get("Count"))
    while not table.get("EndOfTable"):
        block = list(_by_row(table.call("GetArray", _BLOCK), width))
        if not block:
            return
        yield from block


def _by_row(array: Sequence[Sequence[object]], width: int) -> Iterator[Sequence[object]]:
    """Give the rows of a block: documented is one list for each column, and it can be told from one for each row.

    The first column holds ids, which are texts, and the second one times.
    """
    if not array or not array[0]:
        return iter(())
    first = array[0]
    if len(first) == width and not (len(array) == width and isinstance(first[1], str)):
        return iter(array)
    return zip(*array, strict=True)


def _row(values: Sequence[object]) -> Row:
    entry_id, modified, subject, message_class, keywords, uid, note, *more = values
    if not isinstance(entry_id, str) or not entry_id:
        raise OutlookRefusedError("Outlook listed an event without its id.", reason=Reason.BUSY.value)
    seen = (_plain(modified), _plain(subject), _plain(keywords), _plain(uid), _plain(note), *map(_plain, more))
    version = hashlib.sha256("\0".join(seen).encode(errors="replace")).hexdigest()[:32]
    return Row(entry_id, version, _plain(message_class), read_tag(_plain(uid), _plain(note)))


def _plain(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return wall_clock(value).isoformat()
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    if isinstance(value, list | tuple):
        return "\x01".join(sorted(str(each) for each in value))
    return str(value)
