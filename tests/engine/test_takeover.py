"""Two computers of one owner: one writes a share at a time, and nothing is lost or doubled at the subscriber."""

import pytest
from engine.second import SharedStory, carry
from engine.world import Killed, Person, lunch

from osync.engine.sharing import invite, stop
from osync.engine.subscribing import leave
from osync.engine.takeover import take_over
from osync.errors import ConfigurationError, StopBeforeHarmError
from osync.message.identity import new_identity
from osync.model import Share, ShareState


def _share(person: Person) -> Share:
    return person.ledger.shares.all()[0]


def _story(*titles: str) -> SharedStory:
    story = SharedStory()
    for number, title in enumerate(titles or ("Lunch",)):
        story.pat.put(*lunch(title), uid=f"event-{number}")
    story.joined()
    return story


def _settle(story: SharedStory, laptop: Person, days: int = 0) -> None:
    for _ in range(days + 1):
        for person in (story.pat, laptop, story.tester) * 2:
            person.sync()
        if days:
            story.clock.forward(days=1)


def test_another_computer_takes_a_share_over_and_the_copies_stay_the_same() -> None:
    story = _story("Lunch", "Tea")
    laptop = story.second(story.pat)
    carry(story.pat, laptop)
    assert _share(laptop).state is ShareState.PASSIVE
    copies = set(story.tester.texts())
    story.clock.forward(minutes=5)
    take_over(laptop.installation, "club")
    _settle(story, laptop)
    assert set(story.tester.texts()) == copies
    assert story.tester.titles() == ["[pat] Lunch", "[pat] Tea"]
    laptop.put(*lunch("Dinner", 18), uid="dinner")
    _settle(story, laptop)
    assert story.tester.titles() == ["[pat] Dinner", "[pat] Lunch", "[pat] Tea"]
    assert len(story.tester.texts()) == 3


def test_the_old_computer_stops_with_a_sentence_when_it_reads_the_mail() -> None:
    story = _story()
    laptop = story.second(story.pat)
    carry(story.pat, laptop)
    story.clock.forward(minutes=5)
    take_over(laptop.installation, "club")
    story.pat.put(*lunch("Dinner", 18), uid="dinner")
    sent = len(story.pat.mailbox.sent)
    story.pat.sync()
    assert len(story.pat.mailbox.sent) == sent
    assert _share(story.pat).state is ShareState.PASSIVE
    assert "Another computer of yours writes this share now" in _share(story.pat).note
    _settle(story, laptop)
    assert _share(laptop).state is ShareState.OPEN
    assert story.tester.titles() == ["[pat] Dinner", "[pat] Lunch"]
    with pytest.raises(ConfigurationError, match="take-over"):
        invite(story.pat.installation, "club", ["carol@example.org"])


def test_the_old_computer_stops_when_a_subscriber_proves_it() -> None:
    story = _story()
    laptop = story.second(story.pat)
    carry(story.pat, laptop)
    story.clock.forward(minutes=5)
    take_over(laptop.installation, "club")
    story.office.waiting["pat@example.org"].clear()
    story.tester.sync()
    story.pat.put(*lunch("Dinner", 18), uid="dinner")
    story.pat.sync()
    assert _share(story.pat).state is ShareState.OPEN, "it cannot know yet"
    story.tester.sync()
    story.clock.forward(hours=7)
    story.tester.sync()
    story.pat.sync()
    assert _share(story.pat).state is ShareState.PASSIVE
    _settle(story, laptop, days=1)
    assert story.tester.titles() == ["[pat] Dinner", "[pat] Lunch"]


def test_taking_over_works_back_again() -> None:
    story = _story()
    laptop = story.second(story.pat)
    carry(story.pat, laptop)
    story.clock.forward(minutes=5)
    take_over(laptop.installation, "club")
    story.pat.put(*lunch("Dinner", 18), uid="dinner")
    _settle(story, laptop, days=2)
    assert _share(story.pat).state is ShareState.PASSIVE
    story.pat.remove("event-0")
    story.pat.put(*lunch("Tea", 16), uid="tea")
    carry(laptop, story.pat)
    take_over(story.pat.installation, "club")
    _settle(story, laptop, days=2)
    assert story.tester.titles() == ["[pat] Dinner", "[pat] Tea"]
    assert len(story.tester.texts()) == 2
    story.pat.put(*lunch("Late tea", 17), uid="tea")
    _settle(story, laptop, days=2)
    assert story.tester.titles() == ["[pat] Dinner", "[pat] Late tea"]
    assert _share(story.pat).state is ShareState.OPEN


