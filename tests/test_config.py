"""The settings: what is read, what is refused with its line, what is written."""

import os
import re
import stat
from pathlib import Path

import pytest

from osync.config import PlaceSettings, Settings, is_address, read_settings, write_settings
from osync.errors import ConfigurationError

GOOD = """\
[user]
name = "pat"
address = "pat@example.org"
time_zone = "Europe/Berlin"
key_store = "file"

[calendars.default]
kind = "vdir"
location = "/home/pat/calendar"

[mailbox]
kind = "folder"
location = "/media/post"
"""

SETTINGS = Settings(
    name="pat",
    address="pat@example.org",
    time_zone="Europe/Berlin",
    key_store="file",
    calendars={"default": PlaceSettings("vdir", "/home/pat/calendar")},
    mailbox=PlaceSettings("folder", "/media/post"),
)


def reading(folder: Path, text: str | bytes) -> Settings:
    path = folder / "config.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_settings(path)


def refusal(folder: Path, text: str | bytes) -> str:
    with pytest.raises(ConfigurationError) as caught:
        reading(folder, text)
    assert caught.value.exit_code == 2
    assert caught.value.unharmed
    return str(caught.value)


def test_the_example_is_read(tmp_path: Path) -> None:
    assert reading(tmp_path, GOOD) == SETTINGS


def test_what_notepad_writes_is_read(tmp_path: Path) -> None:
    assert reading(tmp_path, b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode()) == SETTINGS


def test_the_first_calendar_stays_the_first(tmp_path: Path) -> None:
    more = (
        GOOD + '[calendars.another]\nkind = "vdir"\nlocation = "b"\n[calendars."a b"]\nkind = "vdir"\nlocation = "c"\n'
    )
    assert list(reading(tmp_path, more).calendars) == ["default", "another", "a b"]


