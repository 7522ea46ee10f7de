"""What an invitation is worth, and to whom."""

from dataclasses import replace

import pytest
from engine.attacks import accepted, sealed
from engine.world import Person, Story, lunch

from osync.engine.people import pending
from osync.engine.sharing import invite
from osync.errors import ConfigurationError
from osync.message.identity import token_mac
from osync.message.mail import find_blobs
from osync.message.seal import open_envelope


def test_an_invitation_that_its_owner_would_ignore_is_not_accepted() -> None:
    story = Story()
    story.pat.share()
    story.pat.invite(story.tester)
    story.tester.sync()
    story.clock.forward(days=20)
    with pytest.raises(ConfigurationError, match=r"too old.*Ask pat@example\.org"):
        story.tester.accept(sender="pat")
    assert story.tester.ledger.subscriptions.all() == []


def test_an_invitation_of_a_known_person_is_encrypted_in_whatever_case_the_address_is_written() -> None:
    story = Story()
    story.pat.put(*lunch("Lunch"), uid="lunch")
    story.joined()
    story.pat.share("second")
    invite(story.pat.installation, "second", ["Tester@EXAMPLE.org"])
    (blob,) = find_blobs(story.pat.mailbox.sent[-1].content)
    assert open_envelope(blob, story.tester.identity).encrypted


def test_a_token_that_was_passed_on_lets_no_crowd_wait() -> None:
    story = Story()
    accept = accepted(story)
    (subscription,) = story.tester.ledger.subscriptions.all()
    for number in range(30):
        other = Person(f"other-{number}", story.office, story.clock)
        proof = token_mac(subscription.token, other.identity.public, subscription.share_id)
        passed_on = replace(accept, token_mac=proof, address=other.address)
        story.office.deliver("pat@example.org", sealed(passed_on, other, story.pat))
    story.pat.sync()
    (share,) = story.pat.ledger.shares.all()
    assert len(pending(story.pat.installation, share)) == 20
    assert "Too many people wait" in next(story.pat.ledger.mails.received(1)).outcome
