"""The file that carries an identity: with the password everything, without it nothing, and no harm by a hostile one."""

import base64
import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from message.samples import PAT, STRANGER, TESTER

from osync.errors import ConfigurationError, MessageDamagedError, MessageTooNewError
from osync.message.exported import (
    ExportedIdentity,
    ExportedShare,
    ExportedSubscription,
    FormerKey,
    read_exported,
    write_exported,
)
from osync.message.fields import parse
from osync.message.identity import Identity, share_id
from osync.message.identity_file import Hardness, read_identity_file, write_identity_file
from osync.message.manifest import Succession
from osync.message.text_block import MAX_BLOCK_BYTES, read_block, write_block
from osync.model import (
    PrivacyLevel,
    Share,
    ShareState,
    Subscriber,
    SubscriberState,
    Subscription,
    SubscriptionState,
    Trust,
)

QUICK = Hardness(log_n=10)
PASSWORD = "correct horse battery"
NONCE = bytes(range(16))
_OWN = share_id(PAT.public, NONCE)
_OTHERS = share_id(TESTER.public, NONCE)

SHARE = Share(
    _OWN, "Team – Jour fixe", "default", "Team", PrivacyLevel.TITLES, False, ShareState.PASSIVE, NONCE, bytes(32), "",
    1_790_000_000, 1, 1, 1, date(2026, 8, 1), True, PAT.public.public_key, list_address="club@example.org",
    verified_only=True,
)  # fmt: skip
SUBSCRIBER = Subscriber(
    _OWN, "tester@example.org", "Tester", TESTER.public.public_key, SubscriberState.ACTIVE, bytes(16), 7, 9,
    device="laptop", trust=Trust.VERIFIED, max_bytes=500_000, confirmed_at=5,
)  # fmt: skip
INVITED = Subscriber(_OWN, "code 00ff", "", b"", SubscriberState.INVITED, b"", 0)
FOLLOWED = Subscription(
    _OTHERS, "club", TESTER.public.public_key, "Tester", "tester@example.org", "tester", "", SubscriptionState.JOINING,
    True, 12, "", TESTER.public.public_key, NONCE,
)  # fmt: skip
CHANGE = Succession(STRANGER.public.public_key, bytes(64), bytes(64))
EXPORTED = ExportedIdentity(
    made_at=1_795_000_000,
    message_time=1_795_000_000_123,
    identity=Identity(PAT.public, PAT.to_bytes(), (STRANGER,)),
    former=(FormerKey(STRANGER.public.public_key, 1_800_000_000),),
    shares=(ExportedShare(SHARE, (SUBSCRIBER, INVITED), 40, (CHANGE,)),),
    subscriptions=(ExportedSubscription(FOLLOWED),),
)


def _file(exported: ExportedIdentity = EXPORTED) -> str:
    return write_identity_file(exported, PASSWORD, os.urandom, QUICK)


def test_what_was_written_is_read() -> None:
    assert read_identity_file(_file(), PASSWORD) == EXPORTED


def test_a_file_of_one_share_has_about_a_kilobyte() -> None:
    alone = replace(EXPORTED, identity=PAT, former=(), shares=(ExportedShare(SHARE, (SUBSCRIBER,), 40),))
    assert len(_file(alone)) < 1_800


def test_two_files_have_nothing_in_common_and_show_nothing() -> None:
    first, second = (base64.b64decode("".join(_file().splitlines()[2:-2])) for _ in range(2))
    assert first[:7] == second[:7]
    assert first[7:] != second[7:]
    for secret in (PAT.to_bytes()[:32], b"tester@example.org", b"Jour fixe"):
        assert secret not in first


def test_a_wrong_password_and_a_damaged_file_are_told_apart() -> None:
    text = _file()
    with pytest.raises(ConfigurationError, match="password is wrong"):
        read_identity_file(text, PASSWORD + " ")
    middle = len(text) // 2
    for damaged in (text[:middle], text[:middle] + ("A" if text[middle] != "A" else "B") + text[middle + 1 :]):
        with pytest.raises(ConfigurationError, match="damaged"):
            read_identity_file(damaged, PASSWORD)
    with pytest.raises(ConfigurationError, match="no identity file"):
        read_identity_file("BEGIN:VCALENDAR", PASSWORD)
    with pytest.raises(ConfigurationError, match="no identity file"):
        read_identity_file(write_block("DEVICE", b"x"), PASSWORD)


