"""Outlook's folders: found by what the settings say, and asked whether they are all there."""

from osync.errors import OutlookRefusedError
from osync.microsoft.com import Com
from osync.microsoft.com_errors import Reason
from osync.microsoft.constants import ACCESS, CALENDAR_FOLDER, MAY_CREATE, NOT_CONNECTED, NOT_EXCHANGE, STILL_LOADING

DEFAULT = "default"


def mapi(application: Com) -> Com:
    """Give the name space that everything hangs on."""
    found: Com = application.call("GetNamespace", "MAPI")
    return found


def default_folder(store: Com, number: int) -> Com:
    """Give a default folder of a store. OutlookRefusedError (not found): Outlook says so itself, or gives nothing."""
    found = store.call("GetDefaultFolder", number)
    if not isinstance(found, Com):
        raise OutlookRefusedError("Outlook has no such folder.", reason=Reason.NOT_FOUND.value)
    return found


def calendar_folder(application: Com, location: str) -> Com:
    """Give the folder at `location`: "default", or "ENTRYID/STOREID". OutlookRefusedError (not found)."""
    space = mapi(application)
    entry_id, _, store_id = location.partition("/")
    found: Com
    if location == DEFAULT:
        found = space.call("GetDefaultFolder", CALENDAR_FOLDER)
    else:
        found = space.call("GetFolderFromID", entry_id, store_id)
    return found


def is_still_loading(application: Com, folder: Com) -> bool:
    """Tell whether a folder of an Exchange account may hold less than there is. OutlookRefusedError if it surely does."""
    if int(folder.get("Store").get("ExchangeStoreType")) == NOT_EXCHANGE:
        return False
    mode = int(mapi(application).get("ExchangeConnectionMode"))
    if mode in NOT_CONNECTED:
        raise OutlookRefusedError("Outlook is not connected to Exchange.", reason=Reason.OFFLINE.value)
    return mode in STILL_LOADING


def may_write(folder: Com) -> bool:
    """Tell whether events may be made in a folder; a folder that does not tell counts as one where they may."""
    try:
        access = folder.get("PropertyAccessor").call("GetProperty", ACCESS)
    except OutlookRefusedError as error:
        if error.reason in (Reason.GONE, Reason.BUSY):
            raise
        return True
    return not isinstance(access, int) or bool(access & MAY_CREATE)


def is_same_id(application: Com, first: str, second: str) -> bool:
    """Tell whether two ids name the same object; they may differ in bytes all the same."""
    if first == second:
        return True
    try:
        return bool(mapi(application).call("CompareEntryIDs", first, second))
    except OutlookRefusedError as error:
        if error.reason in (Reason.GONE, Reason.BUSY):
            raise
        return False


def machine_zone(application: Com) -> str:
    """Give Windows' name of the zone that this computer is in."""
    return str(application.get("TimeZones").get("CurrentTimeZone").get("ID"))
