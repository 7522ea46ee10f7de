"""One thing that fails leaves the others as they should be."""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

import pytest
from engine.world import Fuse, FusedCalendar, Person, Story, T, event_of, lunch

from osync.calendars.base import StoredEvent
from osync.engine.installation import Run
from osync.engine.local_will import detach
from osync.engine.sharing import stop
from osync.engine.subscribing import leave
from osync.engine.sync import sync
from osync.engine.undo import undo
from osync.errors import CalendarUnavailableError, DiskFullError, KeyUnavailableError, OSyncError
from osync.mailboxes.base import OutgoingMail
from osync.message.armour import armour
from osync.message.identity import Identity
from osync.message.mail import find_blobs
from osync.model import ShareState, SubscriptionState


@dataclass
class _FailingCalendar(FusedCalendar):
    """A calendar whose drive is pulled out before its third write."""

    fuse: Fuse = field(default_factory=Fuse)

    def _write(self, act: Callable[[], T]) -> T:
        self.writes += 1
        if self.writes == 3:
            raise CalendarUnavailableError("The drive was pulled out.")
        return act()


def _pulled_out(story: Story) -> None:
    """Let tester sync with a calendar that fails midway."""
    story.tester.calendar.real = _FailingCalendar(story.tester.events)
    report = story.tester.sync()
    story.tester.calendar.real = story.tester.events
    assert "pulled out" in report.problems[0].sentence
    assert len(report.changes) == 2


def _deliver(story: Story, mail: bytes) -> None:
    office = story.office.mailbox("somebody@example.org")
    office.send(OutgoingMail("somebody@example.org", (story.tester.address,), mail))


def _intercepted(person: Person) -> list[bytes]:
    """Take the mails out of somebody's mailbox before OSync sees them."""
    mails = list(person.mailbox.pending())
    for mail in mails:
        person.mailbox.settle(mail.handle)
    return [mail.content for mail in mails if mail.content]


def test_what_was_written_before_a_calendar_failed_can_be_undone() -> None:
    story = Story()
    for name in ("a", "b", "c", "d"):
        story.pat.put(*lunch(name), uid=name)
    story.joined()
    for name in ("a", "b", "c", "d"):
        story.pat.put(*lunch(f"new {name}"), uid=name)
    story.pat.sync()
    _pulled_out(story)
    undo(story.tester.installation, "")
    assert story.tester.titles() == ["[pat] a", "[pat] b", "[pat] c", "[pat] d"]
    story.tester.sync()
    assert len([title for title in story.tester.titles() if "new" in title]) == 2


def test_an_end_that_comes_after_newer_mails_ends_nothing() -> None:
    story = Story()
    story.pat.put(*lunch("Lunch"), uid="lunch")
    story.joined()
    stop(story.pat.installation, "club", story.tester.address)
    (late,) = _intercepted(story.tester)
    leave(story.tester.installation, "club", remove=False)
    story.pat.invite(story.tester)
    story.tester.sync()
    story.tester.accept(sender="pat")
    story.settle()
    _deliver(story, late)
    assert "came late" in story.tester.sync().mails[0].sentence
    (subscription,) = story.tester.ledger.subscriptions.all()
    assert subscription.state is SubscriptionState.ACTIVE


def test_a_message_for_somebody_else_does_not_spoil_the_others_of_its_mail() -> None:
    story = Story()
    story.pat.put(*lunch("Lunch"), uid="lunch")
    story.joined()
    carol = Person("carol", story.office, story.clock)
    carol.share("other")
    carol.invite(story.pat, "other")
    story.pat.sync()
    story.pat.accept(sender="carol")
    (for_carol,) = _intercepted(carol)
    story.pat.put(*lunch("Late lunch"), uid="lunch")
    story.pat.sync()
    (for_tester,) = _intercepted(story.tester)
    blocks = [armour(blob) for mail in (for_carol, for_tester) for blob in find_blobs(mail)]
    _deliver(story, "\r\n\r\n".join(("Subject: two", *blocks)).encode())
    report = story.tester.sync()
    assert [mail.kind for mail in report.mails] == ["", "update"]
    assert story.tester.titles() == ["[pat] Late lunch"]


def test_an_event_that_moves_to_a_place_that_cannot_be_read_yet_is_not_deleted() -> None:
    story = Story()
    for name in ("a", "b"):
        story.pat.put(*lunch(name), uid=name)
    story.joined()
    story.pat.events.remove("a")
    story.pat.events.put("renamed", problem="The text is cut off.")
    assert story.pat.sync().changes == []
    story.pat.events.put("renamed", event_of(*lunch("a"), uid="a"))
    assert story.pat.sync().changes == []
    story.tester.sync()
    assert story.tester.titles() == ["[pat] a", "[pat] b"]


