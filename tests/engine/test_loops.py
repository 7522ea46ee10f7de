"""Whatever answers whatever: the number of mails stays bounded, and then it is silent (protocol 7.3)."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from engine.world import Person, Story, lunch
from message.bounce_samples import OUR_ID, PEER, VACATION, report

from osync.mailboxes.base import IncomingMail
from osync.message.header import read_header
from osync.model import SubscriptionState
from osync.sync.budget import AUTOMATIC_A_DAY
from osync.sync.heal import ANSWERS_A_DAY

ROUNDS = 200


def joined() -> Story:
    story = Story()
    story.pat.put(*lunch(), uid="lunch")
    return story.joined()


def answered_by(reply: Callable[[IncomingMail], bytes], story: Story, rounds: int = ROUNDS) -> int:
    """Let a program answer every mail that tester gets, and tell how many mails both sent meanwhile."""
    before = len(story.pat.mailbox.sent) + len(story.tester.mailbox.sent)
    answered: set[str] = set()
    for _ in range(rounds):
        for mail in list(story.office.waiting[story.tester.address]):
            if mail.handle not in answered:
                answered.add(mail.handle)
                story.office.deliver(story.pat.address, reply(mail))
        story.settle()
        story.clock.forward(minutes=1)
    return len(story.pat.mailbox.sent) + len(story.tester.mailbox.sent) - before


def _vacation(mail: IncomingMail) -> bytes:
    our_id = read_header(mail.content or b"").first("message-id")
    return VACATION.replace(OUR_ID.encode(), our_id.encode()).replace(PEER.encode(), b"tester@example.org")


def _quoting_vacation(mail: IncomingMail) -> bytes:
    """Answer like a program that marks nothing and sends back all that it got."""
    head = b"From: tester@example.org\r\nTo: pat@example.org\r\nSubject: I am away\r\n\r\n"
    return head + b"I am away.\r\n\r\n" + (mail.content or b"").replace(b"\r\n", b"\r\n> ")


def _returned(mail: IncomingMail) -> bytes:
    whole = "Content-Type: message/rfc822\n\n" + (mail.content or b"").decode().replace("\r\n", "\n")
    return report("4.2.2", "smtp; 452 4.2.2 mailbox full", returned=whole, address="tester@example.org")


@pytest.mark.parametrize("reply", [_vacation, _quoting_vacation, _returned])
def test_a_vacation_responder_gets_no_answer_and_changes_nothing(reply: Callable[[IncomingMail], bytes]) -> None:
    story = joined()
    story.pat.put(*lunch("Supper"), uid="lunch")
    story.pat.sync()
    assert answered_by(reply, story, rounds=20) == 0
    assert story.tester.titles() == ["[pat] Supper"]
    states = [
        each.state
        for share in story.pat.ledger.shares.all()
        for each in story.pat.ledger.shares.subscribers(share.share_id)
    ]
    assert states == ["active"]


def test_a_vacation_responder_that_answers_the_invitation_is_no_subscriber() -> None:
    story = Story()
    story.pat.put(*lunch(), uid="lunch")
    story.pat.share()
    story.pat.invite(story.tester)
    before = len(story.pat.mailbox.sent)
    answered_by(_quoting_vacation, story, rounds=5)
    assert len(story.pat.mailbox.sent) == before


def test_mails_that_come_back_to_their_sender_again_and_again_change_nothing() -> None:
    story = joined()
    story.pat.put(*lunch("Supper"), uid="lunch")
    story.settle()
    before = len(story.pat.mailbox.sent), len(story.tester.mailbox.sent)
    for _ in range(20):
        for person in (story.pat, story.tester):
            for mail in (*story.pat.mailbox.sent, *story.tester.mailbox.sent):
                story.office.deliver(person.address, mail.content)
        story.settle()
    assert (len(story.pat.mailbox.sent), len(story.tester.mailbox.sent)) == before
    assert story.tester.titles() == ["[pat] Supper"]


def _ask_at_once(person: Person) -> None:
    """Misconfigure a subscriber: whatever came, it believes that something is missing and asks now."""
    subscriptions = person.ledger.subscriptions
    with person.ledger.transaction():
        for each in subscriptions.all():
            if each.state is SubscriptionState.ACTIVE:
                stored = subscriptions.progress(each.share_id)
                subscriptions.put_progress(each.share_id, replace(stored, damaged=True))
                subscriptions.put(replace(each, ask_at=1, asked_at=0, asks=0))


def _both_ways() -> Story:
    story = joined()
    story.tester.put(*lunch("Choir"), uid="choir")
    story.tester.share("choir")
    story.tester.invite(story.pat, "choir")
    story.pat.sync()
    story.pat.accept(sender="tester")
    story.settle()
    assert story.pat.titles() == ["Lunch", "[tester] Choir"]
    return story


def test_two_installations_that_ask_each_other_all_the_time_get_few_answers() -> None:
    story = _both_ways()
    story.clock.forward(days=1)
    before = {person.name: len(person.mailbox.sent) for person in (story.pat, story.tester)}
    for _ in range(ROUNDS):
        for person in (story.pat, story.tester):
            _ask_at_once(person)
            person.sync()
    for person in (story.pat, story.tester):
        kinds = Counter(each.kind for each in person.ledger.mails.sent(len(person.mailbox.sent) - before[person.name]))
        answers = kinds["snapshot"] + kinds["update"]
        assert answers <= ANSWERS_A_DAY
        assert kinds["request"] + answers == AUTOMATIC_A_DAY
        assert set(kinds) == {"request", "snapshot"}
    story.clock.forward(days=1)
    story.settle()
    quiet = [len(person.mailbox.sent) for person in (story.pat, story.tester)]
    for _ in range(20):
        story.clock.forward(hours=1)
        story.settle()
    assert [len(person.mailbox.sent) for person in (story.pat, story.tester)] == quiet


def test_no_message_causes_more_than_one_answer() -> None:
    story = _both_ways()
    story.clock.forward(days=1)
    _ask_at_once(story.tester)
    before = len(story.pat.mailbox.sent) + len(story.tester.mailbox.sent)
    for _ in range(20):
        story.settle()
    assert len(story.pat.mailbox.sent) + len(story.tester.mailbox.sent) == before + 2


def test_requests_that_are_doubled_on_the_way_get_one_answer() -> None:
    story = _both_ways()
    story.clock.forward(days=1)
    _ask_at_once(story.tester)
    story.tester.sync()
    [request] = story.office.waiting[story.pat.address]
    for _ in range(50):
        story.office.deliver(story.pat.address, request.content or b"")
    before = len(story.pat.mailbox.sent)
    story.settle()
    assert len(story.pat.mailbox.sent) == before + 1
