"""OSync can be told to the system, and taken back, without a secret in it."""

import configparser
import plistlib
import shlex
from collections.abc import Sequence
from pathlib import Path

import pytest

from osync.daemon.installing import System, install, remove
from osync.daemon.service import Program, launch_agent, log_on_command, own_words, service_name, systemd_unit
from osync.errors import UserMustActError
from osync.home import Home

ODD = Program(
    ("/opt/my python/bin/python", "-m", "osync", "--home", '/home/pät/100% "odd" $HOME\\x', "run"), "/home/pät/100%"
)


class Told:
    """Notes what the system was told, and answers with one exit code."""

    def __init__(self, code: int = 0) -> None:
        self.words: list[list[str]] = []
        self._code = code

    def run(self, words: Sequence[str]) -> int:
        self.words.append(list(words))
        return self._code


def linux(tmp_path: Path, told: Told) -> System:
    return System("linux", {}, tmp_path / "user", told.run)


def homes(tmp_path: Path) -> tuple[Home, Home]:
    return Home(tmp_path / "user" / "osync"), Home(tmp_path / "user" / "other")


def program(home: Home) -> Program:
    return Program((*own_words("/usr/bin/python3", is_one_file=False), "--home", str(home.path), "run"), str(home.path))


def test_a_unit_is_written_started_renewed_and_removed(tmp_path: Path) -> None:
    told, (usual, _) = Told(), homes(tmp_path)
    system = linux(tmp_path, told)
    for _ in range(2):
        said = install(system, program(usual), usual, usual)
        assert "runs now" in said[0]
        assert "enable-linger" in said[1]
    unit = tmp_path / "user" / ".config" / "systemd" / "user" / "osync.service"
    assert "ExecStart=" in unit.read_text("utf-8")
    assert told.words[:2] == [
        ["systemctl", "--user", "daemon-reload"],
        ["systemctl", "--user", "enable", "--now", "osync.service"],
    ]
    assert remove(system, usual, usual) == ["OSync does not start by itself any more."]
    assert not unit.exists()
    assert remove(system, usual, usual) == ["OSync did not start by itself."]


def test_a_unit_that_is_renewed_is_started_again(tmp_path: Path) -> None:
    told, (usual, _) = Told(), homes(tmp_path)
    for _ in range(2):
        install(linux(tmp_path, told), program(usual), usual, usual)
    restart = ["systemctl", "--user", "restart", "osync.service"]
    assert told.words.index(restart) == len(told.words) - 1


def test_where_systemd_does_not_answer_it_is_said_what_to_type(tmp_path: Path) -> None:
    usual, _ = homes(tmp_path)
    said = install(linux(tmp_path, Told(code=-1)), program(usual), usual, usual)
    assert "systemctl --user enable --now osync.service" in said[0]


def test_every_home_has_a_unit_of_its_own(tmp_path: Path) -> None:
    usual, other = homes(tmp_path)
    told = Told()
    install(linux(tmp_path, told), program(usual), usual, usual)
    install(linux(tmp_path, told), program(other), other, usual)
    names = sorted(path.name for path in (tmp_path / "user" / ".config" / "systemd" / "user").iterdir())
    assert len(names) == 2
    assert names[1] == "osync.service" or names[0] == "osync.service"
    assert service_name("/a", "/b") != service_name("/c", "/b")


def test_a_unit_keeps_odd_words_whole() -> None:
    unit = configparser.RawConfigParser(strict=True)
    unit.optionxform = str  # type: ignore[assignment,method-assign] # names in units have capitals
    unit.read_string(systemd_unit(ODD))
    assert set(unit.sections()) == {"Unit", "Service", "Install"}
    line = unit["Service"]["ExecStart"].replace("%%", "%").replace("$$", "$")
    assert shlex.split(line) == list(ODD.words)
    assert "100%%" in unit["Unit"]["Description"]


def test_the_log_on_command_keeps_odd_words_whole() -> None:
    command = log_on_command(Program(("C:\\it's here\\osync.exe", "--home", "C:\\x y", "run"), "C:\\x y"))
    assert command.endswith("""-Command "& 'C:\\it''s here\\osync.exe' '--home' 'C:\\x y' 'run'\"""")
    assert "-WindowStyle Hidden" in command


def test_the_log_on_command_doubles_each_quote_that_powershell_knows() -> None:
    command = log_on_command(Program(("C:\\Pat\u2019s \u201aPC\u2018\u201b\\osync.exe", "run"), "C:\\x"))
    assert "'C:\\Pat\u2019\u2019s \u201a\u201aPC\u2018\u2018\u201b\u201b\\osync.exe' 'run'" in command


def test_a_command_that_windows_would_not_start_at_log_on_is_refused(tmp_path: Path) -> None:
    windows, (usual, _) = System("win32", {}, tmp_path, Told().run), homes(tmp_path)
    far = Program(("C:\\" + "deep\\" * 40 + "osync.exe", "run"), "C:\\x")
    with pytest.raises(UserMustActError, match="characters; Windows starts none with more than 260"):
        install(windows, far, usual, usual)


@pytest.mark.posix
def test_a_launch_agent_can_be_read_back(tmp_path: Path) -> None:
    agent = plistlib.loads(launch_agent("osync", ODD))
    assert agent["ProgramArguments"] == list(ODD.words)
    told, (usual, _) = Told(), homes(tmp_path)
    mac = System("darwin", {}, tmp_path / "user", told.run)
    install(mac, program(usual), usual, usual)
    assert (tmp_path / "user" / "Library" / "LaunchAgents" / "org.osync.osync.plist").exists()
    assert remove(mac, usual, usual) == ["OSync does not start by itself any more."]


@pytest.mark.parametrize(("one_file", "words"), [(True, ("x.exe",)), (False, ("x.exe", "-m", "osync"))])
def test_a_program_in_one_file_needs_no_module(one_file: bool, words: tuple[str, ...]) -> None:
    assert own_words("x.exe", is_one_file=one_file) == words
