"""A share for a club: batches of recipients who do not see each other, refusals and returns for each of them alone."""

import os
from dataclasses import replace

import pytest
from engine.world import Person, Story, lunch
from message.bounce_samples import OUR_ID, report

from osync.engine.sharing import find_share, stop
from osync.engine.sync import sync
from osync.mailboxes.base import OutgoingMail
from osync.message.header import read_header
from osync.message.identity import Identity, new_identity
from osync.message.mail import find_blobs
from osync.message.seal import open_envelope
from osync.model import Subscriber, SubscriberState
from osync.sync.budget import BATCH, MailLimits


class Club:
    """pat shares with many, of whom only the keys and mailboxes exist."""

    def __init__(self, size: int) -> None:
        self.story = Story()
        self.pat: Person = self.story.pat
        self.pat.put(*lunch(), uid="lunch")
        self.pat.share()
        self.pat.sync()
        self.share_id = find_share(self.pat.installation, "club").share_id
        self.keys: dict[str, Identity] = {}
        with self.pat.ledger.transaction():
            for number in range(size):
                self._add(f"member{number:04}@example.org")

    def _add(self, address: str) -> None:
        self.story.office.mailbox(address)
        self.keys[address] = new_identity(os.urandom)
        key = self.keys[address].public.public_key
        member = Subscriber(self.share_id, address, "member", key, SubscriberState.ACTIVE, b"", 0)
        self.pat.ledger.shares.put_subscriber(replace(member, confirmed_at=int(self.story.clock().timestamp())))

    def change(self, title: str = "Supper") -> list[OutgoingMail]:
        """Change an event and give the mails that tell it."""
        self.pat.put(*lunch(title), uid="lunch")
        self.pat.mailbox.sent.clear()
        sync(self.pat.installation)
        return list(self.pat.mailbox.sent)

    def member(self, address: str) -> Subscriber:
        found = self.pat.ledger.shares.subscribers(self.share_id)
        return next(each for each in found if each.address == address)


def test_twenty_subscribers_get_a_mail_each() -> None:
    club = Club(20)
    mails = club.change()
    assert [mail.recipients for mail in mails] == [(address,) for address in club.keys]
    assert all(read_header(mail.content).first("to") == mail.recipients[0] for mail in mails)
    assert len({read_header(mail.content).first("message-id") for mail in mails}) == 20
    assert not any(read_header(mail.content).first("list-id") for mail in mails)


def test_a_club_of_three_hundred_gets_six_mails_and_nobody_sees_another() -> None:
    club = Club(300)
    mails = club.change()
    assert [len(mail.recipients) for mail in mails] == [BATCH] * 6
    for mail in mails:
        header = read_header(mail.content)
        assert header.first("to") == "undisclosed-recipients:;"
        assert header.first("list-id") == f'"OSync" <{club.share_id}.112026.localhost>'
        assert b"member" not in mail.content
    for address, identity in club.keys.items():
        [arrived] = club.story.office.waiting[address]
        assert arrived.content
        if address in ("member0000@example.org", "member0299@example.org"):
            [blob] = find_blobs(arrived.content)
            assert open_envelope(blob, identity).signer == club.pat.identity.public


def test_the_name_of_the_list_stays_when_the_month_changes() -> None:
    club = Club(21)
    [before] = club.change()
    club.story.clock.forward(days=40)
    [after] = club.change("Tea")
    assert read_header(before.content).first("list-id") == read_header(after.content).first("list-id")


def test_more_keys_than_an_envelope_holds_make_two_messages() -> None:
    club = Club(1001)
    mails = club.change()
    assert sum(len(mail.recipients) for mail in mails) == 1001
    assert len({blob for mail in mails for blob in find_blobs(mail.content)}) == 2
    [last] = club.story.office.waiting["member1000@example.org"]
    assert last.content
    [blob] = find_blobs(last.content)
    assert open_envelope(blob, club.keys["member1000@example.org"]).signer == club.pat.identity.public


def test_one_address_that_is_refused_keeps_no_other_from_its_mail() -> None:
    club = Club(60)
    del club.story.office.waiting["member0007@example.org"]
    club.pat.put(*lunch("Supper"), uid="lunch")
    told = club.pat.sync()
    [problem] = told.problems
    assert "did not reach member0007@example.org" in problem.sentence
    assert all(len(waiting) == 1 for address, waiting in club.story.office.waiting.items() if "member" in address)
    rows = list(club.pat.ledger.mails.sent(2))
    assert all(row.sent_at for row in rows)
    assert [("member0007@example.org did not get it" in row.refused) for row in rows].count(True) == 1
    assert club.member("member0007@example.org").note
    assert not club.member("member0008@example.org").note


def test_an_address_that_cannot_stand_in_a_mail_keeps_no_other_from_its_mail() -> None:
    club = Club(2)
    with club.pat.ledger.transaction():
        club._add("m\u00fcller@example.org")
    mails = club.change()
    assert len(mails) == 2


@pytest.mark.parametrize(
    ("address", "asked", "counted"),
    [
        ("member0007@example.org", "", "member0007@example.org"),
        ("Member0007@Example.org", "", "member0007@example.org"),
        ("other@example.net", "member0007@example.org", "member0007@example.org"),
        ("stranger@example.net", "", ""),
        ("stranger@example.net", "stranger@example.org", ""),
    ],
)
def test_a_batch_that_came_back_counts_for_whom_the_report_names(address: str, asked: str, counted: str) -> None:
    club = Club(30)
    [mail] = club.change()
    text = report(address=address, asked=asked).replace(
        OUR_ID.encode(), read_header(mail.content).first("message-id").encode()
    )
    club.story.office.deliver(club.pat.address, text)
    club.pat.sync()
    bounced = [each.address for each in club.pat.ledger.shares.subscribers(club.share_id) if each.bounces]
    assert bounced == ([counted] if counted else [])


def test_a_refusal_by_policy_of_a_mail_that_many_know_ends_nothing_at_once() -> None:
    club = Club(30)
    [mail] = club.change()
    text = report("5.7.1", address="member0007@example.org")
    club.story.office.deliver(
        club.pat.address, text.replace(OUR_ID.encode(), read_header(mail.content).first("message-id").encode())
    )
    club.pat.sync()
    assert club.member("member0007@example.org").state is SubscriberState.ACTIVE
    assert club.member("member0007@example.org").bounces == 1


def test_who_is_stopped_while_a_batch_waits_does_not_get_it() -> None:
    club = Club(30)
    club.pat.limits = MailLimits(mails_a_day=40)
    assert len(club.change()) == 1
    assert club.change("Tea") == []
    stop(club.pat.installation, "club", "member0007@example.org")
    club.pat.limits = MailLimits()
    club.pat.sync()
    counts = {address: len(mails) for address, mails in club.story.office.waiting.items() if "member" in address}
    assert set(counts.values()) == {2}
    last = {address: club.story.office.waiting[address][-1].content or b"" for address in counts}
    assert [address for address, mail in last.items() if b"undisclosed" not in mail] == ["member0007@example.org"]
