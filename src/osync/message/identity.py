"""Who signs: the keys of an installation, and every name that is derived from keys (protocol 3).

`cryptography` is imported only where a key is used: it takes longer to load than a run without news takes in all.
"""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from osync.errors import KeyUnavailableError, MessageDamagedError
from osync.model import PublicIdentity

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

_HALF = 32
_WHOLE = 64
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = tuple(first + second for first in _LETTERS for second in _LETTERS)
_CODE_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_BITS = 100


@dataclass(frozen=True, slots=True)
class Identity:
    """The private keys of an installation and their public half. Showing it never shows the private keys.

    `former` are earlier ones of the same installation, which open what was encrypted to them and sign nothing.
    """

    public: PublicIdentity
    _private: bytes = field(repr=False)
    former: tuple["Identity", ...] = ()

    @classmethod
    def from_bytes(cls, private: bytes) -> "Identity":
        """Read what `to_bytes` gave: the Ed25519 key (32 bytes), then the X25519 key (32 bytes).

        KeyUnavailableError if it is anything else.
        """
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

        if len(private) != _WHOLE:
            raise KeyUnavailableError(
                "The private key of this installation is damaged.",
                unharmed="Nothing was sent or changed.",
                advice="Restore it from a backup; a new key needs new invitations.",
            )
        signing = Ed25519PrivateKey.from_private_bytes(private[:_HALF]).public_key()
        agreeing = X25519PrivateKey.from_private_bytes(private[_HALF:]).public_key()
        return cls(public_identity(signing.public_bytes_raw() + agreeing.public_bytes_raw()), private)

    def to_bytes(self) -> bytes:
        """Give the 64 private bytes, to be kept where only the user can read them."""
        return self._private

    def sign(self, content: bytes) -> bytes:
        """Give the Ed25519 signature (64 bytes); the same content always gives the same one."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Ed25519PrivateKey.from_private_bytes(self._private[:_HALF]).sign(content)

    def decryption_key(self) -> "X25519PrivateKey":
        """Give the key that opens what was encrypted to us."""
        from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

        return X25519PrivateKey.from_private_bytes(self._private[_HALF:])


def identities_from(secret: bytes) -> tuple[Identity, ...]:
    """Read the keys of a key store: one after the other. KeyUnavailableError if they are damaged."""
    parts = [secret[start : start + _WHOLE] for start in range(0, max(1, len(secret)), _WHOLE)]
    return tuple(map(Identity.from_bytes, parts))


def new_identity(random_bytes: Callable[[int], bytes]) -> Identity:
    """Make the keys of a new installation."""
    return Identity.from_bytes(random_bytes(_WHOLE))


def public_identity(public_key: bytes) -> PublicIdentity:
    """Give the identity with this public key; MessageDamagedError if it has not 64 bytes."""
    if len(public_key) != _WHOLE:
        raise MessageDamagedError("The message names a key that is no key of OSync.")
    return PublicIdentity(public_key, hashlib.sha256(b"osync-id-1\0" + public_key).hexdigest()[:32])


def is_signed_by(signer: PublicIdentity, signature: bytes, content: bytes) -> bool:
    """Tell whether `signature` is the one of `signer` over `content`."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(signer.public_key[:_HALF]).verify(signature, content)
    except (InvalidSignature, ValueError):
        return False
    return True


def encryption_key(recipient: PublicIdentity) -> "X25519PublicKey":
    """Give the key to encrypt to; MessageDamagedError for one of the few keys with which everybody could read along."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

    key = X25519PublicKey.from_public_bytes(recipient.public_key[_HALF:])
    try:
        X25519PrivateKey.from_private_bytes(bytes(_HALF)).exchange(key)
    except ValueError as error:
        raise MessageDamagedError("The message names a key to which nobody can encrypt.") from error
    return key


def safety_code(public: PublicIdentity) -> str:
    """Give the code by which two people compare a key by voice: `XXXX-XXXX-XXXX-XXXX-XXXX`, 100 bits, Crockford base32."""
    digest = hashlib.sha256(b"osync-code-1\0" + public.public_key).digest()
    number = int.from_bytes(digest, "big") >> (len(digest) * 8 - _CODE_BITS)
    letters = "".join(_CODE_LETTERS[number >> shift & 31] for shift in range(_CODE_BITS - 5, -1, -5))
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def same_code(code: str, other: str) -> bool:
    """Tell whether two safety codes are the same, however people write them: case, blanks, O for 0, I and L for 1."""
    return _written(code) == _written(other)


def _written(code: str) -> str:
    letters = "".join(letter for letter in code.upper() if letter.isascii() and letter.isalnum())
    return letters.replace("O", "0").replace("I", "1").replace("L", "1")


def share_id(owner: PublicIdentity, nonce: bytes) -> str:
    """Give the id of a share (26 characters); only the holder of the owner's key can have invited to it."""
    return _base32(hashlib.sha256(b"osync-share-1\0" + owner.public_key + nonce).digest()[:16])


def event_key(share_key: bytes, source_uid: str, part: str = "") -> str:
    """Give the key (26 characters) under which an event travels; without `share_key` it tells nothing of the UID.

    `part` tells the two apart when one event leaves as several; a UID holds no NUL.
    """
    named = f"{source_uid}\0{part}" if part else source_uid
    return _base32(hmac.digest(share_key, named.encode("utf-8", "surrogatepass"), "sha256")[:16])


def derived_uid(owner: PublicIdentity, share: str, key: str) -> str:
    """Give the UID (38 characters of `[a-z2-7-]`) that a copy has on every device of every subscriber.

    `owner` is the key that created the share. The UID also serves as file name.
    """
    content = b"osync-uid-1\0" + owner.public_key + share.encode() + key.encode()
    return "osync-" + _base32(hashlib.sha256(content).digest()[:20])


def token_mac(token: bytes, subscriber: PublicIdentity, share: str) -> str:
    """Give the proof (32 hex digits) that `subscriber` holds the token of an invitation, without showing the token."""
    return hmac.digest(token, subscriber.public_key + share.encode(), "sha256")[:16].hex()


def _base32(raw: bytes) -> str:
    """Write in lower-case base32 without padding, three times as fast as the standard library (10,000 keys a run)."""
    pairs = -(-len(raw) * 8 // 10)
    number = int.from_bytes(raw, "big") << (pairs * 10 - len(raw) * 8)
    return "".join([_PAIRS[number >> shift & 1023] for shift in range(pairs * 10 - 10, -1, -10)])
