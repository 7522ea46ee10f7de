"""User-defined fields and MAPI properties of one object (facts A4)."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from outlook.dispatched import Dispatched, Session
from outlook.refusals import FAILED, NOT_FOUND, refused
from outlook.times import NO_DATE, given, taken

if TYPE_CHECKING:
    from outlook.application import FakeOutlook

TEXT = 1
DATE_TIME = 5
_NOT_IN_NAMES = "[]_#"
_LONGEST_NAME = 64


class UserProperty(Dispatched):
    """One user-defined field."""

    def __init__(self, outlook: "FakeOutlook", session: Session, values: dict[str, Any], name: str) -> None:
        super().__init__(outlook, session)
        self._values = values
        self._name = name

    @property
    def Name(self) -> str:
        return self._name

    @property
    def Type(self) -> int:
        return DATE_TIME if isinstance(self._values[self._name], datetime) else TEXT

    @property
    def Value(self) -> str | datetime:
        found: str | datetime = self._values[self._name]
        return given(found) if isinstance(found, datetime) else found

    @Value.setter
    def Value(self, value: str | datetime) -> None:
        """A time loses its seconds (facts A4)."""
        if isinstance(value, str) is not (self.Type == TEXT):
            raise refused(FAILED, "The value is of another type.")
        self._values[self._name] = (
            value if isinstance(value, str) else taken(value, self._outlook.system).replace(second=0, microsecond=0)
        )


class UserProperties(Dispatched):
    """The user-defined fields of one object; they count when the object is saved."""

    def __init__(self, outlook: "FakeOutlook", session: Session, values: dict[str, Any]) -> None:
        super().__init__(outlook, session)
        self._values = values

    @property
    def Count(self) -> int:
        return len(self._values)

    def Find(self, name: str) -> UserProperty | None:
        return UserProperty(self._outlook, self._session, self._values, name) if name in self._values else None

    def Add(self, name: str, kind: int, add_to_folder_fields: bool = True) -> UserProperty:
        if not name or len(name) > _LONGEST_NAME or any(character in _NOT_IN_NAMES for character in name):
            raise refused(FAILED, "The property name is not valid.")
        if kind not in (TEXT, DATE_TIME):
            raise refused(FAILED, "The fake has fields for texts and times only.")
        self._values.setdefault(name, "" if kind == TEXT else NO_DATE)
        return UserProperty(self._outlook, self._session, self._values, name)


class PropertyAccessor(Dispatched):
    """MAPI properties by their names; what an object has not raises (facts A4)."""

    def __init__(
        self, outlook: "FakeOutlook", session: Session, found: dict[str, Any], writable: dict[str, Any]
    ) -> None:
        super().__init__(outlook, session)
        self._found = found
        self._writable = writable

    def GetProperty(self, name: str) -> object:
        value = {**self._found, **self._writable}.get(name)
        if value is None:
            raise refused(NOT_FOUND, f'The property "{name}" is unknown or cannot be found.')
        return value

    def SetProperty(self, name: str, value: object) -> None:
        if not name.startswith("http://schemas.microsoft.com/mapi/"):
            raise refused(FAILED, f'The property "{name}" is unknown.')
        self._writable[name] = value
