"""Changes are collected and mailed together, mails keep to the budget of the day, and nothing is lost by it."""

import os
from dataclasses import replace
from datetime import timedelta

from engine.world import START, Story, lunch

from osync.engine.overview import status
from osync.engine.report import Waiting
from osync.engine.sharing import find_share, invite
from osync.engine.sync import sync
from osync.message.identity import new_identity
from osync.message.mail import find_blobs
from osync.model import Subscriber
from osync.sync.budget import AUTOMATIC_A_DAY, MailLimits

TEN_MINUTES = MailLimits(broadcast_seconds=600, broadcasts_a_day=50)


def paced(limits: MailLimits = TEN_MINUTES) -> Story:
    """Let tester follow pat, whose changes are collected from now on."""
    story = Story()
    story.pat.put(*lunch(), uid="lunch")
    story.joined()
    story.clock.forward(hours=1)
    story.pat.limits = limits
    return story


def sent(story: Story) -> int:
    return len(story.pat.mailbox.sent)


def subscriber_of(story: Story) -> Subscriber:
    """Give tester as pat knows them."""
    found = story.pat.ledger.shares.subscribers(find_share(story.pat.installation, "club").share_id)
    return next(each for each in found if each.address == story.tester.address)


def test_the_first_change_leaves_at_once_and_those_after_it_go_together() -> None:
    story, before = paced(), 0
    story.pat.put(*lunch("Supper"), uid="lunch")
    assert story.pat.sync().waiting == []
    first, before = int(story.clock.now.timestamp()), sent(story)
    for number in range(5):
        story.clock.forward(minutes=1)
        story.pat.put(*lunch(f"Tea {number}"), uid=f"tea-{number}")
        [waiting] = story.pat.sync().waiting
        assert waiting == Waiting("club", number + 1, first + 600)
    assert sent(story) == before
    story.clock.forward(minutes=5)
    told = story.pat.sync()
    assert (told.waiting, len(told.mails)) == ([], 1)
    assert sent(story) == before + 1
    story.tester.sync()
    assert story.tester.titles() == ["[pat] Supper", *(f"[pat] Tea {number}" for number in range(5))]
    assert status(story.tester.installation).subscriptions[0].sentence == "up to date"


def test_who_will_not_wait_sends_at_once() -> None:
    story = paced()
    story.pat.put(*lunch("Supper"), uid="lunch")
    story.pat.sync()
    story.pat.put(*lunch("Tea"), uid="lunch")
    rehearsed = sync(story.pat.installation, at_once=True, dry_run=True)
    assert [mail.kind for mail in rehearsed.mails] == ["update"]
    assert story.pat.sync().mails == []
    assert [mail.kind for mail in sync(story.pat.installation, at_once=True).mails] == ["update"]
    story.tester.sync()
    assert story.tester.titles() == ["[pat] Tea"]


def test_waiting_reads_no_event_and_writes_nothing() -> None:
    story = paced()
    for title in ("Supper", "Tea"):
        story.pat.put(*lunch(title), uid="lunch")
        story.pat.sync()
    story.pat.calendar.read_handles.clear()
    steps = story.pat.fuse.steps
    [waiting] = story.pat.sync().waiting
    assert waiting.count == 1
    assert story.pat.calendar.read_handles == []
    assert story.pat.fuse.steps - steps <= 2  # it looked for mail and listed the calendar


def test_a_change_that_was_taken_back_while_it_waited_is_told_as_it_is_now() -> None:
    story = paced()
    story.pat.put(*lunch("Supper"), uid="lunch")
    story.pat.sync()
    story.pat.put(*lunch("Wrong", 9), uid="wrong")
    story.pat.sync()
    story.pat.remove("wrong")
    story.pat.put(*lunch("Right", 9), uid="right")
    story.pat.sync()
    story.clock.forward(minutes=10)
    story.settle()
    assert story.tester.titles() == ["[pat] Right", "[pat] Supper"]


def test_who_asks_or_joins_while_changes_wait_is_answered_at_once() -> None:
    story = paced()
    for title in ("Supper", "Tea"):
        story.pat.put(*lunch(title), uid="lunch")
        story.pat.sync()
    story.office.waiting[story.tester.address].clear()
    with story.pat.ledger.transaction():
        story.pat.ledger.shares.put_subscriber(replace(subscriber_of(story), wants_snapshot=True))
    told = story.pat.sync()
    assert [mail.kind for mail in told.mails] == ["snapshot"]
    story.tester.sync()
    assert story.tester.titles() == ["[pat] Tea"]
    story.clock.forward(minutes=10)
    story.settle()
    assert story.tester.titles() == ["[pat] Tea"]
    assert status(story.tester.installation).subscriptions[0].sentence == "up to date"


def test_a_share_without_subscribers_does_not_make_the_first_one_wait() -> None:
    story = Story()
    story.pat.limits = TEN_MINUTES
    story.pat.put(*lunch(), uid="lunch")
    story.pat.share()
    assert story.pat.sync().waiting == []
    story.pat.invite(story.tester)
    story.tester.sync()
    story.tester.accept(sender="pat")
    story.settle()
    story.pat.put(*lunch("Supper"), uid="lunch")
    assert [mail.kind for mail in story.pat.sync().mails] == ["update"]


