"""The files that people carry between their computers: from anybody, and from somebody who knows the password."""

import functools
from collections.abc import Iterator
from contextlib import suppress

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from fuzz.mutations import mutate_json
from fuzz.target import Target, harmless
from message.samples import PAT, TESTER, counting
from message.test_identity_file import EXPORTED, PASSWORD, QUICK

from osync.errors import ConfigurationError, KeyUnavailableError, SetMailAsideError
from osync.message import identity_file
from osync.message.device import (
    DeviceAnswer,
    DeviceCode,
    read_device_answer,
    read_device_code,
    vouch,
    write_device_answer,
    write_device_code,
)
from osync.message.exported import read_exported, write_exported
from osync.message.identity_file import read_identity_file, write_identity_file
from osync.message.seal import inflate, open_envelope, pack, seal
from osync.message.text_block import read_block, write_block

_WORD = "IDENTITY"
_NAMES = (
    *("v", "min", "ts", "keys", "k", "former", "until", "shares", "subscriptions", "s", "name", "calendar", "category"),
    *(
        "level",
        "notes",
        "sn",
        "sk",
        "e",
        "floor",
        "ck",
        "approve",
        "mode",
        "list",
        "enc",
        "verified",
        "count",
        "changes",
    ),
    *("subscribers", "addr", "state", "token", "trust", "old", "osig", "nsig", "x"),
)
_WORDS = (b"-----BEGIN OSYNC IDENTITY-----", b"-----END OSYNC IDENTITY-----", b"OSI1", b"> ", b"\r\n", b"=")


def _check_file(data: bytes) -> None:
    """Read a file of anybody; one that asks for real work is asked for less, which fuzzing could not wait for."""
    text = data.decode(errors="replace")
    try:
        blob = read_block(_WORD, text)
    except ConfigurationError:
        return
    assert read_block(_WORD, write_block(_WORD, blob)) == blob
    for hardness in (blob[4:7], bytes((QUICK.log_n, 1, 1))):
        if len(hardness) == 3 and hardness[0] <= QUICK.log_n:
            _read(write_block(_WORD, blob[:4] + hardness + blob[7:]))


def _read(text: str) -> None:
    with suppress(ConfigurationError, KeyUnavailableError):
        exported = read_identity_file(text, PASSWORD)
        assert read_exported(write_exported(exported)) == exported


def _check_exported(data: bytes) -> None:
    """Read any document behind the right password."""
    with suppress(SetMailAsideError, KeyUnavailableError):
        exported = read_exported(data)
        assert read_exported(write_exported(exported)) == exported
    start, key = _start()
    _read(write_block(_WORD, start + ChaCha20Poly1305(key).encrypt(start[-12:], pack(data), start)))


@functools.cache
def _start() -> tuple[bytes, bytes]:
    """Give what stands before the sealed part of a file, and the key made of the password."""
    start = b"OSI1" + bytes((QUICK.log_n, QUICK.r, QUICK.p)) + bytes(16) + bytes(12)
    return start, identity_file._key(PASSWORD, bytes(16), QUICK)


def _check_device(data: bytes) -> None:
    """Read what people carry to a second device and back, and any document in a well-sealed answer."""
    text = data.decode(errors="replace")
    with suppress(ConfigurationError):
        code = read_device_code(text)
        assert read_device_code(write_device_code(code)) == code
        assert harmless(code.name)
    with suppress(ConfigurationError):
        read_device_answer(text, TESTER)
    answer = write_block("DEVICE", seal(data, PAT, [TESTER.public], counting()))
    with suppress(ConfigurationError):
        assert read_device_answer(answer, TESTER).signer == PAT.public


def _device_seeds() -> Iterator[bytes]:
    device = DeviceCode(TESTER.public, "laptop")
    yield write_device_code(device).encode()
    vouched = vouch(PAT, TESTER.public, EXPORTED.subscriptions[0].subscription)
    answer = DeviceAnswer(PAT.public, "Pat", "pat@example.org", (vouched,))
    text = write_device_answer(answer, PAT, TESTER.public, counting())
    yield text.encode()
    yield inflate(open_envelope(read_block("DEVICE", text), TESTER).body)


def _seeds() -> Iterator[bytes]:
    written = write_identity_file(EXPORTED, PASSWORD, counting(), QUICK)
    yield written.encode()
    yield written.replace("\n", "\r\n> ").encode()


TARGETS = (
    Target("device", _check_device, _device_seeds, _WORDS, mutate_json((*_NAMES, "by")), largest=1 << 14),
    Target("identity", _check_file, _seeds, _WORDS, largest=1 << 14),
    Target(
        "exported", _check_exported, lambda: iter((write_exported(EXPORTED),)), (), mutate_json(_NAMES), largest=1 << 14
    ),
)
