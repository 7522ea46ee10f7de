"""A planned change of a key: everybody takes the new one, also who missed the news, and nobody else's (protocol 3, 7)."""

from collections.abc import Sequence

import pytest
from engine.world import Killed, Person, Story, lunch

from osync.engine.identities import OLD_KEYS_OPEN, change_identity
from osync.engine.overview import status
from osync.engine.people import verify
from osync.engine.sharing import invite
from osync.engine.subscribing import leave
from osync.errors import ConfigurationError
from osync.message.identity import Identity, identities_from, safety_code
from osync.message.manifest import MAX_SUCCESSIONS
from osync.model import COMPARE_AGAIN, Subscriber, SubscriberState, Subscription, Trust


def _joined() -> Story:
    story = Story()
    story.pat.put(*lunch(), uid="lunch")
    return story.joined()


def _change(person: Person) -> None:
    person.identity, _ = change_identity(person.installation, lambda keys: None)


def _subscription(story: Story) -> Subscription:
    return story.tester.ledger.subscriptions.all()[0]


def _subscriber(story: Story) -> Subscriber:
    share = story.pat.ledger.shares.all()[0]
    return story.pat.ledger.shares.subscribers(share.share_id)[0]


def _lose(story: Story, person: Person) -> int:
    waiting = story.office.waiting[person.address]
    lost = len(waiting)
    waiting.clear()
    return lost


def _kinds(person: Person) -> list[str]:
    return [sent.kind for sent in reversed(list(person.ledger.mails.sent(1000)))]


def _days(story: Story, days: int) -> None:
    for _ in range(days):
        story.clock.forward(days=1)
        story.settle()


def _still_shared(story: Story) -> None:
    """Demand that a change of the owner still arrives, in the copy that was there before."""
    before = set(story.tester.texts())
    story.pat.put(*lunch("Late lunch", 14), uid="lunch")
    story.settle()
    assert story.tester.titles() == ["[pat] Late lunch"]
    assert set(story.tester.texts()) == before


def test_an_owners_new_key_takes_the_place_of_the_old_one() -> None:
    story = _joined()
    old = story.pat.identity.public
    _change(story.pat)
    story.settle()
    assert _subscription(story).owner_key == story.pat.identity.public.public_key != old.public_key
    assert _subscription(story).creator_key == old.public_key
    _still_shared(story)
    assert _subscription(story).strangers == 0


def test_a_subscribers_new_key_takes_the_place_of_the_old_one() -> None:
    story = _joined()
    _change(story.tester)
    story.settle()
    assert _subscriber(story).public_key == story.tester.identity.public.public_key
    assert _subscriber(story).state is SubscriberState.ACTIVE
    _still_shared(story)
    leave(story.tester.installation, "club", remove=False)
    story.settle()
    assert _subscriber(story).state is SubscriberState.LEFT


def test_a_compared_code_has_to_be_compared_again() -> None:
    story = _joined()
    verify(story.tester.installation, "pat", safety_code(story.pat.identity.public))
    verify(story.pat.installation, "tester", safety_code(story.tester.identity.public))
    _change(story.pat)
    _change(story.tester)
    story.settle()
    assert (_subscription(story).trust, _subscriber(story).trust) == (Trust.TOFU, Trust.TOFU)
    assert COMPARE_AGAIN in status(story.tester.installation).subscriptions[0].sentence
    assert COMPARE_AGAIN in _subscriber(story).note


def test_both_may_change_at_once() -> None:
    story = _joined()
    _change(story.pat)
    _change(story.tester)
    story.settle()
    story.settle()
    assert _subscription(story).owner_key == story.pat.identity.public.public_key
    assert _subscriber(story).public_key == story.tester.identity.public.public_key
    _still_shared(story)


def test_who_missed_an_owners_change_is_told_again() -> None:
    story = _joined()
    _change(story.pat)
    assert _lose(story, story.tester) == 1
    story.pat.put(*lunch("Late lunch", 14), uid="lunch")
    story.settle()
    assert story.tester.titles() == ["[pat] Lunch"], "a message by an unknown key changes nothing"
    assert "came signed by another key" in status(story.tester.installation).subscriptions[0].sentence
    _days(story, 4)
    assert story.tester.titles() == ["[pat] Late lunch"]
    assert status(story.tester.installation).subscriptions[0].sentence == "up to date"