def test_a_new_place_that_stays_unreadable_does_not_hold_up_a_deletion_for_ever() -> None:
    story = Story()
    for name in ("a", "b"):
        story.pat.put(*lunch(name), uid=name)
    story.joined()
    two = [event_of(*lunch(uid), uid=uid) for uid in ("a", "c")]
    story.pat.events.put("a", *two)
    story.settle()
    story.pat.events.put("a", two[1])
    story.pat.events.put("broken", problem="The text is cut off.")
    assert story.pat.sync().changes == []
    assert [change.title for change in story.pat.sync().changes] == ["a"]
    story.tester.sync()
    assert story.tester.titles() == ["[pat] b", "[pat] c"]


def test_what_was_told_of_a_place_that_is_looked_at_again_goes_with_the_place() -> None:
    story = Story()
    for name in ("a", "b"):
        story.pat.put(*lunch(name), uid=name)
    story.joined()
    story.pat.events.put("a", event_of(*lunch("c"), uid="c"))
    story.pat.events.put("broken", problem="The text is cut off.")
    assert [change.title for change in story.pat.sync().changes] == ["c"]
    story.pat.events.remove("a")
    story.settle()
    assert story.tester.titles() == ["[pat] b"]


@dataclass
class _ForgetfulCalendar(FusedCalendar):
    """A calendar that lists a place and does not give it."""

    fuse: Fuse = field(default_factory=Fuse)
    forgotten: str = ""

    def read(self, handles: Iterable[str]) -> Iterator[StoredEvent]:
        return self.real.read([handle for handle in handles if handle != self.forgotten])


def test_a_place_that_was_listed_and_not_given_is_read_again() -> None:
    story = Story()
    story.pat.put(*lunch("b"), uid="b")
    story.pat.events.put("a1", event_of(*lunch("a first"), uid="a"))
    story.pat.events.put("a2", event_of(*lunch("a second"), uid="a"))
    story.joined()
    story.pat.events.remove("a1")
    story.pat.calendar.real = _ForgetfulCalendar(story.pat.events, forgotten="a2")
    story.settle()
    assert story.tester.titles() == ["[pat] a first", "[pat] b"]
    story.pat.calendar.real = story.pat.events
    story.settle()
    assert story.tester.titles() == ["[pat] a second", "[pat] b"]


def test_a_copy_that_is_listed_and_not_given_was_not_deleted_by_the_user() -> None:
    story = Story()
    for name in ("a", "b"):
        story.pat.put(*lunch(name), uid=name)
    story.joined()
    story.pat.put(*lunch("a", 18), uid="a")
    story.pat.sync()
    (lost,) = (uid for uid, text in story.tester.texts().items() if "SUMMARY:[pat] a\r\n" in text)
    story.tester.calendar.real = _ForgetfulCalendar(story.tester.events, forgotten=lost)
    report = story.tester.sync()
    assert [f"{lost} is there" in problem.sentence for problem in report.problems] == [True]
    story.tester.calendar.real = story.tester.events
    story.tester.sync()
    assert "T180000Z" in story.tester.texts()[lost]


def test_a_change_of_a_copy_that_cannot_be_read_now_arrives_later() -> None:
    story = Story()
    for name in ("a", "b"):
        story.pat.put(*lunch(name), uid=name)
    story.joined()
    uid = next(uid for uid, text in story.tester.texts().items() if "] a" in text)
    (copy,) = story.tester.events.read([uid])
    story.tester.events.put(uid, problem="The text is cut off.")
    story.pat.remove("a")
    story.pat.sync()
    assert "left alone" in story.tester.sync().problems[0].sentence
    assert copy.event
    story.tester.events.put(uid, copy.event)
    story.tester.sync()
    assert story.tester.titles() == ["[pat] b"]


def test_a_run_whose_first_record_was_undone_does_not_share_its_number_with_the_next() -> None:
    installation = Story().tester.installation
    run, later = Run(installation, "sync"), Run(installation, "sync")
    with contextlib.suppress(DiskFullError), installation.ledger.transaction():
        assert run.number
        raise DiskFullError("No room.")
    with installation.ledger.transaction():
        first = run.number
    with installation.ledger.transaction():
        assert later.number != first
    run.finish()
    assert len(list(installation.ledger.changes.runs(5))) == 2


def test_an_event_that_lies_twice_is_not_gone_while_the_other_place_cannot_be_read() -> None:
    story = Story()
    for name in ("a", "b"):
        story.pat.put(*lunch(name), uid=name)
    story.joined()
    story.pat.events.put("twin", event_of(*lunch("a"), uid="a"))
    story.pat.sync()
    story.pat.events.put("twin", problem="The text is cut off.")
    story.pat.sync()
    story.pat.events.remove("a")
    assert story.pat.sync().changes == []


