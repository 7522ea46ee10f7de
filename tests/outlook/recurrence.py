"""RecurrencePattern, Exceptions, and instances of series (facts A9, A10); the days are listed by dateutil."""

import calendar
import copy
import itertools
import weakref
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from dateutil import rrule
from outlook.appointment import AppointmentItem
from outlook.dispatched import Collection, Dispatched, Session
from outlook.refusals import FAILED, MEMBER_NOT_FOUND, NOT_FOUND, refused, transport_error
from outlook.store import Record
from outlook.times import given, taken, to_utc, to_wall, zone_info

if TYPE_CHECKING:
    from outlook.application import FakeOutlook

DAILY, WEEKLY, MONTHLY, MONTHLY_NTH, YEARLY, YEARLY_NTH = 0, 1, 2, 3, 5, 6
_YEARLY = (YEARLY, YEARLY_NTH)
_ENDLESS = date(4500, 8, 31)
_BITS = {rrule.SU: 1, rrule.MO: 2, rrule.TU: 4, rrule.WE: 8, rrule.TH: 16, rrule.FR: 32, rrule.SA: 64}
_BY_PYTHON = (2, 4, 8, 16, 32, 64, 1)
_MOST = 3000
_WORKDAYS = 62
_FAR = datetime(2080, 1, 1)
_VANISHED = "You changed one of the recurrences of this item, and this instance no longer exists."


def blank(first: date) -> dict[str, Any]:
    """The pattern that an event gets when somebody asks for it: every week."""
    return {"type": WEEKLY, "start": first, "count": None, "end": None, "exceptions": {}, **defaults(WEEKLY, first)}


def defaults(kind: int, first: date) -> dict[str, Any]:
    return {
        "interval": 12 if kind in _YEARLY else 1,
        "mask": _BY_PYTHON[first.weekday()],
        "day": first.day,
        "month": first.month,
        "nth": (first.day - 1) // 7 + 1,
    }


