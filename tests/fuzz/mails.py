"""Mails of anybody: what is found in one stays found when it is forwarded, when lines end otherwise, when a footer is added."""

from collections.abc import Iterator
from dataclasses import dataclass

from fuzz.mutations import mutate_lines
from fuzz.target import Target
from mail_path.carried import mail as carried
from mail_path.manglings import MANGLINGS
from message.samples import SHARE

from osync.errors import MessageDamagedError, MessageTooLargeError, NoMessageError
from osync.message.armour import armour
from osync.message.mail import Letter, Purpose, compose, find_blobs
from osync.model import Carrier

_BLOCK = armour(b"OSE1" + bytes(range(90)))
_LETTER = Letter(
    sender_name="Pat",
    sender_address="pat@example.org",
    recipients=("tester@example.org",),
    purpose=Purpose.UPDATE,
    share=SHARE,
    text="Calendar changes for OSync, nothing to read here.\n",
    blob=b"OSE1" + bytes(range(90)),
    message_id="<11111111-2222-4333-8444-555555555555@example.org>",
    sent_at=1_784_700_000,
)
_LINES = (
    *(
        b"Content-Type: multipart/mixed; boundary=x",
        b'Content-Type: multipart/mixed; boundary="a\\"b"',
        b"--x",
        b"--x--",
    ),
    *(
        b"Content-Type: message/rfc822",
        b"Content-Transfer-Encoding: base64",
        b"Content-Transfer-Encoding: quoted-printable",
    ),
    *(
        b"Content-Type: text/plain",
        b"",
        b"-----BEGIN OSYNC MESSAGE-----",
        b"-----END OSYNC MESSAGE-----",
        b"=3D=\xff",
        b"LS0tLS1CRUdJTg==",
    ),
    *(b" boundary=y", b"--=_osync_", b'Content-Type: multipart/digest; boundary=""', b"Content-Type: message/global"),
)


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found in a mail, and how the search ended."""

    blobs: frozenset[bytes]
    end: str


def _search(mail: bytes) -> _Found:
    blobs: set[bytes] = set()
    try:
        for blob in find_blobs(mail):
            blobs.add(blob)
    except (MessageDamagedError, MessageTooLargeError, NoMessageError) as error:
        return _Found(frozenset(blobs), type(error).__name__)
    return _Found(frozenset(blobs), "")


def _check(data: bytes) -> None:
    found = _search(data)
    if found.end == "MessageTooLargeError":
        return
    if data[:1] not in (b"\r", b"\n"):
        _stays_found(found, _forwarded(data))
    if data.count(b"\r\n") == data.count(b"\r"):
        _stays_found(found, data.replace(b"\r\n", b"\n"))


def _stays_found(found: _Found, mail: bytes) -> None:
    again = _search(mail)
    # One part more around it may be one too many.
    assert again.end == "MessageTooLargeError" or again.blobs >= found.blobs


def _forwarded(mail: bytes) -> bytes:
    """Give a mail as another one carries it, in front of a footer; the boundary stands in no input."""
    boundary = b"forwarded-7f3a9c51"
    return b"".join(
        (
            b"Subject: Fwd\r\nContent-Type: multipart/mixed;\r\n boundary=" + boundary + b"\r\n\r\n--" + boundary,
            b"\r\nContent-Type: message/rfc822\r\n\r\n" + mail + b"\r\n--" + boundary,
            b"\r\nContent-Type: text/plain\r\n\r\nfooter\r\n--" + boundary + b"--\r\n",
        )
    )


def _seeds() -> Iterator[bytes]:
    for carrier in Carrier:
        from dataclasses import replace

        yield compose(replace(_LETTER, carrier=carrier))
    import base64
    import quopri

    block = _BLOCK.encode()
    head = b"Subject: x\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: "
    yield head + b"base64\r\n\r\n" + base64.encodebytes(block).replace(b"\n", b"\r\n")
    yield head + b"quoted-printable\r\n\r\n" + quopri.encodestring(block)
    part = b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(
        block
    )
    mixed = (
        b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="x y"\r\n\r\npreamble\r\n--x y\r\n'
        + part
        + b"\r\n--x y--\r\n"
    )
    yield mixed
    yield _forwarded(mixed)
    yield b"Content-Type: text/plain; charset=utf-16\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(
        _BLOCK.encode("utf-16")
    )
    yield mixed[: len(mixed) * 2 // 3]
    for mangling in MANGLINGS.values():
        yield from map(mangling, map(carried, (Carrier.ATTACH, Carrier.INLINE)))


TARGETS = (Target("mail", _check, _seeds, _LINES, mutate_lines(_LINES), largest=1 << 15),)