def test_who_missed_an_owners_change_and_asks_is_told_at_once() -> None:
    story = _joined()
    story.pat.put(*lunch("Dinner", 18), uid="dinner")
    story.pat.sync()
    assert _lose(story, story.tester) == 1
    story.pat.put(*lunch("Breakfast", 8), uid="breakfast")
    story.settle()
    _change(story.pat)
    assert _lose(story, story.tester) == 1
    story.clock.forward(hours=7)
    story.tester.sync()
    assert _kinds(story.tester)[-1] == "request"
    story.settle()
    assert _kinds(story.pat).count("rekey") == 2
    _days(story, 1)
    assert story.tester.titles() == ["[pat] Breakfast", "[pat] Dinner", "[pat] Lunch"]


def test_an_acceptance_of_an_invitation_with_the_old_key_is_answered_with_the_change() -> None:
    story = Story()
    story.pat.put(*lunch(), uid="lunch")
    story.pat.share()
    story.pat.invite(story.tester)
    story.tester.sync()
    _change(story.pat)
    story.tester.accept(sender="pat")
    story.settle()
    assert story.tester.titles() == ["[pat] Lunch"]
    assert _subscription(story).owner_key == story.pat.identity.public.public_key


def test_who_missed_two_changes_gets_both() -> None:
    story = _joined()
    for _ in range(2):
        _change(story.pat)
        assert _lose(story, story.tester) == 1
    _days(story, 3)
    assert _subscription(story).owner_key == story.pat.identity.public.public_key
    _still_shared(story)


def test_an_owner_who_missed_a_subscribers_change_is_told_when_mail_comes_for_the_old_key() -> None:
    story = _joined()
    _change(story.tester)
    assert _lose(story, story.pat) == 1
    story.pat.put(*lunch("Late lunch", 14), uid="lunch")
    story.settle()
    assert story.tester.titles() == ["[pat] Late lunch"], "the old key still opens"
    story.clock.forward(hours=7)
    story.settle()
    assert _subscriber(story).public_key == story.tester.identity.public.public_key


def test_nobody_is_told_for_ever() -> None:
    story = _joined()
    _change(story.pat)
    story.settle()
    _days(story, 100)
    assert _kinds(story.pat).count("rekey") <= 4
    assert story.pat.ledger.successions.count_unconfirmed() == 0
    assert _kinds(story.tester).count("accept") == len(_kinds(story.tester))
    assert _subscription(story).strangers == 0, "repeated news of a change is no message of a stranger"


def test_who_writes_to_the_new_key_is_not_told_again() -> None:
    story = _joined()
    _change(story.pat)
    story.settle()
    story.pat.put(*lunch("Dinner", 18), uid="dinner")
    story.pat.sync()
    _lose(story, story.tester)
    story.pat.put(*lunch("Breakfast", 8), uid="breakfast")
    story.settle()
    _days(story, 60)
    assert _kinds(story.pat).count("rekey") == 1


def test_after_a_change_an_owner_who_lost_state_is_still_found_out() -> None:
    story = _joined()
    backup = story.pat.ledger.copy_in_memory()
    story.pat.put(*lunch("Dinner", 18), uid="dinner")
    story.settle()
    story.pat.ledger = backup
    story.pat.remove("dinner")
    _change(story.pat)
    story.pat.put(*lunch("Brunch", 10), uid="lunch")
    story.settle()
    _days(story, 4)
    assert story.tester.titles() == ["[pat] Brunch"]


def test_an_invitation_after_a_change_carries_the_change() -> None:
    story = _joined()
    creator = story.pat.identity.public.public_key
    for _ in range(3):
        _change(story.pat)
    carol = Person("carol", story.office, story.clock)
    invite(story.pat.installation, "club", [carol.address])
    carol.sync()
    carol.accept(sender="pat")
    story.pat.sync()
    carol.sync()
    assert carol.ledger.subscriptions.all()[0].creator_key == creator
    story.settle()
    assert set(carol.texts()) == set(story.tester.texts())


