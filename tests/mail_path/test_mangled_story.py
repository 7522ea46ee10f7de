"""A mangled mail in a whole OSync: the event arrives, or one sentence is logged and nothing changes."""

import pytest
from engine.world import Story, lunch
from mail_path.carried import ARRIVES
from mail_path.manglings import MANGLINGS
from mail_path.test_mail_path import FATES

_REPORTS = ("server returns the mail", "server returns the headers")
"""They tell a sender what did not arrive; that the mail is in them makes nobody its reader."""


@pytest.mark.parametrize("who", MANGLINGS)
def test_a_mangled_mail_brings_its_event_or_one_sentence(who: str) -> None:
    story = Story()
    story.pat.put(*lunch("Lunch"), uid="lunch")
    story.joined()
    story.pat.put(*lunch("Dinner", 19), uid="dinner")
    story.pat.sync()
    (sent,) = story.office.waiting["tester@example.org"]
    story.office.waiting["tester@example.org"].clear()
    story.office.deliver("tester@example.org", MANGLINGS[who](sent.content or b""))
    report = story.tester.sync()
    (mail,) = report.mails
    assert report.problems == []
    if FATES.get(who, (ARRIVES,))[0] == ARRIVES and who not in _REPORTS:
        assert story.tester.titles() == ["[pat] Dinner", "[pat] Lunch"]
    else:
        assert story.tester.titles() == ["[pat] Lunch"]
        assert mail.sentence.endswith(".")
    assert story.tester.sync().mails == []