def test_a_share_is_broadcast_fifty_times_a_day_at_most() -> None:
    story = paced(MailLimits(broadcast_seconds=60, broadcasts_a_day=50))
    story.clock.now = START + timedelta(days=1, hours=-9)
    before = sent(story)
    for number in range(100):
        story.clock.forward(minutes=10)
        story.pat.put(*lunch(f"Lunch {number}"), uid="lunch")
        story.pat.sync()
    assert sent(story) == before + 50
    assert story.pat.sync().waiting == [Waiting("club", 1, int((START + timedelta(days=2, hours=-9)).timestamp()))]
    story.clock.forward(hours=8)
    story.settle()
    assert story.tester.titles() == ["[pat] Lunch 99"]


def test_mails_beyond_the_budget_leave_the_next_day_oldest_first() -> None:
    story = paced(MailLimits(mails_a_day=3))
    story.clock.forward(days=1)
    before = sent(story)
    addresses = [f"guest{number}@example.org" for number in range(8)]
    for address in addresses:
        story.office.mailbox(address)
    told = invite(story.pat.installation, "club", addresses)
    midnight = int((START + timedelta(days=2, hours=-9)).timestamp())
    assert told.waiting == [Waiting("", 5, midnight, of_budget=True)]
    found = status(story.pat.installation)
    assert (found.mails_today, found.mails_a_day, found.mails_waiting, found.day_is_full) == (3, 3, 5, True)
    for expected in (6, 8):
        assert sent(story) < before + expected
        story.clock.forward(days=1)
        story.pat.sync()
        assert [mail.recipients[0] for mail in story.pat.mailbox.sent[before:]] == addresses[:expected]
    assert not status(story.pat.installation).day_is_full


def test_changes_beyond_the_budget_go_together_the_next_day() -> None:
    story = paced(MailLimits(mails_a_day=3))
    story.clock.forward(days=1)
    before = sent(story)
    for number in range(8):
        story.pat.put(*lunch(f"Lunch {number}"), uid=f"lunch-{number}")
        story.pat.sync()
    assert sent(story) == before + 3
    midnight = int((START + timedelta(days=2, hours=-9)).timestamp())
    assert story.pat.sync().waiting == [Waiting("club", 5, midnight, of_budget=True)]
    assert sync(story.pat.installation, at_once=True).mails == []
    story.clock.forward(days=1)
    story.settle()
    assert sent(story) == before + 4
    assert len(story.tester.titles()) == 9
    assert status(story.tester.installation).subscriptions[0].sentence == "up to date"


def test_a_club_larger_than_the_budget_has_one_broadcast_waiting() -> None:
    story = paced(MailLimits(broadcast_seconds=600, broadcasts_a_day=50, mails_a_day=10))
    share = find_share(story.pat.installation, "club").share_id
    with story.pat.ledger.transaction():
        for number in range(14):
            address = f"member{number}@example.org"
            story.office.mailbox(address)
            key = new_identity(os.urandom).public.public_key
            member = replace(subscriber_of(story), address=address, public_key=key)
            story.pat.ledger.shares.put_subscriber(replace(member, share_id=share))
    waiting = []
    for number in range(30):
        story.pat.put(*lunch(f"Lunch {number}"), uid="lunch")
        story.pat.sync()
        waiting.append(story.pat.ledger.mails.waiting_recipients())
        story.clock.forward(hours=6)
    assert max(waiting) <= 15 + 10
    for _ in range(4):
        story.clock.forward(days=1)
        story.settle()
    assert story.pat.ledger.mails.waiting_recipients() == 0
    assert story.tester.titles() == ["[pat] Lunch 29"]


def test_a_peer_causes_six_sendings_a_day_and_the_seventh_is_owed() -> None:
    story = paced(MailLimits())
    story.clock.now = START + timedelta(days=1, hours=-9)
    before = sent(story)
    for _ in range(20):
        with story.pat.ledger.transaction():
            story.pat.ledger.shares.put_subscriber(replace(subscriber_of(story), wants_snapshot=True))
        story.pat.sync()
    assert sent(story) == before + AUTOMATIC_A_DAY
    story.pat.put(*lunch("Supper"), uid="lunch")
    story.settle()
    assert sent(story) == before + AUTOMATIC_A_DAY
    story.clock.forward(days=1)
    story.settle()
    assert sent(story) == before + AUTOMATIC_A_DAY + 1
    assert story.tester.titles() == ["[pat] Supper"]


def test_who_joins_many_shares_in_a_day_gets_all_of_them() -> None:
    story = paced(MailLimits())
    before = sent(story)
    for number in range(AUTOMATIC_A_DAY + 3):
        story.pat.share(f"share {number}")
        share = find_share(story.pat.installation, f"share {number}").share_id
        with story.pat.ledger.transaction():
            joining = replace(subscriber_of(story), share_id=share, wants_snapshot=True)
            story.pat.ledger.shares.put_subscriber(joining)
    story.pat.sync()
    story.pat.sync()
    assert sent(story) == before + AUTOMATIC_A_DAY + 3


def test_each_mail_carries_one_message() -> None:
    story = paced()
    story.pat.put(*lunch("Supper"), uid="lunch")
    story.pat.sync()
    assert len(list(find_blobs(story.pat.mailbox.sent[-1].content))) == 1
