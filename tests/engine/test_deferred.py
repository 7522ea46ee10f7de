"""A mail that a server does not take now waits, and keeps no other one waiting."""

from dataclasses import dataclass, field

from engine.world import FusedMailbox, Story

from osync.engine.sharing import invite
from osync.errors import MailDeferredError
from osync.mailboxes.base import OutgoingMail, Refusal


@dataclass
class MoodyMailbox(FusedMailbox):
    """Takes no mails for some recipients."""

    moods: set[str] = field(default_factory=set)
    tries: int = 0

    def send(self, mail: OutgoingMail) -> tuple[Refusal, ...]:
        self.tries += 1
        if self.moods.intersection(mail.recipients):
            raise MailDeferredError("The mail server does not take a mail now.")
        return super().send(mail)


def moody_story(*addresses: str) -> tuple[Story, MoodyMailbox]:
    story = Story()
    mailbox = MoodyMailbox(story.pat.mailbox.real, story.pat.fuse, moods=set(addresses))
    story.pat.mailbox = mailbox
    story.pat.share()
    return story, mailbox


def test_the_mail_waits_and_the_others_go() -> None:
    story, mailbox = moody_story("first@example.org")
    story.office.mailbox("first@example.org")
    report = invite(story.pat.installation, "club", ["first@example.org", story.tester.address])
    assert [each.recipients for each in mailbox.sent] == [(story.tester.address,)]
    assert "does not take a mail now" in report.problems[0].sentence
    mailbox.moods.clear()
    story.pat.sync()
    assert [each.recipients for each in mailbox.sent][1:] == [("first@example.org",)]
    assert not story.pat.ledger.has_waiting_mails


def test_a_server_that_takes_none_is_not_asked_for_each() -> None:
    addresses = [f"number-{number}@example.org" for number in range(20)]
    story, mailbox = moody_story(*addresses)
    invite(story.pat.installation, "club", addresses)
    assert mailbox.tries == 5
    assert len(story.pat.ledger.mails.waiting_numbers()) == 20
