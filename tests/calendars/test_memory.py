"""The calendar in memory keeps the contract."""

import pytest
from contracts.calendar_contract import CalendarContract, Neighbour, event

from osync.calendars.memory import MemoryCalendar
from osync.ical.event import read_events


class _Neighbour:
    def __init__(self, calendar: MemoryCalendar) -> None:
        self._calendar = calendar

    def write(self, name: str, text: bytes) -> str:
        reading = read_events(text)
        return self._calendar.put(name, *reading.events, problem=" ".join(reading.problems)).handle

    def remove(self, handle: str) -> None:
        self._calendar.remove(handle)


class TestMemoryCalendar(CalendarContract):
    @pytest.fixture
    def calendar(self) -> MemoryCalendar:
        return MemoryCalendar()

    @pytest.fixture
    def neighbour(self, calendar: MemoryCalendar) -> Neighbour:
        return _Neighbour(calendar)

    @pytest.fixture
    def read_only(self) -> MemoryCalendar:
        calendar = MemoryCalendar(writable=False)
        calendar.put("there", event())
        return calendar
