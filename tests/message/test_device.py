"""The answer to a new device: only what the first device signed for this one is taken."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from message.samples import PAT, STRANGER, TESTER
from message.test_identity_file import FOLLOWED

from osync.errors import ConfigurationError
from osync.message.device import (
    DeviceAnswer,
    DeviceCode,
    Vouched,
    read_device_answer,
    read_device_code,
    vouch,
    write_device_answer,
    write_device_code,
)
from osync.message.identity import Identity, public_identity
from osync.message.seal import inflate, open_envelope, seal, seal_for_anyone
from osync.message.text_block import read_block, write_block

DEVICE = STRANGER
ANSWER = DeviceAnswer(PAT.public, "Pat", "pat@example.org", (vouch(PAT, DEVICE.public, FOLLOWED),))


def _text(answer: DeviceAnswer = ANSWER, signer: Identity = PAT) -> str:
    return write_device_answer(answer, signer, DEVICE.public, os.urandom)


def _changed(change: Callable[[dict[str, Any]], object]) -> str:
    """Give the answer with a changed document, signed as a hostile first device would."""
    document = json.loads(inflate(open_envelope(read_block("DEVICE", _text()), DEVICE).body))
    change(document)
    return write_block("DEVICE", seal(json.dumps(document).encode(), PAT, [DEVICE.public], os.urandom))


def test_what_was_written_is_read() -> None:
    assert read_device_answer(_text(), DEVICE) == ANSWER


def test_a_code_with_a_key_to_which_nobody_can_encrypt_is_refused() -> None:
    weak = public_identity(DEVICE.public.public_key[:32] + bytes(32))
    with pytest.raises(ConfigurationError, match="nobody can encrypt"):
        read_device_code(write_device_code(DeviceCode(weak, "phone")))


def test_a_voucher_for_another_device_or_by_another_key_is_refused() -> None:
    for vouched in (vouch(PAT, TESTER.public, FOLLOWED), vouch(TESTER, DEVICE.public, FOLLOWED)):
        with pytest.raises(ConfigurationError, match="vouches for another"):
            read_device_answer(_text(replace(ANSWER, vouched=(vouched,))), DEVICE)
    with pytest.raises(ConfigurationError, match="vouches for another"):
        read_device_answer(_text(signer=TESTER), DEVICE)


def test_an_answer_that_anybody_can_read_is_refused() -> None:
    document = inflate(open_envelope(read_block("DEVICE", _text()), DEVICE).body)
    with pytest.raises(ConfigurationError, match="not encrypted"):
        read_device_answer(write_block("DEVICE", seal_for_anyone(document, PAT)), DEVICE)


def test_a_share_of_somebody_else_is_refused() -> None:
    foreign = replace(FOLLOWED, creator_key=PAT.public.public_key)
    vouched = Vouched(foreign, ANSWER.vouched[0].voucher)
    with pytest.raises(ConfigurationError, match="does not belong"):
        read_device_answer(_text(replace(ANSWER, vouched=(vouched,))), DEVICE)


def test_a_newer_answer_is_said() -> None:
    with pytest.raises(ConfigurationError, match="newer OSync"):
        read_device_answer(_changed(lambda document: document.update(min=2)), DEVICE)


@pytest.mark.parametrize("name", ["name", "addr", "subscriptions", "min"])
def test_an_answer_without_a_field_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot be used"):
        read_device_answer(_changed(lambda document: document.pop(name)), DEVICE)


@pytest.mark.parametrize("owner", ["", "a\nb", "x" * 61, "\u202eevil", 7])
def test_a_name_that_could_deceive_is_refused(owner: object) -> None:
    with pytest.raises(ConfigurationError):
        read_device_answer(_changed(lambda document: document["subscriptions"][0].update(owner=owner)), DEVICE)


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_in_one_sentence(content: bytes) -> None:
    for text in (content.decode("latin-1"), write_block("DEVICE", content)):
        with pytest.raises(ConfigurationError):
            read_device_answer(text, DEVICE)
