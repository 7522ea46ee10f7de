"""Titles and times as a terminal shows them."""

import pytest

from osync.cli.text import counted, safe, shown_start, shown_time, table, width
from osync.errors import ConfigurationError


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Lunch", "Lunch"),
        ("昼食 é ß 🍜", "昼食 é ß 🍜"),
        ("a\nb\tc\r\nd\u2028e", "a b c  d e"),
        ("\x1b[2J\x9b31m\x00\x7f", "�[2J�31m��"),
        ("\x1b]0;title\x07", "�]0;title�"),
        ("pay\u202e100", "pay100"),
        ("\u2066a\u2069\u200e\u200f\ufeff\u00ad", "a"),
        ("\ud800", "�"),
        ("\ue000", "�"),
        ("👨‍👩‍👧", "👨‍👩‍👧"),
        ("می‌خواهم", "\u2068می‌خواهم\u2069"),
        ("", ""),
    ],
)
def test_a_title_can_neither_steer_the_terminal_nor_hide_what_it_says(text: str, shown: str) -> None:
    assert safe(text) == shown


def test_no_character_steers_anything() -> None:
    for code in range(0x3000):
        for shown in safe(chr(code)):
            steers = ord(shown) < 0x20 or 0x7F <= ord(shown) < 0xA0 or "\u202a" <= shown <= "\u202e"
            assert not steers, hex(code)


@pytest.mark.parametrize(
    ("text", "columns"),
    [("abc", 3), ("昼食", 4), ("e\u0301", 1), ("ﾊﾟ", 2), ("🍜", 2), ("ไทย้", 3), ("a\ufe0f", 1), ("", 0)],
)
def test_the_columns_that_a_text_takes(text: str, columns: int) -> None:
    assert width(text) == columns


def test_columns_stay_aligned_with_wide_characters() -> None:
    text = table([["new", "昼食", "x"], ["deleted", "Lunch", "y\nz"], ["", "e\u0301", ""]])
    assert text.splitlines() == ["  new      昼食   x", "  deleted  Lunch  y z", "           e\u0301"]
    assert table([]) == ""


def test_a_hostile_cell_cannot_break_out_of_its_row() -> None:
    assert table([["\x1b[2J\n", "fine"]]) == "  �[2J   fine"


@pytest.mark.parametrize(
    ("first", "shown"),
    [
        ("2026-12-01", "Tue 2026-12-01"),
        ("2026-12-01T09:05", "Tue 2026-12-01 09:05"),
        ("2026-12-01T09:05:00", "Tue 2026-12-01 09:05"),
        ("2026-12-01T09:05:00+00:00", "Tue 2026-12-01 09:05 UTC"),
        ("", ""),
    ],
)
def test_the_start_of_an_event_is_shown_with_its_weekday(first: str, shown: str) -> None:
    assert shown_start(first) == shown


def test_a_moment_is_shown_in_the_zone_of_the_user() -> None:
    assert shown_time(1_795_413_857, "Europe/Berlin") == "2026-11-23 07:04:17"
    assert shown_time(1_795_413_857, "America/New_York") == "2026-11-23 01:04:17"
    assert shown_time(0, "Europe/Berlin") == "never"


@pytest.mark.parametrize("zone", ["Europe/Berlim", "../../etc/passwd", "Middle Earth"])
def test_an_unknown_zone_is_a_sentence(zone: str) -> None:
    with pytest.raises(ConfigurationError, match="no time zone"):
        shown_time(1, zone)


def test_counting() -> None:
    assert [counted(number, "event") for number in (0, 1, 2, 12345)] == [
        "0 events",
        "1 event",
        "2 events",
        "12,345 events",
    ]
