"""Patience, one thread, and errors of COM told by their shape."""

import contextlib
import gc
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from osync.errors import (
    CalendarUnavailableError,
    CalendarUnusableError,
    OSyncError,
    OutlookRefusedError,
    UserMustActError,
)
from osync.microsoft.com import Com, Patience, wall_clock
from osync.microsoft.com_errors import Reason, refusal
from osync.microsoft.com_thread import Apartment, ComThread
from osync.microsoft.machine import Machine, this_machine
from osync.microsoft.outlook import Outlook, Words

WORDS = Words(CalendarUnavailableError, CalendarUnusableError, "Nothing was changed.")


class ComError(Exception):
    """An error with the arguments of pywin32's."""


def com_error(number: int, inner: int = 0, words: str = "") -> ComError:
    details = (0, "Microsoft Outlook", words, None, 0, inner - (1 << 32) if inner else 0) if inner or words else None
    return ComError(number - (1 << 32), "words of Windows", details, None)


@dataclass
class Clock:
    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def patience(clock: Clock, pump: Callable[[], None] = lambda: None) -> Patience:
    return Patience(pump, clock, clock.sleep)


class Folder:
    """An object that answers what a test tells it."""

    def __init__(self, *refusals: Exception) -> None:
        self.refusals = list(refusals)
        self.asked = 0

    @property
    def Name(self) -> str:
        self.asked += 1
        if self.refusals:
            raise self.refusals.pop(0)
        return "Kalender"

    @property
    def Parent(self) -> "Folder":
        return self


def test_a_busy_outlook_is_asked_again_with_growing_pauses() -> None:
    clock, folder = Clock(), Folder(*(com_error(0x8001010A) for _ in range(8)))
    assert Com(folder, patience(clock)).get("Name") == "Kalender"
    assert clock.slept == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0, 5.0]


def test_an_outlook_that_stays_busy_is_given_up_after_a_minute() -> None:
    clock, folder = Clock(), Folder(*(com_error(0x80010001) for _ in range(100)))
    with pytest.raises(OutlookRefusedError) as caught:
        Com(folder, patience(clock)).get("Name")
    assert caught.value.reason == Reason.BUSY
    assert 60 < clock.now < 70


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (com_error(0x800706BA), Reason.GONE),
        (com_error(0x80020009, 0x8004010F), Reason.NOT_FOUND),
        (com_error(0x80020009, 0x80004004), Reason.DENIED),
        (com_error(0x80070005), Reason.READ_ONLY),
        (com_error(0x800401F3), Reason.NOT_INSTALLED),
        (com_error(0x80020009, words="You must specify a time."), Reason.DAMAGED),
        (com_error(0x80020009, 0x80040201), Reason.OTHER),
    ],
    ids=["gone", "not found", "denied", "read-only", "no Outlook", "damaged", "failed"],
)
def test_what_outlook_refuses_is_known_by_its_number(error: ComError, reason: Reason) -> None:
    refused = refusal(error)
    assert refused is not None
    assert refused.reason == reason


def test_a_refusal_that_was_caught_keeps_no_object_of_outlook_alive() -> None:
    """While anybody holds an event, Outlook shows everybody an old copy of it (facts A10)."""

    def job() -> "weakref.ref[Folder]":
        held = Folder()
        with contextlib.suppress(OutlookRefusedError):
            Com(Folder(com_error(0x80020009, 0x8004010F)), patience(Clock())).get("Name")
        return weakref.ref(held)

    gc.disable()
    try:
        assert job()() is None
    finally:
        gc.enable()


def test_what_outlook_says_is_not_told_on() -> None:
    refused = refusal(com_error(0x80020009, 0x80040201, "Cannot save Secret Meeting"))
    assert refused is not None
    assert "Secret" not in str(refused)


def test_errors_of_our_own_are_none_of_outlook() -> None:
    assert refusal(ValueError("a", "b", None, None)) is None
    assert refusal(KeyError("x")) is None
    with pytest.raises(AttributeError):
        Com(Folder(), patience(Clock())).get("Nmae")


