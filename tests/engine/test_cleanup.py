"""A mailbox may clean up mails only when the ledger holds all that they and those before them brought (protocol 5.6)."""

from engine.world import Fuse, FusedMailbox, Story, lunch

from osync.mailboxes.base import CleansUp, Mailbox


class TidyMailbox(FusedMailbox):
    """A mailbox that remembers what it may clean up."""

    def __init__(self, real: Mailbox, fuse: Fuse) -> None:
        super().__init__(real, fuse)
        self.released: list[str] = []
        self.cleaned = 0

    def release(self, handle: str) -> None:
        self.released.append(handle)

    def clean_up(self) -> None:
        self.cleaned += 1


def tidy_story() -> tuple[Story, TidyMailbox]:
    story = Story()
    mailbox = TidyMailbox(story.tester.mailbox.real, story.tester.fuse)
    assert isinstance(mailbox, CleansUp)
    story.tester.mailbox = mailbox
    story.pat.put(*lunch(), uid="lunch")
    return story.joined(), mailbox


def settled(story: Story) -> list[str]:
    return [mail.handle for mail in story.office.settled[story.tester.address]]


def test_revisions_that_are_covered_may_go_and_the_invitation_stays() -> None:
    story, mailbox = tidy_story()
    invitation, snapshot = settled(story)
    assert mailbox.released == [snapshot]
    assert invitation not in mailbox.released


def test_revisions_after_a_gap_stay() -> None:
    story, mailbox = tidy_story()
    mailbox.released.clear()
    story.pat.put(*lunch("Dinner", 18), uid="dinner")
    story.pat.sync()
    story.office.waiting[story.tester.address].clear()
    story.pat.put(*lunch("Breakfast", 8), uid="breakfast")
    story.clock.forward(hours=1)
    story.settle()
    assert mailbox.released == []


def test_mails_of_others_stay() -> None:
    story, mailbox = tidy_story()
    mailbox.released.clear()
    story.office.deliver(story.tester.address, b"From: bob@example.org\r\nSubject: Dinner\r\n\r\nShall we?\r\n")
    story.tester.sync()
    assert mailbox.released == []


def test_a_run_cleans_up_and_a_dry_run_does_not() -> None:
    story, mailbox = tidy_story()
    mailbox.cleaned = 0
    story.pat.put(*lunch("Dinner", 18), uid="dinner")
    story.pat.sync()
    mailbox.released.clear()
    story.tester.sync(dry_run=True)
    assert (mailbox.released, mailbox.cleaned) == ([], 0)
    story.tester.sync()
    assert (len(mailbox.released), mailbox.cleaned) == (1, 1)
