"""A mail that still waits does not leave to somebody who is not to have it any more."""

from collections.abc import Iterator

from engine.world import Fuse, FusedMailbox, Story, lunch

from osync.engine.sharing import stop
from osync.engine.subscribing import leave
from osync.errors import MailboxUnavailableError
from osync.mailboxes.base import IncomingMail, Mailbox, OutgoingMail, Refusal


class _Offline:
    """A mailbox that receives and cannot send."""

    def __init__(self, real: Mailbox) -> None:
        self._real = real

    def send(self, mail: OutgoingMail) -> tuple[Refusal, ...]:
        raise MailboxUnavailableError("There is no connection.")

    def pending(self) -> Iterator[IncomingMail]:
        return self._real.pending()

    def settle(self, handle: str) -> None:
        self._real.settle(handle)


def _with_a_waiting_update() -> Story:
    story = Story()
    story.pat.put(*lunch("Lunch"), uid="lunch")
    story.joined()
    _go_offline(story)
    story.pat.put(*lunch("Not for tester"), uid="lunch")
    story.pat.sync()
    return story


def _go_offline(story: Story) -> None:
    story.pat.mailbox = FusedMailbox(_Offline(story.office.mailbox(story.pat.address)), Fuse())


def _kinds_sent_online(story: Story) -> list[str]:
    story.pat.mailbox = FusedMailbox(story.office.mailbox(story.pat.address), Fuse())
    story.pat.sync()
    count = len(story.pat.mailbox.sent)
    return [mail.kind for mail in story.pat.ledger.mails.sent(count)] if count else []


def test_an_update_that_waits_is_not_sent_to_somebody_who_was_stopped() -> None:
    story = _with_a_waiting_update()
    stop(story.pat.installation, "club", "Tester@Example.org")
    stop(story.pat.installation, "club")
    assert _kinds_sent_online(story) == ["end"]
    story.tester.sync()
    assert story.tester.titles() == ["[pat] Lunch"]


def test_an_update_that_waits_is_not_sent_to_somebody_who_left() -> None:
    story = _with_a_waiting_update()
    leave(story.tester.installation, "club", remove=False)
    assert _kinds_sent_online(story) == []
    kept_back = next(story.pat.ledger.mails.sent(1))
    assert "kept back" in kept_back.refused


def test_an_invitation_that_waits_is_not_sent_when_the_share_was_stopped() -> None:
    story = Story()
    story.pat.share()
    _go_offline(story)
    story.pat.invite(story.tester)
    stop(story.pat.installation, "club")
    assert _kinds_sent_online(story) == []
