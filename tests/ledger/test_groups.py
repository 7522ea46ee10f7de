"""What the groups of tables answer when there is nothing to give."""

from osync.ledger.ledger import Ledger
from osync.ledger.mails import WaitingMail


def _with_a_batch() -> tuple[Ledger, int]:
    ledger = Ledger.open(None)
    with ledger.transaction():
        batch = WaitingMail(0, "update", "share", ("a@example.org", "b@example.org"), "<1@x>", b"mail", automatic=False)
        number = ledger.mails.put_out(batch, 1, 0)
    return ledger, number


def test_a_mail_that_left_does_not_wait() -> None:
    ledger, number = _with_a_batch()
    with ledger.transaction():
        ledger.mails.mark_sent(number, 7)
    assert ledger.mails.waiting(number) is None


def test_a_mail_is_withdrawn_from_one_recipient_after_the_other() -> None:
    ledger, number = _with_a_batch()
    left: list[tuple[str, ...]] = []
    for address in ("c@example.org", "a@example.org", "b@example.org"):
        with ledger.transaction():
            ledger.mails.withdraw("share", address, "It was kept back.")
        waiting = ledger.mails.waiting(number)
        left.append(waiting.recipients if waiting else ())
    assert left == [("a@example.org", "b@example.org"), ("b@example.org",), ()]


def test_an_event_that_nobody_told_of_has_no_text() -> None:
    assert Ledger.open(None).subscriptions.followed_text("share", "event") is None
