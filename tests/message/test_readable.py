"""What people read in mails."""

from dataclasses import replace

import pytest
from message import samples
from message.samples import INVITE, PAT, SHARE

from osync.message.identity import safety_code
from osync.message.readable import REPLY_TEXT, invite_text, update_text
from osync.model import PrivacyLevel


def test_an_invitation_says_who_what_and_how() -> None:
    text = invite_text(INVITE, PAT.public)
    for expected in (
        "Pat Ünlü <pat@example.org> offers",
        "team (118 events now)",
        "and where",
        "encrypted",
        f"osync accept {SHARE}",
        safety_code(PAT.public),
        "until 2026-08-05",
        "If you did not expect this invitation, ignore it",
    ):
        assert expected in text
    assert samples.TOKEN.hex() not in text


def test_an_invitation_names_one_event_and_every_level_in_its_own_words() -> None:
    texts = {invite_text(replace(INVITE, level=level, count=1), PAT.public) for level in PrivacyLevel}
    assert len(texts) == 3
    assert all("(1 event now)" in text for text in texts)


def test_an_invitation_says_when_its_mails_are_not_encrypted_and_that_it_does_not_end() -> None:
    text = invite_text(replace(INVITE, encrypted=False, until=None), PAT.public)
    assert "not encrypted" in text
    assert "until" not in text


@pytest.mark.parametrize("text", [REPLY_TEXT, update_text(SHARE)])
def test_the_texts_of_encrypted_messages_say_nothing_about_events(text: str) -> None:
    for secret in ("Choir", "team", "Pat", "tester", "2026"):
        assert secret not in text
    assert "nothing to read" in text
    assert text.isascii()


def test_an_update_tells_how_to_leave() -> None:
    assert f"osync leave {SHARE}" in update_text(SHARE)


def test_mail_texts_have_short_lines() -> None:
    for text in (REPLY_TEXT, update_text(SHARE), invite_text(INVITE, PAT.public)):
        assert max(map(len, text.splitlines())) <= 96
