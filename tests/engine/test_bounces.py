"""Mails that come back change what the owner sends to whom; forged reports change nothing."""

from dataclasses import replace

import pytest
from engine.world import Person, Story, lunch
from message.bounce_samples import EXIM, EXIM_LATER, OUR_ID, PEER, READ_RECEIPT, VACATION, report

from osync.engine.overview import status
from osync.engine.sharing import NewShare, find_share, invite, new_share
from osync.mailboxes.base import OutgoingMail
from osync.message.header import read_header
from osync.model import Subscriber, SubscriberState


def _sent(person: Person, kind: str) -> OutgoingMail:
    """Give the newest mail of a kind that a person sent."""
    mails = person.ledger.mails
    return [mail for mail in person.mailbox.sent if (left := mails.left_with([_id(mail)])) and left.kind == kind][-1]


def _id(mail: OutgoingMail) -> str:
    return read_header(mail.content).first("message-id")


def bounce(story: Story, sample: bytes, mail: OutgoingMail) -> None:
    """Let a report about a mail of pat's come to pat."""
    written = sample.replace(OUR_ID.encode(), _id(mail).encode()).replace(PEER.encode(), b"tester@example.org")
    assert story.office.deliver(story.pat.address, written) is None


def subscriber(story: Story) -> Subscriber:
    share = find_share(story.pat.installation, "club")
    [found] = story.pat.ledger.shares.subscribers(share.share_id)
    return found


@pytest.fixture
def story() -> Story:
    story = Story()
    story.pat.put(*lunch(), uid="lunch")
    return story.joined()


def change(story: Story, title: str) -> OutgoingMail:
    """Let pat change an event, and give the mail that told it."""
    story.pat.put(*lunch(title), uid="lunch")
    story.pat.sync()
    return _sent(story.pat, "update")


def test_one_refusal_is_noted_and_a_second_one_a_day_later_ends_it(story: Story) -> None:
    bounce(story, report(), change(story, "Supper"))
    [told] = story.pat.sync().mails
    assert told.sentence == (
        "The update mail did not reach tester@example.org. A mail came back: “550 5.1.1 <tester@example.org>: Recipient"
        " address rejected: User unknown”. After another one, a day later, they get no more."
    )
    assert subscriber(story).state is SubscriberState.ACTIVE
    story.clock.forward(hours=25)
    bounce(story, report(), change(story, "Breakfast"))
    story.pat.sync()
    assert subscriber(story).state is SubscriberState.SUSPENDED
    assert subscriber(story).note.endswith("invite them again: osync share invite club tester@example.org")
    sent = len(story.pat.mailbox.sent)
    story.pat.put(*lunch("Tea"), uid="lunch")
    assert not story.pat.sync().problems
    assert len(story.pat.mailbox.sent) == sent


def test_a_suspended_subscriber_gets_everything_after_being_invited_again(story: Story) -> None:
    bounce(story, EXIM, change(story, "Supper"))
    story.pat.sync()
    assert subscriber(story).state is SubscriberState.SUSPENDED
    story.pat.put(*lunch("Tea"), uid="lunch")
    story.pat.sync()
    invite(story.pat.installation, "club", [story.tester.address])
    story.settle()
    assert (subscriber(story).state, subscriber(story).note) == (SubscriberState.ACTIVE, "")
    assert story.tester.titles() == ["[pat] Tea"]


def test_a_mail_that_was_too_large_is_sent_again_smaller(story: Story) -> None:
    mail = change(story, "Supper")
    bounce(story, report("5.3.4", "smtp; 552 5.3.4 Message size exceeds fixed limit"), mail)
    sent = len(story.pat.mailbox.sent)
    story.pat.sync()
    assert subscriber(story).max_bytes == 200_000
    assert len(story.pat.mailbox.sent) == sent + 1
    bounce(story, report("5.3.4", "smtp; 552 5.3.4 Message size exceeds fixed limit"), _sent(story.pat, "snapshot"))
    story.settle()
    assert len(story.pat.mailbox.sent) == sent + 1
    assert "cannot be made smaller" in subscriber(story).note
    assert story.tester.titles() == ["[pat] Supper"]


def test_a_large_share_is_cut_for_the_one_whose_server_takes_little(story: Story) -> None:
    shares = story.pat.ledger.shares
    with story.pat.ledger.transaction():
        shares.put_subscriber(replace(subscriber(story), max_bytes=200_000, wants_snapshot=True))
    for number in range(60):
        noise = "".join(f"{number * 7919 * place % 99991:05}" for place in range(1, 1500))
        story.pat.put(*lunch(f"Lunch {number}", 12, f"LOCATION:{noise[:490]}"), uid=f"lunch-{number}")
    story.pat.sync()
    assert all(len(mail.content) < 280_000 for mail in story.pat.mailbox.sent)
    story.settle()
    assert len(story.tester.titles()) == 61


