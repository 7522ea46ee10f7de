"""`osync run` in the background, as install-service starts and ends it on Windows: it begins, it is asked to end, nothing is killed."""

import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from cli.people import Person
from daemon.processes import running

from osync.daemon.background import IsAlive, Outcome, ask_to_end, start_anew, start_detached
from osync.home import Home

STARTED = "OSync runs by itself now."


@pytest.fixture
def pat(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Person:
    monkeypatch.setenv("OSYNC_KEYS", "file")
    monkeypatch.delenv("OSYNC_HOME", raising=False)
    return Person("pat", tmp_path, capsys).init()


def words_of(home: Home) -> list[str]:
    return [sys.executable, "-m", "osync", "--home", str(home.path), "run", "--log-file"]


def never(seconds: float) -> None:
    raise AssertionError(f"nothing is there to wait {seconds} s for")


def test_it_runs_until_it_is_asked_to_end(pat: Person) -> None:
    assert start_anew(pat.home, words_of(pat.home), start_detached, time.sleep) is Outcome.RUNS
    assert pat.home.is_running()
    assert ask_to_end(pat.home, time.sleep)
    assert not pat.home.is_running()
    assert not pat.home.wish_to_end.exists()
    assert pat.home.run_log.read_text("utf-8").rstrip().endswith("OSync has stopped.")


def test_the_one_before_ends_by_itself_when_another_one_takes_its_place(pat: Person) -> None:
    with running(pat.home.path) as before:
        before.wait_for(STARTED)
        assert start_anew(pat.home, words_of(pat.home), start_detached, time.sleep) is Outcome.RUNS
        assert before.process.wait(30) == 0
        before.wait_for("OSync has stopped.")
    assert pat.home.is_running()
    assert ask_to_end(pat.home, time.sleep)


def test_a_wish_to_end_that_nobody_heard_does_not_end_the_next_one(pat: Person) -> None:
    pat.home.wish_to_end.touch()
    with running(pat.home.path) as after:
        after.wait_for(STARTED)
        assert not pat.home.wish_to_end.exists()
        pat.put("Lunch")
        pat.done("share", "new", "team", "--category", "Team")
        after.wait_for("team: 1 new for its subscribers.")


def test_where_none_runs_there_is_nothing_to_ask(pat: Person) -> None:
    assert ask_to_end(pat.home, never)
    assert not pat.home.wish_to_end.exists()


def test_one_that_is_in_the_middle_of_a_sync_is_not_killed_but_left_the_wish(pat: Person) -> None:
    waited: list[float] = []
    with pat.home.running():
        assert start_anew(pat.home, words_of(pat.home), lambda words: None, waited.append) is Outcome.BUSY
        assert pat.home.wish_to_end.exists()
    assert sum(waited) == 60


@pytest.mark.parametrize("alive", [None, False], ids=["cannot be started", "ended at once"])
def test_what_does_not_come_to_work_is_told_without_a_long_wait(alive: bool | None, pat: Person) -> None:
    def start(_words: Sequence[str]) -> IsAlive | None:
        return None if alive is None else lambda: False

    assert start_anew(pat.home, words_of(pat.home), start, never) is Outcome.FAILED


def test_a_program_that_is_not_there_cannot_be_started(tmp_path: Path) -> None:
    assert start_detached([str(tmp_path / "nowhere"), "run"]) is None


def test_a_program_in_one_file_unpacks_itself_anew_and_lives_in_no_folder_of_ours(tmp_path: Path) -> None:
    """PyInstaller: who is started by such a program else uses its files, which go with it."""
    noted = tmp_path / "noted"
    code = (
        "import os, pathlib, sys;"
        "pathlib.Path(sys.argv[1]).write_text(os.environ['PYINSTALLER_RESET_ENVIRONMENT'] + os.getcwd(), 'utf-8')"
    )
    is_alive = start_detached([sys.executable, "-c", code, str(noted)])
    for thread in threading.enumerate():
        if thread.name == "waiting for the one that was started":
            thread.join(30)
    assert is_alive
    assert not is_alive()
    assert noted.read_text("utf-8") == f"1{Path.home()}"
