"""The folder of one installation, and who is in it."""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from osync.errors import AnotherRunError, UserMustActError
from osync.home import Home, find_home, profile_of, profiles_of

HOLD = """
import sys
from pathlib import Path
from osync.home import Home
with Home(Path(sys.argv[1])).locked():
    print("inside", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Give another process that is in the home."""
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "inside\n"
        yield process
        process.kill()


def test_the_second_run_says_so_and_names_the_first(tmp_path: Path, holder: "subprocess.Popen[str]") -> None:
    with pytest.raises(AnotherRunError) as caught, Home(tmp_path).locked():
        pass
    assert caught.value.exit_code == 75
    assert f"Another OSync is working with {tmp_path}" in str(caught.value)
    if sys.platform == "linux":
        assert f"(process {holder.pid})" in str(caught.value)


def test_a_killed_run_locks_nobody_out(tmp_path: Path, holder: "subprocess.Popen[str]") -> None:
    holder.send_signal(signal.SIGTERM if os.name == "nt" else signal.SIGKILL)
    holder.wait()
    with Home(tmp_path).locked():
        pass


def test_a_run_that_failed_locks_nobody_out(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="fault"), Home(tmp_path).locked():
        raise ValueError("fault")
    with Home(tmp_path).locked():
        pass


def test_a_run_writes_nothing_into_its_lock(tmp_path: Path) -> None:
    with Home(tmp_path).locked():
        pass
    before = (tmp_path / "lock").stat().st_mtime_ns
    with Home(tmp_path).locked():
        pass
    assert (tmp_path / "lock").stat().st_mtime_ns == before


def test_a_home_that_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserMustActError, match=r"cannot be written .* --home"), Home(tmp_path / "none").locked():
        pass


def test_a_home_is_made_for_its_user_alone(tmp_path: Path) -> None:
    home = Home(tmp_path / "new" / "home")
    home.create()
    home.create()
    assert home.path.is_dir()
    if os.name == "posix":
        assert stat.S_IMODE(home.path.stat().st_mode) == 0o700


def test_a_home_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserMustActError, match="cannot be made"):
        Home(tmp_path / "file" / "home").create()


@pytest.mark.parametrize(
    ("chosen", "environment", "platform", "path"),
    [
        ("/x", {"OSYNC_HOME": "/y"}, "linux", "/x"),
        (None, {"OSYNC_HOME": "/y"}, "linux", "/y"),
        (None, {"OSYNC_HOME": "", "HOME": "/home/pat"}, "linux", "/home/pat/.local/share/osync"),
        (None, {"HOME": "/home/pat", "XDG_DATA_HOME": "/data"}, "linux", "/data/osync"),
        (None, {"HOME": "/home/pat", "XDG_DATA_HOME": "relative"}, "linux", "/home/pat/.local/share/osync"),
        (None, {"HOME": "/Users/pat"}, "darwin", "/Users/pat/Library/Application Support/OSync"),
        (None, {"HOME": "/u", "APPDATA": "/u/Roaming", "LOCALAPPDATA": "/u/Local"}, "win32", "/u/Local/OSync"),
        (None, {"HOME": "/u", "APPDATA": "/u/Roaming"}, "win32", "/u/Roaming/OSync"),
        (None, {"HOME": "/u"}, "win32", "/u/AppData/Local/OSync"),
    ],
)
@pytest.mark.posix
def test_the_home_is_where_the_user_or_the_platform_says(
    chosen: str | None, environment: dict[str, str], platform: str, path: str
) -> None:
    assert find_home(chosen, environment, platform) == Home(Path(path))


def test_a_home_may_be_written_in_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_home("here", {}) == Home(tmp_path / "here")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert find_home("~/there", {}) == Home(tmp_path / "there")


@pytest.mark.posix
def test_a_home_of_nobody_is_said() -> None:
    with pytest.raises(UserMustActError, match="--home"):
        find_home("~nobody-of-this-name/x", {})


def test_profiles_are_homes_below_the_usual_one(tmp_path: Path) -> None:
    assert profile_of(Home(tmp_path), "Choir-2") == Home(tmp_path / "profiles" / "choir-2")


def test_profiles_are_listed_by_name_and_nothing_else_is(tmp_path: Path) -> None:
    assert profiles_of(Home(tmp_path)) == {}
    for name in ("work", "choir-2", "Not ours", ".hidden"):
        (tmp_path / "profiles" / name).mkdir(parents=True)
    (tmp_path / "profiles" / "file").write_text("", "utf-8")
    assert profiles_of(Home(tmp_path)) == {
        "choir-2": profile_of(Home(tmp_path), "choir-2"),
        "work": profile_of(Home(tmp_path), "work"),
    }


@pytest.mark.parametrize("name", ["", "..", "a/b", "a\\b", "con.", "-x", "ä", "x" * 41])
def test_a_profile_with_an_odd_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserMustActError, match="no name for a profile"):
        profile_of(Home(tmp_path), name)
