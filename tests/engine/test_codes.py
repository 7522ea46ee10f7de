"""Invitations by code and by mailing list, people who wait to be let in, and safety codes."""

import hashlib
from datetime import date, timedelta

import pytest
from engine.world import Person, Story, lunch

from osync.engine.codes import make_code
from osync.engine.people import decide, people, verify
from osync.engine.sharing import NewShare, invite, new_share, stop
from osync.engine.subscribing import accept
from osync.errors import MessageDamagedError, NotFoundError, StopBeforeHarmError
from osync.model import Approval, Carrier, Share, Subscriber, SubscriberState, Trust


def _share(person: Person) -> Share:
    return person.ledger.shares.all()[0]


def _subscribers(person: Person) -> list[Subscriber]:
    return person.ledger.shares.subscribers(_share(person).share_id)


def _offered(
    approval: Approval = Approval.TOKEN, *, encrypted: bool = True, verified_only: bool = False, list_address: str = ""
) -> Story:
    story = Story()
    if list_address:
        story.office.mailbox(list_address)
    story.pat.put(*lunch(), uid="lunch")
    wish = NewShare(
        "club",
        "OSync",
        "default",
        approval=approval,
        encrypted=encrypted,
        verified_only=verified_only,
        list_address=list_address,
    )
    new_share(story.pat.installation, wish)
    return story


def _accept_code(story: Story, person: Person, code: str) -> None:
    accept(person.installation, code, sender="pat", calendar="default")
    story.settle()


def test_a_code_makes_a_verified_subscriber_and_no_mail_told_of_it_before() -> None:
    story = _offered()
    code = make_code(story.pat.installation, "club", "Jo")
    assert not story.office.waiting["tester@example.org"]
    _accept_code(story, story.tester, f"Hi!\n<{code}>\n")
    assert story.tester.titles() == ["[pat] Lunch"]
    (subscriber,) = _subscribers(story.pat)
    assert (subscriber.address, subscriber.state, subscriber.trust) == (
        "tester@example.org", SubscriberState.ACTIVE, Trust.VERIFIED,
    )  # fmt: skip
    assert story.tester.ledger.subscriptions.all()[0].trust is Trust.VERIFIED


def test_a_code_works_once() -> None:
    story = _offered()
    code = make_code(story.pat.installation, "club")
    _accept_code(story, story.tester, code)
    other = Person("other", story.office, story.clock)
    accept(other.installation, code, sender="pat", calendar="default")
    story.settle()
    other.sync()
    assert other.titles() == []
    assert {each.address: each.state for each in _subscribers(story.pat)} == {
        "tester@example.org": SubscriberState.ACTIVE,
        "other@example.org": SubscriberState.PENDING,
    }


def test_a_code_ends_after_two_weeks() -> None:
    story = _offered()
    code = make_code(story.pat.installation, "club")
    story.clock.forward(days=15)
    _accept_code(story, story.tester, code)
    assert story.tester.titles() == []


def test_a_code_with_a_typing_error_changes_nothing() -> None:
    story = _offered()
    code = make_code(story.pat.installation, "club")
    with pytest.raises(MessageDamagedError):
        accept(story.tester.installation, code[:-20] + "x" + code[-19:], sender="", calendar="default")
    assert story.tester.ledger.subscriptions.all() == []


def test_a_code_can_be_taken_back() -> None:
    story = _offered()
    code = make_code(story.pat.installation, "club")
    stop(story.pat.installation, "club", _subscribers(story.pat)[0].address)
    _accept_code(story, story.tester, code)
    assert story.tester.titles() == []


def test_people_of_a_list_wait_for_the_owners_word_and_then_get_everything_directly() -> None:
    story = _offered(list_address="choir@lists.example.org")
    invite(story.pat.installation, "club", ["choir@lists.example.org"])
    (offer,) = story.office.waiting["choir@lists.example.org"]
    story.office.deliver(story.tester.address, offer.content or b"")
    story.tester.sync()
    story.tester.accept(sender="pat")
    report = story.pat.sync()
    assert "waits for your word" in report.mails[0].sentence
    assert not story.office.waiting["tester@example.org"]
    decide(story.pat.installation, "club", "1", approved=True)
    story.settle()
    assert story.tester.titles() == ["[pat] Lunch"]
    story.pat.put(*lunch("Brunch"), uid="lunch")
    story.pat.sync()
    assert [len(story.office.waiting[address]) for address in ("choir@lists.example.org", "tester@example.org")] == [
        2,
        0,
    ]
    story.office.deliver(story.tester.address, story.office.waiting["choir@lists.example.org"][1].content or b"")
    story.tester.sync()
    assert story.tester.titles() == ["[pat] Brunch"]


