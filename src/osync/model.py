"""The words of OSync as frozen values; imports nothing of OSync."""

import enum
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


class PrivacyLevel(enum.StrEnum):
    """How much of an event leaves the owner (protocol 8.1)."""

    FULL = "full"
    TITLES = "titles"
    BUSY = "busy"


@dataclass(frozen=True, slots=True)
class PublicIdentity:
    """The public half of an installation's identity.

    `public_key` is the Ed25519 key (32 bytes) followed by the X25519 key (32 bytes); `key_id` the 32 hex digits of protocol 3.
    """

    public_key: bytes
    key_id: str


@dataclass(frozen=True, slots=True)
class World:
    """What a decision may not ask for itself: the clock (UTC) and randomness (`random_bytes(n)` gives n bytes)."""

    now: Callable[[], datetime]
    random_bytes: Callable[[int], bytes]
