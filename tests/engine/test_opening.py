"""What `osync open` tells of every kind of file, with keys and without; nothing takes effect."""

import base64
import gzip
import random
from dataclasses import replace
from functools import partial

import pytest
from engine.world import START, Story, lunch
from mail_path import manglings
from mail_path.outlook_files import msg
from message.samples import MESSAGES, NONCE, PAT, SHARE, STRANGER, TESTER, TOKEN, UPDATE
from message.test_plain_mail import ENVELOPE, NEWS
from message.told_events import offer

from osync.engine.opening import Reader, known_person, open_file, reader_of
from osync.errors import KeyUnavailableError, MessageDamagedError, NoMessageError, SetMailAsideError
from osync.message.armour import armour
from osync.message.documents import encode
from osync.message.identity import Identity, safety_code
from osync.message.invitation_code import InvitationCode, write_code
from osync.message.mail import Letter, Purpose, compose
from osync.message.manifest import Message, kind_of
from osync.message.plain_issue import news_issue
from osync.message.plain_mail import end_notice, leave_confirmation, plain_mail
from osync.message.seal import seal, seal_for_anyone
from osync.model import PrivacyLevel

NOBODY = Reader(START)
"""Somebody without an installation."""

READER = replace(NOBODY, identity=lambda: TESTER, share_name=lambda share: "team" if share == SHARE else "")
_BYTES = random.Random(3).randbytes


def _sealed(message: Message = UPDATE, *keys: Identity) -> bytes:
    return seal(encode(message), PAT, [key.public for key in keys or (TESTER,)], _BYTES)


def _mail(blob: bytes) -> bytes:
    return compose(
        Letter("Päter", "pat@example.org", ("tester@example.org",), Purpose.UPDATE, SHARE, "Hi.\n", blob,
               "<1@example.org>", 1_784_700_000)
    )  # fmt: skip


@pytest.mark.parametrize("message", MESSAGES, ids=kind_of)
def test_every_kind_opens_with_the_key_and_tells_its_kind(message: Message) -> None:
    text = open_file(_mail(_sealed(message)), READER)
    for line in (
        "From:       Päter <pat@example.org>",
        "Subject:    [OSync] Calendar update",
        "Date:       Wed, 22 Jul 2026 06:00:00 +0000",
        f"Kind:       {kind_of(message)}",
        f"Share:      {SHARE} (team)",
        "Protected:  encrypted to 1 key; ",
        "Signed by:  a key that is not known here",
        f"Key:        {safety_code(PAT.public)}; the signature is right",
    ):
        assert line in text


@pytest.mark.parametrize("message", MESSAGES, ids=kind_of)
def test_what_is_only_signed_opens_without_an_installation(message: Message) -> None:
    text = open_file(_mail(seal_for_anyone(encode(message), PAT)), NOBODY)
    assert f"Kind:       {kind_of(message)}" in text
    assert "Protected:  signed, not encrypted; " in text
    assert "the signature is right" in text


def test_of_a_message_to_others_the_outside_is_told() -> None:
    blob = _sealed(UPDATE, STRANGER, PAT, Identity.from_bytes(bytes(64)))
    for reader, reason in ((READER, "other keys than ours"), (NOBODY, "no installation here")):
        text = open_file(_mail(blob), reader)
        assert f"Protected:  encrypted to 3 keys; {len(blob):,} bytes, " in text
        assert "Sealed as:  " in text
        assert reason in text
        assert "Choir" not in text
        assert SHARE not in text


def test_a_key_that_cannot_be_had_is_told() -> None:
    def locked() -> Identity:
        raise KeyUnavailableError("The key store does not answer.")

    assert "Not opened: The key store does not answer." in open_file(_mail(_sealed()), replace(READER, identity=locked))


def test_several_messages_are_told_one_by_one() -> None:
    newer = encode(UPDATE).replace(b'"min":1', b'"min":9')
    blobs = [_sealed(), seal(newer, PAT, [TESTER.public], _BYTES), _sealed(UPDATE, STRANGER), b"OSE9\0rest", b"XXX"]
    text = open_file("\n".join(map(armour, blobs)).encode(), READER)
    first, *others = text.split("\nMessage ")
    assert not first.strip()
    for part, words in zip(
        others,
        ("Choir", "needs a newer OSync", "other keys", "format of a newer OSync", "something else in it"),
        strict=True,
    ):
        assert words in part


def test_a_wrong_signature_is_told() -> None:
    blob = bytearray(seal_for_anyone(encode(UPDATE), PAT))
    blob[80] ^= 1
    assert "Not opened: The message was changed on the way, or forged: its signature is wrong." in open_file(
        armour(bytes(blob)).encode(), NOBODY
    )


@pytest.mark.parametrize("content", [_sealed(), armour(_sealed()).encode(), _mail(_sealed())])
def test_a_bare_message_opens_like_one_in_a_mail(content: bytes) -> None:
    assert "Choir, first rehearsal" in open_file(content, READER)


def test_a_mail_that_outlook_saved_opens() -> None:
    text = open_file(msg("Hi", {"1.osync": armour(_sealed()).encode()}), READER)
    assert text.startswith("A mail that Outlook saved.")
    assert "Choir" in text


def test_a_mailbox_file_opens_mail_by_mail() -> None:
    other = b"Subject: Hello\r\n\r\nFrom here it is not far.\r\n\r\n"
    damaged = _mail(_sealed()).replace(b"=", b"-")
    mails = [_mail(_sealed()), other, manglings.exchange_recodes_in_base64(_mail(_sealed())), damaged]
    box = b"".join(b"From pat@example.org Mon Nov 23 08:00:00 2026\r\n" + mail + b"\r\n\r\n" for mail in mails)
    for content in (box, box.replace(b"\r\n", b"\n")):
        text = open_file(content, READER)
        assert text.startswith("A mailbox of 4 mails.")
        assert text.count("Choir") == 2
        assert "no message of OSync" in text
        assert "cut off or changed" in text


