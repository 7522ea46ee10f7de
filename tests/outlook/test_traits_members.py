"""The objects and numbers of Outlook's documentation (samples of the facts, [D]): the fake has no member that Outlook has not.

What a program calls late is only a name: a misspelt one would work on a fake that has it, and fail at a user's.
"""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from outlook import application, appointment, items, lists, mail, properties, recurrence, store, table
from outlook.dispatched import Collection, Dispatched
from outlook.facts import sample

from osync.microsoft import constants
from osync.microsoft.patterns import ANY_DAY, DAYS, WEEKEND, WORKDAYS, Kind

_MODULES: tuple[ModuleType, ...] = (application, appointment, items, lists, mail, properties, recurrence, table)
_OTHER_NAMES = {
    "SeriesItem": "AppointmentItem", "Occurrence": "AppointmentItem", "ExceptionItem": "Exception", "Sender": "AddressEntry",
}  # fmt: skip
# What several kinds of items share, and what every collection has; their subclasses are looked at.
_BASES = {"Item", "Dispatched", "Collection"}
# Also the names of events, which the samples tell instead.
_ALSO_EVENTS = {"Close", "Send"}
# Stores' and accounts' lists are plain collections in the fake.
_OF_COLLECTIONS = {"Count", "Item"}


def fakes() -> Iterator[tuple[str, type[Dispatched]]]:
    for module in _MODULES:
        for name, found in inspect.getmembers(module, inspect.isclass):
            if issubclass(found, Dispatched) and found.__module__ == module.__name__ and name not in _BASES:
                yield _OTHER_NAMES.get(name, name), found


def members(found: type[Dispatched]) -> Iterator[tuple[str, Any]]:
    for name in dir(found):
        if name[0].isupper() and name not in ("KIND", "CLASS"):
            yield name, inspect.getattr_static(found, name)


FAKES = sorted(fakes(), key=lambda each: each[1].__name__)


@pytest.mark.parametrize(("name", "found"), FAKES, ids=[found.__name__ for _, found in FAKES])
def test_every_member_of_the_fake_is_one_of_outlook_and_of_the_same_kind(name: str, found: type[Dispatched]) -> None:
    documented = sample("outlook_members.json")[name]
    wrong = []
    for member, value in members(found):
        if (issubclass(found, Collection) and member in _OF_COLLECTIONS) or member in _ALSO_EVENTS:
            continue
        told = documented.get(member)
        if told is None or told["kind"] not in ("property", "method"):
            wrong.append(f"{name}.{member} is not documented")
        elif (told["kind"] == "property") != isinstance(value, property):
            wrong.append(f"{name}.{member} is a {told['kind']}")
        elif isinstance(value, property) and value.fset and told.get("access") == "read-only":
            wrong.append(f"{name}.{member} is read-only")
    assert wrong == []


def _names_called(folder: Path) -> Iterator[tuple[str, str]]:
    """Give what the backend calls late: the names in `.get("Name")`, `.put("Name", …)` and `.call("Name", …)`."""
    for path in sorted(folder.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(attr="get" | "put" | "call"), args=[ast.Constant(value=str(name)), *_]
                ):
                    # What is written in capitals is a part of an RRULE.
                    if name[:1].isupper() and name.isidentifier() and not name.isupper():
                        yield path.name, name


def test_every_name_that_the_backend_calls_is_one_of_outlook() -> None:
    known = {member for each in sample("outlook_members.json").values() for member in each}
    called = list(_names_called(Path(constants.__file__).parent))
    assert len({name for _, name in called}) > 40
    assert sorted({(path, name) for path, name in called if name not in known}) == []


NUMBERS: dict[str, dict[str, int]] = {
    "OlDefaultFolders": {
        "olFolderCalendar": constants.CALENDAR_FOLDER, "olFolderDeletedItems": constants.DELETED_FOLDER,
        "olFolderInbox": constants.INBOX_FOLDER, "olFolderOutbox": constants.OUTBOX_FOLDER,
    },
    "OlNavigationModuleType": {"olModuleCalendar": constants.CALENDAR_MODULE},
    "OlItemType": {"olMailItem": constants.MAIL_ITEM, "olAppointmentItem": constants.APPOINTMENT_ITEM},
    "OlObjectClass": {
        "olAppointment": constants.APPOINTMENT_CLASS, "olMail": constants.MAIL_CLASS, "olReport": constants.REPORT_CLASS,
    },
    "OlBusyStatus": {
        "olFree": constants.FREE, "olTentative": constants.TENTATIVE, "olBusy": constants.BUSY,
        "olOutOfOffice": constants.OUT_OF_OFFICE, "olWorkingElsewhere": constants.ELSEWHERE,
    },
    "OlSensitivity": {
        "olNormal": constants.NORMAL, "olPersonal": constants.PERSONAL, "olPrivate": constants.PRIVATE,
        "olConfidential": constants.CONFIDENTIAL,
    },
    "OlRecurrenceType": {
        "olRecursDaily": Kind.DAILY, "olRecursWeekly": Kind.WEEKLY, "olRecursMonthly": Kind.MONTHLY,
        "olRecursMonthNth": Kind.MONTHLY_NTH, "olRecursYearly": Kind.YEARLY, "olRecursYearNth": Kind.YEARLY_NTH,
    },
    "OlMeetingStatus": {
        "olNonMeeting": constants.NO_MEETING, "olMeetingCanceled": constants.CANCELLED_MEETINGS[0],
        "olMeetingReceivedAndCanceled": constants.CANCELLED_MEETINGS[1],
    },
    "OlBodyFormat": {"olFormatPlain": constants.PLAIN_TEXT, "olFormatHTML": constants.HTML},
    "OlAttachmentType": {"olByValue": constants.BY_VALUE},
    "OlMailRecipientType": {"olTo": constants.TO, "olBCC": constants.BLIND_COPY},
    "OlUserPropertyType": {"olText": constants.TEXT_PROPERTY},
    "OlExchangeConnectionMode": {
        "olCachedOffline": constants.STILL_LOADING[0], "olCachedDisconnected": constants.STILL_LOADING[1],
        "olCachedConnectedHeaders": constants.STILL_LOADING[2], "olCachedConnectedDrizzle": constants.STILL_LOADING[3],
        "olOffline": constants.NOT_CONNECTED[0], "olDisconnected": constants.NOT_CONNECTED[1],
    },
    "OlExchangeStoreType": {"olNotExchange": constants.NOT_EXCHANGE},
    "OlInspectorClose": {"olDiscard": constants.DISCARD},
    "OlCategoryColor": {"olCategoryColorNone": constants.NO_COLOUR},
}  # fmt: skip


