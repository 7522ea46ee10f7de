"""How an installation begins."""

import os
import stat
from pathlib import Path

import pytest
from cli.people import Ran

from osync.cli.main import main
from osync.config import PlaceSettings, read_settings


class Beginner:
    """Somebody who types `osync init`."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.home = folder / "home"
        self.calendar = folder / "calendar"
        self.office = folder / "office"
        self._capsys = capsys

    def init(self, *more: str, name: str = "pat", address: str = "pat@example.org", calendar: str = "") -> Ran:
        """Type it; what is in `more` comes last and wins."""
        places = ("--calendar", calendar or f"vdir:{self.calendar}", "--mailbox", f"folder:{self.office}")
        return self.run("init", "--name", name, "--address", address, *places, *more)

    def run(self, *arguments: str) -> Ran:
        """Type any command."""
        code = main(["--home", str(self.home), *arguments])
        said = self._capsys.readouterr()
        assert said.err.count("\n") <= 1
        return Ran(code, said.out, said.err)

    def refused(self, *more: str, name: str = "pat", address: str = "pat@example.org", calendar: str = "") -> str:
        """Type it in a way that is refused, and give the sentence; nothing may be left behind."""
        ran = self.init(*more, name=name, address=address, calendar=calendar)
        assert (ran.code, ran.out) == (2, "")
        assert not self.home.exists()
        return ran.err


@pytest.fixture
def beginner(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Beginner:
    (tmp_path / "calendar").mkdir()
    return Beginner(tmp_path, capsys)


def test_a_new_osync_is_ready_and_says_how_to_go_on(beginner: Beginner) -> None:
    ran = beginner.init("--time-zone", "Europe/Berlin")
    assert (ran.code, ran.err) == (0, "")
    for words in (
        "OSync is ready for pat <pat@example.org>",
        str(beginner.home / "identity.key"),
        "backup",
        "osync share new",
    ):
        assert words in ran.out
    assert list(beginner.calendar.iterdir()) == []
    assert beginner.run("sync").out == "Nothing new.\n"
    settings = read_settings(beginner.home / "config.toml")
    assert settings.calendars == {"default": PlaceSettings("vdir", str(beginner.calendar))}
    assert (settings.time_zone, settings.key_store) == ("Europe/Berlin", "file")


@pytest.mark.skipif(os.name != "posix", reason="on Windows the folder of the user protects it")
def test_nobody_else_can_read_what_is_in_the_home(beginner: Beginner) -> None:
    beginner.home.mkdir(mode=0o755)
    assert beginner.init().code == 0
    for path in beginner.home.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_several_calendars_have_names(beginner: Beginner, tmp_path: Path) -> None:
    for name in ("a=b", "c"):
        (tmp_path / name).mkdir()
    more = ("--calendar", f"work=vdir:{tmp_path / 'a=b'}", "--calendar", f"vdir:{tmp_path / 'c'}")
    assert beginner.init(*more).code == 0
    assert list(read_settings(beginner.home / "config.toml").calendars) == ["default", "work", "calendar3"]
    assert beginner.run("share", "new", "team", "--category", "Team", "--calendar", "work").code == 0
    ran = beginner.run("share", "new", "other", "--category", "Team", "--calendar", "wrok")
    assert ran.code == 2
    assert "Your calendars: default, work, calendar3." in ran.err


def test_a_second_init_changes_nothing(beginner: Beginner) -> None:
    beginner.init()
    before = {path.name: path.read_bytes() for path in beginner.home.iterdir()}
    ran = beginner.init(name="tom")
    assert ran.code == 2
    assert "There is an OSync in" in ran.err
    assert "It stays as it is." in ran.err
    assert {path.name: path.read_bytes() for path in beginner.home.iterdir()} == before


def test_an_init_that_was_cut_off_keeps_its_key_and_says_so(beginner: Beginner) -> None:
    beginner.init()
    key = (beginner.home / "identity.key").read_bytes()
    (beginner.home / "config.toml").unlink()
    ran = beginner.init()
    assert ran.code == 0
    assert "The private key that an earlier osync init made for this folder is used on." in ran.out
    assert (beginner.home / "identity.key").read_bytes() == key


def test_a_mistyped_calendar_is_not_made(beginner: Beginner, tmp_path: Path) -> None:
    said = beginner.refused(calendar=f"vdir:{tmp_path / 'calender'}")
    assert "does not exist" in said
    assert "--create" in said
    assert not (tmp_path / "calender").exists()
    assert beginner.init("--create", calendar=f"vdir:{tmp_path / 'calender'}").code == 0
    assert (tmp_path / "calender").is_dir()


def test_a_location_is_kept_as_a_whole_path(beginner: Beginner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(beginner.calendar.parent)
    assert beginner.init(calendar="vdir:calendar").code == 0
    monkeypatch.chdir("/")
    assert beginner.run("sync").code == 0
    assert read_settings(beginner.home / "config.toml").calendars["default"].location == str(beginner.calendar)


def test_a_location_may_be_written_in_short_in_the_settings(
    beginner: Beginner, monkeypatch: pytest.MonkeyPatch
) -> None:
    beginner.init()
    path = beginner.home / "config.toml"
    text = path.read_text("utf-8")
    monkeypatch.setenv("HOME", str(beginner.calendar.parent))
    for short in ("../calendar", "~/calendar"):
        path.write_text(text.replace(str(beginner.calendar), short), "utf-8")
        assert beginner.run("share", "new", f"s{len(short)}", "--category", "Team").code == 0
        assert beginner.run("sync").out == "Nothing new.\n"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--name", " "), "The name has to be one line of text"),
        (("--name", "a\nb"), "The name has to be one line of text"),
        (("--name", "x" * 61), "more than 60 characters"),
        (("--address", "pat"), "no mail address"),
        (("--address", "a@b\r\nBcc: c@d"), "one line"),
        (("--address", "Pat <pat@example.org>"), "no mail address"),
        (("--mailbox", "/media/post"), "does not say what kind it is"),
        (("--mailbox", "imap:x"), "Allowed: folder"),
        (("--calendar", "gopher:x"), "Allowed: vdir"),
        (("--calendar", "vdir:"), "does not say what kind it is"),
        (("--calendar", "default=vdir:x"), "Two calendars are called default"),
        (("--calendar", "vdir:~nobody-of-this-name/x"), "Nobody knows whose folder"),
        (("--time-zone", "Middle Earth"), "no time zone"),
        (("--time-zone", "../../etc/passwd"), "no time zone"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_made(
    beginner: Beginner, more: tuple[str, ...], words: str
) -> None:
    said = beginner.refused(*more)
    assert words in said
    assert "Nothing was" in said


def test_an_unknown_place_for_the_key_is_refused(beginner: Beginner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OSYNC_KEYS", "paper")
    assert 'Allowed are "system" and "file"' in beginner.refused()


def test_a_home_that_cannot_be_made_is_said(beginner: Beginner) -> None:
    beginner.home = beginner.calendar / "file" / "home"
    (beginner.calendar / "file").write_text("")
    ran = beginner.init()
    assert ran.code == 2
    assert "cannot be made" in ran.err


def test_a_home_that_is_a_file_leaves_no_folders_behind(beginner: Beginner, tmp_path: Path) -> None:
    beginner.home.write_text("mine", "utf-8")
    before = sorted(tmp_path.rglob("*"))
    ran = beginner.init("--create", calendar=f"vdir:{tmp_path / 'new'}")
    assert (ran.code, "cannot be made" in ran.err) == (2, True)
    assert sorted(tmp_path.rglob("*")) == before