def test_the_time_zone_may_be_left_to_the_system(tmp_path: Path) -> None:
    assert reading(tmp_path, GOOD.replace('time_zone = "Europe/Berlin"\n', "")).time_zone == ""
    assert reading(tmp_path, GOOD.replace('"Europe/Berlin"', '""')).time_zone == ""


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[user]", "[users]", "line 1: users is not known. Nothing was sent or changed. Allowed here: user, calendars"),
        ('name = "pat"\n', "", "line 1: name in [user] is missing"),
        ("name =", "nmae =", "line 2: nmae in [user] is not known"),
        ("name =", "nmae =", "Did you mean name?"),
        ("address =", "Address =", "Did you mean address?"),
        ("name =", "wholly_other =", "Allowed here: name, address, time_zone, key_store."),
        ('"pat"', "7", "line 2: name in [user] has to be a text in quotes"),
        ('"pat"', '""', "line 2: name in [user] has to be one line of text"),
        ('"pat"', '"p\\nat"', "line 2: name in [user] has to be one line of text"),
        ('"pat"', "true", "has to be a text in quotes"),
        ('"pat@example.org"', '"pat"', "line 3: address in [user] is no mail address"),
        ('"Europe/Berlin"', "1", "line 4: time_zone in [user] has to be a text in quotes"),
        ('"file"', '"flie"', 'line 5: key_store in [user] is "flie". Nothing was sent or changed. Allowed: "system" or'),
        ('"file"', '"flie"', "Did you mean file?"),
        ('key_store = "file"\n', "", "line 1: key_store in [user] is missing"),
        ("[calendars.default]", "[calendar.default]", "line 7: calendar is not known"),
        ("[calendars.default]", "[calendars]", "line 8: kind in [calendars] has to be a section"),
        ('kind = "vdir"\n', "", "line 7: kind in [calendars.default] is missing"),
        ("location = \"/home", "locaton = \"/home", "line 9: locaton in [calendars.default] is not known"),
        ("[mailbox]", "[calendars.second]", "mailbox is missing. Nothing was sent or changed. Write it as [mailbox]."),
        ("[mailbox]", "[[mailbox]]", "line 11: mailbox has to be a section"),
        ('location = "/media/post"', "location = 3", "line 13: location in [mailbox] has to be a text in quotes"),
        ('name = "pat"', "name = pat", "line 2, is not TOML: Invalid value"),
        ('name = "pat"', 'name = "pat', "line 2, is not TOML"),
        ("[mailbox]", "[mailbox", "line 11, is not TOML"),
        ('name = "pat"', 'name = "pat"\nname = "tom"', "line 3, is not TOML"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_line_and_what_is_allowed(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    assert old in GOOD
    said = refusal(tmp_path, GOOD.replace(old, new, 1))
    assert str(tmp_path / "config.toml") in said
    assert words in said


def test_lines_are_found_in_settings_that_are_written_in_other_ways(tmp_path: Path) -> None:
    text = GOOD.replace("[calendars.default]", ' [ calendars . "default" ]  # mine').replace(
        'location = "/home', 'x = "'
    )
    assert "line 7: location in [calendars.default]" in refusal(tmp_path, text)
    assert "line 8: kind in" in refusal(tmp_path, GOOD.replace('kind = "vdir"', "'kind' = 1"))


@pytest.mark.parametrize(
    ("section", "line", "allowed"),
    [
        ("run", "poll_seconds = 4", "from 5 to 86400"),
        ("network", "timeout = 0", "from 1 to 3600"),
        ("limits", "mails_per_day = -1", "from 0 (no limit) to 1000000"),
        ("limits", "broadcast_minutes = true", "from 0 (no limit) to 1440"),
    ],
)
def test_a_number_out_of_its_range_is_refused_with_the_range(
    tmp_path: Path, section: str, line: str, allowed: str
) -> None:
    without = GOOD.partition("[limits]")[0]
    assert f"Write a whole number {allowed}, like" in refusal(tmp_path, f"{without}\n[{section}]\n{line}\n")


def test_settings_without_a_calendar_are_refused(tmp_path: Path) -> None:
    without = GOOD.replace('[calendars.default]\nkind = "vdir"\nlocation = "/home/pat/calendar"\n', "")
    assert "calendars is missing. Nothing was sent or changed. Write it as [calendars.default]." in refusal(
        tmp_path, without
    )
    assert "has no calendar" in refusal(tmp_path, without + "[calendars]\n")


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    assert "is not UTF-8 text" in refusal(tmp_path, GOOD.encode("utf-16"))
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_settings(tmp_path / "folder.toml")


def test_settings_that_do_not_exist_lead_to_init(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"There is no OSync in .* osync init"):
        read_settings(tmp_path / "none" / "config.toml")


ODD = Settings(
    name="O'\"Brien \\ \u200d \u0634 \U0001f600",
    address="o.b+c@example.org",
    time_zone="",
    key_store="system",
    calendars={
        "default": PlaceSettings("vdir", "C:\\Users\\new\\calendar"),
        "two words. and a dot": PlaceSettings("vdir", "/kä"),
        "": PlaceSettings("vdir", "x"),
    },
    mailbox=PlaceSettings("folder", '/media/"post"'),
)


@pytest.mark.parametrize("settings", [SETTINGS, ODD])
def test_what_is_written_is_read_again(tmp_path: Path, settings: Settings) -> None:
    write_settings(tmp_path / "config.toml", settings)
    assert read_settings(tmp_path / "config.toml") == settings
    assert list(read_settings(tmp_path / "config.toml").calendars) == list(settings.calendars)
    assert [path.name for path in tmp_path.iterdir()] == ["config.toml"]


@pytest.mark.posix
def test_settings_are_for_the_user_alone(tmp_path: Path) -> None:
    write_settings(tmp_path / "config.toml", SETTINGS)
    assert stat.S_IMODE((tmp_path / "config.toml").stat().st_mode) == 0o600


def test_settings_that_cannot_be_written_are_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be written"):
        write_settings(tmp_path / "missing" / "config.toml", SETTINGS)


@pytest.mark.parametrize("text", ["pat@example.org", "a.b+c@d", "jürgen@exämple.org"])
def test_addresses(text: str) -> None:
    assert is_address(text)


@pytest.mark.parametrize(
    "text", ["", "pat", "@", "a@", "@b", "a@b@c", "a b@c", "a,b@c", "<a@b>", "a@b\n", "a@b\r\nBcc: c@d", "a\x00@b"]
)
def test_what_is_no_address(text: str) -> None:
    assert not is_address(text)


def test_the_settings_of_the_manual_are_read(tmp_path: Path) -> None:
    page = (Path(__file__).parent.parent / "docs" / "settings.md").read_text("utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert list(reading(tmp_path, example).calendars) == ["default", "work"]
    for key in ("user.name", "user.address", "user.time_zone", "user.key_store", "mailbox.kind", "mailbox.location"):
        assert f"| `{key}` |" in page


def test_what_a_killed_one_of_the_same_number_left_is_no_obstacle(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    (tmp_path / f".config.toml.{os.getpid()}").write_text("half of some" * 999, "utf-8")
    write_settings(path, SETTINGS)
    assert read_settings(path) == SETTINGS
    assert [each.name for each in tmp_path.iterdir()] == ["config.toml"]