def test_a_clock_that_goes_wrong_does_not_keep_a_computer_from_taking_over() -> None:
    story = _story()
    laptop = story.second(story.pat)
    carry(story.pat, laptop)
    story.clock.forward(days=20)
    take_over(laptop.installation, "club")
    story.tester.sync()
    story.pat.put(*lunch("Dinner", 18), uid="dinner")
    story.pat.sync()
    _settle(story, laptop, days=2)
    assert _share(story.pat).state is ShareState.PASSIVE
    story.clock.forward(days=-22)
    take_over(story.pat.installation, "club")
    assert _share(story.pat).epoch > _share(laptop).epoch


def test_who_joined_at_the_other_computer_comes_with_the_next_file() -> None:
    story = _story()
    laptop = story.second(story.pat)
    carry(story.pat, laptop)
    story.clock.forward(minutes=5)
    take_over(laptop.installation, "club")
    story.pat.put(*lunch("Dinner", 18), uid="dinner")
    _settle(story, laptop, days=2)
    carol = Person("carol", story.office, story.clock)
    invite(laptop.installation, "club", [carol.address])
    carol.sync()
    carol.accept(sender="pat")
    _settle(story, laptop)
    carol.sync()
    carry(laptop, story.pat)
    take_over(story.pat.installation, "club")
    story.pat.put(*lunch("Tea", 16), uid="tea")
    _settle(story, laptop)
    carol.sync()
    assert carol.titles() == story.tester.titles() == ["[pat] Dinner", "[pat] Lunch", "[pat] Tea"]


def test_who_joined_or_left_at_the_other_computer_is_known_after_the_next_file() -> None:
    story = _story()
    carol = Person("carol", story.office, story.clock)
    invite(story.pat.installation, "club", [carol.address])
    laptop = story.second(story.pat)
    carry(story.pat, laptop)
    story.clock.forward(minutes=5)
    take_over(laptop.installation, "club")
    story.pat.sync()
    carol.sync()
    carol.accept(sender="pat")
    leave(story.tester.installation, "club", remove=False)
    laptop.sync()
    carry(laptop, story.pat)
    subscribers = story.pat.ledger.shares.subscribers(_share(story.pat).share_id)
    assert sorted((each.address, str(each.state), bool(each.public_key)) for each in subscribers) == [
        ("carol@example.org", "active", True),
        ("tester@example.org", "left", True),
    ]


def test_an_empty_calendar_is_asked_about_before_anything_leaves() -> None:
    story = _story("Lunch", "Tea")
    laptop = story.second(story.pat, same_calendar=False)
    carry(story.pat, laptop)
    story.clock.forward(minutes=5)
    with pytest.raises(StopBeforeHarmError, match="suddenly empty"):
        take_over(laptop.installation, "club")
    assert _share(laptop).state is ShareState.PASSIVE
    _settle(story, laptop)
    assert story.tester.titles() == ["[pat] Lunch", "[pat] Tea"]
    take_over(laptop.installation, "club", approve=True)
    assert _share(laptop).state is ShareState.OPEN


def test_a_share_that_is_written_here_or_was_stopped_is_not_taken_over() -> None:
    story = _story()
    before = _share(story.pat)
    assert take_over(story.pat.installation, "club").mails == []
    assert _share(story.pat) == before
    stop(story.pat.installation, "club")
    with pytest.raises(ConfigurationError, match="was stopped"):
        take_over(story.pat.installation, "club")


def test_a_take_over_that_is_cut_off_anywhere_can_be_done_again() -> None:
    step, done = 0, False
    while not done:
        step += 1
        story = _story("Lunch", "Tea")
        laptop = story.second(story.pat)
        carry(story.pat, laptop)
        story.clock.forward(minutes=5)
        laptop.fuse.steps, laptop.fuse.at = 0, step
        try:
            take_over(laptop.installation, "club")
            done = True
        except Killed:
            laptop.fuse.at = 0
            take_over(laptop.installation, "club")
        laptop.fuse.at = 0
        laptop.put(*lunch("Dinner", 18), uid="dinner")
        _settle(story, laptop)
        assert story.tester.titles() == ["[pat] Dinner", "[pat] Lunch", "[pat] Tea"], step
    assert step > 3


def test_the_keys_are_no_longer_those_of_before() -> None:
    story = _story()
    laptop = story.second(story.pat)
    fresh = laptop.identity
    carry(story.pat, laptop)
    assert laptop.identity.public == story.pat.identity.public != fresh.public
    assert laptop.identity.former == ()
    assert new_identity(laptop.installation.world.random_bytes) != fresh