def test_the_user_of_outlook_gets_a_chance_after_150_ms() -> None:
    clock, pumped = Clock(), []
    asked = Com(Folder(), patience(clock, lambda: pumped.append(clock.now)))
    for _ in range(100):
        asked.get("Name")
        clock.now += 0.01
    assert 5 <= len(pumped) <= 7
    assert set(clock.slept) == {0.02}


def test_a_clock_on_the_wall_is_read_without_the_zone_that_pywin32_invents() -> None:
    assert wall_clock(datetime(2026, 3, 29, 9, 59, 59, 999_900, tzinfo=UTC)) == datetime(2026, 3, 29, 10, 0)


def machine(connect: Callable[[], object]) -> Machine:
    idle = Apartment(lambda: None, lambda: None, lambda: None)
    return Machine(idle, connect, lambda: True, lambda: True, lambda found, handlers: lambda: None, lambda: ";")


class Application(Folder):
    """An Application object as far as connecting goes."""

    def GetNamespace(self, name: str) -> "Application":
        return self

    def GetDefaultFolder(self, number: int) -> "Application":
        return self


def test_every_job_runs_on_one_thread_that_is_not_the_callers() -> None:
    outlook = Outlook(machine(Application))
    threads = {outlook.read(WORDS, lambda application: threading.get_ident()) for _ in range(5)}
    assert len(threads) == 1
    assert threads != {threading.get_ident()}
    outlook.end()


def test_an_outlook_that_was_closed_is_connected_again_to_read_but_not_to_write() -> None:
    connected: list[Application] = []

    def connect() -> Application:
        connected.append(Application())
        return connected[-1]

    outlook = Outlook(machine(connect))
    assert outlook.read(WORDS, lambda application: application.get("Name")) == "Kalender"
    connected[0].refusals = [com_error(0x800706BA)]
    assert outlook.read(WORDS, lambda application: application.get("Name")) == "Kalender"
    assert len(connected) == 2
    connected[1].refusals = [com_error(0x80010108)]
    with pytest.raises(CalendarUnavailableError, match="Outlook was closed"):
        outlook.write(WORDS, lambda application: application.get("Name"))
    assert outlook.write(WORDS, lambda application: application.get("Name")) == "Kalender"
    assert len(connected) == 3
    outlook.end()


@pytest.mark.parametrize(
    ("number", "error", "words"),
    [
        (0x80040154, CalendarUnusableError, "no classic Outlook"),
        (0x80080005, CalendarUnusableError, "administrator"),
        (0x80004004, CalendarUnusableError, "Programmatic Access"),
        (0x80040115, CalendarUnavailableError, "not connected"),
        (0x80040201, CalendarUnavailableError, "0x80040201"),
    ],
    ids=["new Outlook", "elevated", "guard", "offline", "other"],
)
def test_a_refusal_becomes_a_sentence_with_a_way_out(number: int, error: type[OSyncError], words: str) -> None:
    def connect() -> object:
        raise com_error(number)

    outlook = Outlook(machine(connect))
    with pytest.raises(error, match=words) as caught:
        outlook.read(WORDS, lambda application: application.get("Name"))
    assert "Nothing was changed." in str(caught.value)
    assert caught.value.advice
    outlook.end()


def test_a_call_that_never_returns_is_given_up_and_nothing_follows_it() -> None:
    entered, leave = threading.Event(), threading.Event()
    asked: list[str] = []

    class Stuck(Folder):
        @property
        def Subject(self) -> str:
            entered.set()
            leave.wait(20)
            return "x"

    def job(application: Com) -> None:
        application.get("Subject")
        asked.append(application.get("Name"))

    thread = ComThread(Apartment(lambda: None, lambda: None, lambda: None), seconds=0.2)
    with pytest.raises(OutlookRefusedError, match="dialog"):
        thread.run(lambda patience: job(Com(Stuck(), patience)))
    assert entered.is_set()
    assert thread.run(lambda patience: Com(Folder(), patience).get("Name")) == "Kalender"
    leave.set()
    thread.end()
    assert asked == []


def test_on_other_systems_outlook_is_refused_with_another_way() -> None:
    with pytest.raises(UserMustActError, match="CalDAV"):
        this_machine()
