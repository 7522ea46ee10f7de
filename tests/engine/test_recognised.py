"""What is recognised as our copy, and what never is."""

import pytest
from engine.world import Story, event_of, lunch

from osync.calendars.base import EventRef, StoredEvent
from osync.calendars.memory import MemoryCalendar
from osync.engine.overview import status
from osync.engine.wanted import recognised
from osync.model import WrittenEvent
from osync.sync.arrive import Found

_SHARE, _KEY, _UID = "s" * 26, "k" * 26, "osync-" + "u" * 32
_OTHER = "o" * 26


def _stored(uid: str, marker: str = "") -> StoredEvent:
    lines = (f"X-OSYNC:{marker}",) if marker else ()
    return StoredEvent(EventRef("h", "v"), event_of(*lunch(), *lines, uid=uid))


@pytest.mark.parametrize(
    ("stored", "found"),
    [
        ([], Found.NOTHING),
        ([StoredEvent(EventRef("h", "v"), None, "")], Found.NOTHING),
        ([StoredEvent(EventRef("h", "v"), None, "It is cut off.")], Found.UNREADABLE),
        ([_stored(_UID, f"{_SHARE} {_KEY} 1.2")], Found.OURS),
        ([_stored(_UID)], Found.OURS),
        ([_stored("mine")], Found.FOREIGN),
        ([_stored("mine", f"{_SHARE} {_KEY} 1.2")], Found.FOREIGN),
        ([_stored(_UID, f"{_SHARE} {_OTHER} 1.2")], Found.FOREIGN),
        ([_stored(_UID, f"{_OTHER} {_KEY} 1.2")], Found.FOREIGN),
        ([_stored(_UID), _stored("mine")], Found.FOREIGN),
    ],
)
def test_uid_and_marker_must_not_disagree(stored: list[StoredEvent], found: Found) -> None:
    assert recognised(MemoryCalendar(), _SHARE, _KEY, _UID, stored) is found


def test_a_copy_of_a_killed_run_is_found_and_deleted_when_the_event_is_gone() -> None:
    story = Story()
    story.pat.put(*lunch("Stays", 9), uid="stays")
    story.pat.put(*lunch("Lunch"), uid="lunch")
    story.joined()
    subscriptions = story.tester.ledger.subscriptions
    (subscription,) = subscriptions.all()
    uid = next(uid for uid, text in story.tester.texts().items() if "Lunch" in text)
    written = next(copy for copy in subscriptions.all_written(subscription.share_id) if copy.handle == uid)
    with story.tester.ledger.transaction():
        subscriptions.put_written([WrittenEvent(written.share_id, written.event_key, written.calendar, "")])
    story.pat.remove("lunch")
    story.settle()
    assert story.tester.titles() == ["[pat] Stays"]


def test_the_status_tells_of_a_gap_until_a_snapshot_comes() -> None:
    story = Story()
    story.pat.put(*lunch("Lunch"), uid="lunch")
    story.joined()
    story.pat.put(*lunch("Dinner", 19), uid="dinner")
    story.pat.sync()
    story.office.waiting["tester@example.org"].clear()
    story.pat.put(*lunch("Supper", 21), uid="supper")
    story.settle()
    (found,) = status(story.tester.installation).subscriptions
    assert found.sentence == "waiting for 1 revision, asks on 2026-11-23"
    assert story.tester.titles() == ["[pat] Lunch", "[pat] Supper"]
    story.pat.invite(story.tester)
    story.tester.sync()
    (found,) = status(story.tester.installation).subscriptions
    assert found.sentence == "up to date"
    assert story.tester.titles() == ["[pat] Dinner", "[pat] Lunch", "[pat] Supper"]


def test_the_status_tells_when_nothing_came_yet() -> None:
    story = Story()
    story.pat.share()
    story.pat.invite(story.tester)
    story.tester.sync()
    story.tester.accept()
    (found,) = status(story.tester.installation).subscriptions
    assert found.sentence == "waiting for the first mail of pat, asked on 2026-11-23"
