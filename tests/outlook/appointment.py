"""AppointmentItem and its times (facts A5); series are in `recurrence`."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from outlook.dispatched import Collection, Dispatched, Session
from outlook.items import Item
from outlook.refusals import FAILED, NOT_FOUND, refused
from outlook.store import Record, StoredFolder
from outlook.times import given, taken, to_utc, to_wall, windows_name, zone_info, zone_names

if TYPE_CHECKING:
    from outlook.application import FakeOutlook

_HALF_HOUR = timedelta(minutes=30)
_DAY = timedelta(days=1)


class TimeZone(Dispatched):
    """One of Windows' zones."""

    def __init__(self, outlook: "FakeOutlook", session: Session, name: str) -> None:
        super().__init__(outlook, session)
        self._name = name

    @property
    def ID(self) -> str:
        return self._name

    @property
    def Name(self) -> str:
        return self._name


class TimeZones(Collection):
    """Application.TimeZones."""

    def __init__(self, outlook: "FakeOutlook", session: Session) -> None:
        super().__init__(outlook, session, [])

    @property
    def CurrentTimeZone(self) -> TimeZone:
        return TimeZone(self._outlook, self._session, windows_name(self._outlook.zone))

    @property
    def Count(self) -> int:
        return len(zone_names())

    def Item(self, index: int | str) -> TimeZone:
        """By number, from 1, or by Windows' name (facts A1, A8)."""
        if isinstance(index, int):
            if not 1 <= index <= self.Count:
                raise refused(NOT_FOUND, "Array index out of bounds.")
            index = zone_names()[index - 1]
        zone_info(index)
        return TimeZone(self._outlook, self._session, index)


def _plain(name: str) -> Any:
    def read(self: "AppointmentItem") -> Any:
        return self._fields[name]

    def write(self: "AppointmentItem", value: Any) -> None:
        if isinstance(value, type(self._fields[name])) or isinstance(self._fields[name], bool | int):
            self._fields[name] = value
        else:
            raise refused(FAILED, f"{name} cannot be set to this.")

    return property(read, write)


def _zoned(which: str, zone: str | None) -> Any:
    """A time: in the zone that the event names, in that of the computer (zone ""), or in UTC (None)."""

    def read(self: "AppointmentItem") -> datetime:
        self._check_readable()
        instant = self._fields[which]
        if zone is None:
            return given(instant)
        return given(to_wall(instant, zone_info(self._fields[zone]) if zone else self._outlook.system))

    def write(self: "AppointmentItem", value: object) -> None:
        wall = taken(value, self._outlook.system)
        if zone is None:
            instant = wall
        else:
            instant = to_utc(wall, zone_info(self._fields[zone]) if zone else self._outlook.system)
        self._move(which, instant)

    return property(read, write)


def _zone_of(field: str) -> Any:
    def read(self: "AppointmentItem") -> TimeZone | None:
        name = self._fields[field]
        return TimeZone(self._outlook, self._session, name) if name else None

    def write(self: "AppointmentItem", value: Any) -> None:
        if not isinstance(value, TimeZone):
            raise refused(FAILED, "The time zone is not valid.")
        self._fields[field] = value._name

    return property(read, write)


class AppointmentItem(Item):
    """One event."""

    KIND = "IPM.Appointment"
    CLASS = 26

    def __init__(self, outlook: "FakeOutlook", session: Session, folder: StoredFolder, record: Record | None) -> None:
        super().__init__(outlook, session, folder, record)

    def _new_fields(self) -> dict[str, Any]:
        return self.blank(self._outlook)

    @staticmethod
    def blank(outlook: "FakeOutlook") -> dict[str, Any]:
        """Give the fields of an event that was just made."""
        now = outlook.clock().replace(minute=0, second=0, microsecond=0)
        zone = windows_name(outlook.zone)
        return {
            "Subject": "", "Body": "", "Location": "", "AllDayEvent": False, "BusyStatus": 2, "Sensitivity": 0,
            "Importance": 1, "ReminderSet": True, "ReminderMinutesBeforeStart": 15, "Categories": [],
            "MeetingStatus": 0, "GlobalAppointmentID": "", "start": now, "end": now + _HALF_HOUR,
            "start_zone": zone, "end_zone": zone, "damaged": False, "recurrence": None,
        }  # fmt: skip

    def _check_readable(self) -> None:
        if self._fields["damaged"]:
            raise refused(FAILED, "You must specify a time.")

    Subject = _plain("Subject")
    Body = _plain("Body")
    Location = _plain("Location")
    BusyStatus = _plain("BusyStatus")
    Sensitivity = _plain("Sensitivity")
    Importance = _plain("Importance")
    ReminderSet = _plain("ReminderSet")
    ReminderMinutesBeforeStart = _plain("ReminderMinutesBeforeStart")
    MeetingStatus = _plain("MeetingStatus")
    Start = _zoned("start", "")
    End = _zoned("end", "")
    StartUTC = _zoned("start", None)
    EndUTC = _zoned("end", None)
    StartInStartTimeZone = _zoned("start", "start_zone")
    EndInEndTimeZone = _zoned("end", "end_zone")
    StartTimeZone = _zone_of("start_zone")
    EndTimeZone = _zone_of("end_zone")

    def _move(self, which: str, instant: datetime) -> None:
        length = self._fields["end"] - self._fields["start"]
        if which == "start":
            self._fields["start"], self._fields["end"] = instant, instant + length
        elif instant < self._fields["start"]:
            raise refused(FAILED, "The end date you entered occurs before the start date.")
        else:
            self._fields["end"] = instant

    @property
    def AllDayEvent(self) -> bool:
        return bool(self._fields["AllDayEvent"])

    @AllDayEvent.setter
    def AllDayEvent(self, value: bool) -> None:
        if value and not self._fields["AllDayEvent"]:
            system = self._outlook.system
            start = to_wall(self._fields["start"], system).replace(hour=0, minute=0)
            last = to_wall(self._fields["end"], system)
            end = last.replace(hour=0, minute=0)
            end = end if end == last and end > start else end + _DAY
            self._fields["start"], self._fields["end"] = to_utc(start, system), to_utc(end, system)
        self._fields["AllDayEvent"] = bool(value)

    @property
    def Duration(self) -> int:
        return int((self._fields["end"] - self._fields["start"]).total_seconds()) // 60

    @property
    def Categories(self) -> str:
        return f"{self._outlook.list_separator} ".join(self._fields["Categories"])

    @Categories.setter
    def Categories(self, value: str) -> None:
        names = (name.strip() for name in value.split(self._outlook.list_separator))
        self._fields["Categories"] = [name for name in names if name]

    @property
    def GlobalAppointmentID(self) -> str:
        return str(self._fields["GlobalAppointmentID"])

    @property
    def IsRecurring(self) -> bool:
        return False

    @property
    def RecurrenceState(self) -> int:
        return 0

    def Save(self) -> None:
        if not self._fields["GlobalAppointmentID"]:
            self._fields["GlobalAppointmentID"] = self._outlook.new_global_id()
        super().Save()
