"""The envelope: what goes in comes out for the right people, and nothing else ever does."""

import hashlib
import json
import os
import tracemalloc
import zlib
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from hypothesis import given
from hypothesis import strategies as st
from message.samples import PAT, STRANGER, TESTER, counting, identity

from osync.errors import (
    MessageDamagedError,
    MessageTooLargeError,
    MessageTooNewError,
    NotForUsError,
    OSyncError,
    SetMailAsideError,
)
from osync.message import seal as sealing
from osync.message.identity import public_identity
from osync.message.seal import MAX_BLOB_BYTES, MAX_DOCUMENT_BYTES, inflate, open_envelope, seal, seal_for_anyone

_DOCUMENT = b'{"a":"choir"}' * 20
_SEALED = seal(_DOCUMENT, PAT, [STRANGER.public, TESTER.public], counting())
_SIGNED = seal_for_anyone(_DOCUMENT, PAT)

# The signature does not cover the second half of the signer's key; whoever swaps it becomes somebody unknown.
_ENCRYPTION_KEY = set(range(5 + 32, 5 + 64))


def _body(document: bytes, declared: int | None = None) -> bytes:
    length = len(document) if declared is None else declared
    return b"\1" + length.to_bytes(4, "big") + zlib.compress(document)


@given(st.binary(min_size=1, max_size=2000), st.integers(1, 5))
def test_every_recipient_opens_what_was_sealed(document: bytes, recipients: int) -> None:
    people = [identity(number) for number in range(recipients)]
    blob = seal(document, PAT, [person.public for person in people], counting())
    for person in people:
        opened = open_envelope(blob, person)
        assert opened.signer == PAT.public
        assert opened.encrypted
        assert inflate(opened.body) == document


def test_everybody_opens_what_is_only_signed() -> None:
    opened = open_envelope(_SIGNED, STRANGER)
    assert opened.signer == PAT.public
    assert not opened.encrypted
    assert inflate(opened.body) == _DOCUMENT


def test_others_learn_that_it_is_not_for_them() -> None:
    with pytest.raises(NotForUsError):
        open_envelope(_SEALED, PAT)


def test_nothing_is_ever_encrypted_to_nobody() -> None:
    with pytest.raises(OSyncError, match="encrypted to nobody"):
        seal(_DOCUMENT, PAT, [], counting())


def test_a_recipient_who_is_named_twice_counts_once() -> None:
    once = seal(_DOCUMENT, PAT, [TESTER.public], counting())
    assert len(seal(_DOCUMENT, PAT, [TESTER.public, TESTER.public], counting())) == len(once)


def test_a_thousand_recipients_are_the_most() -> None:
    people = [public_identity(number.to_bytes(4, "big") + PAT.public.public_key[4:]) for number in range(1001)]
    with pytest.raises(MessageTooLargeError):
        seal(_DOCUMENT, PAT, people, counting())
    assert len(seal(_DOCUMENT, PAT, people[:1000], counting())) < 128 * 1024


def test_a_blob_does_not_name_its_recipients_and_two_blobs_cannot_be_linked() -> None:
    other = seal(_DOCUMENT, PAT, [STRANGER.public, TESTER.public], os.urandom)
    for person in (PAT, STRANGER, TESTER):
        assert bytes.fromhex(person.public.key_id) not in _SEALED
        assert person.public.key_id.encode() not in _SEALED
        assert person.public.public_key[:32] not in _SEALED
    first, second = (json.loads(blob[9 : 9 + int.from_bytes(blob[5:9], "big")])["k"] for blob in (_SEALED, other))
    assert not set(first) & set(second)


@pytest.mark.parametrize("size", [200, 3_000, 100_000, 1_000_000])
def test_padding_hides_the_length_at_a_cost_of_an_eighth_at_most(size: int) -> None:
    lengths = {len(seal(os.urandom(size + more), PAT, [TESTER.public], counting())) for more in range(3)}
    assert len(lengths) <= 2
    assert max(lengths) <= (size + 600) * 1.125


@pytest.mark.parametrize("blob", [_SEALED, _SIGNED], ids=["encrypted", "signed"])
def test_no_changed_byte_passes(blob: bytes) -> None:
    for position in set(range(len(blob))) - (_ENCRYPTION_KEY if blob is _SIGNED else set()):
        for change in (1, 0x80):
            with pytest.raises(SetMailAsideError):
                open_envelope(_changed(blob, position, change), TESTER)


