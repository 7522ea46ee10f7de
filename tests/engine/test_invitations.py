"""What an invitation is worth, and to whom."""

import pytest
from engine.world import Story, lunch

from osync.engine.sharing import invite
from osync.errors import ConfigurationError
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
