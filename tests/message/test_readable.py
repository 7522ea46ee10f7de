"""What people read in mails and what `osync open` tells them."""

from dataclasses import replace

import pytest
from message import samples
from message.samples import EVENTS, INVITE, MESSAGES, PAT, SHARE, SNAPSHOT, UPDATE

from osync.message.identity import safety_code
from osync.message.manifest import EndReason, EventRevision, Message, kind_of
from osync.message.readable import REPLY_TEXT, describe, invite_text, update_text
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


@pytest.mark.parametrize("message", MESSAGES, ids=kind_of)
def test_every_message_can_be_described(message: Message) -> None:
    text = describe(message, PAT.public)
    assert f"Kind:       {kind_of(message)}\n" in text
    assert f"Share:      {SHARE}\n" in text
    assert f"Signed by:  {safety_code(PAT.public)}\n" in text
    assert "Sent:       2026-07-22 06:00:00 UTC\n" in text
    assert "Program:    OSync 0.1\n" in text
    assert len(text.splitlines()) > 5


def test_an_update_is_described_event_by_event() -> None:
    text = describe(UPDATE, PAT.public)
    assert "Revisions:  42 to 43 of 43 (epoch 1784000000)" in text
    assert "Events:     2 here, 1 in the share" in text
    assert "42  changed  2026-08-03 09:00  Choir, first rehearsal\n" in text
    assert f"43  deleted  event {EVENTS[1].key}\n" in text
    assert "42  new " in describe(replace(UPDATE, events=(replace(EVENTS[0], count=1),)), PAT.public)


def test_a_snapshot_is_described_as_a_state() -> None:
    assert "everything as of 43 of 43 (epoch 1784000000)\n" in describe(SNAPSHOT, PAT.public)
    assert "42  is there 2026-08-03 09:00  Choir" in describe(SNAPSHOT, PAT.public)
    assert "a part of the share" in describe(replace(SNAPSHOT, end_bucket=1000), PAT.public)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (replace(samples.ACCEPT, token_mac=None, device=""), "Token:      none"),
        (replace(samples.LEAVE, all_devices=True), "with all devices"),
        (replace(samples.END, what=EndReason.CLOSED, keep=False), "for everybody; the owner wishes that the copies go"),
        (replace(samples.REQUEST, damaged=True), "and it is damaged"),
        (replace(samples.INVITE, until=None, encrypted=False), "not encrypted"),
        (replace(samples.PING, common=replace(samples.PING.common, app="")), "whether we are still there"),
    ],
)
def test_the_variants_are_told_apart(message: Message, expected: str) -> None:
    assert expected in describe(message, PAT.public)


def _event(*lines: str) -> EventRevision:
    return replace(EVENTS[0], text="\n".join(("BEGIN:VCALENDAR", "BEGIN:VEVENT", *lines)))


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (_event("DTSTART;VALUE=DATE:20260803", "SUMMARY:Day"), "2026-08-03        Day\n"),
        (_event("DTSTART:20260803T070000Z", "SUMMARY:Call"), "2026-08-03 07:00Z Call\n"),
        (_event("SUMMARYX:no", "SUMMARY", "SUMMARY:"), "(no title)\n"),
        (_event(), "(no title)\n"),
        (_event("SUMMARY:\x1b]0;evil\x07 \u202eback\\nline"), " ]0;evil back line\n"),
        (_event("SUMMARY:" + "x" * 500), "x" * 119 + "…\n"),
    ],
)
def test_no_event_breaks_or_steers_the_description(event: EventRevision, expected: str) -> None:
    text = describe(replace(UPDATE, events=(event,)), PAT.public)
    assert text.endswith(expected)
    assert all(character.isprintable() for character in text.replace("\n", ""))
