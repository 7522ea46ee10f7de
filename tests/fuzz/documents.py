"""The JSON documents of every kind: what is read is written again as the same message, or refused by name."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime

from fuzz.mutations import mutate_json
from fuzz.target import Target, harmless
from message.samples import MESSAGES, PAT

from osync.errors import MessageDamagedError, MessageTooLargeError, MessageTooNewError
from osync.message.described import describe
from osync.message.documents import decode, encode

_NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
NAMES = (
    *(
        "v",
        "min",
        "m",
        "id",
        "ts",
        "s",
        "to",
        "n",
        "re",
        "app",
        "crit",
        "x",
        "name",
        "by",
        "addr",
        "sn",
        "level",
        "enc",
    ),
    *("mode", "list", "token", "approve", "until", "count", "keys", "tm", "dev", "caps", "max", "byk", "e", "a", "b"),
    *("head", "floor", "dig", "cnt", "wr", "asig", "items", "tz", "at", "lo", "hi", "w", "bad", "ann", "why", "all"),
    *("what", "keep", "new", "sig", "osig", "k", "r", "t", "z", "i", "p", "o"),
)
WORDS = (
    *(f'"{name}":'.encode() for name in NAMES),
    *(b"null", b"true", b"[]", b"{}", b"1e9", b"0.5", b"NaN", b"9007199254740991", b'"\\ud800"', b"\\u0000", b"[" * 9),
)


def _check(data: bytes) -> None:
    with suppress(MessageDamagedError, MessageTooLargeError, MessageTooNewError):
        message = decode(data)
        assert decode(encode(message)) == message
        described = describe(message, PAT.public, _NOW)
        assert all(harmless(line) for line in described.split("\n"))


def _seeds() -> Iterator[bytes]:
    yield from map(encode, MESSAGES)


TARGETS = (Target("document", _check, _seeds, WORDS, mutate_json(NAMES), largest=1 << 15),)
