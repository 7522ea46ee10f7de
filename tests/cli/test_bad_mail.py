"""Mails that are not what they should be: one sentence for each, and the other mails of the same run arrive."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from cli.people import Pair, Person

from osync.keys import open_key_store
from osync.ledger.ledger import Ledger
from osync.mailboxes.base import SIZE_LIMIT
from osync.message.armour import armour
from osync.message.documents import decode, encode
from osync.message.identity import Identity, new_identity
from osync.message.mail import find_blobs
from osync.message.manifest import Message
from osync.message.seal import inflate, open_envelope, seal


@pytest.fixture
def good(joined: Pair) -> Iterator[bytes]:
    """Let pat mail a dinner to tester; give that mail, and demand in the end that it arrived."""
    joined.pat.put("Dinner", hour=19)
    joined.pat.done("sync")
    (mail,) = joined.tester.inbox()
    yield mail.read_bytes()
    assert joined.tester.titles() == ["[pat] Dinner", "[pat] Lunch"]
    assert joined.tester.inbox() == []
    assert joined.tester.done("sync") == "Nothing new.\n"


def _identity(person: Person) -> Identity:
    return Identity.from_bytes(open_key_store("file", person.home.path, person.home.key).load())


def _message(mail: bytes, reader: Person) -> Message:
    (blob,) = find_blobs(mail)
    return decode(inflate(open_envelope(blob, _identity(reader)).body))


def _random(length: int) -> bytes:
    return bytes(range(length))


def _sealed(document: bytes, signer: Identity, reader: Identity) -> bytes:
    return armour(seal(document, signer, [reader.public], _random)).encode()


def _only_told(tester: Person, mail: bytes, *words: str) -> None:
    """Let a mail come before the good one, and demand one sentence about it."""
    tester.deliver(mail)
    said = tester.done("sync")
    (line,) = [line for line in said.splitlines() if line.startswith("Mail received:") and "team of pat" not in line]
    for word in words:
        assert word in line
    assert any(word in tester.done("log") for word in words)


def test_a_mail_without_a_message_is_left_alone(joined: Pair, good: bytes) -> None:
    _only_told(joined.tester, b"Subject: Hello\r\n\r\nHow are you?\r\n", "no message of OSync", "left in the mailbox")


def test_a_mail_that_is_empty_is_left_alone(joined: Pair, good: bytes) -> None:
    _only_told(joined.tester, b"", "no message of OSync")


def test_a_mail_cut_in_half_is_left_alone(joined: Pair, good: bytes) -> None:
    start = good.index(b"BEGIN OSYNC")
    _only_told(joined.tester, good[: (start + len(good)) // 2], "cut off or changed")


def test_a_mail_with_one_changed_byte_is_left_alone(joined: Pair, good: bytes) -> None:
    place = good.index(b"BEGIN OSYNC") + 300
    other = b"A" if good[place : place + 1] != b"A" else b"B"
    _only_told(joined.tester, good[:place] + other + good[place + 1 :], "changed")


def test_a_mail_above_the_size_limit_is_not_opened(joined: Pair, good: bytes) -> None:
    _only_told(joined.tester, good + b" " * SIZE_LIMIT, "more than OSync opens")


def test_a_mail_for_somebody_else_is_left_alone(joined: Pair, good: bytes) -> None:
    document = encode(_message(good, joined.tester))
    _only_told(joined.tester, _sealed(document, _identity(joined.pat), new_identity(_random)), "encrypted to")


def test_a_mail_of_an_unknown_key_is_left_alone(joined: Pair, good: bytes) -> None:
    document = encode(_message(good, joined.tester))
    _only_told(joined.tester, _sealed(document, new_identity(_random), _identity(joined.tester)), "does not know")


def test_a_mail_that_ended_three_runs_is_not_opened_again(joined: Pair, good: bytes) -> None:
    bad = joined.tester.deliver(good)
    ledger = Ledger.open(joined.tester.home.ledger)
    for _ in range(3):
        with ledger.transaction():
            ledger.mails.begin(bad.name, 0)
    ledger.close()
    _only_told(joined.tester, good, "begun 3 times", "not opened again")


def test_a_mail_of_a_newer_osync_waits_and_the_others_arrive(joined: Pair) -> None:
    joined.pat.put("Dinner", hour=19)
    joined.pat.done("sync")
    tester = joined.tester
    (mail,) = tester.inbox()
    document = encode(_message(mail.read_bytes(), tester)).replace(b'"min":1', b'"min":9')
    newer = tester.deliver(_sealed(document, _identity(joined.pat), _identity(tester)))
    ran = tester.osync("sync")
    assert ran.code == 0
    (line,) = ran.err.splitlines()
    assert "newer" in line
    assert tester.titles() == ["[pat] Dinner", "[pat] Lunch"]
    assert tester.inbox() == [newer]
    assert tester.done("sync") == "Nothing new.\n"


def test_open_says_what_a_mail_holds_and_changes_nothing(joined: Pair, good: bytes, tmp_path: Path) -> None:
    mail = tmp_path / "mail.eml"
    mail.write_bytes(good)
    said = joined.tester.done("open", str(mail))
    assert "Dinner" in said
    assert joined.tester.titles() == ["[pat] Lunch"]
    joined.tester.done("sync")


@pytest.mark.parametrize("content", [b"", b"hello", b"-----BEGIN OSYNC MESSAGE-----\nrubbish"])
def test_open_refuses_in_one_sentence_what_is_no_message(joined: Pair, content: bytes, tmp_path: Path) -> None:
    mail = tmp_path / "mail.eml"
    mail.write_bytes(content)
    ran = joined.tester.osync("open", str(mail))
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (2, "", 1)
