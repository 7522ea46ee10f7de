"""What there is in somebody's Outlook to choose from: accounts, calendars, categories. Names of folders are for people only."""

from collections.abc import Iterator
from dataclasses import dataclass

from osync.errors import OutlookRefusedError
from osync.microsoft.appointments import numbered
from osync.microsoft.com import Com
from osync.microsoft.com_errors import Reason
from osync.microsoft.constants import APPOINTMENT_ITEM, CALENDAR_FOLDER, DELETED_FOLDER, NO_COLOUR
from osync.microsoft.folders import DEFAULT, default_folder, is_same_id, mapi

_DEEPEST = 10


@dataclass(frozen=True, slots=True)
class AccountFound:
    """A mail account; `name` is what its owner calls himself or it."""

    address: str
    name: str


@dataclass(frozen=True, slots=True)
class CalendarFound:
    """A calendar: where it is, as the settings want it, and its name for people."""

    location: str
    name: str


@dataclass(frozen=True, slots=True)
class Inventory:
    """What there is to choose from; the default calendar is the first."""

    accounts: tuple[AccountFound, ...]
    calendars: tuple[CalendarFound, ...]
    categories: tuple[str, ...]


def take_inventory(application: Com) -> Inventory:
    """Look at accounts, folders and categories; what cannot be looked at, such as a disconnected file, is left out."""
    space = mapi(application)
    accounts = tuple(
        AccountFound(address, str(each.get("UserName") or each.get("DisplayName") or address))
        for each in numbered(space.get("Accounts"))
        if (address := str(each.get("SmtpAddress") or ""))
    )
    categories = tuple(str(each.get("Name")) for each in numbered(space.get("Categories")))
    return Inventory(accounts, tuple(_calendars(application)), categories)


def make_category(application: Com, name: str) -> bool:
    """Make a category if there is none of this name, whatever its capitals; tell whether it was made."""
    categories = mapi(application).get("Categories")
    if any(str(each.get("Name")).casefold() == name.casefold() for each in numbered(categories)):
        return False
    categories.call("Add", name, NO_COLOUR)
    return True


def _calendars(application: Com) -> Iterator[CalendarFound]:
    space = mapi(application)
    default = space.call("GetDefaultFolder", CALENDAR_FOLDER)
    yield CalendarFound(DEFAULT, str(default.get("Name")))
    default_id = str(default.get("EntryID"))
    for store in numbered(space.get("Stores")):
        try:
            name = str(store.get("DisplayName"))
            root = store.call("GetRootFolder")
            deleted = _id_of_deleted(store)
        except OutlookRefusedError as error:
            _raise_if_gone(error)
            continue
        for folder in _folders_below(root, deleted, 0):
            entry_id = str(folder.get("EntryID"))
            if not is_same_id(application, entry_id, default_id):
                yield CalendarFound(f"{entry_id}/{folder.get('StoreID')}", f"{folder.get('Name')} ({name})")


def _folders_below(folder: Com, deleted: str, depth: int) -> Iterator[Com]:
    """Give the calendars below a folder; what was deleted is none."""
    try:
        inner = list(numbered(folder.get("Folders"))) if depth < _DEEPEST else []
    except OutlookRefusedError as error:
        _raise_if_gone(error)
        inner = []
    for each in inner:
        try:
            if str(each.get("EntryID")) == deleted:
                continue
            if int(each.get("DefaultItemType")) == APPOINTMENT_ITEM:
                yield each
        except OutlookRefusedError as error:
            _raise_if_gone(error)
            continue
        yield from _folders_below(each, deleted, depth + 1)


def _id_of_deleted(store: Com) -> str:
    try:
        return str(default_folder(store, DELETED_FOLDER).get("EntryID"))
    except OutlookRefusedError as error:
        _raise_if_gone(error)
        return ""


def _raise_if_gone(error: OutlookRefusedError) -> None:
    if error.reason in (Reason.GONE, Reason.BUSY):
        raise error
