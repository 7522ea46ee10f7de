"""Fixed keys and one message of each kind, from which tests and the published test vectors are made."""

import hashlib
from collections.abc import Callable
from datetime import date

from osync.ical.zones import ZoneText
from osync.message.identity import (
    Identity,
    derived_uid,
    event_key,
    share_id,
    token_mac,
)
from osync.message.manifest import (
    Accept,
    Announcement,
    Common,
    End,
    EndReason,
    EventRevision,
    Invite,
    Leave,
    Message,
    Ping,
    Rekey,
    Request,
    RequestReason,
    Snapshot,
    Status,
    Update,
    announcement_bytes,
    rekey_bytes,
    share_digest,
)
from osync.model import PrivacyLevel


def identity(number: int) -> Identity:
    """Give an identity whose 64 private bytes count up from `number`."""
    return Identity.from_bytes(bytes((number + step) % 256 for step in range(64)))


def counting(start: int = 0) -> Callable[[int], bytes]:
    """Give randomness that counts, for results that can be told in advance."""
    position = start

    def random_bytes(count: int) -> bytes:
        nonlocal position
        position += count
        return bytes((position - count + step) % 256 for step in range(count))

    return random_bytes


PAT = identity(0)
TESTER = identity(64)
STRANGER = identity(128)

NONCE = bytes(range(16))
TOKEN = bytes(range(16, 32))
SHARE_KEY = bytes(range(32, 64))
SHARE = share_id(PAT.public, NONCE)
SOURCE_UID = "040000008200E00074C5B7101A82E008@pat.example.org"
KEY = event_key(SHARE_KEY, SOURCE_UID)
LATER_KEY = event_key(SHARE_KEY, SOURCE_UID, "20260810T070000Z")
WRITER = "51c0ffee51c0ffee"
EPOCH = 1_784_000_000
SENT_AT = 1_784_700_000_123

TEXT = f"""BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//OSync//share 1//EN
BEGIN:VEVENT
UID:{derived_uid(PAT.public, SHARE, KEY)}
DTSTAMP:19700101T000000Z
DTSTART;TZID=Europe/Berlin:20260803T090000
DTEND;TZID=Europe/Berlin:20260803T100000
SUMMARY:Choir\\, first rehearsal
END:VEVENT
END:VCALENDAR
"""
TEXT_HASH = hashlib.sha256(TEXT.encode()).hexdigest()


def common(number: int, *, to: Identity | None = None, counter: int | None = None) -> Common:
    """Give the common fields of message `number`."""
    key_id = to.public.key_id if to else None
    return Common(f"{number:032x}", SENT_AT + number, SHARE, key_id, counter, None, "OSync 0.1")


def announcement(head: int, digest: str) -> Announcement:
    """Give what pat announces about the share."""
    content = announcement_bytes(SHARE, EPOCH, head, digest, WRITER)
    return Announcement(EPOCH, head, digest, WRITER, PAT.sign(content))


DIGEST = share_digest([(KEY, TEXT_HASH)])
ANNOUNCEMENT = announcement(43, DIGEST)
EVENTS = (
    EventRevision(KEY, 42, 3, 1_784_699_000, date(2026, 8, 3), TEXT),
    EventRevision(LATER_KEY, 43),
)
ZONE = ZoneText("X-OSYNC-0123456789abcdef", "BEGIN:VTIMEZONE\nTZID:X-OSYNC-0123456789abcdef\nEND:VTIMEZONE\n")

UPDATE = Update(common(1), ANNOUNCEMENT, date(2026, 4, 1), 1, 41, 43, EVENTS, (ZONE,))
SNAPSHOT = Snapshot(common(2, to=TESTER), ANNOUNCEMENT, date(2026, 4, 1), 1, 43, 0, 1024, EVENTS[:1])
INVITE = Invite(
    common=common(3),
    share_name="team",
    owner_name="Pat Ünlü",
    owner_address="pat@example.org",
    share_nonce=NONCE,
    level=PrivacyLevel.FULL,
    encrypted=True,
    token=TOKEN,
    until=1_785_900_000,
    count=118,
)
ACCEPT = Accept(
    common=common(4, to=PAT, counter=SENT_AT),
    share_nonce=NONCE,
    token_mac=token_mac(TOKEN, TESTER.public, SHARE),
    name="Tester",
    address="tester@example.org",
    device="laptop",
)
LEAVE = Leave(common(5, to=PAT, counter=SENT_AT + 1))
END = End(common(6, to=TESTER), EPOCH, 43, EndReason.REVOKED)
REQUEST = Request(common(7, to=PAT, counter=SENT_AT + 2), EPOCH, 41, False, (ANNOUNCEMENT,), RequestReason.GAP)
REKEY = Rekey(
    common(8),
    STRANGER.public.public_key,
    STRANGER.sign(rekey_bytes(PAT.public.public_key, STRANGER.public.public_key, SHARE)),
)
PING = Ping(common(9, to=TESTER))
STATUS = Status(common(10, to=PAT, counter=SENT_AT + 3), EPOCH, 43, (ANNOUNCEMENT,))

MESSAGES: tuple[Message, ...] = (UPDATE, SNAPSHOT, INVITE, ACCEPT, LEAVE, END, REQUEST, REKEY, PING, STATUS)
