"""The envelope: bytes from anybody, bytes of somebody who can encrypt to us, and documents that are packed to harm."""

import hashlib
import zlib
from collections.abc import Iterator
from contextlib import suppress

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from fuzz.target import Target
from message.samples import MESSAGES, PAT, TESTER, counting

from osync.errors import MessageDamagedError, MessageTooLargeError, MessageTooNewError, NotForUsError
from osync.message.documents import encode
from osync.message.seal import inflate, open_envelope, seal, seal_for_anyone

_REFUSALS = (MessageDamagedError, MessageTooLargeError, MessageTooNewError, NotForUsError)
_MOST = 1 << 20
_LENGTH_BYTES = 4
_NONCE_BYTES, _KEY_BYTES = 12, 32
_INNER_START = 132
_WORDS = (
    *(
        b"OSE1\0",
        b"OSE1\1",
        b"OSE2",
        b'{"v":1,"s":"x25519","n":"',
        b'","k":["',
        b'"]}',
        b'"k":[]',
        b"xwing",
        b"\0\0\0\0",
    ),
    *(b"\xff\xff\xff\xff", b"\0\2\0\0", PAT.public.public_key, b"\1\0\0\0\5"),
)


def _check_envelope(data: bytes) -> None:
    with suppress(*_REFUSALS):
        opened = open_envelope(data, TESTER)
        assert len(opened.signer.public_key) == 64
        assert len(opened.body) <= len(data)


def _envelope_seeds() -> Iterator[bytes]:
    for message in MESSAGES:
        yield seal(encode(message), PAT, [TESTER.public], counting())
        yield seal_for_anyone(encode(message), PAT)
    yield seal(b"{}", PAT, [PAT.public, TESTER.public], counting())
    yield seal(b"{}", PAT, [PAT.public], counting())


def _opening() -> bytes:
    """Give the part of an envelope for TESTER that stands before what is encrypted with `_CONTENT_KEY`."""
    blob = seal(b"{}", PAT, [TESTER.public], counting())
    length = int.from_bytes(blob[5 : 5 + _LENGTH_BYTES], "big")
    return blob[: 5 + _LENGTH_BYTES + length + 80]


_OPENING = _opening()
_HEAD = _OPENING[5 + _LENGTH_BYTES : -80]
_RANDOM = counting()
_NONCE, _CONTENT_KEY = _RANDOM(_NONCE_BYTES), _RANDOM(_KEY_BYTES)


def _encrypted(inner: bytes) -> bytes:
    return _OPENING + ChaCha20Poly1305(_CONTENT_KEY).encrypt(_NONCE, inner, hashlib.sha256(_OPENING).digest())


def _check_inner(data: bytes) -> None:
    """Let somebody encrypt anything to us: first as it is, then as a properly signed body."""
    with suppress(*_REFUSALS):
        open_envelope(_encrypted(data), TESTER)
    signature = PAT.sign(b"osync-sig-1\0" + hashlib.sha256(_HEAD).digest() + hashlib.sha512(data).digest())
    inner = PAT.public.public_key + signature + len(data).to_bytes(_LENGTH_BYTES, "big") + data
    for padding in (0, 1, 100):
        opened = open_envelope(_encrypted(inner + bytes(padding)), TESTER)
        assert opened.body == data
        assert opened.signer == PAT.public
        assert opened.encrypted
    _check_body(data)


def _inner_seeds() -> Iterator[bytes]:
    for body in _bodies():
        yield PAT.public.public_key + bytes(64) + len(body).to_bytes(_LENGTH_BYTES, "big") + body
        yield body


def _check_body(body: bytes) -> None:
    try:
        document = inflate(body, _MOST)
    except (MessageDamagedError, MessageTooLargeError, MessageTooNewError):
        return
    assert len(document) == int.from_bytes(body[1:5], "big")
    assert zlib.decompress(body[5:]) == document


def _check_inflate(data: bytes) -> None:
    """Read a packed body, and what is left of the input as a document that is packed under a false length."""
    _check_body(data)
    packed = zlib.compress(data[4:])
    _check_body(b"\1" + data[:4] + packed)
    _check_body(b"\1" + len(data[4:]).to_bytes(_LENGTH_BYTES, "big") + packed + data[:1])


def _bodies() -> Iterator[bytes]:
    for document in (b"", b"{}", encode(MESSAGES[0]), bytes(100_000)):
        yield b"\1" + len(document).to_bytes(_LENGTH_BYTES, "big") + zlib.compress(document)
        yield b"\1" + (len(document) + 1).to_bytes(_LENGTH_BYTES, "big") + zlib.compress(document, 0)[:4000]


TARGETS = (
    Target("envelope", _check_envelope, _envelope_seeds, _WORDS),
    Target("inner", _check_inner, _inner_seeds, _WORDS),
    Target(
        "inflate", _check_inflate, _bodies, (b"\x78\x9c", b"\x78\xda", b"\1\0\0\0", b"\0\0\xff\xff", b"\1\0\x10\0\0")
    ),
)
