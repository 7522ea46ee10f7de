"""Held changes are looked at in one list and answered once."""

import contextlib
from collections.abc import Callable

import pytest
from engine.world import Killed, Person, Story, lunch

from osync.engine.local_will import restore
from osync.engine.overview import status
from osync.engine.report import Direction
from osync.engine.review import allow, refuse, review
from osync.errors import NotFoundError
from osync.model import ChangeAction, SubscriptionState


def _forty() -> Story:
    """Give a story in which tester has forty events of pat."""
    story = Story()
    for number in range(40):
        story.pat.put(*lunch(f"Lunch {number:02}", 12), uid=f"lunch-{number}")
    return story.joined()


def _held_here() -> Story:
    """Let thirty of them wait to be deleted from tester's calendar, and a change and a new one with them."""
    story = _forty()
    for number in range(30):
        story.pat.remove(f"lunch-{number}")
    story.pat.put(*lunch("changed", 15), uid="lunch-39")
    story.pat.put(*lunch("new", 16), uid="new")
    story.pat.sync(approve=True)
    assert story.tester.sync().exit_code == 3
    return story


def _held_there() -> Story:
    """Let thirty deletions wait before they leave pat, and a change and a new event with them."""
    story = _forty()
    for number in range(30):
        story.pat.remove(f"lunch-{number}")
    story.pat.put(*lunch("changed", 15), uid="lunch-39")
    story.pat.put(*lunch("new", 16), uid="new")
    assert story.pat.sync().exit_code == 3
    return story


def test_nothing_held_is_an_empty_list() -> None:
    story = _forty()
    assert review(story.pat.installation).held == review(story.tester.installation).held == ()
    with pytest.raises(NotFoundError, match="Nothing is held"):
        allow(story.tester.installation)
    with pytest.raises(NotFoundError, match="Nothing is held"):
        refuse(story.tester.installation)


def test_every_deletion_is_listed_with_its_title_and_day() -> None:
    (held,) = review(_held_here().tester.installation).held
    assert (held.share, held.direction) == ("club of pat", Direction.IN)
    assert "30 of 40 events" in held.reason
    deleted = [each for each in held.events if each.action is ChangeAction.DELETED]
    assert [each.title for each in deleted] == [f"[pat] Lunch {number:02}" for number in range(30)]
    assert {each.first for each in deleted} == {"2026-12-01T12:00:00+00:00"}


def test_looking_writes_nothing() -> None:
    story = _held_here()
    before = list(story.tester.ledger._database.rows("SELECT * FROM followed, subscription"))
    review(story.tester.installation)
    assert list(story.tester.ledger._database.rows("SELECT * FROM followed, subscription")) == before
    assert len(story.tester.titles()) == 40


def test_yes_lets_everything_pass_and_the_log_says_who_allowed_it() -> None:
    story = _held_here()
    assert allow(story.tester.installation).exit_code == 0
    assert len(story.tester.titles()) == 11
    assert story.tester.sync().held == []
    assert all(each.allowed for each in story.tester.ledger.changes.newest(32))
    (subscription,) = story.tester.ledger.subscriptions.all()
    assert subscription.state is SubscriptionState.ACTIVE


def test_no_keeps_the_copies_and_lets_the_rest_pass() -> None:
    story = _held_here()
    assert refuse(story.tester.installation).exit_code == 0
    titles = story.tester.titles()
    assert len(titles) == 41
    assert {"[pat] changed", "[pat] new", "[pat] Lunch 00"} <= set(titles)
    (subscription,) = story.tester.ledger.subscriptions.all()
    assert (subscription.state, subscription.held_because) == (SubscriptionState.ACTIVE, "")
    story.settle()
    assert story.tester.sync().held == []
    assert review(story.tester.installation).held == ()
    assert len(story.tester.titles()) == 41


def test_what_was_kept_is_not_deleted_by_a_whole_list_either() -> None:
    story = _held_here()
    refuse(story.tester.installation)
    story.pat.invite(story.tester)
    story.settle()
    assert len(story.tester.titles()) == 41


