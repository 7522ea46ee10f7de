"""Invitations out of band: a line that people pass on by themselves, so that no mail provider can change it (protocol 3).

`osync:1:` base32 `:` address `:` share name `:` owner name `:` level. The base32 holds the owner's public key (64 bytes), the
share id (16), its nonce (16), the token (16), the key that made the share if it is another one (64), and the first four
bytes of the SHA-256 of everything else, which finds typing errors. Names are percent-encoded.
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

from osync.errors import MessageDamagedError, MessageTooLargeError, MessageTooNewError
from osync.ical.texts import clean_line, cut_text
from osync.message.fields import Fields
from osync.message.identity import public_identity, share_id
from osync.message.manifest import MAX_NAME_CHARACTERS
from osync.model import PrivacyLevel, PublicIdentity

MAX_CODE_BYTES = 4096

_CODE = re.compile(r"osync:(\d+):([a-z2-7]+):([^:]+):([^:]*):([^:]*):(full|titles|busy)(,none)?", re.IGNORECASE)
_BEGINNING = re.compile(r"osync:(\d+):", re.IGNORECASE)
_NOT_WRITTEN = re.compile(r"[\s\"'<>]")
_KEY, _ID, _CHECK = 64, 16, 4
_SHORT = _KEY + 3 * _ID + _CHECK
_LONG = _SHORT + _KEY


@dataclass(frozen=True, slots=True)
class InvitationCode:
    """What a code says. `creator` is the key that made the share; `encrypted` whether its mails will be."""

    owner: PublicIdentity
    creator: PublicIdentity
    share_id: str
    nonce: bytes
    token: bytes
    address: str
    share_name: str
    owner_name: str
    level: PrivacyLevel
    encrypted: bool = True


def write_code(code: InvitationCode) -> str:
    """Write a code in one line of ASCII."""
    raw = b"".join((code.owner.public_key, _raw_id(code.share_id), code.nonce, code.token))
    if code.creator != code.owner:
        raw += code.creator.public_key
    names = ":".join(quote(name, safe="") for name in (code.share_name, code.owner_name))
    rest = f"{code.address}:{names}:{code.level}{'' if code.encrypted else ',none'}"
    return f"osync:1:{_base32(raw + _check(raw, rest))}:{rest}"


def read_code(text: str) -> InvitationCode:
    """Read a code out of what people paste: with line ends, blanks and quotation marks in it.

    Raises MessageTooNewError, or MessageDamagedError if it was not copied as a whole or belongs to no share.
    """
    text = _NOT_WRITTEN.sub("", text[: 2 * MAX_CODE_BYTES])
    beginning = _BEGINNING.search(text)
    if beginning is None:
        raise MessageDamagedError("This is no invitation code of OSync; one begins with osync:1:.")
    if beginning[1] != "1":
        raise MessageTooNewError("The invitation code is of a newer OSync.")
    found = _CODE.search(text)
    raw = _unbase32(found[2]) if found else b""
    rest = found[0].split(":", 3)[3] if found else ""
    if found is None or len(raw) not in (_SHORT, _LONG) or raw[-_CHECK:] != _check(raw[:-_CHECK], rest):
        raise MessageDamagedError("The invitation code was not copied as a whole, or has a typing error in it.")
    return _code_of(raw, found)


def _code_of(raw: bytes, found: re.Match[str]) -> InvitationCode:
    owner = public_identity(raw[:_KEY])
    share, nonce, token = (raw[_KEY + number * _ID :][:_ID] for number in range(3))
    creator = public_identity(raw[-_CHECK - _KEY : -_CHECK]) if len(raw) == _LONG else owner
    name, owner_name = (cut_text(clean_line(unquote(part)), MAX_NAME_CHARACTERS) for part in (found[4], found[5]))
    address = _address(found[3])
    if share_id(creator, nonce) != _base32(share) or not name:
        raise MessageDamagedError("The invitation code does not belong to the share that it names.")
    return InvitationCode(
        owner, creator, _base32(share), nonce, token, address, name,
        owner_name or cut_text(address, MAX_NAME_CHARACTERS), PrivacyLevel(found[6].lower()),
        encrypted=not found[7],
    )  # fmt: skip


def _address(text: str) -> str:
    try:
        return Fields({"address": text}).address("address")
    except MessageTooLargeError as error:
        raise MessageDamagedError("The invitation code names an address that is too long.") from error


def is_code(text: str) -> bool:
    """Tell whether a text looks like an invitation code."""
    return _BEGINNING.search(_NOT_WRITTEN.sub("", text[: 2 * MAX_CODE_BYTES])) is not None


def _check(raw: bytes, rest: str) -> bytes:
    return hashlib.sha256(b"osync-invitation-1\0" + raw + rest.encode()).digest()[:_CHECK]


def _raw_id(share: str) -> bytes:
    return _unbase32(share)


def _base32(raw: bytes) -> str:
    return base64.b32encode(raw).decode().rstrip("=").lower()


def _unbase32(text: str) -> bytes:
    try:
        return base64.b32decode(text.upper() + "=" * (-len(text) % 8))
    except binascii.Error:
        return b""
