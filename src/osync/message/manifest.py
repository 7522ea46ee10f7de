"""What OSync's messages say: each kind as a value, and what is computed from them (protocol 5.3, 6).

`documents` writes these values as bytes and reads them. Times are whole seconds since 1970 UTC unless a name says otherwise.
"""

import enum
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from osync.model import LARGEST_MESSAGE, Approval, Delivery, PrivacyLevel

if TYPE_CHECKING:
    from osync.ical.zones import ZoneText

BUCKETS = 1024
MAX_EVENTS = 2_000
MAX_EVENT_BYTES = 64 * 1024
MAX_ZONES = 20
MAX_ZONE_BYTES = 8 * 1024
MAX_CHAIN = 3
MAX_OCCURRENCES = 8
MAX_ANNOUNCEMENTS = 16
MAX_SUCCESSIONS = 8
MAX_NAME_CHARACTERS = 60
MAX_DEVICE_CHARACTERS = 40
MAX_APP_CHARACTERS = 40

_LETTERS = {letter: number for number, letter in enumerate("abcdefghijklmnopqrstuvwxyz234567")}


@dataclass(frozen=True, slots=True)
class Common:
    """What every message says (protocol 6.1).

    `message_id` is 32 random hex digits, `sent_at` the sender's clock in ms, strictly rising. `to` is the key id of the
    only recipient it is meant for, `answers` the id of the message it answers. `counter` rises with every message of a
    subscriber to an owner, so that an old one cannot be played again; accept, leave, request and status need it.
    """

    message_id: str
    sent_at: int
    share: str
    to: str | None = None
    counter: int | None = None
    answers: str | None = None
    app: str = ""


@dataclass(frozen=True, slots=True)
class EventRevision:
    """One version of one event: canonical `text`, or None if it is deleted (a tombstone needs only key and revision).

    `count` says how many versions there were, `last_day` when it ends (None: never), `chain` the shares it came through.
    `occurrences` are the starts of some of its next occurrences in seconds since 1970, in order, for the tripwire.
    """

    key: str
    revision: int
    count: int = 0
    changed_at: int = 0
    last_day: date | None = None
    text: str | None = None
    chain: tuple[str, ...] = ()
    occurrences: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Announcement:
    """An owner's signed word about a whole share: at `head` of `epoch` it had this digest (32 hex digits).

    `writer` is the random id of the owner's installation, `signature` the one over `announcement_bytes`.
    """

    epoch: int
    head: int
    digest: str
    writer: str
    signature: bytes


@dataclass(frozen=True, slots=True)
class Update:
    """All events whose revision lies above `after` and up to `through`, in their latest state."""

    common: Common
    announcement: Announcement
    floor: date
    live_count: int
    after: int
    through: int
    events: tuple[EventRevision, ...]
    zones: tuple["ZoneText", ...] = ()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All live events of the buckets from `first_bucket` up to but without `end_bucket`, as of revision `at`."""

    common: Common
    announcement: Announcement
    floor: date
    live_count: int
    at: int
    first_bucket: int
    end_bucket: int
    events: tuple[EventRevision, ...]
    zones: tuple["ZoneText", ...] = ()


@dataclass(frozen=True, slots=True)
class Succession:
    """One planned change of an owner's key, signed by both keys over `rekey_bytes`."""

    old_key: bytes
    old_signature: bytes
    new_signature: bytes


@dataclass(frozen=True, slots=True)
class Invite:
    """An owner offers a share. `until` is when the token ends, `count` how many events it has now.

    `successions` lead from the key that made the share to the one that signs, oldest first.
    """

    common: Common
    share_name: str
    owner_name: str
    owner_address: str
    share_nonce: bytes
    level: PrivacyLevel
    encrypted: bool
    token: bytes | None
    until: int | None
    count: int
    mode: Delivery = Delivery.DIRECT
    list_address: str = ""
    approval: Approval = Approval.TOKEN
    successions: tuple[Succession, ...] = ()


@dataclass(frozen=True, slots=True)
class Accept:
    """Somebody accepts a share. `max_bytes` is the largest blob that their mailbox takes.

    `voucher` is the signature over `voucher_bytes` by another device of theirs, `voucher_key` its public key.
    """

    common: Common
    share_nonce: bytes
    token_mac: str | None
    name: str
    address: str
    device: str = ""
    max_bytes: int = LARGEST_MESSAGE
    voucher: bytes = b""
    voucher_key: bytes = b""


@dataclass(frozen=True, slots=True)
class Leave:
    """A subscriber leaves, with this device or with all."""

    common: Common
    all_devices: bool = False


class EndReason(enum.StrEnum):
    """Why a share ends: for this subscriber only, or for everybody."""

    REVOKED = "revoked"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class End:
    """The owner sends nothing more. `keep` is the wish that the copies stay; the subscriber decides."""

    common: Common
    epoch: int
    head: int
    what: EndReason
    keep: bool = True


class RequestReason(enum.StrEnum):
    """Why a subscriber asks (protocol 5.5)."""

    GAP = "gap"
    DIGEST = "digest"
    JOIN = "join"
    ORDER = "order"


@dataclass(frozen=True, slots=True)
class Request:
    """A subscriber has everything up to `covered` and asks for the rest, or for all if `damaged`."""

    common: Common
    epoch: int
    covered: int
    damaged: bool
    announcements: tuple[Announcement, ...]
    why: RequestReason


@dataclass(frozen=True, slots=True)
class Rekey:
    """The sender's key becomes `new_key`, whose `signature` over `rekey_bytes` shows that it agrees.

    `old_signature` is the old key's over the same bytes: with it, the change can be shown to others later.
    """

    common: Common
    new_key: bytes
    signature: bytes
    old_signature: bytes = b""


@dataclass(frozen=True, slots=True)
class Ping:
    """The owner asks whether a subscriber is still there."""

    common: Common


@dataclass(frozen=True, slots=True)
class Status:
    """The answer to a ping: how far the subscriber has come."""

    common: Common
    epoch: int
    covered: int
    announcements: tuple[Announcement, ...] = ()


Message = Update | Snapshot | Invite | Accept | Leave | End | Request | Rekey | Ping | Status


def kind_of(message: Message) -> str:
    """Give the name of a message's kind: `update`, `snapshot`, `invite` and so on."""
    return type(message).__name__.lower()


def bucket_of(key: str) -> int:
    """Give the bucket (0 to 1023) of an event key: its first 10 bits."""
    return _LETTERS[key[0]] << 5 | _LETTERS[key[1]]


def share_digest(texts: Iterable[tuple[str, str]]) -> str:
    """Give the digest (32 hex digits) of a share from event key and SHA-256 (hex) of the text of each live event.

    Their order does not matter.
    """
    digest = hashlib.sha256()
    for key, fingerprint in sorted(texts):
        digest.update(f"{key}{fingerprint}\n".encode())
    return digest.hexdigest()[:32]


def announcement_bytes(share: str, epoch: int, head: int, digest: str, writer: str) -> bytes:
    """Give what an owner signs with an announcement."""
    return b"osync-ann-1\0" + "\n".join((share, str(epoch), str(head), digest, writer)).encode()


def rekey_bytes(old_key: bytes, new_key: bytes, share: str) -> bytes:
    """Give what the new key signs when it takes over from the old one."""
    return b"osync-rekey-1\0" + old_key + new_key + share.encode()


def voucher_bytes(new_key: bytes, share: str) -> bytes:
    """Give what an active device of a subscriber signs for a second one."""
    return b"osync-device-1\0" + new_key + share.encode()
