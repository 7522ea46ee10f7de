"""What Outlook's refusals mean, told by the numbers in them; pywin32's error class exists on Windows only."""

import enum

from osync.errors import OutlookRefusedError


class Reason(enum.StrEnum):
    """Why Outlook did not do what it was asked; one word for each thing that follows from it."""

    BUSY = "busy"
    GONE = "gone"
    UNREACHABLE = "unreachable"
    NOT_INSTALLED = "not installed"
    NOT_FOUND = "not found"
    OFFLINE = "offline"
    CONFLICT = "conflict"
    DENIED = "denied"
    READ_ONLY = "read-only"
    DAMAGED = "damaged"
    OTHER = "other"


_DISPATCHED = 0x80020009
_REASONS = {
    # The call was not carried out; the last three come from inside of an event.
    0x80010001: Reason.BUSY,
    0x8001010A: Reason.BUSY,
    0x8001010D: Reason.BUSY,
    0x80010004: Reason.BUSY,
    0x80010005: Reason.BUSY,
    0x800706BA: Reason.GONE,
    0x800706BE: Reason.GONE,
    0x80010108: Reason.GONE,
    0x80010007: Reason.GONE,
    0x800401E3: Reason.UNREACHABLE,
    0x80080005: Reason.UNREACHABLE,
    0x800702E4: Reason.UNREACHABLE,
    0x80040154: Reason.NOT_INSTALLED,
    0x800401F3: Reason.NOT_INSTALLED,
    0x8002801D: Reason.NOT_INSTALLED,
    0x80029C4A: Reason.NOT_INSTALLED,
    0x800700C1: Reason.NOT_INSTALLED,
    0x8004010F: Reason.NOT_FOUND,
    # MAPI's "object deleted": an object that is open still, of what is gone.
    0x8004010A: Reason.NOT_FOUND,
    0x80040115: Reason.OFFLINE,
    0x80040109: Reason.CONFLICT,
    0x80004004: Reason.DENIED,
    0x80040102: Reason.DENIED,
    0x80070005: Reason.READ_ONLY,
}
# What Outlook says of events whose times cannot be read (OutlookGoogleCalendarSync knows them too).
_DAMAGED_WORDS = ("must specify a time", "must specify a hour", "must specify an hour", "no longer exists")


def refusal(error: Exception) -> OutlookRefusedError | None:
    """Give an error of COM in our words; None for an exception that did not come from COM.

    Its `args` are (number, text, details or None, argument or None), as pywin32 has them. What Outlook says is not told on:
    it may hold words of an event.
    """
    number = _number(error)
    if number is None:
        return None
    reason = _REASONS.get(number, Reason.OTHER)
    if reason is Reason.OTHER and any(words in _said(error).lower() for words in _DAMAGED_WORDS):
        reason = Reason.DAMAGED
    return OutlookRefusedError(f"Outlook refused a call (0x{number:08X}).", reason=reason.value)


def _number(error: Exception) -> int | None:
    args = error.args
    if len(args) != 4 or not isinstance(args[0], int) or isinstance(args[0], bool):
        return None
    details = args[2]
    if details is not None and not isinstance(details, tuple):
        return None
    number = args[0] & 0xFFFFFFFF
    if number == _DISPATCHED and details and len(details) > 5 and isinstance(details[5], int) and details[5]:
        return details[5] & 0xFFFFFFFF
    return number


def _said(error: Exception) -> str:
    details = error.args[2]
    return str(details[2]) if details and len(details) > 2 else str(error.args[1])
