"""The envelope: sign, encrypt to many, open in bounded memory (protocol 4.2 to 4.5). Keys and randomness are arguments.

What comes out of `open_envelope` is signed but still deflated: the caller looks the signer up before it calls `inflate`.
"""

import hashlib
import json
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from osync.errors import (
    MessageDamagedError,
    MessageTooLargeError,
    MessageTooNewError,
    NotForUsError,
    OSyncError,
)
from osync.message.fields import damaged, parse
from osync.message.identity import Identity, encryption_key, is_signed_by, public_identity
from osync.model import PublicIdentity

MAX_BLOB_BYTES = 8 << 20
MAX_DOCUMENT_BYTES = 16 << 20
MAX_HEAD_BYTES = 128 << 10
MAX_RECIPIENTS = 1_000

_FORMAT = b"OSE"
_VERSION = b"1"
_SIGNED = b"\0"
_ENCRYPTED = b"\1"
_DEFLATED = b"\1"
_SUITE_NAME = "x25519"
_SUITE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
_WRAP_BYTES = 80
_KEY_BYTES = 32
_NONCE_BYTES = 12
_TAG_BYTES = 16
_HINT_DIGITS = 16
_PUBLIC_BYTES = 64
_SIGNATURE_BYTES = 64
_LENGTH_BYTES = 4
_START = len(_FORMAT + _VERSION + _SIGNED)
_INNER_START = _PUBLIC_BYTES + _SIGNATURE_BYTES + _LENGTH_BYTES
_BODY_START = len(_DEFLATED) + _LENGTH_BYTES


@dataclass(frozen=True, slots=True)
class Opened:
    """What an envelope holds: who signed it, the deflated document, and whether it was encrypted to us.

    `key_id` tells which key of ours opened it, "" for one that is only signed.
    """

    signer: PublicIdentity
    body: bytes
    encrypted: bool
    key_id: str = ""


@dataclass(frozen=True, slots=True)
class Outside:
    """What anybody can see of a message, without any key. One that is only signed has no recipients and no nonce."""

    encrypted: bool
    recipients: int
    nonce: bytes
    blob_bytes: int
    content_bytes: int


@dataclass(frozen=True, slots=True)
class _Head:
    """The header of an encrypted blob: its nonce, and for each recipient a hint whose key opens it."""

    raw: bytes
    nonce: bytes
    hints: tuple[str, ...]


def seal(
    document: bytes,
    identity: Identity,
    recipients: Sequence[PublicIdentity],
    random_bytes: Callable[[int], bytes],
) -> bytes:
    """Sign `document` and encrypt it to `recipients`, at least one and at most 1,000; a double one counts once.

    Raises MessageTooLargeError if the receivers would refuse it, MessageDamagedError for a recipient's key that is none.
    """
    recipients = list({recipient.key_id: recipient for recipient in recipients}.values())
    if not recipients:
        raise OSyncError("A message was to be encrypted to nobody.", unharmed="It was not sent.")
    if len(recipients) > MAX_RECIPIENTS:
        raise MessageTooLargeError(f"A message can be encrypted to {MAX_RECIPIENTS:,} keys at most.")
    nonce, content_key = random_bytes(_NONCE_BYTES), random_bytes(_KEY_BYTES)
    head = _write_head(nonce, [_hint(recipient, nonce) for recipient in recipients])
    info = _wrap_info(head)
    wraps = [_SUITE.encrypt(content_key, encryption_key(recipient), info=info) for recipient in recipients]
    opening = b"".join((_FORMAT, _VERSION, _ENCRYPTED, len(head).to_bytes(_LENGTH_BYTES, "big"), head, *wraps))
    inner = _inner(document, identity, head)
    inner += bytes(_padded_length(len(inner)) - len(inner))
    return _checked(opening + ChaCha20Poly1305(content_key).encrypt(nonce, inner, hashlib.sha256(opening).digest()))


def seal_for_anyone(document: bytes, identity: Identity) -> bytes:
    """Sign `document` without encrypting it; the same input gives the same blob. MessageTooLargeError as for `seal`."""
    return _checked(_FORMAT + _VERSION + _SIGNED + _inner(document, identity, b""))


