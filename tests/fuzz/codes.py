"""What people paste and what stands in subjects: invitation codes, and the wishes of people without OSync."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from fuzz.mutations import mutate_lines
from fuzz.target import Target, harmless
from message.samples import NONCE, PAT, SHARE, TESTER, TOKEN

from osync.errors import MessageDamagedError, MessageTooNewError
from osync.message import invitation_code
from osync.message.identity import share_id
from osync.message.invitation_code import InvitationCode, is_code, read_code, write_code
from osync.message.plain_tokens import TOKEN_BYTES, Wish, subject_of, wish_in, wish_subject
from osync.model import PrivacyLevel

_CODE = InvitationCode(
    PAT.public, PAT.public, SHARE, NONCE, TOKEN, "pat@example.org", "club", "Pat Ünlü", PrivacyLevel.FULL
)
_RAW_BYTES = 112
_WORDS = (*(b"osync:1:", b"osync:2:", b":full", b":busy", b":titles", b",none", b"%00", b"%0A", b"%E2%80%AE", b":"),)
_SUBJECT_LINES = (
    *(
        b"Subject: Re: osync plain",
        b" osync leave",
        b"=?utf-8?B?b3N5bmM=?=",
        b"=?utf-16?Q?=00=ff?=",
        b"=?x?B?AAAA?= =?x?Q?_?=",
    ),
    *(
        b"Subject: osync+leave+aaaaaaaaaaaaaaaaaaaaaaaaaa",
        b"osync%20plain%20",
        b"=?utf-7?Q?+AAAA-?=",
        b"=?idna?Q?xn--a?=",
    ),
)


def _check_code(data: bytes) -> None:
    """Read pasted text, then what is left of it behind true keys and a true check sum."""
    text = data.decode(errors="replace")
    is_code(text)
    _read(text)
    raw, rest = _with_bytes(data), text[_RAW_BYTES:]
    written = invitation_code._base32(raw + invitation_code._check(raw, rest))
    _read(f"osync:1:{written}:{rest}")


def _with_bytes(data: bytes) -> bytes:
    public, nonce = PAT.public.public_key, data[:16].ljust(16, b"\0")
    return public + invitation_code._raw_id(share_id(PAT.public, nonce)) + nonce + data[16:32].ljust(16, b"\0")


def _read(text: str) -> None:
    with suppress(MessageDamagedError, MessageTooNewError):
        code = read_code(text)
        assert read_code(write_code(code)) == code
        assert harmless(code.share_name + code.owner_name + code.address)


def _code_seeds() -> Iterator[bytes]:
    for code in (_CODE, replace(_CODE, encrypted=False), replace(_CODE, owner=TESTER.public)):
        yield write_code(code).encode()
    rest = write_code(_CODE).split(":", 3)[3]
    yield b"0" * _RAW_BYTES + rest.encode()


def _check_subject(data: bytes) -> None:
    for mail in (data, b"Subject: " + data):
        assert len(subject_of(mail)) <= 4_000
        found = wish_in(mail)
        if found is not None:
            assert len(found.token) == TOKEN_BYTES
            again = wish_in(b"Subject: AW: " + wish_subject(found.wish, found.token).encode() + b"\r\n\r\n")
            assert again == found


def _subject_seeds() -> Iterator[bytes]:
    for wish in Wish:
        subject = wish_subject(wish, TOKEN).encode()
        yield b"From: a@example.org\r\nSubject: Re: " + subject + b"\r\n\r\nhello\r\n"
        yield b"Subject: =?utf-8?Q?" + subject.replace(b" ", b"_") + b"?=\r\n\r\n"


TARGETS = (
    Target("code", _check_code, _code_seeds, _WORDS, largest=5000),
    Target("subject", _check_subject, _subject_seeds, _SUBJECT_LINES, mutate_lines(_SUBJECT_LINES), largest=4096),
)