def test_a_drive_that_is_pulled_out_while_undoing_keeps_what_was_undone_and_the_rest_can_be_undone() -> None:
    story = Story()
    for name in ("a", "b", "c", "d"):
        story.pat.put(*lunch(name), uid=name)
    story.joined()
    story.tester.calendar.real = _FailingCalendar(story.tester.events)
    report = undo(story.tester.installation, of="pat")
    story.tester.calendar.real = story.tester.events
    assert "pulled out" in report.problems[0].sentence
    assert len(report.changes) == 2
    assert len(story.tester.titles()) == 2
    assert len(undo(story.tester.installation, of="pat").changes) == 2
    assert story.tester.titles() == []


def test_a_drive_that_is_pulled_out_while_detaching_leaves_the_copy() -> None:
    story = Story()
    story.pat.put(*lunch("a"), uid="a")
    story.joined()
    story.tester.calendar.real = _FailingCalendar(story.tester.events, writes=2)
    with pytest.raises(CalendarUnavailableError):
        detach(story.tester.installation, "a")
    story.tester.calendar.real = story.tester.events
    assert story.tester.titles() == ["[pat] a"]
    assert [change.action for change in story.tester.ledger.changes.newest(9)] == ["new"]
    detach(story.tester.installation, "a")
    assert story.tester.titles() == ["[pat] a"]
    assert not any("X-OSYNC" in text for text in story.tester.texts().values())


@pytest.mark.parametrize("error", [KeyUnavailableError("The key ring is locked."), DiskFullError("The disk is full.")])
def test_a_mail_is_opened_when_what_kept_it_closed_is_mended(error: OSyncError) -> None:
    def fail() -> Identity:
        raise error

    story = Story().joined()
    story.pat.put(*lunch("Lunch"), uid="lunch")
    story.pat.sync()
    for _ in range(5):
        report = sync(replace(story.tester.installation, identity=fail))
        assert [problem.sentence for problem in report.problems] == [str(error)]
    story.tester.sync()
    assert story.tester.titles() == ["[pat] Lunch"]


def _with_unwritable_address() -> Story:
    """Give a story in which a second subscriber has an address to which nothing can be sent."""
    story = Story()
    other = Person("other", story.office, story.clock)
    story.joined()
    story.pat.invite(other)
    other.sync()
    other.accept(sender="pat")
    story.settle()
    shares = story.pat.ledger.shares
    (share,) = shares.all()
    known = shares.subscriber_with_key(share.share_id, other.identity.public.public_key)
    assert known
    with story.pat.ledger.transaction():
        shares.drop_subscriber(known)
        shares.put_subscriber(replace(known, address="ÖTHER@example.org"))
    return story


def test_an_address_that_cannot_stand_in_a_mail_keeps_no_letter_to_others() -> None:
    story = _with_unwritable_address()
    story.clock.forward(days=200)
    story.pat.put(*lunch("Lunch", 13), uid="lunch")
    report = story.pat.sync()
    assert ["cannot stand in a mail" in problem.sentence for problem in report.problems] == [True]
    kinds = sorted(mail.kind for mail in report.mails if mail.peer == story.tester.address)
    assert kinds == ["ping", "update"]


def test_a_share_can_be_stopped_though_one_address_cannot_stand_in_a_mail() -> None:
    story = _with_unwritable_address()
    report = stop(story.pat.installation, "club")
    assert [(mail.kind, mail.peer) for mail in report.mails] == [("end", story.tester.address)]
    assert "cannot stand in a mail" in report.problems[0].sentence
    assert [share.state for share in story.pat.ledger.shares.all()] == [ShareState.STOPPED]


def test_copies_are_written_though_the_key_for_a_letter_cannot_be_had() -> None:
    def locked() -> Identity:
        raise KeyUnavailableError("The key ring is locked.")

    story = Story().joined()
    story.pat.put(*lunch("Lunch"), uid="lunch")
    story.pat.sync()
    story.tester.calendar.real = _FailingCalendar(story.tester.events, writes=2)
    story.tester.sync()
    story.tester.calendar.real = story.tester.events
    (subscription,) = story.tester.ledger.subscriptions.all()
    with story.tester.ledger.transaction():
        story.tester.ledger.subscriptions.put(replace(subscription, pinged=True))
    report = sync(replace(story.tester.installation, identity=locked))
    assert [problem.sentence for problem in report.problems] == ["The key ring is locked."]
    assert story.tester.titles() == ["[pat] Lunch"]