def days_of(pattern: dict[str, Any]) -> Iterator[date]:
    """List the days of a pattern: a day that a month does not have is its last one."""
    kind, interval = pattern["type"], max(pattern["interval"], 1)
    weekdays = [day for day, bit in _BITS.items() if pattern["mask"] & bit]
    days = range(28, pattern["day"] + 1) if pattern["day"] > 28 else [pattern["day"]]
    nth = -1 if pattern["nth"] == 5 else pattern["nth"]
    options: dict[int, dict[str, Any]] = {
        DAILY: {"freq": rrule.DAILY, "interval": interval},
        WEEKLY: {"freq": rrule.WEEKLY, "interval": interval, "byweekday": weekdays, "wkst": rrule.MO},
        MONTHLY: {"freq": rrule.MONTHLY, "interval": interval, "bymonthday": days, "bysetpos": -1},
        MONTHLY_NTH: {"freq": rrule.MONTHLY, "interval": interval, "byweekday": weekdays, "bysetpos": nth},
        YEARLY: {"freq": rrule.YEARLY, "interval": max(interval // 12, 1), "bymonth": pattern["month"], "bymonthday": days, "bysetpos": -1},
        YEARLY_NTH: {"freq": rrule.YEARLY, "interval": max(interval // 12, 1), "bymonth": pattern["month"], "byweekday": weekdays, "bysetpos": nth},
    }  # fmt: skip
    until = datetime.combine(pattern["end"], time()) if pattern["end"] else _FAR
    begin = datetime.combine(pattern["start"], time())
    count = {"count": pattern["count"]} if pattern["count"] else {"until": until}
    return (found.date() for found in rrule.rrule(dtstart=begin, **options[kind], **count))


def wall_start(fields: dict[str, Any]) -> datetime:
    return to_wall(fields["start"], zone_info(fields["start_zone"]))


def regular_start(fields: dict[str, Any], day: date) -> datetime:
    """When the instance of a day begins, in UTC, if nothing was changed."""
    return to_utc(datetime.combine(day, wall_start(fields).time()), zone_info(fields["start_zone"]))


def _is_every_workday(pattern: dict[str, Any]) -> bool:
    return (pattern["type"], pattern["mask"]) == (WEEKLY, _WORKDAYS)


def _setting(name: str) -> Any:
    def read(self: "RecurrencePattern") -> Any:
        return self._pattern[name]

    def write(self: "RecurrencePattern", value: int) -> None:
        self._change(**{name: value})
        self._check()

    return property(read, write)


class RecurrencePattern(Dispatched):
    """How one open event repeats; it counts when the event is saved. Every change drops all exceptions."""

    def __init__(self, outlook: "FakeOutlook", session: Session, item: "SeriesItem") -> None:
        super().__init__(outlook, session)
        self._item = item

    @property
    def _pattern(self) -> dict[str, Any]:
        pattern = self._item._fields["recurrence"]
        if pattern is None:
            raise refused(FAILED, "The item is not recurring any more.")
        return dict(pattern) if not isinstance(pattern, dict) else pattern

    def _change(self, **values: Any) -> None:
        pattern = self._pattern
        if any(pattern[name] != value for name, value in values.items()):
            pattern.update(values)
            pattern["exceptions"] = {}

    def _check(self) -> None:
        pattern = self._pattern
        if pattern["type"] == YEARLY and pattern["day"] > calendar.monthrange(2024, pattern["month"])[1]:
            raise refused(FAILED, "The recurrence pattern is not valid.")

    DayOfMonth = _setting("day")
    MonthOfYear = _setting("month")
    DayOfWeekMask = _setting("mask")
    Instance = _setting("nth")

    @property
    def RecurrenceType(self) -> int:
        return int(self._pattern["type"])

    @RecurrenceType.setter
    def RecurrenceType(self, kind: int) -> None:
        if kind not in (DAILY, WEEKLY, MONTHLY, MONTHLY_NTH, YEARLY, YEARLY_NTH):
            raise refused(FAILED, "The recurrence type is not valid.")
        kept = self._pattern["interval"] if {kind, self._pattern["type"]} == set(_YEARLY) else None
        values = defaults(kind, self._pattern["start"])
        self._change(type=kind, count=None, end=None, **{**values, **({"interval": kept} if kept else {})})

    @property
    def Interval(self) -> int:
        pattern = self._pattern
        if self._outlook.workdays_have_interval_zero and _is_every_workday(pattern):
            return 0
        if pattern["type"] in _YEARLY and not self._outlook.years_count_months:
            return int(pattern["interval"]) // 12
        return int(pattern["interval"])

    @Interval.setter
    def Interval(self, value: int) -> None:
        """An end that was set before is forgotten: it has to be set after the interval.

        A series on workdays whose interval reads as 0 takes another one, and cannot be saved then (facts A9, [C] OGCS).
        """
        if value < 1:
            raise refused(FAILED, "The interval is not valid.")
        if self._outlook.workdays_have_interval_zero and _is_every_workday(self._pattern):
            self._item._cannot_be_saved = True
        yearly = self._pattern["type"] in _YEARLY
        months = value if not yearly or self._outlook.years_count_months else 12 * value
        self._change(interval=months, count=None, end=None)

    @property
    def StartTime(self) -> datetime:
        """The time of day, in the zone of the series; the day says nothing."""
        return given(wall_start(self._item._fields))

    @StartTime.setter
    def StartTime(self, value: object) -> None:
        fields = self._item._fields
        clock = taken(value, self._outlook.system).time()
        begin = datetime.combine(wall_start(fields).date(), clock)
        self._item._move("start", to_utc(begin, zone_info(fields["start_zone"])))

    @property
    def Duration(self) -> int:
        """In minutes."""
        fields = self._item._fields
        return int((fields["end"] - fields["start"]).total_seconds()) // 60

    @Duration.setter
    def Duration(self, value: int) -> None:
        if value < 0:
            raise refused(FAILED, "The duration is not valid.")
        self._item._move("end", self._item._fields["start"] + timedelta(minutes=value))

    @property
    def EndTime(self) -> datetime:
        return given(to_wall(self._item._fields["end"], zone_info(self._item._fields["end_zone"])))

    @EndTime.setter
    def EndTime(self, value: object) -> None:
        fields = self._item._fields
        zone = zone_info(fields["end_zone"])
        clock = taken(value, self._outlook.system).time()
        self._item._move("end", to_utc(datetime.combine(to_wall(fields["end"], zone).date(), clock), zone))

    @property
    def PatternStartDate(self) -> datetime:
        return given(datetime.combine(self._pattern["start"], time()))

    @PatternStartDate.setter
    def PatternStartDate(self, value: object) -> None:
        self._change(start=taken(value, self._outlook.system).date())

    @property
    def NoEndDate(self) -> bool:
        return self._pattern["count"] is None and self._pattern["end"] is None

    @NoEndDate.setter
    def NoEndDate(self, value: bool) -> None:
        if value:
            self._change(count=None, end=None)

    @property
    def Occurrences(self) -> int:
        return 0 if self.NoEndDate else len(list(days_of(self._pattern)))

    @Occurrences.setter
    def Occurrences(self, value: int) -> None:
        if not 1 <= value <= 999:
            raise refused(FAILED, "The number of occurrences is not valid.")
        self._change(count=value, end=None)

    @property
    def PatternEndDate(self) -> datetime:
        if self.NoEndDate:
            return given(datetime.combine(_ENDLESS, time()))
        end = self._pattern["end"] or list(days_of(self._pattern))[-1]
        return given(datetime.combine(end, time()))

    @PatternEndDate.setter
    def PatternEndDate(self, value: object) -> None:
        end = taken(value, self._outlook.system).date()
        if end < self._pattern["start"]:
            raise refused(FAILED, "The end date you entered occurs before the start date.")
        self._change(end=end, count=None)

    def GetOccurrence(self, when: object) -> "Occurrence":
        """Find what is placed at a local time now; the series has to be saved and opened anew."""
        record = self._item._record
        known = self._item._known["recurrence"]
        if record is None or not self._item._opened_as_series or not known or record.fields["recurrence"] is None:
            raise refused(FAILED, "The series was not saved yet.")
        wanted = to_utc(taken(when, self._outlook.system), self._outlook.system)
        for day in days_of(record.fields["recurrence"]):
            fields = instance_fields(record, day)
            if fields is not None and fields["start"] == wanted:
                return Occurrence(self._outlook, self._session, record, day, of=self._item)
            if regular_start(record.fields, day) > wanted + timedelta(days=400):
                break
        raise refused(FAILED, "There is no occurrence at this time.")

    @property
    def Exceptions(self) -> Collection:
        """As they were when the series was opened: another reference to it shows nothing newer while this one is held."""
        record, pattern = self._item._record, self._item._known.get("recurrence")
        days = sorted(pattern["exceptions"]) if record and pattern else []
        self._outlook.chance.shuffle(days)
        members = [ExceptionItem(self._outlook, self._session, self._item, day) for day in days]
        return Collection(self._outlook, self._session, members)


def _series_wide(fields: dict[str, Any]) -> dict[str, Any]:
    """Give what instances cannot have of their own (facts A10)."""
    return {name: fields[name] for name in ("Categories", "Sensitivity")}


def instance_fields(record: Record, day: date) -> dict[str, Any] | None:
    """What the instance of a day is now; None if it was deleted."""
    exceptions = record.fields["recurrence"]["exceptions"]
    if day in exceptions:
        found: dict[str, Any] | None = exceptions[day]
        return found and {**found, **_series_wide(record.fields)}
    start = regular_start(record.fields, day)
    # MS-OXOCAL: a pattern holds minutes from midnight of its start and end, so the clock on the wall decides.
    zone = zone_info(record.fields["start_zone"])
    length = to_wall(record.fields["end"], zone) - wall_start(record.fields)
    end = to_utc(datetime.combine(day, wall_start(record.fields).time()) + length, zone)
    return {**record.fields, "start": start, "end": end, "recurrence": None}


class ExceptionItem(Dispatched):
    """One exception of a series; read only."""

    def __init__(self, outlook: "FakeOutlook", session: Session, item: "SeriesItem", day: date) -> None:
        super().__init__(outlook, session)
        self._item = item
        self._fields = item._known
        self._day = day

    @property
    def Deleted(self) -> bool:
        return self._fields["recurrence"]["exceptions"][self._day] is None

    @property
    def OriginalDate(self) -> datetime:
        """Day and local time of a changed instance, only the day of a deleted one."""
        if self.Deleted:
            return given(datetime.combine(self._day, time()))
        return given(to_wall(regular_start(self._fields, self._day), self._outlook.system))

    @property
    def AppointmentItem(self) -> "Occurrence":
        if self.Deleted:
            raise refused(FAILED, "The occurrence was deleted.")
        if self._day in self._fields["recurrence"].get("broken", ()):
            raise refused(FAILED, _VANISHED)
        shown = {**self._fields["recurrence"]["exceptions"][self._day], **_series_wide(self._fields)}
        return Occurrence(self._outlook, self._session, self._item._saved, self._day, shown, of=self._item)


class SeriesItem(AppointmentItem):
    """An event that may repeat."""

    def __init__(self, outlook: "FakeOutlook", session: Session, folder: Any, record: Record | None) -> None:
        super().__init__(outlook, session, folder, record)
        self._opened_as_series = bool(record and record.fields.get("recurrence"))
        self._known: dict[str, Any] = copy.deepcopy(self._fields)
        self._cannot_be_saved = False
        self._modified = record.modified if record else None
        if record and self._opened_as_series and outlook.keeps_stale_copies:
            self._share_what_is_held(record)

    def _share_what_is_held(self, record: Record) -> None:
        """See what another reference to this series saw when it was opened, if one is still held (facts A10)."""
        holders = self._outlook.held.setdefault(record.entry_id, weakref.WeakSet())
        for held in holders:
            if held._seen < record.change:
                self._fields, self._known, self._seen = copy.deepcopy(held._known), held._known, held._seen
                self._modified = held._modified
        holders.add(self)

    @property
    def LastModificationTime(self) -> datetime:
        return given(to_wall(self._modified or self._saved.modified, self._outlook.system).replace(microsecond=0))

    @property
    def IsRecurring(self) -> bool:
        return self._fields.get("recurrence") is not None

    @property
    def RecurrenceState(self) -> int:
        return 1 if self.IsRecurring else 0

    def GetRecurrencePattern(self) -> RecurrencePattern:
        """Asking for it makes a series of the event."""
        if self._fields.get("recurrence") is None:
            self._fields["recurrence"] = blank(wall_start(self._fields).date())
        return RecurrencePattern(self._outlook, self._session, self)

    def ClearRecurrencePattern(self) -> None:
        self._fields["recurrence"] = None
        self._cannot_be_saved = False

    def _move(self, which: str, instant: datetime) -> None:
        super()._move(which, instant)
        pattern = self._fields.get("recurrence")
        if pattern:
            pattern["exceptions"] = {}
            pattern["start"] = wall_start(self._fields).date()

    def Save(self) -> None:
        if self._cannot_be_saved:
            raise transport_error(MEMBER_NOT_FOUND)
        pattern = self._fields.get("recurrence")
        first = next(days_of(pattern), None) if pattern else None
        if pattern and first and first != wall_start(self._fields).date():
            moved = {**self._fields, "recurrence": {**pattern, "exceptions": {}}}
            whole = Record("", self._folder, "", moved, {}, {}, self._outlook.now, self._outlook.now)
            fields = instance_fields(whole, first)
            if fields:
                self._fields["start"], self._fields["end"] = fields["start"], fields["end"]
        super().Save()
        self._known, self._modified = copy.deepcopy(self._fields), self._saved.modified
        if pattern and self._outlook.keeps_stale_copies:
            self._outlook.held.setdefault(self._entry_id, weakref.WeakSet()).add(self)


class Occurrence(AppointmentItem):
    """One instance of a series, open; it has the id of the series."""

    def __init__(
        self,
        outlook: "FakeOutlook",
        session: Session,
        record: Record,
        day: date,
        shown: dict[str, Any] | None = None,
        of: "SeriesItem | None" = None,
    ) -> None:
        super().__init__(outlook, session, record.folder, record)
        fields = shown or instance_fields(record, day)
        if fields is None:
            raise refused(NOT_FOUND, "The occurrence was deleted.")
        self._fields = dict(fields)
        self._day = day
        # Who holds an instance holds its series, whose contents nobody sees anew as long (facts A10).
        self._of = of

    @property
    def IsRecurring(self) -> bool:
        return True

    @property
    def RecurrenceState(self) -> int:
        return 3 if self._day in self._series["exceptions"] else 2

    @property
    def _series(self) -> dict[str, Any]:
        found: dict[str, Any] = self._saved.fields["recurrence"]
        return found

    @property
    def Sensitivity(self) -> int:
        return int(self._fields["Sensitivity"])

    @Sensitivity.setter
    def Sensitivity(self, value: int) -> None:
        raise refused(FAILED, "The property cannot be set for an occurrence.")

    @property
    def Categories(self) -> str:
        return f"{self._outlook.list_separator} ".join(self._fields["Categories"])

    @Categories.setter
    def Categories(self, value: str) -> None:
        raise refused(FAILED, "The property cannot be set for an occurrence.")

    def Save(self) -> None:
        self._write(copy.deepcopy(self._fields))

    def Delete(self) -> None:
        self._write(None)

    def _write(self, fields: dict[str, Any] | None) -> None:
        record = self._there
        self._check_writable(self._folder)
        if not record.fields["recurrence"] or self._series["exceptions"].get(self._day, self) is None:
            raise refused(FAILED, _VANISHED)
        if fields is not None:
            self._check_neighbours()
        record.fields["recurrence"]["exceptions"][self._day] = fields
        record.modified = self._outlook.clock()
        record.change += 1
        self._outlook.tell(record.folder, "ItemChange", self)

    def _check_neighbours(self) -> None:
        """No instance may come to lie on the day of another, or pass it; a deleted one keeps its day (facts A15.21, [C] OGCS)."""
        days = list(itertools.islice(days_of(self._series), _MOST))
        if self._day not in days:
            raise refused(FAILED, _VANISHED)
        place = days.index(self._day)
        here = wall_start(self._fields).date()
        for number in (place - 1, place + 1):
            if not 0 <= number < len(days):
                continue
            fields = instance_fields(self._saved, days[number])
            other = wall_start(fields).date() if fields else days[number]
            if other == here or (other < here) is not (number < place):
                raise refused(FAILED, "Cannot save this item. Another occurrence is on that day, or it skips over one.")


def described(record: Record, system: ZoneInfo) -> Iterator[str]:
    """Say what an event is: one line for it, and one for each exception of a series."""
    fields = record.fields
    begin = to_wall(fields["start"], system)
    when = f"{begin:%a %d %b} all day" if fields["AllDayEvent"] else f"{begin:%a %d %b %H:%M}"
    categories = f" [{', '.join(fields['Categories'])}]" if fields["Categories"] else ""
    ours = " (written by OSync)" if record.user else ""
    yield f"{when:20}{fields['Subject']}{categories}{ours}"
    pattern = fields.get("recurrence")
    if pattern:
        yield f"{'':20}  repeats: type {pattern['type']}, interval {pattern['interval']}, {pattern['count'] or 'no'} end"
        for day, changed in sorted(pattern["exceptions"].items()):
            moved = f"moved to {to_wall(changed['start'], system):%a %d %b %H:%M}" if changed else "deleted"
            yield f"{'':20}  {day:%a %d %b}: {moved}"