FAKE_NUMBERS: dict[str, dict[str, int]] = {
    "OlDefaultFolders": {
        "olFolderCalendar": application.CALENDAR, "olFolderDeletedItems": application.DELETED,
        "olFolderInbox": application.INBOX, "olFolderOutbox": application.OUTBOX, "olFolderSentMail": application.SENT,
    },
    "OlItemType": {"olAppointmentItem": store.APPOINTMENTS},
    "OlObjectClass": {
        "olAppointment": appointment.AppointmentItem.CLASS, "olMail": mail.MailItem.CLASS, "olReport": mail.ReportItem.CLASS,
        "olMeetingRequest": mail.MEETINGS["IPM.Schedule.Meeting.Request"],
        "olMeetingCancellation": mail.MEETINGS["IPM.Schedule.Meeting.Canceled"],
        "olMeetingResponseNegative": mail.MEETINGS["IPM.Schedule.Meeting.Resp.Neg"],
        "olMeetingResponsePositive": mail.MEETINGS["IPM.Schedule.Meeting.Resp.Pos"],
        "olMeetingResponseTentative": mail.MEETINGS["IPM.Schedule.Meeting.Resp.Tent"],
    },
    "OlRecurrenceType": {
        "olRecursDaily": recurrence.DAILY, "olRecursWeekly": recurrence.WEEKLY, "olRecursMonthly": recurrence.MONTHLY,
        "olRecursMonthNth": recurrence.MONTHLY_NTH, "olRecursYearly": recurrence.YEARLY, "olRecursYearNth": recurrence.YEARLY_NTH,
    },
    "OlUserPropertyType": {"olText": properties.TEXT, "olDateTime": properties.DATE_TIME},
}  # fmt: skip


@pytest.mark.parametrize("name", FAKE_NUMBERS)
def test_the_numbers_of_the_fake_are_those_of_outlook(name: str) -> None:
    documented = sample("outlook_enums.json")[name]
    assert {each: documented[each] for each in FAKE_NUMBERS[name]} == FAKE_NUMBERS[name]


def test_the_days_of_patterns_are_those_of_outlook() -> None:
    documented = {name[2:4].upper(): value for name, value in sample("outlook_enums.json")["OlDaysOfWeek"].items()}
    assert documented == DAYS == {str(day): mask for day, mask in recurrence._BITS.items()}
    assert sum(documented.values()) == ANY_DAY
    assert documented["SA"] + documented["SU"] == WEEKEND == ANY_DAY - WORKDAYS


def test_the_states_of_recurrence_are_those_of_outlook() -> None:
    documented = sample("outlook_enums.json")["OlRecurrenceState"]
    assert documented["olApptMaster"] == constants.MASTER
    outlook = application.FakeOutlook()
    item = outlook.application().CreateItem(constants.APPOINTMENT_ITEM)
    assert item.RecurrenceState == documented["olApptNotRecurring"]
    pattern = item.GetRecurrencePattern()
    assert item.RecurrenceState == documented["olApptMaster"]
    item.Save()
    entry_id, start = item.EntryID, item.Start
    del item, pattern
    pattern = outlook.application().GetNamespace("MAPI").GetItemFromID(entry_id).GetRecurrencePattern()
    instance = pattern.GetOccurrence(start)
    assert instance.RecurrenceState == documented["olApptOccurrence"]
    instance.Subject = "Another"
    instance.Save()
    assert instance.RecurrenceState == documented["olApptException"]


def test_no_number_of_the_backend_is_left_out() -> None:
    """Flags of MAPI and of IDispatch are no enumerations of Outlook."""
    others = {
        "MAY_CREATE",
        "PROPERTY_PUT_OBJECT",
        "PROPERTY_PUT",
        "PROPERTY_GET",
        "METHOD",
        "DAILY",
        "YEARLY",
        "MASTER",
    }
    used = set(re.findall(r"constants\.([A-Z_]+)", Path(__file__).read_text("utf-8")))
    numbers = {name for name, value in vars(constants).items() if name.isupper() and isinstance(value, int | tuple)}
    assert sorted(numbers - used - others) == []


@pytest.mark.parametrize("name", NUMBERS)
def test_the_numbers_of_the_backend_are_those_of_outlook(name: str) -> None:
    documented = sample("outlook_enums.json")[name]
    assert {each: documented[each] for each in NUMBERS[name]} == NUMBERS[name]
