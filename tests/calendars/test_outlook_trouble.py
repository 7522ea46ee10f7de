"""What goes wrong between OSync and a calendar of Outlook: it denies, loads, is busy, closes, or refuses an event."""

import pytest
from calendars.test_outlook import calendar_of, choir, instance
from contracts.calendar_contract import event
from outlook.application import FakeOutlook
from outlook.recurrence import Occurrence
from outlook.refusals import FAILED, refused

from osync.errors import CalendarUnavailableError, CalendarUnusableError, EventRefusedError


@pytest.fixture
def outlook() -> FakeOutlook:
    return FakeOutlook()


def test_a_guard_that_denies_is_explained_with_another_way(outlook: FakeOutlook) -> None:
    outlook.guard_denies = True
    with pytest.raises(CalendarUnusableError, match=r"Programmatic Access.*internet"):
        list(calendar_of(outlook).refs())


def test_a_folder_that_exchange_still_fills_is_not_taken_for_an_emptied_one(outlook: FakeOutlook) -> None:
    outlook.stores[0].exchange_type = 0
    outlook.connection_mode = 700
    calendar = calendar_of(outlook)
    refs = [calendar.create(event(uid=f"number-{number}")) for number in range(30)]
    assert len(list(calendar.refs())) == 30
    outlook.connection_mode = 500
    hidden = {ref.handle: outlook.folder().records.pop(ref.handle) for ref in refs[:25]}
    with pytest.raises(CalendarUnavailableError, match="5 of 30"):
        list(calendar.refs())
    hidden |= outlook.folder().records
    outlook.folder().records.clear()
    with pytest.raises(CalendarUnavailableError, match="0 of 30"):
        list(calendar.refs())
    outlook.folder().records.update(hidden)
    outlook.connection_mode = 700
    assert len(list(calendar.refs())) == 30
    outlook.connection_mode = 100
    with pytest.raises(CalendarUnavailableError, match="not connected"):
        list(calendar.refs())


def test_outlook_may_be_busy_closed_and_opened_again(outlook: FakeOutlook) -> None:
    calendar = calendar_of(outlook)
    ref = calendar.create(event())
    outlook.close()
    assert list(calendar.refs()) == [ref]
    outlook.close()
    with pytest.raises(CalendarUnavailableError, match="closed"):
        calendar.create(event(uid="other"))
    calendar.create(event(uid="other"))
    assert len(list(calendar.refs())) == 2


def test_a_pattern_that_outlook_does_not_take_leaves_the_old_series_there() -> None:
    """Where the interval of workdays reads as 0, no other one can be set (facts A9)."""
    outlook = FakeOutlook()
    outlook.workdays_have_interval_zero = True
    calendar = calendar_of(outlook)
    ref = calendar.create(choir())
    (written,) = calendar.read([ref.handle])
    with pytest.raises(EventRefusedError, match="another series"):
        calendar.replace(ref, choir(rule="FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU,WE,TH,FR"))
    assert list(calendar.refs()) == [ref]
    assert list(calendar.read([ref.handle])) == [written]
    assert len(outlook.folder().records) == 1


def test_a_small_folder_that_exchange_still_fills_is_not_empty(outlook: FakeOutlook) -> None:
    outlook.stores[0].exchange_type = 0
    outlook.connection_mode = 700
    calendar = calendar_of(outlook)
    ref = calendar.create(event())
    assert list(calendar.refs()) == [ref]
    outlook.connection_mode = 500
    outlook.folder().records.clear()
    with pytest.raises(CalendarUnavailableError, match="0 of 1"):
        list(calendar.refs())


@pytest.fixture
def refusing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Outlook refuse every changed instance, once the series itself is written."""

    def refuse(self: Occurrence) -> None:
        raise refused(FAILED, "Cannot save this item.")

    monkeypatch.setattr(Occurrence, "Save", refuse)


def test_a_series_whose_exceptions_outlook_refuses_is_written_back_as_it_was(
    outlook: FakeOutlook, request: pytest.FixtureRequest
) -> None:
    calendar = calendar_of(outlook)
    ref = calendar.create(choir(rule="FREQ=WEEKLY;COUNT=5"))
    (before,) = calendar.read([ref.handle])
    request.getfixturevalue("refusing")
    moved = choir(*instance("20261215T120000", "20261216T120000"), rule="FREQ=WEEKLY;COUNT=9")
    with pytest.raises(EventRefusedError, match="Outlook cannot hold this event") as caught:
        calendar.replace(ref, moved)
    assert caught.value.unharmed == "The event is as it was before."
    (after,) = calendar.read([ref.handle])
    assert after.event == before.event
    assert len(outlook.folder().records) == 1


@pytest.mark.usefixtures("refusing")
def test_an_event_that_outlook_refuses_does_not_come_and_go_for_ever(outlook: FakeOutlook) -> None:
    """Each try wakes osync run, which would try again."""
    calendar = calendar_of(outlook)
    moved = choir(*instance("20261215T120000", "20261216T120000"))
    for _ in range(3):
        with pytest.raises(EventRefusedError, match="Outlook cannot hold this event"):
            calendar.create(moved)
    calls = outlook.calls
    with pytest.raises(EventRefusedError, match="refused this event 3 times"):
        calendar.create(moved)
    assert outlook.calls == calls
    assert outlook.folder().records == {}
    calendar.create(event())
