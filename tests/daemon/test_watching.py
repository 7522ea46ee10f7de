"""Threads that watch folders and wait for mailboxes and calendars."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from osync.daemon.folders import HOME, FolderWatch
from osync.daemon.news import Changed, Faulty, HomeTouched, LetterBox, News, Stop, Unreachable
from osync.daemon.waiting import Asking, WaitingThread
from osync.errors import MailboxUnavailableError, OSyncError

PATIENCE = 20.0


class Inbox:
    """Collects news until what is waited for is among them."""

    def __init__(self) -> None:
        self.box = LetterBox()
        self._news: list[News] = []

    def wait_for(self, *wanted: type[News]) -> News:
        while True:
            while self._news:
                news = self._news.pop(0)
                if isinstance(news, wanted):
                    return news
            self._news = self.box.take(PATIENCE)
            assert self._news, f"no {wanted} came"


@dataclass
class Scripted:
    """Gives one answer after the other, then waits until it is interrupted. Errors are raised."""

    answers: list[bool | Exception]
    asked: list[float] = field(default_factory=list)
    bell: threading.Event = field(default_factory=threading.Event)
    closed: threading.Event = field(default_factory=threading.Event)

    def wait(self, seconds: float) -> bool:
        self.asked.append(seconds)
        if not self.answers:
            self.bell.wait(PATIENCE)
            return False
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def interrupt(self) -> None:
        self.bell.set()


def waiting(scripted: Scripted, inbox: Inbox) -> WaitingThread:
    # Chance -1.5 makes every rest last no time at all.
    return WaitingThread("mailbox", scripted, 600.0, inbox.box.put, lambda: -1.5, scripted.closed.set)


def end(thread: WaitingThread, scripted: Scripted) -> None:
    thread.stop()
    thread.join()
    assert scripted.closed.is_set()


def test_what_came_before_the_waiting_began_is_looked_for() -> None:
    scripted, inbox = Scripted([False]), Inbox()
    thread = waiting(scripted, inbox)
    thread.start()
    assert inbox.wait_for(Changed) == Changed("mailbox")
    end(thread, scripted)
    assert scripted.asked[0] == 0.0


def test_after_an_error_the_waiting_begins_anew_and_tells_that_it_works_again() -> None:
    gone: OSyncError = MailboxUnavailableError("The mail server does not answer.")
    scripted, inbox = Scripted([gone, gone, False]), Inbox()
    thread = waiting(scripted, inbox)
    thread.start()
    assert inbox.wait_for(Unreachable) == Unreachable("mailbox", "The mail server does not answer.")
    assert inbox.wait_for(Changed) == Changed("mailbox", works_again=True)
    end(thread, scripted)
    assert scripted.asked[:3] == [0.0, 0.0, 0.0]


def test_a_fault_of_ours_shows_and_does_not_end_the_waiting() -> None:
    scripted, inbox = Scripted([ZeroDivisionError(), False]), Inbox()
    thread = waiting(scripted, inbox)
    thread.start()
    assert isinstance(inbox.wait_for(Faulty), Faulty)
    assert inbox.wait_for(Changed) == Changed("mailbox", works_again=True)
    end(thread, scripted)


class Asked:
    """A calendar that says what it is told to say."""

    def __init__(self, *answers: bool) -> None:
        self._answers = list(answers)

    def has_changed(self) -> bool:
        return self._answers.pop(0)


def test_a_calendar_that_has_to_be_asked_is_asked_when_the_time_is_over() -> None:
    asking = Asking(Asked(False, True, False))
    assert [asking.wait(0.0) for _ in range(3)] == [False, True, False]
    asking.interrupt()
    assert asking.wait(PATIENCE) is False


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def watch(tmp_path: Path, inbox: Inbox) -> Iterator[FolderWatch]:
    for name in ("work", "home"):
        (tmp_path / name).mkdir()
    watch = FolderWatch({"calendar work": tmp_path / "work", HOME: tmp_path / "home"}, inbox.box.put)
    watch.start()
    begun = {inbox.wait_for(Changed, HomeTouched) for _ in range(2)}
    assert begun == {Changed("calendar work"), HomeTouched()}
    yield watch
    watch.stop()
    watch.join()


def put(path: Path, text: str = "x") -> None:
    """Write a file as careful programs do."""
    hidden = path.with_name(f".{path.name}.tmp")
    hidden.write_text(text, "utf-8")
    hidden.replace(path)


@pytest.mark.usefixtures("watch")
def test_new_changed_and_deleted_files_are_told(tmp_path: Path, inbox: Inbox) -> None:
    path = tmp_path / "work" / "a.ics"
    for act in (lambda: put(path), lambda: path.write_text("y", "utf-8"), path.unlink):
        inbox.box.put(Stop())
        inbox.wait_for(Stop)
        act()
        assert inbox.wait_for(Changed) == Changed("calendar work")


@pytest.mark.usefixtures("watch")
def test_hidden_files_other_files_of_the_home_and_folders_below_are_not_told(tmp_path: Path, inbox: Inbox) -> None:
    (tmp_path / "work" / ".hidden").write_text("x", "utf-8")
    for name in ("run.json", "ledger.sqlite-journal", "lock", "run.log"):
        put(tmp_path / "home" / name)
    inbox.box.take(0.0)
    put(tmp_path / "home" / "config.toml")
    assert inbox.box.take(PATIENCE) == [HomeTouched()]


def test_what_a_sync_writes_into_a_home_that_is_a_calendar_too_is_not_told(tmp_path: Path, inbox: Inbox) -> None:
    (tmp_path / "other").mkdir()
    folders = {HOME: tmp_path, "calendar work": tmp_path, "calendar other": tmp_path / "other"}
    both = FolderWatch(folders, inbox.box.put)
    both.start()
    try:
        begun: list[News] = []
        while len(begun) < len(folders):
            begun += inbox.box.take(PATIENCE)
        for name in ("run.json", "ledger.sqlite-journal", "lock", "run.log"):
            put(tmp_path / name)
        put(tmp_path / "other" / "a.ics")
        assert inbox.box.take(PATIENCE) == [Changed("calendar other")]
        put(tmp_path / "a.ics")
        inbox.wait_for(HomeTouched)
        assert inbox.wait_for(Changed) == Changed("calendar work")
    finally:
        both.stop()


def test_a_folder_that_comes_back_is_watched_again(watch: FolderWatch, tmp_path: Path, inbox: Inbox) -> None:
    work = tmp_path / "work"
    work.rename(tmp_path / "away")
    watch.renew()
    work.mkdir()
    watch.renew()
    inbox.wait_for(Changed)
    put(work / "a.ics")
    assert inbox.wait_for(Changed) == Changed("calendar work")


def test_nothing_to_watch_is_no_error(tmp_path: Path, inbox: Inbox) -> None:
    watch = FolderWatch({"calendar work": tmp_path / "gone"}, inbox.box.put)
    watch.start()
    watch.renew()
    watch.stop()
    watch.join()
    assert inbox.box.take(0.0) == []