def test_what_was_kept_follows_its_owner_again_when_it_comes_back() -> None:
    story = _held_here()
    refuse(story.tester.installation)
    story.pat.put(*lunch("is back", 18), uid="lunch-0")
    story.settle()
    assert len(story.tester.titles()) == 41
    assert "[pat] is back" in story.tester.titles()


def test_new_deletions_after_a_no_are_asked_about_again() -> None:
    story = _forty()
    for number in range(25):
        story.pat.remove(f"lunch-{number}")
    story.pat.sync(approve=True)
    story.tester.sync()
    refuse(story.tester.installation)
    for number in range(40):
        story.pat.put(*lunch(f"Dinner {number:02}"), uid=f"dinner-{number}")
    story.settle()
    for number in range(40):
        story.pat.remove(f"dinner-{number}")
    story.pat.sync(approve=True)
    assert story.tester.sync().exit_code == 3
    (held,) = review(story.tester.installation).held
    assert len(held.events) == 40


def test_too_many_new_events_can_be_refused_and_restored_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("osync.sync.safety.NEW_EVENTS_A_DAY", 5)
    story = Story()
    story.pat.put(*lunch("first"), uid="first")
    story.joined()
    for number in range(6):
        story.pat.put(*lunch(f"Lunch {number:02}"), uid=f"lunch-{number}")
    story.pat.sync()
    assert story.tester.sync().exit_code == 3
    (held,) = review(story.tester.installation).held
    assert [each.title for each in held.events] == [f"[pat] Lunch {number:02}" for number in range(6)]
    refuse(story.tester.installation)
    story.pat.put(*lunch("later", 13), uid="lunch-0")
    story.settle()
    assert story.tester.titles() == ["[pat] first"]
    restore(story.tester.installation, "Lunch 03")
    assert story.tester.titles() == ["[pat] Lunch 03", "[pat] first"]


def test_the_owner_sees_which_events_would_be_deleted_at_the_subscribers() -> None:
    story = _held_there()
    (held,) = review(story.pat.installation).held
    assert (held.share, held.direction, held.refused) == ("club", Direction.OUT, False)
    assert [each.title for each in held.events] == [f"Lunch {number:02}" for number in range(30)]


def _why_asked(story: Story) -> list[str]:
    return [each.held_because for each in status(story.pat.installation).shares]


def test_the_owners_status_tells_it_until_it_is_answered() -> None:
    story = _held_there()
    (reason,) = _why_asked(story)
    assert reason.startswith("30 of 40 events would be deleted")
    allow(story.pat.installation)
    assert _why_asked(story) == [""]
    story = _held_there()
    refuse(story.pat.installation)
    assert _why_asked(story) == [""]


def test_the_owners_status_forgets_it_when_the_events_are_back() -> None:
    story = _forty()
    for number in range(30):
        story.pat.remove(f"lunch-{number}")
    story.pat.sync()
    assert _why_asked(story) != [""]
    for number in range(30):
        story.pat.put(*lunch(f"Lunch {number:02}", 12), uid=f"lunch-{number}")
    story.pat.sync()
    assert _why_asked(story) == [""]


def test_the_owners_yes_sends_it() -> None:
    story = _held_there()
    assert allow(story.pat.installation, "club").exit_code == 0
    story.tester.sync(approve=True)
    assert len(story.tester.titles()) == 11


def test_the_owners_no_sends_everything_but_the_deletions_and_does_not_ask_again() -> None:
    story = _held_there()
    assert refuse(story.pat.installation).exit_code == 0
    story.settle()
    assert len(story.tester.titles()) == 41
    assert {"[pat] changed", "[pat] new"} <= set(story.tester.titles())
    assert story.pat.sync().held == []
    (held,) = review(story.pat.installation).held
    assert (held.refused, len(held.events)) == (True, 30)
    assert story.pat.sync(approve=True).held == []
    story.settle()
    assert len(story.tester.titles()) == 41


def test_a_refused_set_that_changes_is_asked_about_again() -> None:
    story = _held_there()
    refuse(story.pat.installation)
    story.pat.remove("lunch-30")
    assert story.pat.sync().exit_code == 3