def test_another_encryption_key_makes_another_signer() -> None:
    for position in _ENCRYPTION_KEY:
        signer = open_envelope(_changed(_SIGNED, position, 0x40), TESTER).signer
        assert signer.key_id != PAT.public.key_id


def _changed(blob: bytes, position: int, change: int) -> bytes:
    changed = bytearray(blob)
    changed[position] ^= change
    return bytes(changed)


@pytest.mark.parametrize("blob", [_SEALED, _SIGNED], ids=["encrypted", "signed"])
def test_no_shortened_or_lengthened_blob_passes(blob: bytes) -> None:
    for end in range(len(blob)):
        with pytest.raises(SetMailAsideError):
            open_envelope(blob[:end], TESTER)
    for more in (b"\0", b"\1", blob):
        with pytest.raises(SetMailAsideError):
            open_envelope(blob + more, TESTER)


@given(st.binary(max_size=400))
def test_no_bytes_raise_anything_but_set_aside(noise: bytes) -> None:
    starts = (b"", b"OSE1", b"OSE1\0", b"OSE1\1", b"OSE1\1\0\0\0\5", _SEALED[:40], _SIGNED[:140])
    for start in starts:
        with pytest.raises(SetMailAsideError):
            open_envelope(start + noise, TESTER)


def test_a_message_cannot_be_passed_on_as_if_it_were_for_somebody_else() -> None:
    inner = _inner_of(seal(_DOCUMENT, PAT, [TESTER.public], counting()))
    with pytest.raises(MessageDamagedError, match="signature"):
        sealing._open_inner(inner, b'{"v":1,"s":"x25519","n":"","k":["other"]}')


def _inner_of(blob: bytes) -> bytes:
    head = 9 + int.from_bytes(blob[5:9], "big")
    content_key = sealing._SUITE.decrypt(
        blob[head : head + 80], TESTER.decryption_key(), info=sealing._wrap_info(blob[9:head])
    )
    nonce = bytes.fromhex(json.loads(blob[9:head])["n"])
    opening = hashlib.sha256(blob[: head + 80]).digest()
    return ChaCha20Poly1305(content_key).decrypt(nonce, blob[head + 80 :], opening)


def _with_head(change: Callable[[dict[str, object]], None]) -> bytes:
    end = 9 + int.from_bytes(_SEALED[5:9], "big")
    head = json.loads(_SEALED[9:end])
    change(head)
    raw = json.dumps(head).encode()
    return _SEALED[:5] + len(raw).to_bytes(4, "big") + raw + _SEALED[end:]


@pytest.mark.parametrize(
    "blob",
    [
        b"OSE2" + _SEALED[4:],
        _SEALED[:4] + b"\2" + _SEALED[5:],
        _with_head(lambda head: head.update(s="xwing")),
        _with_head(lambda head: head.update(v=2)),
        _with_head(lambda head: head.update(v=2, k={}, n=None)),
    ],
    ids=["format", "mode", "suite", "version", "version with other fields"],
)
def test_a_newer_format_is_told_from_a_damaged_one(blob: bytes) -> None:
    with pytest.raises(MessageTooNewError):
        open_envelope(blob, TESTER)


@pytest.mark.parametrize(
    "change",
    [
        {"n": "00"},
        {"n": "zz" * 12},
        {"n": 5},
        {"k": "abc"},
        {"k": [5]},
        {"s": 5},
        {"v": "1"},
        {"v": 1.0},
    ],
    ids=str,
)
def test_a_header_of_the_wrong_shape_is_damaged(change: dict[str, object]) -> None:
    with pytest.raises(MessageDamagedError):
        open_envelope(_with_head(lambda head: head.update(change)), TESTER)


def test_a_header_that_is_too_long_or_has_too_many_slots_is_refused() -> None:
    with pytest.raises(MessageTooLargeError):
        open_envelope(b"OSE1\1" + (128 * 1024 + 1).to_bytes(4, "big") + bytes(200_000), TESTER)
    with pytest.raises(MessageTooLargeError):
        open_envelope(_with_head(lambda head: head.update(k=["0" * 16] * 1001)), TESTER)


