"""An identity on another computer: what comes along, what stays, and what is refused (protocol 3)."""

import pytest
from engine.second import KeyStore, SharedStory, carry
from engine.world import Killed, Person, Story, lunch

from osync.engine.exporting import export_identity, import_identity
from osync.engine.identities import change_identity
from osync.engine.overview import status
from osync.engine.takeover import take_over
from osync.errors import ConfigurationError
from osync.message.identity import identities_from
from osync.model import ShareState, SubscriberState


def _story() -> SharedStory:
    story = SharedStory()
    story.pat.put(*lunch(), uid="lunch")
    story.joined()
    return story


def _change(person: Person) -> None:
    person.identity, _ = change_identity(person.installation, KeyStore(person).keep)


def test_shares_come_along_passive_with_their_subscribers() -> None:
    story = _story()
    laptop = story.second(story.pat)
    imported = carry(story.pat, laptop)
    assert (imported.shares, imported.subscriptions, imported.is_new_identity) == (("club",), (), True)
    (share,) = laptop.ledger.shares.all()
    (before,) = story.pat.ledger.shares.all()
    assert (share.state, share.key, share.nonce) == (ShareState.PASSIVE, before.key, before.nonce)
    (subscriber,) = laptop.ledger.shares.subscribers(share.share_id)
    assert (subscriber.address, subscriber.state) == (story.tester.address, SubscriberState.ACTIVE)
    assert subscriber.public_key == story.tester.identity.public.public_key
    sent = len(laptop.mailbox.sent)
    laptop.sync()
    assert len(laptop.mailbox.sent) == sent, "a passive share sends nothing"


def test_a_second_import_changes_nothing() -> None:
    story = _story()
    laptop = story.second(story.pat)
    carry(story.pat, laptop)
    before = list(laptop.ledger._database._connection.iterdump())
    imported = carry(story.pat, laptop)
    assert not imported.is_new_identity
    assert list(laptop.ledger._database._connection.iterdump()) == before


def test_a_share_that_is_written_here_is_left_alone() -> None:
    story = _story()
    laptop = story.second(story.pat)
    carry(story.pat, laptop)
    before = story.pat.ledger.shares.all()
    imported = carry(laptop, story.pat)
    assert (imported.shares, imported.written_here) == ((), ("club",))
    assert story.pat.ledger.shares.all() == before


def test_subscriptions_come_along_and_are_filled_again() -> None:
    story = _story()
    new = story.second(story.tester, same_calendar=False)
    imported = carry(story.tester, new)
    assert imported.subscriptions == ("club",)
    story.clock.forward(hours=7)
    new.sync()
    story.settle()
    new.sync()
    assert new.titles() == ["[pat] Lunch"]
    assert set(new.texts()) == set(story.tester.texts())
    assert status(new.installation).subscriptions[0].sentence == "up to date"
    (share,) = story.pat.ledger.shares.all()
    assert len(story.pat.ledger.shares.subscribers(share.share_id)) == 1


def test_a_computer_whose_clock_is_late_is_heard_all_the_same() -> None:
    story = _story()
    new = story.second(story.tester, same_calendar=False)
    story.clock.forward(days=-1)
    carry(story.tester, new)
    new.sync()
    story.pat.sync()
    assert "accepted club again" in next(story.pat.ledger.mails.received(1)).outcome


def test_an_installation_with_a_key_that_others_know_refuses() -> None:
    story = _story()
    with pytest.raises(ConfigurationError, match="key of its own"):
        carry(story.pat, story.tester)
    assert story.tester.identity.public != story.pat.identity.public
    story.pat.put(*lunch("Dinner", 18), uid="dinner")
    story.settle()
    assert story.tester.titles() == ["[pat] Dinner", "[pat] Lunch"]


def test_a_changed_key_comes_to_the_other_computer_with_the_next_file() -> None:
    story = _story()
    laptop = story.second(story.pat)
    carry(story.pat, laptop)
    old = laptop.identity.public
    _change(story.pat)
    story.tester.sync()
    carry(story.pat, laptop)
    assert laptop.identity.public == story.pat.identity.public != old
    assert [key.public for key in laptop.identity.former] == [old]
    story.clock.forward(minutes=5)
    take_over(laptop.installation, "club")
    laptop.put(*lunch("Dinner", 18), uid="dinner")
    laptop.sync()
    story.tester.sync()
    assert story.tester.titles() == ["[pat] Dinner", "[pat] Lunch"]
    (share,) = laptop.ledger.shares.all()
    assert laptop.ledger.successions.changes(share.share_id)[0].old_key == old.public_key


def test_a_computer_that_writes_a_share_tells_its_subscribers_of_the_key_that_was_changed_elsewhere() -> None:
    story = _story()
    laptop = story.second(story.pat)
    carry(story.pat, laptop)
    story.clock.forward(minutes=5)
    take_over(laptop.installation, "club")
    story.pat.sync()
    story.tester.sync()
    _change(story.pat)
    story.tester.sync()
    assert story.tester.ledger.subscriptions.all()[0].owner_key == laptop.identity.public.public_key
    assert carry(story.pat, laptop).written_here == ("club",)
    laptop.put(*lunch("Dinner", 18), uid="dinner")
    for person in (laptop, story.tester):
        person.sync()
    assert story.tester.titles() == ["[pat] Dinner", "[pat] Lunch"]
    assert story.tester.ledger.subscriptions.all()[0].strangers == 0


def test_a_file_from_before_a_change_of_the_key_is_refused() -> None:
    story = _story()
    exported = export_identity(story.pat.installation)
    _change(story.pat)
    with pytest.raises(ConfigurationError, match="before the key was changed"):
        import_identity(story.pat.installation, exported, KeyStore(story.pat).keep, lambda name: name)


def test_an_import_that_is_cut_off_anywhere_can_be_done_again() -> None:
    story = _story()
    exported = export_identity(story.pat.installation)
    step, done = 0, False
    while not done:
        step += 1
        laptop = story.second(story.pat)
        store = KeyStore(laptop)
        laptop.fuse.steps, laptop.fuse.at = 0, step
        try:
            import_identity(laptop.installation, exported, store.keep, lambda name: "default")
            done = True
        except Killed:
            laptop.fuse.at = 0
            laptop.identity = store.load()
            import_identity(laptop.installation, exported, store.keep, lambda name: "default")
        laptop.fuse.at = 0
        assert store.load().public == story.pat.identity.public, step
        assert len(laptop.ledger.shares.all()) == 1
        assert story.pat.identity.to_bytes() in [key.to_bytes() for key in identities_from(store.secret)]
    assert step > 3


def test_the_name_of_another_share_is_not_taken() -> None:
    story = _story()
    exported = export_identity(story.pat.installation)
    other = Story().pat
    other.identity, other._random = story.pat.identity, 5_000
    other.share("club")
    import_identity(other.installation, exported, KeyStore(other).keep, lambda name: "default")
    assert [each.name for each in other.ledger.shares.all()] == ["club", "club 2"]
    assert exported.shares[0].share.share_id in [each.share_id for each in other.ledger.shares.all()]
