"""Codes that people pass on: whole, or refused with a sentence."""

import base64
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from osync.errors import MessageDamagedError, MessageTooNewError, OSyncError
from osync.message.identity import new_identity, share_id
from osync.message.invitation_code import InvitationCode, is_code, read_code, write_code
from osync.model import PrivacyLevel

OWNER = new_identity(lambda length: bytes(range(length))).public
CREATOR = new_identity(lambda length: bytes(range(100, 100 + length))).public
CODE = InvitationCode(
    OWNER,
    OWNER,
    share_id(OWNER, bytes(16)),
    bytes(16),
    bytes(range(16)),
    "pat@example.org",
    "club",
    "pat",
    PrivacyLevel.FULL,
)
AFTER_A_KEY_CHANGE = replace(CODE, creator=CREATOR, share_id=share_id(CREATOR, bytes(16)))


@given(
    st.text(st.characters(categories=["L", "N", "P"], exclude_characters=""), min_size=1, max_size=40),
    st.sampled_from(PrivacyLevel),
    st.booleans(),
)
@example("a:b%c d", PrivacyLevel.BUSY, False)
def test_a_code_says_the_same_again(name: str, level: PrivacyLevel, encrypted: bool) -> None:
    for code in (CODE, AFTER_A_KEY_CHANGE):
        named = replace(code, share_name=name, level=level, encrypted=encrypted)
        line = write_code(named)
        assert line.isascii()
        assert len(line.split()) == 1
        again = read_code(line)
        assert write_code(again) == line or again.share_name != name
        assert replace(again, share_name=name) == named


@pytest.mark.parametrize("wrap", [20, 64, 76])
def test_a_code_survives_what_mail_programs_do_to_a_line(wrap: int) -> None:
    line = write_code(CODE)
    wrapped = "\r\n".join(line[start : start + wrap] for start in range(0, len(line), wrap))
    for pasted in (wrapped, f'  "{line}"  ', f"Hello!\n<{line}>\nSee you, pat", line.replace("osync:1:", "OSYNC:1:")):
        assert read_code(pasted) == CODE
        assert is_code(pasted)


def test_every_typing_error_is_found() -> None:
    line = write_code(CODE)
    for place in range(len("osync:1:"), len(line)):
        wrong = "b" if line[place] != "b" else "c"
        with pytest.raises((MessageDamagedError, MessageTooNewError)):
            read_code(line[:place] + wrong + line[place + 1 :])


@pytest.mark.parametrize("cut", range(0, 200, 7))
def test_a_cut_code_is_refused(cut: int) -> None:
    with pytest.raises(MessageDamagedError):
        read_code(write_code(CODE)[:cut])


def test_a_newer_code_is_told_apart() -> None:
    with pytest.raises(MessageTooNewError, match="newer OSync"):
        read_code(write_code(CODE).replace("osync:1:", "osync:2:"))


def test_a_code_for_a_share_of_another_key_is_refused() -> None:
    with pytest.raises(MessageDamagedError, match="does not belong"):
        read_code(write_code(replace(CODE, share_id=share_id(CREATOR, bytes(16)))))


@given(
    st.text(max_size=300)
    | st.binary(max_size=120).map(lambda raw: f"osync:1:{base64.b32encode(raw).decode()}:a@b:c:d:full")
)
def test_anything_else_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(OSyncError):
        read_code(text)