def test_a_blob_that_ends_after_its_header_is_damaged() -> None:
    end = 9 + int.from_bytes(_SEALED[5:9], "big")
    with pytest.raises(MessageDamagedError, match="cut off"):
        open_envelope(_SEALED[: end + 100], TESTER)


def test_too_large_a_blob_is_refused_before_any_work() -> None:
    with pytest.raises(MessageTooLargeError):
        open_envelope(bytes(MAX_BLOB_BYTES + 1), TESTER)


def test_too_large_a_document_is_not_sealed() -> None:
    with pytest.raises(MessageTooLargeError):
        seal_for_anyone(bytes(MAX_DOCUMENT_BYTES + 1), PAT)
    with pytest.raises(MessageTooLargeError):
        seal_for_anyone(os.urandom(MAX_BLOB_BYTES), PAT)


def test_a_signer_to_whom_nobody_can_answer_is_refused() -> None:
    weak = public_identity(PAT.public.public_key[:32] + bytes(32))
    body = _body(_DOCUMENT)
    inner = weak.public_key + PAT.sign(sealing._signed_bytes(b"", body)) + len(body).to_bytes(4, "big") + body
    with pytest.raises(MessageDamagedError, match="nobody can encrypt"):
        open_envelope(b"OSE1\0" + inner, TESTER)


def test_padding_that_is_not_empty_is_refused_even_if_it_is_encrypted() -> None:
    inner = _inner_of(seal(_DOCUMENT, PAT, [TESTER.public], counting())) + b"\1"
    with pytest.raises(MessageDamagedError, match="lengths"):
        sealing._open_inner(inner, b"head")


def test_a_document_is_inflated_exactly_to_its_declared_length() -> None:
    assert inflate(_body(_DOCUMENT)) == _DOCUMENT
    for declared in (len(_DOCUMENT) - 1, len(_DOCUMENT) + 1, 1, 0):
        with pytest.raises(MessageDamagedError):
            inflate(_body(_DOCUMENT, declared))


@pytest.mark.parametrize(
    "body",
    [b"\1", b"\1\0\0\0\5", b"\1\0\0\0\5nothing", _body(_DOCUMENT)[:-1], _body(_DOCUMENT) + b"x", _body(b"")],
    ids=["short", "no stream", "no zlib", "cut", "lengthened", "empty"],
)
def test_a_stream_that_is_not_whole_is_damaged(body: bytes) -> None:
    with pytest.raises(MessageDamagedError):
        inflate(body)


@pytest.mark.parametrize("body", [b"", b"\0rest", b"\2rest"])
def test_another_packing_is_newer_than_we_are(body: bytes) -> None:
    with pytest.raises(MessageTooNewError):
        inflate(body)


def test_a_document_larger_than_allowed_is_refused_by_its_declared_length() -> None:
    with pytest.raises(MessageTooLargeError):
        inflate(_body(b"x", MAX_DOCUMENT_BYTES + 1))
    with pytest.raises(MessageTooLargeError):
        inflate(_body(b"x" * 1001), limit=1000)
    assert inflate(_body(b"x" * 1000), limit=1000) == b"x" * 1000


@given(st.binary(max_size=200), st.integers(0, 2**32 - 1))
def test_no_stream_raises_anything_but_set_aside(noise: bytes, declared: int) -> None:
    for stream in (noise, zlib.compress(noise), zlib.compress(noise)[:-3] + noise):
        try:
            assert len(inflate(b"\1" + declared.to_bytes(4, "big") + stream)) == declared
        except SetMailAsideError:
            continue


def test_a_bomb_costs_no_more_memory_than_it_declares() -> None:
    bomb = zlib.compress(bytes(100_000_000), 9)
    body = b"\1" + (1_000_000).to_bytes(4, "big") + bomb
    tracemalloc.start()
    try:
        with pytest.raises(MessageDamagedError):
            inflate(body)
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()


def test_opening_needs_a_few_times_the_size_of_the_blob() -> None:
    blob = seal(os.urandom(2_000_000), PAT, [TESTER.public], counting())
    tracemalloc.start()
    try:
        inflate(open_envelope(blob, TESTER).body)
        assert tracemalloc.get_traced_memory()[1] < 5 * len(blob)
    finally:
        tracemalloc.stop()