@pytest.mark.parametrize(
    "sample",
    [
        report(),
        report().replace(OUR_ID.encode(), b"<0f1e2d3c-4b5a-4978-8695-000000000000@example.org>"),
        report().replace(OUR_ID.encode(), b""),
        report().replace(OUR_ID.encode(), b"<>"),
        report().replace(OUR_ID.encode(), b"<%>"),
        report("5.7.1"),
        report("5.2.3"),
        EXIM,
    ],
)  # fmt: skip
def test_a_forged_report_changes_nothing(story: Story, sample: bytes) -> None:
    change(story, "Supper")
    before, sent = subscriber(story), len(story.pat.mailbox.sent)
    for _ in range(3):
        story.office.deliver(story.pat.address, sample)
        story.clock.forward(hours=25)
        story.pat.sync()
    assert subscriber(story) == before
    assert len(story.pat.mailbox.sent) == sent


@pytest.mark.parametrize("sample", [EXIM_LATER, VACATION, READ_RECEIPT, report("4.4.1", action="delayed")])
def test_what_is_no_refusal_ends_quietly_in_the_log(story: Story, sample: bytes) -> None:
    mail, before = change(story, "Supper"), subscriber(story)
    sent = len(story.pat.mailbox.sent)
    bounce(story, sample, mail)
    report_of_run = story.pat.sync()
    assert report_of_run.problems == []
    assert replace(subscriber(story), note="") == before
    assert len(story.pat.mailbox.sent) == sent
    [told] = report_of_run.mails
    assert told.sentence


def test_a_vacation_reply_is_named_as_what_it_is(story: Story) -> None:
    bounce(story, VACATION, change(story, "Supper"))
    [told] = story.pat.sync().mails
    assert told.sentence == (
        "The mail carries no message of OSync, and it is marked as auto-replied: nobody answers it. It was left in the mailbox."
    )


def test_the_same_report_again_counts_once(story: Story) -> None:
    mail = change(story, "Supper")
    bounce(story, report(), mail)
    story.pat.sync()
    before = subscriber(story)
    story.clock.forward(hours=30)
    bounce(story, report(), mail)
    [told] = story.pat.sync().mails
    assert (
        told.sentence
        == "It was reported before that the update mail did not reach tester@example.org. Nothing was done."
    )
    assert subscriber(story) == before


def test_a_returned_copy_of_our_message_is_a_report_and_no_message(story: Story) -> None:
    mail = change(story, "Supper")
    whole = "Content-Type: message/rfc822\n\n" + mail.content.decode().replace("\r\n", "\n")
    story.office.deliver(story.pat.address, report(returned=whole, address=story.tester.address))
    [told] = story.pat.sync().mails
    assert told.kind == "bounce"
    assert subscriber(story).bounces == 1


def test_a_message_inside_a_report_takes_no_effect(story: Story) -> None:
    story.pat.put(*lunch("Supper"), uid="lunch")
    story.pat.sync()
    [update] = story.office.waiting[story.tester.address]
    story.office.waiting[story.tester.address].clear()
    assert update.content
    whole = "Content-Type: message/rfc822\n\n" + update.content.decode().replace("\r\n", "\n")
    story.office.deliver(story.tester.address, report(returned=whole))
    [told] = story.tester.sync().mails
    assert told.sentence == "It reports on a mail that OSync did not send. Nothing was done."
    assert story.tester.titles() == ["[pat] Lunch"]


def test_an_invitation_that_comes_back_is_told_and_can_still_be_accepted() -> None:
    story = Story()
    story.pat.put(*lunch(), uid="lunch")
    story.pat.share()
    story.pat.invite(story.tester)
    bounce(story, report(), _sent(story.pat, "invite"))
    [told] = story.pat.sync().mails
    assert "Is the address right?" in told.sentence
    assert (subscriber(story).state, bool(subscriber(story).note)) == (SubscriberState.INVITED, True)
    story.tester.sync()
    story.tester.accept(sender="pat")
    story.settle()
    assert subscriber(story).state is SubscriberState.ACTIVE
    assert story.tester.titles() == ["[pat] Lunch"]


def test_our_own_mail_to_an_owner_that_came_back_is_told(story: Story) -> None:
    [accept] = story.tester.mailbox.sent
    sample = report().replace(OUR_ID.encode(), _id(accept).encode())
    story.office.deliver(story.tester.address, sample)
    [told] = story.tester.sync().mails
    assert told.sentence.startswith("The accept mail did not reach pat@example.org. 550 5.1.1")
    [followed] = status(story.tester.installation).subscriptions
    assert "our last mail did not reach its owner: pat@example.org did not get it: 550 5.1.1" in followed.sentence


