"""What every object of the fake has in common: names with capitals are calls of COM, and each may fail."""

import threading
from typing import TYPE_CHECKING, Any

from outlook.refusals import ABORTED, GONE, WRONG_THREAD, refused, transport_error

if TYPE_CHECKING:
    from outlook.application import FakeOutlook

EVERYTHING = {"*"}
# Facts A13: what the Object Model Guard keeps from programs that it does not trust.
PROTECTED = {
    "AppointmentItem": {
        "Body", "RTFBody", "Organizer", "PropertyAccessor", "Recipients", "SaveAs", "Send", "Respond",
        "RequiredAttendees", "OptionalAttendees", "Resources",
    },
    "MailItem": {
        "Body", "HTMLBody", "To", "CC", "BCC", "Recipients", "PropertyAccessor", "SenderEmailAddress", "SenderEmailType", "SenderName",
        "Sender", "SaveAs", "Send",
    },
    "Columns": {"Add"},
    "Folder": {"PropertyAccessor", "GetCalendarExporter"},
    "Account": {"SmtpAddress"},
    "NameSpace": {"CurrentUser"},
    **dict.fromkeys(("Recipients", "Recipient", "Sender", "ExchangeUser"), EVERYTHING),
}  # fmt: skip


class Session:
    """One run of Outlook; when it ends, every object of it is dead."""

    def __init__(self) -> None:
        self.alive = True


class Dispatched:
    """An object that a client holds; it belongs to the thread that it came to first."""

    def __init__(self, outlook: "FakeOutlook", session: Session) -> None:
        self._outlook = outlook
        self._session = session
        self._thread = threading.get_ident()

    def __getattribute__(self, name: str) -> Any:
        if name[0].isupper():
            object.__getattribute__(self, "_enter")(name)
        return object.__getattribute__(self, name)

    def __setattr__(self, name: str, value: object) -> None:
        if name[0].isupper():
            self._enter(name)
            if not isinstance(getattr(type(self), name, None), property):
                raise AttributeError(f"Property '{type(self).__name__}.{name}' can not be set.")
        object.__setattr__(self, name, value)

    def _enter(self, name: str) -> None:
        outlook = self._outlook
        outlook.calls += 1
        if threading.get_ident() != self._thread:
            raise transport_error(WRONG_THREAD)
        if outlook.ends_at and outlook.calls >= outlook.ends_at:
            outlook.ends_at = 0
            outlook.close()
        if not self._session.alive:
            raise transport_error(GONE)
        if outlook.failures:
            raise outlook.failures.pop(0)
        if outlook.guard_denies and any(
            {name, *EVERYTHING} & PROTECTED.get(kind.__name__, set()) for kind in type(self).__mro__
        ):
            raise refused(ABORTED, "Operation aborted")


class Collection(Dispatched):
    """A collection that begins with number 1 (facts A1)."""

    def __init__(self, outlook: "FakeOutlook", session: Session, members: list[Any]) -> None:
        super().__init__(outlook, session)
        self._members = members

    @property
    def Count(self) -> int:
        return len(self._members)

    def Item(self, index: int | str) -> Any:
        if isinstance(index, int) and 1 <= index <= len(self._members):
            return self._members[index - 1]
        raise refused(NOT_FOUND_INDEX, "Array index out of bounds.")


NOT_FOUND_INDEX = 0x80020009
