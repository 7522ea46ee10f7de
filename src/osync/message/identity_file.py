"""The file that carries an identity to another computer, encrypted with a password (docs/format.md).

`OSI1`, then in clear how the key is made from the password (scrypt, RFC 7914), then ChaCha20-Poly1305 over the packed document.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from osync.errors import ConfigurationError, SetMailAsideError
from osync.message.exported import ExportedIdentity, read_exported, write_exported
from osync.message.seal import inflate, pack
from osync.message.text_block import read_block, write_block

LEAST_PASSWORD_CHARACTERS = 8

_WORD = "IDENTITY"
_FORMAT = b"OSI1"
_SALT_BYTES = 16
_NONCE_BYTES = 12
_START = len(_FORMAT) + 3
_SEALED_AT = _START + _SALT_BYTES + _NONCE_BYTES
_MOST_MEMORY = 256 << 20
_LEAST_LOG_N = 10


@dataclass(frozen=True, slots=True)
class Hardness:
    """What guessing one password costs: scrypt's N as a power of two, r and p; memory is 128 · N · r bytes."""

    log_n: int = 17
    r: int = 8
    p: int = 1


def write_identity_file(
    exported: ExportedIdentity, password: str, random_bytes: Callable[[int], bytes], hardness: Hardness = Hardness()
) -> str:
    """Write the text of the file. ConfigurationError for a password that is too short."""
    if len(password) < LEAST_PASSWORD_CHARACTERS:
        raise ConfigurationError(
            f"The password has less than {LEAST_PASSWORD_CHARACTERS} characters.",
            unharmed="Nothing was written.",
            advice="Whoever gets the file can guess for years: take several words.",
        )
    salt, nonce = random_bytes(_SALT_BYTES), random_bytes(_NONCE_BYTES)
    start = _FORMAT + bytes((hardness.log_n, hardness.r, hardness.p)) + salt + nonce
    key = _key(password, salt, hardness)
    return write_block(_WORD, start + ChaCha20Poly1305(key).encrypt(nonce, pack(write_exported(exported)), start))


def read_identity_file(text: str, password: str) -> ExportedIdentity:
    """Read the file. ConfigurationError tells a damaged file, a wrong password and a newer format from each other."""
    blob = read_block(_WORD, text)
    if blob[:3] != _FORMAT[:3] or len(blob) <= _SEALED_AT:
        raise ConfigurationError("The identity file holds something else.")
    if blob[: len(_FORMAT)] != _FORMAT:
        raise ConfigurationError("The identity file is of a newer OSync.", advice="Update OSync on this computer.")
    hardness = _checked(Hardness(*blob[len(_FORMAT) : _START]))
    start = blob[:_SEALED_AT]
    salt, nonce = start[_START : _START + _SALT_BYTES], start[_START + _SALT_BYTES :]
    try:
        packed = ChaCha20Poly1305(_key(password, salt, hardness)).decrypt(nonce, blob[_SEALED_AT:], start)
    except InvalidTag as error:
        # The checksum of the block was right, so it is not a matter of copying.
        raise ConfigurationError("The password is wrong.", unharmed="Nothing was changed.") from error
    try:
        return read_exported(inflate(packed))
    except SetMailAsideError as error:
        raise ConfigurationError(f"The identity file cannot be used: {error}") from error


def _checked(hardness: Hardness) -> Hardness:
    """Refuse what would take this computer's memory or time: the file may come from anybody."""
    within = hardness.log_n >= _LEAST_LOG_N and 1 <= hardness.r <= 16 and 1 <= hardness.p <= 4
    if not within or hardness.log_n > 24 or 128 * hardness.r << hardness.log_n > _MOST_MEMORY:
        raise ConfigurationError(
            "The identity file asks for more work than OSync does for a password.",
            unharmed="Nothing was changed.",
            advice="It was not made by OSync, or is damaged.",
        )
    return hardness


def _key(password: str, salt: bytes, hardness: Hardness) -> bytes:
    written = unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
    return Scrypt(salt, 32, n=1 << hardness.log_n, r=hardness.r, p=hardness.p).derive(written)