def open_envelope(blob: bytes, identity: Identity) -> Opened:
    """Decrypt with the present key or a former one, and check the signature; nothing is inflated.

    Raises MessageTooLargeError, MessageTooNewError, NotForUsError if it is encrypted to others, else MessageDamagedError.
    """
    return _open_encrypted(blob, identity) if _is_encrypted(blob) else open_signed(blob)


def open_signed(blob: bytes) -> Opened:
    """Check the signature of a message that is not encrypted, which needs no key. Raises as `open_envelope` does."""
    if _is_encrypted(blob):
        raise NotForUsError("The message is encrypted, and there is no key here that could open it.")
    return _open_inner(blob[_START:], b"")


def outside_of(blob: bytes) -> Outside:
    """Tell what kind of message it is. Raises MessageTooLargeError, MessageTooNewError or MessageDamagedError."""
    if not _is_encrypted(blob):
        return Outside(
            encrypted=False,
            recipients=0,
            nonce=b"",
            blob_bytes=len(blob),
            content_bytes=max(0, len(blob) - _START - _INNER_START),
        )
    head = _read_head(blob)
    before = _START + _LENGTH_BYTES + len(head.raw) + _WRAP_BYTES * len(head.hints)
    return Outside(
        encrypted=True,
        recipients=len(head.hints),
        nonce=head.nonce,
        blob_bytes=len(blob),
        content_bytes=max(0, len(blob) - before - _TAG_BYTES),
    )


def is_blob(content: bytes) -> bool:
    """Tell whether a file looks like a message as it is, without armour."""
    return content.startswith(_FORMAT) and content[_START - 1 : _START] in (_SIGNED, _ENCRYPTED)


def _is_encrypted(blob: bytes) -> bool:
    """Tell the mode; raises for what is no message that we could read."""
    _checked(blob)
    mode = blob[len(_FORMAT + _VERSION) : _START]
    if blob[: len(_FORMAT)] != _FORMAT or not mode:
        raise MessageDamagedError("The mail holds a block of OSync with something else in it.")
    if blob[len(_FORMAT) : len(_FORMAT + _VERSION)] != _VERSION or mode not in (_SIGNED, _ENCRYPTED):
        raise MessageTooNewError("The message is in a format of a newer OSync.")
    return mode == _ENCRYPTED


def inflate(body: bytes, limit: int = MAX_DOCUMENT_BYTES) -> bytes:
    """Give the document of an opened envelope, at most `limit` bytes; call it only for a signer who may send that much.

    Raises MessageTooLargeError before anything is inflated, or MessageDamagedError.
    """
    if body[:1] != _DEFLATED:
        raise MessageTooNewError("The message is packed in a way that this OSync does not know.")
    length = int.from_bytes(body[1:_BODY_START], "big")
    if length > limit:
        raise MessageTooLargeError(f"The message declares {length:,} bytes; {limit:,} are allowed here.")
    if len(body) <= _BODY_START or not length:
        raise damaged("it is empty")
    try:
        stream = zlib.decompressobj()
        document = stream.decompress(memoryview(body)[_BODY_START:], length)
        beyond = stream.decompress(stream.unconsumed_tail, 1)
    except zlib.error as error:
        raise damaged("it cannot be unpacked") from error
    if len(document) != length or beyond or not stream.eof or stream.unused_data:
        raise damaged("it has not the length that it declares")
    return document


def pack(document: bytes) -> bytes:
    """Deflate a document as `inflate` reads it."""
    return b"".join((_DEFLATED, len(document).to_bytes(_LENGTH_BYTES, "big"), zlib.compress(document, 9)))


def _checked(blob: bytes) -> bytes:
    if len(blob) > MAX_BLOB_BYTES:
        raise MessageTooLargeError(f"The message has more than {MAX_BLOB_BYTES:,} bytes.")
    return blob


def _inner(document: bytes, identity: Identity, head: bytes) -> bytes:
    if len(document) > MAX_DOCUMENT_BYTES:
        raise MessageTooLargeError(f"The message has more than {MAX_DOCUMENT_BYTES:,} bytes.")
    body = pack(document)
    signature = identity.sign(_signed_bytes(head, body))
    return b"".join((identity.public.public_key, signature, len(body).to_bytes(_LENGTH_BYTES, "big"), body))


