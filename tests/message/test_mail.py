"""Mails are composed so that they travel, and searched so that nothing that travelled is missed."""

import base64
import contextlib
import email
import email.policy
import os
import quopri
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parsedate_to_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from message.samples import SHARE, counting
from stopwatch import seconds

from osync.errors import (
    ConfigurationError,
    MessageDamagedError,
    MessageTooLargeError,
    OSyncError,
    RecipientRefusedError,
    SetMailAsideError,
)
from osync.message.armour import BEGIN, armour
from osync.message.mail import MAX_MAIL_BYTES, Letter, Purpose, compose, find_blobs, new_message_id
from osync.message.parts import decoded_parts
from osync.model import Carrier

BLOB = bytes(range(256)) * 8
BLOCK = armour(BLOB)
LETTER = Letter(
    sender_name="Pat",
    sender_address="pat@example.org",
    recipients=("tester@example.org",),
    purpose=Purpose.UPDATE,
    share=SHARE,
    text="Calendar changes for OSync, nothing to read here.\n",
    blob=BLOB,
    message_id="<11111111-2222-4333-8444-555555555555@example.org>",
    sent_at=1_784_700_000,
)
MAIL = compose(LETTER)


def _judged(mail: bytes) -> EmailMessage:
    """Read a mail with the standard library, which must find nothing wrong in it."""
    judged = email.message_from_bytes(mail, policy=email.policy.default)
    assert isinstance(judged, EmailMessage)
    assert not [part for part in judged.walk() if part.defects]
    return judged


# --- Composing --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("carrier", Carrier)
def test_a_composed_mail_carries_its_message(carrier: Carrier) -> None:
    mail = compose(replace(LETTER, carrier=carrier))
    assert list(find_blobs(mail)) == [BLOB]
    judged = _judged(mail)
    body = judged.get_body()
    assert body is not None
    assert body.get_content().startswith("Calendar changes for OSync")


def test_a_mail_has_the_headers_of_the_protocol() -> None:
    judged = _judged(MAIL)
    assert {name: str(value) for name, value in judged.items()} == {
        "From": "Pat <pat@example.org>",
        "To": "tester@example.org",
        "Subject": "[OSync] Calendar update",
        "Date": "Wed, 22 Jul 2026 06:00:00 +0000",
        "Message-ID": "<11111111-2222-4333-8444-555555555555@example.org>",
        "References": f"<{SHARE}@osync.invalid>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "OOF, AutoReply, RN, NRN",
        "X-OSync": "1",
        "MIME-Version": "1.0",
        "Content-Type": judged["Content-Type"],
    }


@pytest.mark.parametrize(
    ("purpose", "subject", "automatic"),
    [
        (Purpose.INVITATION, "[OSync] Calendar invitation", "auto-generated"),
        (Purpose.UPDATE, "[OSync] Calendar update", "auto-generated"),
        (Purpose.ANSWER, "[OSync] Calendar update", "auto-replied"),
        (Purpose.REPLY, "[OSync] Calendar reply", "auto-replied"),
    ],
)
def test_the_purpose_is_told_by_subject_and_kind_of_automatism(purpose: Purpose, subject: str, automatic: str) -> None:
    judged = _judged(compose(replace(LETTER, purpose=purpose)))
    assert judged["Subject"] == subject
    assert judged["Auto-Submitted"] == automatic


@pytest.mark.parametrize(
    ("carrier", "kind", "ending"),
    [(Carrier.ATTACH, "application/octet-stream", ".osync"), (Carrier.TEXT, "text/plain", ".txt")],
)
def test_the_message_is_an_attached_file(carrier: Carrier, kind: str, ending: str) -> None:
    (part,) = _judged(compose(replace(LETTER, carrier=carrier))).iter_attachments()
    name = part.get_filename() or ""
    assert part.get_content_type() == kind
    assert name.startswith("20260722-")
    assert name.endswith(ending)
    assert len(name) == len("20260722-3f2c") + len(ending)


@given(st.text(max_size=60), st.integers(0, 4_000_000_000))
def test_every_mail_is_ascii_with_short_lines_and_crlf(text: str, sent_at: int) -> None:
    letter = replace(LETTER, text=text, sent_at=sent_at, carrier=Carrier.INLINE)
    for mail in (compose(letter), compose(replace(letter, carrier=Carrier.ATTACH))):
        assert mail.isascii()
        assert mail.count(b"\r\n") == mail.count(b"\n") == mail.count(b"\r")
        assert max(map(len, mail.split(b"\r\n"))) <= 998
        assert list(find_blobs(mail)) == [BLOB]
        assert parsedate_to_datetime(_judged(mail)["Date"]).timestamp() == sent_at


