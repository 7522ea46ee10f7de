"""How a second device of a subscriber is let in: its code, and the answer of the first device (protocol 3, docs/format.md).

The code is a line with the new device's public key; the answer is an envelope that only this device can open.
"""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, unquote

from osync.errors import ConfigurationError, MessageTooNewError, NotForUsError, SetMailAsideError
from osync.ical.texts import clean_line, cut_text
from osync.message.exported import read_subscription, write_subscription
from osync.message.fields import Fields, damaged, parse, write_base64
from osync.message.identity import Identity, encryption_key, is_signed_by, public_identity
from osync.message.manifest import MAX_DEVICE_CHARACTERS, voucher_bytes
from osync.message.seal import inflate, open_envelope, seal
from osync.message.text_block import read_block, write_block
from osync.model import PublicIdentity, Subscription

_WORD = "DEVICE"
_CODE = re.compile(r"osync-device:(\d+):([a-z2-7]+)(?::([^:]*))?", re.IGNORECASE)
_NOT_WRITTEN = re.compile(r"[\s\"'<>]")
_MOST_CODE_CHARACTERS = 2_000
_KEY, _CHECK, _SIGNATURE = 64, 4, 64
_MOST = 1_000


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """A new device: its key, and what its user calls it."""

    public: PublicIdentity
    name: str


@dataclass(frozen=True, slots=True)
class Vouched:
    """A subscription of the first device, and its signature for the second one."""

    subscription: Subscription
    voucher: bytes


@dataclass(frozen=True, slots=True)
class DeviceAnswer:
    """What the first device, whose key is `signer`, gives the second one."""

    signer: PublicIdentity
    name: str
    address: str
    vouched: tuple[Vouched, ...]


def write_device_code(code: DeviceCode) -> str:
    """Write a code in one line of ASCII."""
    raw = code.public.public_key
    packed = base64.b32encode(raw + _check(raw)).decode().rstrip("=").lower()
    return f"osync-device:1:{packed}:{quote(code.name, safe='')}"


def read_device_code(text: str) -> DeviceCode:
    """Read a code out of what people paste. ConfigurationError if it is none, or was not copied as a whole."""
    found = _CODE.search(_NOT_WRITTEN.sub("", text[:_MOST_CODE_CHARACTERS]))
    if found is None:
        raise ConfigurationError(
            "This is no code of a device; one begins with osync-device:1:.",
            advice="Make one on the new device with: osync device code.",
        )
    if found[1] != "1":
        raise ConfigurationError("The code is of a newer OSync.", advice="Update OSync on this computer.")
    packed = found[2].upper()
    try:
        raw = base64.b32decode(packed + "=" * (-len(packed) % 8))
    except binascii.Error:
        raw = b""
    if len(raw) != _KEY + _CHECK or raw[_KEY:] != _check(raw[:_KEY]):
        raise ConfigurationError("The code was not copied as a whole, or has a typing error in it.")
    public = public_identity(raw[:_KEY])
    try:
        encryption_key(public)
    except SetMailAsideError as error:
        raise ConfigurationError("The code names a key to which nobody can encrypt.") from error
    return DeviceCode(public, cut_text(clean_line(unquote(found[3] or "")), MAX_DEVICE_CHARACTERS))


def _check(raw: bytes) -> bytes:
    return hashlib.sha256(b"osync-device-code-1\0" + raw).digest()[:_CHECK]


def vouch(identity: Identity, device: PublicIdentity, subscription: Subscription) -> Vouched:
    """Sign for another device of ours, for one share."""
    return Vouched(subscription, identity.sign(voucher_bytes(device.public_key, subscription.share_id)))


def write_device_answer(
    answer: DeviceAnswer, identity: Identity, device: PublicIdentity, random_bytes: Callable[[int], bytes]
) -> str:
    """Write the text of the answer, signed by `identity` and encrypted to `device`."""
    document = {
        "v": 1,
        "min": 1,
        "name": answer.name,
        "addr": answer.address,
        "subscriptions": [
            {**write_subscription(each.subscription), "by": write_base64(each.voucher)} for each in answer.vouched
        ],
    }
    content = json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    return write_block(_WORD, seal(content, identity, [device], random_bytes))


def read_device_answer(text: str, identity: Identity) -> DeviceAnswer:
    """Read an answer to the device with this identity. ConfigurationError tells what is wrong with it."""
    blob = read_block(_WORD, text)
    try:
        opened = open_envelope(blob, identity)
        if not opened.encrypted:
            raise damaged("it is not encrypted")
        return _read(parse(inflate(opened.body)), opened.signer, identity.public)
    except NotForUsError as error:
        raise ConfigurationError(
            "The answer is for another device.",
            unharmed="Nothing was changed.",
            advice="Make a code here with osync device code, and take it to the first device.",
        ) from error
    except SetMailAsideError as error:
        raise ConfigurationError(f"The answer cannot be used: {error}", unharmed="Nothing was changed.") from error


def _read(fields: Fields, signer: PublicIdentity, device: PublicIdentity) -> DeviceAnswer:
    if fields.integer("min", low=1) > 1:
        raise MessageTooNewError("It needs a newer OSync.")
    vouched = []
    for each in fields.inners("subscriptions", _MOST):
        found = Vouched(read_subscription(each), each.base64("by", _SIGNATURE))
        if not is_signed_by(signer, found.voucher, voucher_bytes(device.public_key, found.subscription.share_id)):
            raise damaged("it vouches for another device")
        vouched.append(found)
    return DeviceAnswer(signer, fields.line("name", 60), fields.address("addr"), tuple(vouched))