def test_events_that_come_back_need_no_answer_any_more() -> None:
    story = _held_there()
    refuse(story.pat.installation)
    for number in range(30):
        story.pat.put(*lunch(f"Lunch {number:02}", 12), uid=f"lunch-{number}")
    assert story.pat.sync().exit_code == 0
    assert review(story.pat.installation).held == ()
    for number in range(30):
        story.pat.remove(f"lunch-{number}")
    assert story.pat.sync().exit_code == 3


def test_a_refusal_can_be_taken_back_by_name() -> None:
    story = _held_there()
    refuse(story.pat.installation)
    with pytest.raises(NotFoundError, match="Nothing is held"):
        allow(story.pat.installation)
    allow(story.pat.installation, "club")
    story.tester.sync(approve=True)
    assert len(story.tester.titles()) == 11


def test_one_share_is_answered_and_the_other_one_waits() -> None:
    story = _held_here()
    jo = Person("jo", story.office, story.clock)
    for number in range(30):
        jo.put(*lunch(f"Song {number:02}"), uid=f"song-{number}")
    jo.share("choir")
    jo.invite(story.tester, "choir")
    story.tester.sync()
    story.tester.accept(sender="jo")
    for person in (jo, story.tester, jo):
        person.sync()
    for number in range(30):
        jo.remove(f"song-{number}")
    jo.sync(approve=True)
    story.tester.sync()
    assert [each.share for each in review(story.tester.installation).held] == ["choir of jo", "club of pat"]
    with pytest.raises(NotFoundError, match="choir of jo, club of pat"):
        allow(story.tester.installation, "nothing of that name")
    refuse(story.tester.installation, "choir")
    assert [each.share for each in review(story.tester.installation).held] == ["club of pat"]
    assert len(story.tester.titles()) == 70


def test_two_shares_of_one_calendar_are_answered_one_by_one() -> None:
    story = _held_there()
    story.pat.share("songs", category="Song")
    song = ("DTSTART:20261201T120000Z", "DURATION:PT1H", "CATEGORIES:Song")
    for number in range(30):
        story.pat.put(f"SUMMARY:Song {number}", *song, uid=f"song-{number}")
    allow(story.pat.installation)
    story.pat.sync()
    for number in range(30):
        story.pat.remove(f"song-{number}")
    for number in range(30, 40):
        story.pat.remove(f"lunch-{number}")
    for number in range(40):
        story.pat.put(*lunch(f"Tea {number}"), uid=f"tea-{number}")
    assert [held.share for held in story.pat.sync().held] == ["songs"]
    assert story.tester.sync(approve=True).exit_code == 0
    assert len(story.tester.titles()) == 11
    refuse(story.pat.installation, "songs")
    story.tester.sync(approve=True)
    assert len(story.tester.titles()) == 41
    (held,) = review(story.pat.installation).held
    assert (held.share, held.refused, len(held.events)) == ("songs", True, 30)


_ANSWERS: dict[str, tuple[Callable[[], Story], str, Callable[[Story], object], int]] = {
    "the subscriber's yes": (_held_here, "tester", lambda story: allow(story.tester.installation), 11),
    "the subscriber's no": (_held_here, "tester", lambda story: refuse(story.tester.installation), 41),
    "the owner's yes": (_held_there, "pat", lambda story: allow(story.pat.installation), 11),
    "the owner's no": (_held_there, "pat", lambda story: refuse(story.pat.installation), 41),
}


@pytest.mark.parametrize("name", _ANSWERS)
def test_an_answer_that_was_cut_off_can_be_given_again(name: str) -> None:
    prepare, who, answer, expected = _ANSWERS[name]
    story = prepare()
    fuse = (story.pat if who == "pat" else story.tester).fuse
    fuse.steps = 0
    answer(story)
    total = fuse.steps
    for step in range(1, total + 1, max(1, total // 25)):
        story = prepare()
        fuse = (story.pat if who == "pat" else story.tester).fuse
        fuse.steps, fuse.at = 0, step
        with pytest.raises(Killed):
            answer(story)
        fuse.at = 0
        with contextlib.suppress(NotFoundError):
            answer(story)
        story.pat.sync()
        story.tester.sync(approve=expected == 11)
        story.settle()
        assert len(story.tester.titles()) == expected, step
