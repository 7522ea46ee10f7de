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
    """Whether a share still sends; PASSIVE means that another computer of its owner writes it now (protocol 5.2)."""

    OPEN = "open"
    STOPPED = "stopped"
    PASSIVE = "passive"


class Delivery(enum.StrEnum):
    """How the mails of a share reach its subscribers."""

    DIRECT = "direct"
    LIST = "list"


class Carrier(enum.StrEnum):
    """How a mail carries its message: as a file, as a text file, or at the end of the text (protocol 4.4)."""

    ATTACH = "attach"
    TEXT = "text"
    INLINE = "inline"


class Approval(enum.StrEnum):
    """What makes somebody a subscriber: the token of an invitation, the owner's word, or nothing but the wish."""

    TOKEN = "token"
    ASK = "ask"
    OPEN = "open"


COMPARE_AGAIN = "compare the safety codes again"
"""What the note of a peer says whose compared key was replaced by a new one."""


class Trust(enum.StrEnum):
    """How sure we are of a peer's key: it came by mail, or its safety code was compared (protocol 3)."""

    TOFU = "tofu"
    VERIFIED = "verified"


@dataclass(frozen=True, slots=True)
class Share:
    """What an owner offers: one category of one calendar at a privacy level, with its place in the protocol (5.2).

    `key` is the secret from which event keys are made. `head` is the last revision given, `sent` the last one broadcast,
    `collected` the one below which only a snapshot answers. `unread` means that its whole calendar has to be read again.
    `creator_key` is the owner's public key when the share was made; `verified_only` lets subscribers wait until their
    safety codes were compared; `broadcast_at` is when the last broadcast was made. `note` says why it is passive.
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
    creator_key: bytes
    approval: Approval = Approval.TOKEN
    delivery: Delivery = Delivery.DIRECT
    list_address: str = ""
    encrypted: bool = True
    verified_only: bool = False
    carrier: Carrier = Carrier.ATTACH
    broadcast_at: int = 0
    note: str = ""


class SubscriberState(enum.StrEnum):
    """Where a subscriber stands with the owner (protocol 7.1). Nobody's state is written as no subscriber at all.

    PENDING waits for the owner's word, SUSPENDED gets nothing because mails came back, PLAIN reads mail without OSync.
    """

    INVITED = "invited"
    PENDING = "pending"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    LEFT = "left"
    REVOKED = "revoked"
    PLAIN = "plain"


NOTHING_OWED = -1
PING_AFTER = 180 * 86400
"""After how many seconds without a word of a subscriber the owner asks whether they are still there (protocol 6.2)."""
MOST_PINGS = 3
"""A subscriber who answered none of so many is called silent."""
LARGEST_MESSAGE = 2_000_000
"""A blob larger than this is cut before it is sent; Exchange and Graph take no larger mails (protocol 10)."""


@dataclass(frozen=True, slots=True)
class Subscriber:
    """One key of one person whom a share is offered to. `public_key` is empty for people who have not accepted it.

    `counter` is the highest counter of a message of theirs; `wants_snapshot` that the next sync owes them the whole
    share, `wants_after` the revision after which it owes them an update (NOTHING_OWED: none). What they confirmed to
    have is (`confirmed_epoch`, `confirmed_revision`), said at `confirmed_at`. `answers` were given on the day
    `answered_on`; `snapshot_at` is when the last snapshot was made for them, `ended_at` when they were last told that
    they get nothing. `bounces` hard ones came back, the last one at `bounced_at`; `note` says for people what is wrong.
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
    wants_after: int = NOTHING_OWED
    device: str = ""
    trust: Trust = Trust.TOFU
    max_bytes: int = LARGEST_MESSAGE
    confirmed_epoch: int = 0
    confirmed_revision: int = 0
    confirmed_at: int = 0
    snapshot_at: int = 0
    answers: int = 0
    answered_on: str = ""
    ended_at: int = 0
    bounces: int = 0
    bounced_at: int = 0
    note: str = ""
    pinged_at: int = 0
    pings: int = 0
    plain: bool = False
    told: bool = False


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
    sent_at: int = 0
    creator_key: bytes = b""
    delivery: Delivery = Delivery.DIRECT
    list_address: str = ""
    approval: Approval = Approval.TOKEN
    trust: Trust = Trust.TOFU


class SubscriptionState(enum.StrEnum):
    """Where we stand with an owner (protocol 7.2). A gap is no state of its own: it follows from what is covered."""

    JOINING = "joining"
    ACTIVE = "active"
    HELD = "held"
    ENDED = "ended"
    LEFT = "left"
    BLOCKED = "blocked"


LISTENING = (SubscriptionState.JOINING, SubscriptionState.ACTIVE, SubscriptionState.HELD)
"""Where we stand with owners whose changes we want to see."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """A share that we accepted, and the calendar it is written to.

    `owner_key` is the pinned key, `creator_key` the one that made the share, from which the UIDs of copies are derived.
    `sender` stands in brackets before each title. `expected` is the number of events that the user agreed to at first.
    `nonce` and `token` are those of the invitation, so that a lost acceptance can be repeated. `ask_at` is when the owner
    is asked again for what is missing (0: nothing is missing), `asked_at` when he last was, `asks` how often since
    something is missing. `pinged` means that a ping waits for an answer, `answered_at` is when we last answered one,
    `left_at` (ms) when we left. `strangers` counts messages for this share that another key signed.
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
    creator_key: bytes
    nonce: bytes = b""
    token: bytes = b""
    level: PrivacyLevel = PrivacyLevel.FULL
    trust: Trust = Trust.TOFU
    ask_at: int = 0
    asked_at: int = 0
    asks: int = 0
    answered_at: int = 0
    left_at: int = 0
    strangers: int = 0
    note: str = ""
    pinged: bool = False


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
    `managed` is the fingerprint of what OSync manages in it, `transparency` the TRANSP value we wrote. `settled` is the
    fingerprint of the owner's text that was last decided upon, written or not.
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
    settled: str = ""

    @property
    def is_lost(self) -> bool:
        """Tell whether it lies in the place where its calendar was before; it may have been carried along to the new one."""
        return not self.handle and bool(self.managed) and not self.hidden


class ChangeAction(enum.StrEnum):
    """What happens to an event; NOT_WRITTEN stands only in the log, for a revision that the user does not want."""

    NEW = "new"
    CHANGED = "changed"
    DELETED = "deleted"
    NOT_WRITTEN = "not written"


class ChangeReason(enum.StrEnum):
    """The decision that a change of a calendar followed from; its words are for people."""

    REVISION = "new revision"
    TOMBSTONE = "deleted by its owner"
    SNAPSHOT = "not in its owner's list any more"
    ADOPTED = "new revision, a copy that was there was taken over"
    LEFT = "you left the share"
    RESTORED = "restored by you"
    DETACHED = "detached by you"
    HIDDEN = "hidden, because you deleted it"
    UNDONE = "undone by you"
    UNKNOWN = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one calendar of ours, with what was there before, so that it can be undone.

    `before` is the whole event as iCalendar text, empty for a new one; `mail` is 0 if no mail brought it. `reason` tells
    the decision, `allowed` that it was held before and the user let it pass; `signer` is the key id of who signed the mail.
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
    reason: ChangeReason = ChangeReason.UNKNOWN
    allowed: bool = False
    signer: str = ""