def test_a_very_long_line_of_text_is_broken_for_the_way() -> None:
    judged = _judged(compose(replace(LETTER, text="x" * 3000)))
    body = judged.get_body()
    assert body is not None
    assert body.get_content().strip() == "x" * 3000


@pytest.mark.parametrize(
    "name",
    [
        "Pat",
        'Pat "the cat" Smith',
        "Smith, Pat",
        "back\\slash",
        "pat@home",
        "Päter Ünlü",
        "=?utf-8?B?UGF0?=",
        "漢字" * 30,
        "Ω" * 21 + "x" + "🎵" * 30,
    ],
)
def test_a_name_arrives_as_it_is(name: str) -> None:
    raw = email.message_from_bytes(compose(replace(LETTER, sender_name=name)))["From"]
    written, _, address = raw.replace("\r\n", "").rpartition(" ")
    shown = str(make_header(decode_header(written.strip())))
    if shown.startswith('"'):
        shown = shown[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    assert shown == name
    assert address == "<pat@example.org>"


def test_without_a_name_the_address_stands_alone() -> None:
    assert b"From: pat@example.org\r\n" in compose(replace(LETTER, sender_name="  "))


def test_many_recipients_are_folded_and_none_is_no_secret() -> None:
    people = tuple(f"person{number}@example.org" for number in range(50))
    judged = _judged(compose(replace(LETTER, recipients=people)))
    assert [address.addr_spec for address in judged["To"].addresses] == list(people)
    assert _judged(compose(replace(LETTER, recipients=())))["To"].addresses == ()


@pytest.mark.parametrize("evil", ["Pat\r\nBcc: all@example.org", "Pat\nX", "Pat\rX", "Pat\0", "Pat\x7f"])
def test_no_name_makes_a_header(evil: str) -> None:
    with pytest.raises(ConfigurationError):
        compose(replace(LETTER, sender_name=evil))


_NO_ADDRESSES = [
    "",
    "pat",
    "@example.org",
    "pat@",
    "pat@example.org\r\nBcc: all@example.org",
    "pat@example.org\n",
    "pat@exa mple.org",
    "pat@example.org, eve@example.org",
    "Pat <pat@example.org>",
    "pat\0@example.org",
    "päter@example.org",
    "pat@" + "ä" * 70,
    "pat@\u2028",
]


@pytest.mark.parametrize("evil", _NO_ADDRESSES)
def test_no_address_makes_a_header(evil: str) -> None:
    with pytest.raises(ConfigurationError):
        compose(replace(LETTER, sender_address=evil))
    with pytest.raises(ConfigurationError):
        new_message_id(evil, counting())
    with pytest.raises(RecipientRefusedError) as refused:
        compose(replace(LETTER, recipients=("tester@example.org", evil)))
    assert refused.value.address == evil


@pytest.mark.parametrize("address", ["pat@exämple.org", "pat@EXÄMPLE.org"])
def test_a_domain_in_other_letters_is_written_in_ascii(address: str) -> None:
    assert b"To: pat@xn--exmple-cua.org\r\n" in compose(replace(LETTER, recipients=(address,)))


def test_an_address_at_a_number_is_written_as_it_is() -> None:
    assert b"To: pat@[192.0.2.1]\r\n" in compose(replace(LETTER, recipients=("pat@[192.0.2.1]",)))


@pytest.mark.parametrize("message_id", ["", "1@example.org", "<1@example.org>\r\nBcc: x@y", "<1 2@example.org>", "<1>"])
def test_no_mail_leaves_without_a_proper_message_id(message_id: str) -> None:
    with pytest.raises(OSyncError, match="Message-ID"):
        compose(replace(LETTER, message_id=message_id))


def test_a_message_id_is_a_random_uuid_at_the_senders_domain() -> None:
    made = new_message_id("pat@exämple.org", counting())
    assert made == "<00010203-0405-4607-8809-0a0b0c0d0e0f@xn--exmple-cua.org>"
    assert new_message_id("pat@example.org", os.urandom) != new_message_id("pat@example.org", os.urandom)


def test_a_large_message_does_not_go_into_the_text() -> None:
    with pytest.raises(MessageTooLargeError):
        compose(replace(LETTER, blob=os.urandom(60_000), carrier=Carrier.INLINE))


# --- Finding ----------------------------------------------------------------------------------------------------------


def _part(content: bytes, kind: str = "application/octet-stream", encoding: str = "7bit") -> bytes:
    return f"Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode() + content


def _base64(content: bytes) -> bytes:
    return base64.encodebytes(content)


def _mixed(*parts: bytes, boundary: str = "frontier") -> bytes:
    opening = f'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="{boundary}"\r\n\r\nPreamble\r\n'.encode()
    mark = f"\r\n--{boundary}".encode()
    return opening + b"".join(mark + b"\r\n" + part for part in parts) + mark + b"--\r\nEpilogue\r\n"


def _winmail(name: str, content: bytes) -> bytes:
    """Write a TNEF stream with one attachment (MS-OXTNEF 2.1): level, tag, length, content, checksum."""
    stream = struct.pack("<IH", 0x223E9F78, 1)
    for tag, value in ((0x00069002, bytes(14)), (0x00018010, name.encode() + b"\0"), (0x0006800F, content)):
        stream += struct.pack("<BII", 2, tag, len(value)) + value + struct.pack("<H", sum(value) & 0xFFFF)
    return stream


_TEXT = _part(b"Hello\r\n", "text/plain; charset=utf-8")
_FILE = BLOCK.encode()
_FOOTER = b"\r\n_______________\r\nYou receive this mail from a list: https://list.example/unsubscribe=x\r\n"

MAILS: dict[str, bytes] = {
    "as it was sent": MAIL,
    "with LF": MAIL.replace(b"\r\n", b"\n"),
    "with CR": MAIL.replace(b"\r\n", b"\r"),
    "the file alone": _FILE,
    "in base64": _mixed(_TEXT, _part(_base64(_FILE), encoding="base64")),
    "in base64 with a footer behind": _mixed(_TEXT, _part(_base64(_FILE) + _FOOTER, encoding="BASE64")),
    "in base64 that is cut behind the block": _mixed(_part(_base64(_FILE + b"more")[:-5], encoding="base64")),
    "in base64 in one line": _mixed(_part(base64.b64encode(_FILE), encoding=" Base64 ")),
    "in quoted-printable": _mixed(_TEXT, _part(quopri.encodestring(_FILE), "text/plain", "quoted-printable")),
    "in a text with a footer": _mixed(_part(quopri.encodestring(b"Hi\r\n" + _FILE + _FOOTER), "text/plain", "quoted-printable")),
    "as the only part": b"Subject: x\r\n" + _part(_base64(_FILE), "application/octet-stream", "base64"),
    "as UTF-16 file": _mixed(_part(_base64(BLOCK.encode("utf-16")), encoding="base64")),
    "as UTF-16 text": _mixed(_part(_base64(BLOCK.encode("utf-16-be")), "text/plain; charset=utf-16be", "base64")),
    "forwarded": _mixed(_TEXT, _part(MAIL, "message/rfc822")),
    "forwarded re-encoded": _mixed(_part(_mixed(_part(_base64(_FILE), encoding="base64"), boundary="inner"), "message/rfc822")),
    "forwarded in base64": _mixed(_part(_base64(MAIL), "Message/RFC822", "base64")),
    "forwarded inline and quoted": _mixed(
        _part(quopri.encodestring(BLOCK.replace("\r\n", "\r\n> ").encode()), "text/plain", "quoted-printable")
    ),
    "in winmail.dat": _mixed(_part(_base64(_winmail("20260722.osync", _FILE)), "application/ms-tnef", "base64")),
    "in an alternative in a mixed": _mixed(
        _mixed(_TEXT, _part(_base64(_FILE), "text/plain", "base64"), boundary="inner"), _TEXT
    ),
    "with no end of the parts": _mixed(_TEXT, _part(_base64(_FILE), encoding="base64")).partition(b"\r\n--frontier--")[0],
    "with an unquoted boundary": _mixed(_part(_base64(_FILE), encoding="base64")).replace(b'"frontier"', b"frontier; x=y"),
    "with an escaped boundary": _mixed(_part(_base64(_FILE), encoding="base64")).replace(b'"frontier"', b'"fron\\tier"'),
    "with a folded header": _mixed(_part(_base64(_FILE), encoding="base64")).replace(b"; boundary", b";\r\n\tBoundary"),
    "with a folded encoding": _mixed(_part(_base64(_FILE), encoding="\r\n base64")),
    "with blanks behind the boundary": _mixed(_part(_base64(_FILE), encoding="base64")).replace(b"--frontier\r", b"--frontier \t\r"),
    "behind a part without header": _mixed(b"\r\njust text", _part(_base64(_FILE), encoding="base64")),
    "behind empty parts": _mixed(b"", b"", b"\r\n", _part(_base64(_FILE), encoding="base64")),
    "whole and quoted in part": _mixed(
        _part(_FILE[:900], "text/plain"), _part(_base64(_FILE), encoding="base64"), _part(_FILE, "text/plain")
    ),
    "in a multipart that names no boundary": _part(_base64(_FILE), "multipart/mixed", "base64"),
    "in a multipart that has no such boundary": _part(_base64(_FILE), "multipart/mixed; boundary=none", "base64"),
    "in a multipart with a giant boundary": _part(_base64(_FILE), f"multipart/mixed; boundary={'x' * 300}", "base64"),
}  # fmt: skip


@pytest.mark.parametrize("way", MAILS)
def test_a_message_is_found(way: str) -> None:
    assert list(find_blobs(MAILS[way])) == [BLOB]


def test_several_messages_are_found_once_each() -> None:
    mail = _mixed(
        _part((armour(b"one") + armour(b"two") + armour(b"one")).encode()),
        _part(_base64(armour(b"3").encode()), encoding="base64"),
    )
    assert list(find_blobs(mail)) == [b"one", b"two", b"3"]


@pytest.mark.parametrize(
    "mail",
    [
        b"",
        b"Subject: hello\r\n\r\nHello\r\n",
        b"\r\n\r\n",
        _mixed(_TEXT, _part(_base64(os.urandom(5000)), "image/png", "base64")),
        _part(b"=ZZ=\r\n==", "text/plain", "quoted-printable"),
        _part(b"A", "text/plain", "base64"),
        b"Content-Transfer-Encoding: base64",
    ],
)
def test_a_mail_without_osync_has_no_message(mail: bytes) -> None:
    assert list(find_blobs(mail)) == []


@pytest.mark.parametrize(
    "mail",
    [
        MAIL[: len(MAIL) // 2],
        MAIL.replace(b"AAEC", b"AAEB"),
        _mixed(_part(_base64(_FILE[: len(_FILE) // 2]), encoding="base64")),
    ],
    ids=["cut off", "changed", "cut off in base64"],
)
def test_a_message_that_did_not_arrive_whole_is_damaged(mail: bytes) -> None:
    with pytest.raises(MessageDamagedError, match="cut off or changed"):
        list(find_blobs(mail))


def test_a_whole_message_counts_even_beside_a_damaged_one() -> None:
    mail = _mixed(_part(BLOCK.replace("AAEC", "AAEB").encode()), _part(armour(b"two").encode()))
    assert list(find_blobs(mail)) == [b"two"]


def _nested(depth: int) -> bytes:
    content = _part(_base64(_FILE), encoding="base64")
    for level in range(depth):
        content = _mixed(content, boundary=f"level{level}")
    return content


def test_the_limits_of_depth_parts_messages_and_size_hold() -> None:
    assert list(find_blobs(_nested(10))) == [BLOB]
    assert list(find_blobs(_mixed(*[_TEXT] * 98, _part(_base64(_FILE), encoding="base64")))) == [BLOB]
    hundred = "".join(armour(bytes([number])) for number in range(100))
    assert len(list(find_blobs(hundred.encode()))) == 100
    for mail in (
        _nested(11),
        _mixed(*[_TEXT] * 99, _part(_base64(_FILE), encoding="base64")),
        _mixed(*[_part(b"x", encoding="base64")] * 5_000),
        (hundred + armour(b"more")).encode(),
        bytes(MAX_MAIL_BYTES + 1),
    ):
        with pytest.raises(MessageTooLargeError):
            list(find_blobs(mail))


_LINE = BEGIN.encode() + b"\n"
_BOMBS: dict[str, Callable[[int], bytes]] = {
    "boundaries": lambda size: _mixed(b"base64" + b"\r\n--frontier" * (size // 12)),
    "closed boundaries": lambda size: _mixed(b"base64" + b"\r\n--frontier--" * (size // 14)),
    "empty lines": lambda size: _mixed(_part(b"\n" * size, encoding="base64")),
    "one header line": lambda size: b"Content-Type: base64" + b"x" * size,
    "folded header": lambda size: b"Content-Type: base64" + b"\r\n x" * (size // 4),
    "boundary parameters": lambda size: (
        b"Content-Type: multipart/mixed" + b"; boundary " * (size // 11) + b"\n\nbase64"
    ),
    "open quotes": lambda size: b'Content-Type: multipart/x; boundary="' + b'\\"' * (size // 2) + b"\n\nbase64",
    "semicolons": lambda size: b"Content-Type: multipart/x" + b"; \t" * (size // 3) + b"\n\nbase64",
    "begins": lambda size: BEGIN.encode() * (size // len(BEGIN)),
    "colons": lambda size: BEGIN.encode() + b":\n" * (size // 2) + b"-----END OSYNC MESSAGE-----",
    "no colons": lambda size: BEGIN.encode() + b"x" * size + b":-----END OSYNC MESSAGE-----",
    "quoting": lambda size: BEGIN.encode() + b"> " * (size // 2) + b"-----END OSYNC MESSAGE-----",
    "soft line ends": lambda size: _part(b"=\r\n" * (size // 3), "text/plain", "quoted-printable"),
    "nested mails": lambda size: b"Content-Type: message/rfc822\n\n" * (size // 30) + b"base64",
    "tags": lambda size: _LINE + b"<>" * (size // 2),
    "open tags": lambda size: _LINE + b"<br " * (size // 4),
    "characters by number": lambda size: _LINE + b"&#43;" * (size // 5),
    "ampersands": lambda size: _LINE + b"&" * size,
    "rich text": lambda size: b"{\\rtf" + _LINE + b"{\\*" * (size // 3),
    "rich text words": lambda size: b"{\\rtf" + _LINE + b"\\a" * (size // 2),
    "quoted-printable": lambda size: _LINE + b"=" * size,
    "dashes and marks": lambda size: b"-BEGIN OSYNC MESSAGE" * (size // 20),
    "hidden in base64": lambda size: base64.b64encode(_LINE * 3) * (size // 120),
    "compressed texts": lambda size: (
        (b"\xff" * 8 + b"LZFu" + bytes(5) + b"A" * 8 + b"\xfe\x0c\xff" * 40) * (size // 145)
    ),
    "everything": lambda size: b"X: base64\r\n\r\n" + (_LINE + b"{\\rtf<&=3D\n") * (size // 42),
    "nulls": lambda size: bytes(size - 10) + b"base64",
    "same boundary in itself": lambda size: (
        b"Content-Type: multipart/x; boundary=b\n\n--b\n" * (size // 44) + b"base64"
    ),
}


@pytest.mark.parametrize("bomb", _BOMBS)
def test_no_mail_costs_much_time(bomb: str) -> None:
    mail = _BOMBS[bomb](MAX_MAIL_BYTES - 1000)
    began = time.process_time()
    try:
        list(find_blobs(mail))
    except SetMailAsideError:
        pass
    finally:
        assert time.process_time() - began < seconds(5)


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_but_set_aside(noise: bytes) -> None:
    for mail in (noise, b"X: base64\r\n" + noise, _mixed(noise, b"X: base64\r\n" + noise)):
        with contextlib.suppress(SetMailAsideError):
            assert list(find_blobs(mail)) == []


@settings(max_examples=200)
@given(st.sampled_from(sorted(MAILS)), st.data())
def test_a_changed_mail_gives_the_message_or_is_set_aside(way: str, data: st.DataObject) -> None:
    mail = MAILS[way]
    start = data.draw(st.integers(0, len(mail)))
    end = data.draw(st.integers(start, min(len(mail), start + 40)))
    noise = data.draw(st.binary(max_size=20) | st.sampled_from([b"\r\n", b"\r\n\r\n", b"--frontier\r\n", b"\0", b"="]))
    try:
        found = list(find_blobs(mail[:start] + noise + mail[end:]))
    except SetMailAsideError:
        return
    assert found in ([], [BLOB])


def test_parts_are_given_in_their_order() -> None:
    mail = _mixed(_part(b"one"), _mixed(_part(b"two"), _part(b"three"), boundary="inner"), _part(b"four"))
    assert list(decoded_parts(mail)) == [b"one", b"two", b"three", b"four"]


def test_finding_and_composing_need_no_mail_library() -> None:
    program = "import sys; before = {*sys.modules}; import osync.message.mail; print(*{*sys.modules} - before)"
    loaded = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.split()
    assert "osync.message.mail" in loaded
    assert not {"email", "cryptography", "quopri", "uuid"} & set(loaded)