def _signed_bytes(head: bytes, body: bytes) -> bytes:
    """Give what the signature covers; with the header in it, nobody can pass the body on to other recipients."""
    return b"osync-sig-1\0" + hashlib.sha256(head).digest() + hashlib.sha512(body).digest()


def _wrap_info(head: bytes) -> bytes:
    return b"osync-wrap-1\0" + hashlib.sha256(head).digest()


def _hint(recipient: PublicIdentity, nonce: bytes) -> str:
    """Let a recipient find the own slot without a stable id in the clear."""
    content = b"osync-hint-1\0" + nonce + bytes.fromhex(recipient.key_id)
    return hashlib.sha256(content).hexdigest()[:_HINT_DIGITS]


def _padded_length(length: int) -> int:
    """Give the length with Padmé padding, which hides the true one at a cost of 12 % at most."""
    exponent = length.bit_length() - 1
    mask = (1 << exponent - exponent.bit_length()) - 1
    return length + mask & ~mask


def _write_head(nonce: bytes, hints: Sequence[str]) -> bytes:
    fields = {"v": 1, "s": _SUITE_NAME, "n": nonce.hex(), "k": list(hints)}
    return json.dumps(fields, separators=(",", ":")).encode()


def _read_head(blob: bytes) -> _Head:
    start = _START + _LENGTH_BYTES
    length = int.from_bytes(blob[_START:start], "big")
    if length > MAX_HEAD_BYTES:
        raise MessageTooLargeError("The message has a header that is too long.")
    raw = blob[start : start + length]
    fields = parse(raw)
    if fields.integer("v") != 1 or fields.text("s", MAX_HEAD_BYTES) != _SUITE_NAME:
        raise MessageTooNewError("The message is encrypted in a way that this OSync does not know.")
    nonce = bytes.fromhex(fields.hexadecimal("n", 2 * _NONCE_BYTES))
    return _Head(raw, nonce, fields.words("k", MAX_RECIPIENTS))


def _open_encrypted(blob: bytes, identity: Identity) -> Opened:
    head = _read_head(blob)
    ours = next((key for key in (identity, *identity.former) if _hint(key.public, head.nonce) in head.hints), None)
    if ours is None:
        raise NotForUsError("The message is encrypted to other keys than ours.")
    wraps = _START + _LENGTH_BYTES + len(head.raw)
    start = wraps + _WRAP_BYTES * len(head.hints)
    if len(blob) < start + _TAG_BYTES + _INNER_START:
        raise damaged("it was cut off")
    wrap = wraps + _WRAP_BYTES * head.hints.index(_hint(ours.public, head.nonce))
    view = memoryview(blob)
    try:
        content_key = _SUITE.decrypt(
            bytes(view[wrap : wrap + _WRAP_BYTES]), ours.decryption_key(), info=_wrap_info(head.raw)
        )
        sealed = hashlib.sha256(view[:start]).digest()
        inner = ChaCha20Poly1305(content_key).decrypt(head.nonce, view[start:], sealed)
    except (InvalidTag, ValueError) as error:
        raise damaged("it cannot be decrypted") from error
    return replace(_open_inner(inner, head.raw), key_id=ours.public.key_id)


def _open_inner(inner: bytes, head: bytes) -> Opened:
    """Check the signature; `head` is empty for a blob that is not encrypted, which also has no padding."""
    signature = inner[_PUBLIC_BYTES : _PUBLIC_BYTES + _SIGNATURE_BYTES]
    length = int.from_bytes(inner[_INNER_START - _LENGTH_BYTES : _INNER_START], "big")
    end = _INNER_START + length
    body = inner[_INNER_START:end]
    padding = len(inner) - end
    if len(body) != length or inner.count(b"\0", end) != padding or (padding and not head):
        raise damaged("its parts have not the lengths that they declare")
    signer = public_identity(inner[:_PUBLIC_BYTES])
    if not is_signed_by(signer, signature, _signed_bytes(head, body)):
        raise MessageDamagedError("The message was changed on the way, or forged: its signature is wrong.")
    encryption_key(signer)
    return Opened(signer, body, encrypted=bool(head))
