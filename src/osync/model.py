"""The words of OSync as frozen values; imports nothing of OSync.

Times are whole seconds since 1970 UTC unless a name says otherwise; days are ISO dates; "" stands for "none".
"""

import enum
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class World:
    """What a decision may not ask for itself: the clock (UTC) and randomness (`random_bytes(n)` gives n bytes)."""

    now: Callable[[], datetime]
    random_bytes: Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class PublicIdentity:
    """The public half of an installation's identity.

    `public_key` is the Ed25519 key (32 bytes) followed by the X25519 key (32 bytes); `key_id` the 32 hex digits of
    protocol 3.
    """

    public_key: bytes
    key_id: str


class PrivacyLevel(enum.StrEnum):
    """How much of an event leaves the owner (protocol 8.1)."""

    FULL = "full"
    TITLES = "titles"
    BUSY = "busy"


class ShareState(enum.StrEnum):
    """Whether a share still sends."""

    OPEN = "open"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Share:
    """What an owner offers: one category of one calendar at a privacy level, with its place in the protocol (5.2).

    `key` is the secret from which event keys are made. `head` is the last revision given, `sent` the last one broadcast,
    `collected` the one below which only a snapshot answers. `unread` means that its whole calendar has to be read again.
    """

    share_id: str
    name: str
    calendar: str
    category: str
    level: PrivacyLevel
    notes: bool
    state: ShareState
    nonce: bytes
    key: bytes
    writer: str
    epoch: int
    head: int
    sent: int
    collected: int
    floor: date
    unread: bool


class SubscriberState(enum.StrEnum):
    """Where a subscriber stands with the owner (protocol 7.1)."""

    INVITED = "invited"
    ACTIVE = "active"
    LEFT = "left"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Subscriber:
    """One person a share is offered to. `public_key` is empty until the invitation was accepted.

    `counter` is the highest counter of a message of theirs; `wants_snapshot` that the next sync owes them the whole share.
    """

    share_id: str
    address: str
    name: str
    public_key: bytes
    state: SubscriberState
    token: bytes
    token_until: int
    counter: int = 0
    wants_snapshot: bool = False


@dataclass(frozen=True, slots=True)
class PublishedEvent:
    """What the subscribers were last told about one event; `live` False is a tombstone. `text` is not held here.

    `first` is the ISO date or date-time of its start, for people; `last_day` "" means endless.
    """

    event_key: str
    source_uid: str
    part: str
    revision: int
    count: int
    live: bool
    fingerprint: str
    title: str
    first: str
    last_day: str
    changed_at: int


@dataclass(frozen=True, slots=True)
class Invitation:
    """A share that somebody offers us and that we have not answered."""

    share_id: str
    share_name: str
    owner_key: bytes
    owner_name: str
    owner_address: str
    nonce: bytes
    level: PrivacyLevel
    encrypted: bool
    token: bytes
    until: int
    count: int
    received_at: int
    warning: str


class SubscriptionState(enum.StrEnum):
    """Where we stand with an owner (protocol 7.2). A gap is no state of its own: it follows from what is covered."""

    JOINING = "joining"
    ACTIVE = "active"
    HELD = "held"
    ENDED = "ended"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Subscription:
    """A share that we accepted, and the calendar it is written to.

    `sender` stands in brackets before each title. `expected` is the number of events that the user agreed to at first.
    `approved` means that the user has allowed the changes that were held.
    """

    share_id: str
    share_name: str
    owner_key: bytes
    owner_name: str
    owner_address: str
    sender: str
    calendar: str
    state: SubscriptionState
    encrypted: bool
    expected: int
    held_because: str


@dataclass(frozen=True, slots=True)
class FollowedEvent:
    """The newest version of one event that an owner told us; `live` False is a tombstone. `text` is not held here."""

    event_key: str
    epoch: int
    revision: int
    count: int
    changed_at: int
    live: bool
    fingerprint: str
    last_day: str


@dataclass(frozen=True, slots=True)
class WrittenEvent:
    """A copy that we wrote: where, and what it was then.

    `version` "" means that it was about to be written when a run ended. `hidden` means that the user does not want it.
    `managed` is the fingerprint of what OSync manages in it, `transparency` the TRANSP value we wrote.
    """

    share_id: str
    event_key: str
    calendar: str
    handle: str
    version: str = ""
    epoch: int = 0
    revision: int = 0
    managed: str = ""
    transparency: str = ""
    hidden: bool = False


class ChangeAction(enum.StrEnum):
    """What happens to an event."""

    NEW = "new"
    CHANGED = "changed"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one calendar of ours, with what was there before, so that it can be undone.

    `before` is the whole event as iCalendar text, empty for a new one; `mail` is 0 if no mail brought it.
    """

    number: int
    run: int
    mail: int
    share_id: str
    event_key: str
    calendar: str
    handle: str
    action: ChangeAction
    title: str
    first: str
    before: bytes
    after: str
    at: int
    undone: bool
