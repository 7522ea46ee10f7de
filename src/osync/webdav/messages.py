"""What OSync asks a server and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

LOST = 0
"""The status of an answer that never came: nobody knows whether the server did what was asked."""

_HARMLESS_TWICE = frozenset(("GET", "HEAD", "OPTIONS", "PROPFIND", "REPORT"))


@dataclass(frozen=True, slots=True)
class Request:
    """One request; `path` is absolute and encoded."""

    method: str
    path: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_harmless_twice(self) -> bool:
        """Tell whether nothing changes when it is asked again."""
        return self.method in _HARMLESS_TWICE


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; names of headers in small letters. `path` is where it came from, after redirections."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    path: str

    @property
    def is_good(self) -> bool:
        """Tell whether the server did what was asked."""
        return 200 <= self.status < 300

    @property
    def version(self) -> str:
        """The ETag of what lies there (RFC 9110, 8.8.3), without quotes and weakness; "" if it is not told."""
        return plain_version(self.headers.get("etag", ""))

    @property
    def date(self) -> int:
        """When the server answered, by its own clock, in seconds since 1970; 0 if it does not say."""
        return seconds_of(self.headers.get("date", ""))


def seconds_of(date: str) -> int:
    """Read a date of HTTP (RFC 9110, 5.6.7) as seconds since 1970, 0 for what is none."""
    try:
        return int(parsedate_to_datetime(date).timestamp()) if date else 0
    except (ValueError, TypeError, OverflowError, IndexError):
        return 0


def plain_version(tag: str) -> str:
    """Give what an ETag says, without quotes and weakness; "" if it is none that can be stored."""
    inner = tag.strip().removeprefix("W/").strip('"')
    return inner if inner.isascii() and inner.isprintable() and '"' not in inner else ""
