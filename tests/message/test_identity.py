"""Keys and the names derived from them."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from message.samples import NONCE, PAT, SHARE, SHARE_KEY, STRANGER, TESTER, counting

from osync.errors import KeyUnavailableError, MessageDamagedError
from osync.message.identity import (
    Identity,
    derived_uid,
    encryption_key,
    event_key,
    is_signed_by,
    new_identity,
    public_identity,
    safety_code,
    share_id,
    token_mac,
)

# The points of X25519 with which every exchange gives zero (RFC 7748 section 6.1).
_WEAK_KEYS = (
    bytes(32),
    b"\1" + bytes(31),
    bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
    bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
    bytes.fromhex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
)


def test_an_identity_comes_back_from_its_bytes() -> None:
    made = new_identity(counting())
    assert made == PAT
    assert Identity.from_bytes(made.to_bytes()) == made
    assert len(made.to_bytes()) == 64


def test_two_new_identities_are_different() -> None:
    assert new_identity(os.urandom).public != new_identity(os.urandom).public


def test_showing_an_identity_never_shows_its_private_keys() -> None:
    shown = repr(PAT) + str(PAT)
    assert "_private" not in shown
    assert repr(PAT.to_bytes())[2:40] not in shown


@pytest.mark.parametrize("size", [0, 32, 63, 65])
def test_private_bytes_of_another_length_are_a_damaged_key(size: int) -> None:
    with pytest.raises(KeyUnavailableError, match="damaged"):
        Identity.from_bytes(bytes(size))


@pytest.mark.parametrize("size", [0, 63, 65])
def test_public_bytes_of_another_length_are_no_key(size: int) -> None:
    with pytest.raises(MessageDamagedError):
        public_identity(bytes(size))


def test_a_signature_holds_for_one_content_and_one_signer() -> None:
    signature = PAT.sign(b"choir on Monday")
    assert is_signed_by(PAT.public, signature, b"choir on Monday")
    assert not is_signed_by(PAT.public, signature, b"choir on Tuesday")
    assert not is_signed_by(TESTER.public, signature, b"choir on Monday")
    assert not is_signed_by(PAT.public, signature[:63], b"choir on Monday")
    assert not is_signed_by(public_identity(b"\xff" * 64), signature, b"choir on Monday")


@pytest.mark.parametrize("weak", _WEAK_KEYS, ids=lambda key: key.hex()[:8])
def test_nobody_encrypts_to_a_key_that_everybody_can_read(weak: bytes) -> None:
    with pytest.raises(MessageDamagedError, match="nobody can encrypt"):
        encryption_key(public_identity(PAT.public.public_key[:32] + weak))


def test_the_safety_code_reads_well_and_differs_between_keys() -> None:
    codes = {safety_code(each.public) for each in (PAT, TESTER, STRANGER)}
    assert len(codes) == 3
    assert all(len(code) == 24 and not set(code) & set("ILOU") for code in codes)


def test_a_share_id_belongs_to_one_owner() -> None:
    assert share_id(PAT.public, NONCE) == SHARE
    assert share_id(TESTER.public, NONCE) != SHARE
    assert share_id(PAT.public, bytes(16)) != SHARE


@given(st.text(), st.text())
def test_event_keys_tell_different_uids_apart_and_say_nothing_of_them(one: str, other: str) -> None:
    key = event_key(SHARE_KEY, one)
    assert len(key) == 26
    assert set(key) <= set("abcdefghijklmnopqrstuvwxyz234567")
    assert (event_key(SHARE_KEY, other) == key) == (one == other)
    assert event_key(bytes(32), one) != key
    assert event_key(SHARE_KEY, one, "20260803T070000Z") != key


def test_a_uid_of_broken_characters_has_a_key_too() -> None:
    assert len(event_key(SHARE_KEY, "\udcff")) == 26


def test_a_derived_uid_is_safe_as_a_file_name() -> None:
    uid = derived_uid(PAT.public, SHARE, event_key(SHARE_KEY, "../../etc/passwd"))
    assert len(uid) == 38
    assert uid.startswith("osync-")
    assert set(uid) <= set("abcdefghijklmnopqrstuvwxyz234567-")
    assert derived_uid(TESTER.public, SHARE, event_key(SHARE_KEY, "../../etc/passwd")) != uid


def test_a_token_proves_nothing_for_another_subscriber_or_share() -> None:
    proof = token_mac(b"token", TESTER.public, SHARE)
    assert token_mac(b"token", STRANGER.public, SHARE) != proof
    assert token_mac(b"token", TESTER.public, "a" * 26) != proof
    assert token_mac(b"other", TESTER.public, SHARE) != proof