def test_who_is_refused_is_told_nothing() -> None:
    story = _offered(Approval.ASK, list_address="choir@lists.example.org")
    invite(story.pat.installation, "club", ["choir@lists.example.org"])
    story.office.deliver(story.tester.address, story.office.waiting["choir@lists.example.org"][0].content or b"")
    story.tester.sync()
    story.tester.accept(sender="pat")
    story.pat.sync()
    decide(story.pat.installation, "club", "tester@example.org", approved=False)
    assert _subscribers(story.pat) == []
    assert not story.office.waiting["tester@example.org"]
    with pytest.raises(NotFoundError, match="does not wait"):
        decide(story.pat.installation, "club", "1", approved=True)


def test_an_open_share_lets_everybody_in() -> None:
    story = _offered(Approval.OPEN, encrypted=False, list_address="choir@lists.example.org")
    invite(story.pat.installation, "club", ["choir@lists.example.org"])
    story.office.deliver(story.tester.address, story.office.waiting["choir@lists.example.org"][0].content or b"")
    story.tester.sync()
    story.tester.accept(sender="pat")
    story.settle()
    assert story.tester.titles() == ["[pat] Lunch"]


def test_a_share_can_demand_that_codes_were_compared() -> None:
    story = _offered(verified_only=True)
    story.pat.invite(story.tester)
    story.tester.sync()
    story.tester.accept(sender="pat")
    story.settle()
    assert story.tester.titles() == []
    (tester,) = people(story.pat.installation)
    with pytest.raises(StopBeforeHarmError, match="not the safety code"):
        verify(story.pat.installation, "tester", "0000-0000-0000-0000-0000")
    verify(story.pat.installation, "tester", tester.code.lower().replace("-", " ").replace("0", "o").replace("1", "l"))
    story.settle()
    assert story.tester.titles() == ["[pat] Lunch"]
    assert people(story.pat.installation)[0].trust is Trust.VERIFIED


def test_both_sides_can_compare() -> None:
    story = Story().joined()
    (pat,) = people(story.tester.installation)
    assert (pat.name, pat.trust, pat.shares) == ("pat", Trust.TOFU, ("club",))
    verify(story.tester.installation, "pat@example.org", pat.code)
    assert story.tester.ledger.subscriptions.all()[0].trust is Trust.VERIFIED
    with pytest.raises(NotFoundError, match="knows no key of jo"):
        verify(story.tester.installation, "jo", pat.code)


def test_a_share_travels_in_the_text_of_mails_where_files_are_dropped() -> None:
    story = Story()
    noise = hashlib.sha256
    for number in range(60):
        notes = " ".join(noise(f"{number} {word}".encode()).hexdigest() for word in range(40))
        story.pat.put(*lunch(f"Lunch {number}", 12, f"DESCRIPTION:{notes}"), uid=f"lunch-{number}")
    new_share(story.pat.installation, NewShare("club", "OSync", "default", notes=True, carrier=Carrier.INLINE))
    story.pat.invite(story.tester)
    story.tester.sync()
    story.tester.accept(sender="pat")
    story.pat.sync()
    snapshots = story.office.waiting["tester@example.org"]
    assert len(snapshots) > 1
    assert all(b".osync" not in (mail.content or b"") for mail in snapshots)
    story.settle()
    assert len(story.tester.titles()) == 60


def test_one_event_that_is_too_large_for_a_text_goes_in_a_file() -> None:
    story = Story()
    days = (date(2027, 1, 1) + timedelta(days=number) for number in range(999))
    exceptions = [f"EXDATE:{day:%Y%m%d}T120000Z" for day in days]
    story.pat.put(*lunch("Lunch", 12, "RRULE:FREQ=DAILY", *exceptions), uid="lunch")
    new_share(story.pat.installation, NewShare("club", "OSync", "default", carrier=Carrier.INLINE))
    story.pat.invite(story.tester)
    story.tester.sync()
    story.tester.accept(sender="pat")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("osync.engine.broadcast.MAX_INLINE_BLOB_BYTES", 2_000)
        story.settle()
    assert story.tester.titles() == ["[pat] Lunch"]