def test_a_new_invitation_heals_what_no_other_mail_did() -> None:
    story = _joined()
    _change(story.pat)
    _lose(story, story.tester)
    with story.pat.ledger.transaction():
        share = story.pat.ledger.shares.all()[0]
        story.pat.ledger.successions.forget(share.share_id, story.tester.identity.public.public_key)
    story.clock.forward(days=90)
    story.settle()
    invite(story.pat.installation, "club", [story.tester.address])
    story.settle()
    story.settle()
    assert _subscription(story).owner_key == story.pat.identity.public.public_key
    _still_shared(story)


def test_a_stranger_cannot_bring_a_new_key() -> None:
    story = _joined()
    mallory = Person("pat", story.office, story.clock)
    share = story.pat.ledger.shares.all()[0]
    with mallory.ledger.transaction():
        mallory.ledger.shares.put(share)
        mallory.ledger.shares.put_subscriber(_subscriber(story))
    before = _subscription(story)
    _change(mallory)
    story.settle()
    after = _subscription(story)
    assert (after.owner_key, after.strangers) == (before.owner_key, 1)


def test_somebody_who_lost_the_key_invites_anew_with_a_warning_and_nothing_is_replaced() -> None:
    story = _joined()
    before = _subscription(story)
    again = Person("pat", story.office, story.clock)
    again._random = 7_000
    again.share("club")
    again.invite(story.tester)
    story.tester.sync()
    (invitation,) = story.tester.ledger.subscriptions.invitations()
    assert "not signed by the key of pat" in invitation.warning
    assert story.tester.ledger.subscriptions.all() == [before]
    story.tester.accept(sender="pat2")
    again.put(*lunch("New lunch"), uid="new")
    for person in (again, story.tester):
        person.sync()
    assert _subscription(story).owner_key == before.owner_key
    assert story.tester.titles() == ["[pat2] New lunch", "[pat] Lunch"]


def test_a_key_is_changed_eight_times_at_most() -> None:
    story = _joined()
    for _ in range(MAX_SUCCESSIONS):
        _change(story.pat)
    last = story.pat.identity
    with pytest.raises(ConfigurationError, match="new share"):
        _change(story.pat)
    assert story.pat.identity == last


class _KeyStore:
    """Keeps keys with a step of the fuse before and after."""

    def __init__(self, person: Person) -> None:
        self._person = person
        self.secret = person.identity.to_bytes()

    def keep(self, keys: Sequence[Identity]) -> None:
        self._person.fuse.step("before keeping")
        self.secret = b"".join(key.to_bytes() for key in keys)
        self._person.fuse.step("after keeping")

    def load(self) -> Identity:
        """Give the key that the ledger names, as a new process would."""
        from dataclasses import replace

        keys = identities_from(self.secret)
        wished = self._person.ledger.setting("key_id")
        present = next(key for key in keys if wished in ("", key.public.key_id))
        return replace(present, former=tuple(key for key in keys if key is not present))


@pytest.mark.parametrize("name", ["pat", "tester"])
def test_a_change_that_is_cut_off_anywhere_leaves_one_key_for_all(name: str) -> None:
    step, done = 0, False
    while not done:
        step += 1
        story = _joined()
        person = story.pat if name == "pat" else story.tester
        with person.ledger.transaction():
            person.ledger.set_setting("key_id", person.identity.public.key_id)
        store = _KeyStore(person)
        person.fuse.steps, person.fuse.at = 0, step
        try:
            person.identity, _ = change_identity(person.installation, store.keep)
            done = True
        except Killed:
            person.identity = store.load()
        person.fuse.at = 0
        story.settle()
        story.settle()
        _still_shared(story)
        before = len(identities_from(store.secret))
        person.identity, _ = change_identity(person.installation, store.keep)
        assert len(identities_from(store.secret)) <= before + 1
        story.settle()
        story.settle()
        expected = person.identity.public.public_key
        assert expected == (_subscription(story).owner_key if name == "pat" else _subscriber(story).public_key)
    assert step > 4


def test_an_old_key_opens_for_sixty_days() -> None:
    assert OLD_KEYS_OPEN == 60 * 86400