def test_the_password_is_the_same_however_a_computer_writes_its_letters() -> None:
    text = write_identity_file(EXPORTED, "Ka\u0308se und Brot", os.urandom, QUICK)
    assert read_identity_file(text, "K\u00e4se und Brot") == EXPORTED


def test_a_short_password_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="less than 8"):
        write_identity_file(EXPORTED, "secret7", os.urandom, QUICK)


def test_quoting_line_ends_and_text_around_do_not_matter() -> None:
    quoted = "Here it is:\r\n\r\n" + "".join(f"> {line}\r\n" for line in _file().splitlines()) + "-- \r\npat"
    assert read_identity_file(quoted, PASSWORD) == EXPORTED


@pytest.mark.parametrize(
    "parameters",
    [(30, 8, 1), (18, 255, 1), (17, 8, 255), (17, 0, 1), (17, 8, 0), (0, 8, 1), (255, 255, 255), (20, 16, 4)],
)
def test_a_hostile_file_gets_neither_memory_nor_time(parameters: tuple[int, int, int]) -> None:
    blob = bytearray(read_block("IDENTITY", _file()))
    blob[4:7] = bytes(parameters)
    with pytest.raises(ConfigurationError, match="more work"):
        read_identity_file(write_block("IDENTITY", bytes(blob)), PASSWORD)


def test_parameters_cannot_be_exchanged() -> None:
    blob = bytearray(read_block("IDENTITY", _file()))
    blob[6] = 2
    with pytest.raises(ConfigurationError, match="password is wrong"):
        read_identity_file(write_block("IDENTITY", bytes(blob)), PASSWORD)


def test_a_newer_format_is_said() -> None:
    blob = read_block("IDENTITY", _file())
    with pytest.raises(ConfigurationError, match="newer OSync"):
        read_identity_file(write_block("IDENTITY", b"OSI2" + blob[4:]), PASSWORD)


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_in_one_sentence(content: bytes) -> None:
    for text in (
        content.decode("latin-1"),
        write_block("IDENTITY", content),
        write_block("IDENTITY", b"OSI1" + content[:30]),
    ):
        with pytest.raises(ConfigurationError):
            read_identity_file(text, PASSWORD)


def test_a_share_that_does_not_belong_to_its_key_is_refused() -> None:
    foreign = replace(SHARE, creator_key=TESTER.public.public_key)
    with pytest.raises(ConfigurationError, match="does not belong"):
        read_identity_file(_file(replace(EXPORTED, shares=(ExportedShare(foreign, (), 0),))), PASSWORD)


def test_the_document_is_as_the_format_says() -> None:
    fields = parse(write_exported(EXPORTED))
    assert fields.integer("v") == 1
    assert read_exported(write_exported(EXPORTED)) == EXPORTED


def _with(change: Callable[[dict[str, Any]], object]) -> bytes:
    document = json.loads(write_exported(EXPORTED))
    change(document)
    return json.dumps(document).encode()


def test_a_document_of_a_newer_osync_is_said() -> None:
    with pytest.raises(MessageTooNewError):
        read_exported(_with(lambda document: document.update(min=2)))


def test_keys_of_a_wrong_length_are_refused() -> None:
    with pytest.raises(MessageDamagedError):
        read_exported(_with(lambda document: document["shares"][0]["subscribers"][0].update(key="00")))
    with pytest.raises(MessageDamagedError):
        read_exported(_with(lambda document: document["keys"][0].update(k="AAAA")))
    with pytest.raises(MessageDamagedError, match="no key"):
        read_exported(_with(lambda document: document.update(keys=[])))


def test_a_followed_share_that_does_not_belong_to_its_key_is_refused() -> None:
    with pytest.raises(MessageDamagedError, match="does not belong"):
        read_exported(_with(lambda document: document["subscriptions"][0].update(sn="00" * 16)))


def test_a_file_that_is_too_large_or_no_base64_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="too large"):
        read_block("IDENTITY", " " * (MAX_BLOCK_BYTES + 1))
    block = write_block("IDENTITY", b"content")
    with pytest.raises(ConfigurationError, match="damaged"):
        read_block("IDENTITY", block.replace("Y29u", "Y2*u"))
    with pytest.raises(ConfigurationError, match="damaged"):
        read_block("IDENTITY", block.replace("=", "").replace("-----END", ""))
