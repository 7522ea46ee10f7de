"""What a table or a filter can read of a saved object without opening it (facts A3)."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from outlook.store import Record
from outlook.times import given, to_wall

if TYPE_CHECKING:
    from outlook.application import FakeOutlook

TAG = "http://schemas.microsoft.com/mapi/proptag/"
USER = "http://schemas.microsoft.com/mapi/string/{00020329-0000-0000-C000-000000000046}/"
KEYWORDS = "urn:schemas-microsoft-com:office:office#Keywords"
UTC_NAMES = ("urn:schemas:calendar:dtstart", "urn:schemas:calendar:dtend")
_UNICODE = "/0000001f"
CUT = 255
"""Texts are cut after so many characters."""

Reader = Callable[[Record], Any]


def seconds(value: datetime) -> datetime:
    return value.replace(microsecond=0)


def is_built_in(name: str) -> bool:
    """Tell whether a property is named as Outlook's object model names it, and not by a namespace."""
    return ":" not in name


def reader(outlook: "FakeOutlook", name: str) -> Reader | None:
    """Give what reads a column; None for a name that nobody knows. An object without the property has None there.

    Built-in names give local times and texts; names with a namespace give UTC, bytes, and arrays.
    """
    if name.startswith(USER) and name.endswith(_UNICODE):
        field = name[len(USER) : -len(_UNICODE)]
        return lambda record: str(record.user[field])[:CUT] if field in record.user else None
    named: dict[str, Reader] = {**_built_in(outlook), **_by_namespace(outlook)}
    return named.get(name)


def _built_in(outlook: "FakeOutlook") -> dict[str, Reader]:
    def local(field: str) -> Reader:
        return lambda record: (
            given(seconds(to_wall(record.fields[field], outlook.system))) if field in record.fields else None
        )

    def plain(field: str) -> Reader:
        return lambda record: record.fields.get(field)

    def text(field: str) -> Reader:
        return lambda record: str(record.fields[field])[:CUT] if field in record.fields else None

    return {
        "EntryID": lambda record: record.entry_id,
        "Subject": lambda record: str(record.fields.get("Subject", ""))[:CUT],
        "Location": text("Location"),
        "MessageClass": lambda record: record.message_class,
        "CreationTime": lambda record: given(seconds(to_wall(record.created, outlook.system))),
        "LastModificationTime": lambda record: given(seconds(to_wall(record.modified, outlook.system))),
        "Start": local("start"),
        "End": local("end"),
        "ReceivedTime": local("ReceivedTime"),
        "IsRecurring": lambda record: bool(record.fields["recurrence"]) if "recurrence" in record.fields else None,
        "AllDayEvent": plain("AllDayEvent"),
        "BusyStatus": plain("BusyStatus"),
        "Sensitivity": plain("Sensitivity"),
        "UnRead": plain("UnRead"),
        "Size": plain("Size"),
        "Categories": lambda record: f"{outlook.list_separator} ".join(record.fields.get("Categories", ())) or None,
    }  # fmt: skip


def _by_namespace(outlook: "FakeOutlook") -> dict[str, Reader]:
    def instant(field: str) -> Reader:
        return lambda record: given(seconds(record.fields[field])) if field in record.fields else None

    named: dict[str, Reader] = {
        TAG + "0x0037001F": lambda record: str(record.fields.get("Subject", ""))[:CUT],
        TAG + "0x001A001F": lambda record: record.message_class,
        TAG + "0x001A001E": lambda record: record.message_class,
        TAG + "0x0FFF0102": lambda record: bytes.fromhex(record.entry_id),
        TAG + "0x30080040": lambda record: given(seconds(record.modified)),
        TAG + "0x0E060040": lambda record: given(record.fields["ReceivedTime"]) if "ReceivedTime" in record.fields else None,
        TAG + "0x0E080003": lambda record: int(record.fields.get("Size", len(repr((record.fields, record.user))))),
        "urn:schemas:httpmail:subject": lambda record: str(record.fields.get("Subject", ""))[:CUT],
        UTC_NAMES[0]: instant("start"),
        UTC_NAMES[1]: instant("end"),
        KEYWORDS: lambda record: tuple(record.fields.get("Categories", ())) or None,
    }  # fmt: skip
    if outlook.has_change_keys:
        named[TAG + "0x65E20102"] = lambda record: record.change.to_bytes(22, "big")
    return named
