"""Outlook over COM on a Windows that stands somewhere else: its zone, the format of its dates, what it puts between categories.

The stage sets the region of Wine before it starts; anywhere else the region of the computer is what is tested.
"""

import ctypes
import os
import sys
from ctypes import wintypes
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from contracts.calendar_contract import event, read_one
from microsoft.test_regions import SERIES, TIMES, by_user, categories, spans, written
from tzlocal.windows_tz import win_tz
from windows.test_outlook_over_com import ComOutlook, over_com

from osync.calendars.base import Calendar
from osync.cli.text import shown_time
from osync.microsoft.windows import windows_machine

assert sys.platform == "win32"  # elsewhere conftest.py leaves it out; type checkers need to hear it

ZONE, _, NAME = os.environ.get("OSYNC_WINE_REGION", "").partition(" ")
_LIST_SEPARATOR, _SHORT_DATE = 0xC, 1
_FORMATS = {"de-DE": "24.12.2026", "en-GB": "24/12/2026", "ja-JP": "2026/12/24", "ar-SA": "24\u200f/12\u200f/2026"}


class _Zone(ctypes.Structure):
    """DYNAMIC_TIME_ZONE_INFORMATION."""

    _fields_ = (
        ("bias", wintypes.LONG),
        ("standard_name", wintypes.WCHAR * 32),
        ("standard_date", wintypes.WORD * 8),
        ("standard_bias", wintypes.LONG),
        ("daylight_name", wintypes.WCHAR * 32),
        ("daylight_date", wintypes.WORD * 8),
        ("daylight_bias", wintypes.LONG),
        ("key_name", wintypes.WCHAR * 128),
        ("is_fixed", wintypes.BOOLEAN),
    )


def windows_zone() -> str:
    """Give Windows' name of the zone of this computer."""
    found = _Zone()
    ask = ctypes.WinDLL("kernel32").GetDynamicTimeZoneInformation
    ask.argtypes, ask.restype = (ctypes.POINTER(_Zone),), wintypes.DWORD
    ask(ctypes.byref(found))
    return str(found.key_name)


def list_separator() -> str:
    ask = ctypes.WinDLL("kernel32").GetLocaleInfoW
    ask.argtypes, ask.restype = (wintypes.DWORD, wintypes.DWORD, wintypes.LPWSTR, ctypes.c_int), ctypes.c_int
    text = ctypes.create_unicode_buffer(80)
    assert ask(0x400, _LIST_SEPARATOR, text, 80)
    return text.value


def short_date() -> str:
    """Write Christmas Eve as Windows does here."""
    ask = ctypes.WinDLL("kernel32").GetDateFormatW
    day = (wintypes.WORD * 8)(2026, 12, 4, 24)
    ask.argtypes = (wintypes.DWORD, wintypes.DWORD, ctypes.c_void_p, wintypes.LPCWSTR, wintypes.LPWSTR, ctypes.c_int)
    text = ctypes.create_unicode_buffer(80)
    assert ask(0x400, _SHORT_DATE, day, None, text, 80)
    return text.value


@pytest.fixture
def outlook(server: Any) -> Any:
    server.Fake.renew(win_tz[windows_zone()], list_separator())
    return ComOutlook(server)


@pytest.fixture
def calendar(outlook: Any) -> Calendar:
    return over_com()


def test_windows_stands_where_the_stage_says() -> None:
    zone = ZoneInfo(ZONE or win_tz[windows_zone()])
    for month in (1, 7):
        noon = datetime(2027, month, 1, 12)
        assert noon.astimezone().utcoffset() == noon.replace(tzinfo=zone).utcoffset()
    assert NAME == "" or short_date() == _FORMATS[NAME]


def test_the_list_separator_is_the_one_of_windows() -> None:
    assert windows_machine().list_separator() == list_separator()


@pytest.mark.parametrize("month", [1, 7])
def test_a_time_is_shown_as_the_clock_of_this_computer_shows_it(month: int) -> None:
    noon = datetime(2027, month, 1, 12, tzinfo=UTC)
    assert f"{noon.astimezone(ZoneInfo(win_tz[windows_zone()])):%H:%M}" in shown_time(int(noon.timestamp()), "")


@pytest.mark.parametrize(
    "name", ["begins in the gap", "over autumn", "first in the fold", "second in the American fold", "days over spring"]
)
def test_an_event_near_a_jump_of_the_clock_comes_back_as_it_was_written(calendar: Calendar, name: str) -> None:
    start, end = TIMES[name]
    wanted = written(f"DTSTART{start}", f"DTEND{end}")
    again = read_one(calendar, calendar.create(wanted).handle).event
    assert again
    assert spans(again) == spans(wanted)
    assert categories(again) == ["CATEGORIES:Team,Home office"]


@pytest.mark.parametrize("name", ["weekly over spring", "daily through the fold"])
def test_a_series_over_the_jumps_of_the_clock_comes_back_as_it_was_written(calendar: Calendar, name: str) -> None:
    start, length, rule = SERIES[name]
    wanted = written(f"DTSTART{start}", f"DURATION:{length}", f"RRULE:{rule}")
    again = read_one(calendar, calendar.create(wanted).handle).event
    assert again
    assert spans(again) == spans(wanted)


def test_categories_are_separated_as_windows_does_it_here(calendar: Calendar, outlook: Any) -> None:
    ref = calendar.create(event("Lunch", "CATEGORIES:Team,Home office"))
    found = outlook.application().GetNamespace("MAPI").GetItemFromID(ref.handle)
    assert found.Categories == f"Team{list_separator()} Home office"


def test_what_the_user_writes_is_told_as_it_is(calendar: Calendar, outlook: Any) -> None:
    for zone, instant in (
        ("Europe/Berlin", datetime(2027, 10, 31, 1, 30)),
        ("America/New_York", datetime(2027, 11, 7, 5, 30)),
        ("Asia/Tokyo", datetime(2027, 3, 28, 1, 0)),
    ):
        told = read_one(calendar, by_user(outlook, zone, instant, list_separator()).EntryID).event
        assert told
        assert spans(told)[0][0] == instant.replace(tzinfo=UTC)
        assert categories(told) == ["CATEGORIES:Team,Home office"]