def test_a_bounce_tells_whom_its_mail_did_not_reach() -> None:
    text = open_file(manglings.server_returns_the_mail(_mail(_sealed())), READER)
    assert "Returned:   it did not reach x@example.org: " in text
    assert "Choir" in text
    assert "Returned:   it did not reach x@example.org" in open_file(
        manglings.server_returns_the_headers(_mail(_sealed())), READER
    )


def test_a_mail_for_people_without_osync_tells_its_text_and_files() -> None:
    calendar = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:PUBLISH\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260803T070000Z\r\nSUMMARY:Choir\x1b[2J\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    mail = (
        "Subject: Choir moved\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nNew: Choir\x1b[2J\r\n"
        f"--b\r\nContent-Type: text/calendar; method=PUBLISH\r\nContent-Transfer-Encoding: base64\r\n\r\n{base64.b64encode(calendar.encode()).decode()}"
        "\r\n--b\r\nContent-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\n--b--\r\n"
    )
    text = open_file(mail.encode(), NOBODY)
    for words in (
        "A mail to people without OSync.",
        "New: Choir[2J",
        "1 event, PUBLISH",
        "2026-08-03T07:00:00+00:00  Choir",
    ):
        assert words in text
    assert "cannot be read" in text
    assert "\x1b" not in text


def test_the_mails_that_osync_writes_to_people_without_it_are_told() -> None:
    issue = news_issue(offer(), NEWS, ())
    assert issue is not None
    text = open_file(plain_mail(issue, ENVELOPE), NOBODY)
    for words in ("Board", "Weihnachtsmarkt", "1 event, PUBLISH", "1 event, CANCEL", "2026-12-02T14:00:00  Board"):
        assert words in text
    for mail in (leave_confirmation(ENVELOPE, "club"), end_notice(ENVELOPE, "club")):
        assert "club" in open_file(mail, NOBODY)


def test_an_invitation_code_is_told_without_its_secret() -> None:
    code = InvitationCode(
        PAT.public, PAT.public, SHARE, NONCE, TOKEN, "pat@example.org", "team", "Pat", PrivacyLevel.TITLES
    )
    text = open_file(f"  {write_code(code)}\r\n".encode(), NOBODY)
    for line in (
        "An invitation code.",
        f"Share:      {SHARE} (team)",
        "Owner:      Pat <pat@example.org>",
        safety_code(PAT.public),
    ):
        assert line in text
    assert TOKEN.hex() not in text
    with pytest.raises(MessageDamagedError, match="typing error"):
        open_file(write_code(code)[:-30].encode(), NOBODY)


def test_an_exported_identity_is_named_and_left_closed() -> None:
    assert "with identity, which people carry" in open_file(
        b"-----BEGIN OSYNC IDENTITY-----\r\n\r\nT1NJMQ==\r\n", NOBODY
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no message of OSync"),
        (b"hello", "no message of OSync"),
        (b"From here on\nit is text", "no message of OSync"),
        (gzip.compress(b"x", mtime=0), "no message of OSync"),
        (_mail(_sealed())[:1000], "cut off or changed"),
        (manglings.mailman_strips_files(_mail(_sealed())), "its message is missing"),
    ],
)
def test_a_file_with_nothing_to_tell_is_named_in_one_sentence(content: bytes, words: str) -> None:
    with pytest.raises(SetMailAsideError, match=words):
        open_file(content, READER)


def test_an_ordinary_mail_with_a_calendar_is_no_message_but_is_told() -> None:
    with pytest.raises(NoMessageError):
        open_file(b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", READER)


@pytest.mark.parametrize(
    "header", ["=?utf-8?B?4oCu?=\x1b[2J", "=?x-none?B?QQ==?=", "=?utf-8?Q?=1B]0;evil=07?=", "\u202eevil"]
)
def test_no_header_steers_the_terminal(header: str) -> None:
    mail = _mail(_sealed()).replace(b"Subject: [OSync] Calendar update", f"Subject: {header}".encode())
    text = open_file(mail, READER)
    assert all(character.isprintable() for character in text.replace("\n", ""))


def test_an_installation_knows_people_by_their_keys() -> None:
    story = Story().joined()
    name = partial(known_person, story.tester.installation)
    assert name(story.pat.identity.public) == ("pat <pat@example.org>, owner of club (safety code not compared)")
    assert name(STRANGER.public) == ""
    assert "subscriber of club" in known_person(story.pat.installation, story.tester.identity.public)
    stranger = Story()
    stranger.pat.share()
    stranger.pat.invite(stranger.tester)
    stranger.tester.sync()
    assert "who invites us" in known_person(stranger.tester.installation, stranger.pat.identity.public)


def test_opening_changes_nothing() -> None:
    story = Story().joined()
    story.pat.put(*lunch("Lunch"), uid="lunch")
    story.pat.sync()
    (mail,) = story.office.waiting["tester@example.org"]
    before = [list(story.tester.ledger._database.rows(f"SELECT * FROM {table}")) for table in ("received", "followed")]
    text = open_file(mail.content or b"", reader_of(story.tester.installation))
    assert "Signed by:  pat <pat@example.org>, owner of club" in text
    assert "Lunch" in text
    after = [list(story.tester.ledger._database.rows(f"SELECT * FROM {table}")) for table in ("received", "followed")]
    assert after == before
    assert story.tester.titles() == []
