"""What goes on after Outlook hung, or refused in the middle of something."""

import threading
from collections.abc import Callable

import pytest
from contracts.calendar_contract import event
from outlook.application import FakeOutlook, NameSpace
from outlook.in_process import machine_of
from outlook.items import Item
from outlook.refusals import FAILED, refused

from osync.calendars.outlook import OutlookCalendar
from osync.errors import CalendarUnavailableError, CalendarUnusableError, EventChangedError
from osync.microsoft.com import Com
from osync.microsoft.com_thread import Apartment
from osync.microsoft.listening import Listener, Source
from osync.microsoft.machine import Machine
from osync.microsoft.outlook import Outlook, Words
from osync.notebook import LooseNotebook

WORDS = Words(CalendarUnavailableError, CalendarUnusableError, "Nothing was changed.")


class ComError(Exception):
    """An error with the arguments of pywin32's."""


def com_error(number: int) -> ComError:
    return ComError(number - (1 << 32), "words of Windows", None, None)


class Application:
    """An Application object that hangs once if a test says so."""

    Version = "16.0"

    def __init__(self, hangs: threading.Event | None = None) -> None:
        self.hangs = hangs

    def GetNamespace(self, name: str) -> "Application":
        return self

    def GetDefaultFolder(self, number: int) -> "Application":
        return self

    @property
    def Name(self) -> str:
        if self.hangs:
            self.hangs.wait(20)
        return "Kalender"


def machine(connect: Callable[[], object], listen: Callable[[], None] = lambda: None) -> Machine:
    def listens(found: object, handlers: object) -> Callable[[], None]:
        listen()
        return lambda: None

    idle = Apartment(lambda: None, lambda: None, lambda: None)
    return Machine(idle, connect, lambda: True, lambda: True, listens, lambda: ";")


def test_an_outlook_that_hung_once_is_connected_anew_and_used_again() -> None:
    hangs = threading.Event()
    made: list[Application] = []

    def connect() -> Application:
        made.append(Application(None if made else hangs))
        return made[-1]

    outlook = Outlook(machine(connect), seconds=0.2)
    assert outlook.read(WORDS, lambda application: application.get("Version")) == "16.0"
    with pytest.raises(CalendarUnavailableError, match="dialog"):
        outlook.read(WORDS, lambda application: application.get("Name"))
    try:
        assert outlook.read(WORDS, lambda application: application.get("Name")) == "Kalender"
    finally:
        hangs.set()
        outlook.end()
    assert len(made) == 2


def test_listening_that_was_refused_half_way_begins_again() -> None:
    refusals = [com_error(0x8002801D)]

    def listen() -> None:
        if refusals:
            raise refusals.pop()

    def sources(application: Com) -> list[Source]:
        return [Source(application, ("NewMailEx",))]

    listener = Listener(machine(Application, listen), WORDS, sources)
    with pytest.raises(CalendarUnusableError):
        listener.wait(0.01)
    assert listener.wait(0.01)
    listener.close()


def test_an_event_that_is_listed_and_cannot_be_opened_is_not_taken_for_deleted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calendar = OutlookCalendar(Outlook(machine_of(FakeOutlook())), "default", LooseNotebook())
    ref = calendar.create(event())

    def fails(space: NameSpace, entry_id: str, store_id: str = "") -> Item:
        raise refused(FAILED)

    with monkeypatch.context() as patched:
        patched.setattr(NameSpace, "GetItemFromID", fails)
        list(calendar.refs())
        (stored,) = calendar.read([ref.handle])
        assert "cannot read" in stored.problem
        with pytest.raises(EventChangedError, match="left alone"):
            calendar.delete(ref)
    assert list(calendar.refs()) == [ref]