def test_who_was_suspended_gets_no_mail_that_waited(story: Story) -> None:
    mail = change(story, "Supper")
    bounce(story, EXIM, mail)
    story.pat.put(*lunch("Tea"), uid="lunch")
    story.pat.sync()
    assert [each.kind for each in story.pat.ledger.mails.sent(100) if not each.sent_at] == []
    assert subscriber(story).state is SubscriberState.SUSPENDED


def test_an_address_that_the_mailbox_itself_refuses_ends_it_like_a_report(story: Story) -> None:
    del story.office.waiting[story.tester.address]
    story.pat.put(*lunch("Supper"), uid="lunch")
    story.pat.sync()
    assert (subscriber(story).state, subscriber(story).bounces) == (SubscriberState.ACTIVE, 1)
    story.clock.forward(hours=25)
    story.pat.put(*lunch("Tea"), uid="lunch")
    [problem] = story.pat.sync().problems
    assert "did not reach tester@example.org" in problem.sentence
    assert subscriber(story).state is SubscriberState.SUSPENDED
    story.pat.put(*lunch("Breakfast"), uid="lunch")
    assert story.pat.sync().problems == []


def test_a_subscriber_who_is_heard_of_again_is_active_again(story: Story) -> None:
    bounce(story, EXIM, change(story, "Supper"))
    story.pat.sync()
    assert subscriber(story).state is SubscriberState.SUSPENDED
    subscriptions = story.tester.ledger.subscriptions
    [followed] = subscriptions.all()
    with story.tester.ledger.transaction():
        subscriptions.put_progress(followed.share_id, replace(subscriptions.progress(followed.share_id), damaged=True))
        subscriptions.put(replace(followed, ask_at=1))
    story.office.waiting[story.tester.address].clear()
    story.tester.sync()
    story.settle()
    assert (subscriber(story).state, subscriber(story).note) == (SubscriberState.ACTIVE, "")
    assert story.tester.titles() == ["[pat] Supper"]


def test_changes_told_in_several_parts_are_owed_from_what_was_confirmed(story: Story) -> None:
    share = find_share(story.pat.installation, "club")
    with story.pat.ledger.transaction():
        known = replace(subscriber(story), confirmed_epoch=share.epoch, confirmed_revision=share.head)
        story.pat.ledger.shares.put_subscriber(known)
    mail = change(story, "Supper")
    story.office.waiting[story.tester.address].clear()
    bounce(story, report("5.2.3", "smtp; 552 5.2.3 too large"), mail)
    assert [each.kind for each in story.pat.sync().mails] == ["bounce", "update"]
    story.settle()
    assert story.tester.titles() == ["[pat] Supper"]


def test_a_reader_without_osync_is_suspended_and_resumed_like_a_subscriber() -> None:
    story = Story()
    reader = story.office.mailbox("reader@example.org")
    story.pat.put(*lunch(), uid="lunch")
    story.pat.share()
    invite(story.pat.installation, "club", ["reader@example.org"], plain=True)
    mail = story.pat.mailbox.sent[-1]
    written = EXIM.replace(OUR_ID.encode(), _id(mail).encode()).replace(PEER.encode(), b"reader@example.org")
    story.office.deliver(story.pat.address, written)
    story.pat.sync()
    assert subscriber(story).state is SubscriberState.SUSPENDED
    sent = len(story.pat.mailbox.sent)
    story.pat.put(*lunch("Supper"), uid="lunch")
    story.pat.sync()
    assert len(story.pat.mailbox.sent) == sent
    invite(story.pat.installation, "club", ["reader@example.org"])
    assert subscriber(story).state is SubscriberState.PLAIN
    assert len(story.pat.mailbox.sent) == sent + 1
    assert b"Supper" in (list(reader.pending())[-1].content or b"")


def test_an_invitation_to_a_mailing_list_that_comes_back_is_told(story: Story) -> None:
    new_share(story.pat.installation, NewShare("list", "OSync", "default", list_address="choir@lists.example.org"))
    story.office.mailbox("choir@lists.example.org")
    invite(story.pat.installation, "list", ["choir@lists.example.org"])
    sample = report(address="choir@lists.example.org").replace(
        OUR_ID.encode(), _id(story.pat.mailbox.sent[-1]).encode()
    )
    story.office.deliver(story.pat.address, sample)
    [told] = story.pat.sync().mails
    assert told.sentence == "The invite mail did not reach choir@lists.example.org."
