"""Radicale reads its whole calendar to say whether anything changed: a second for 10,000 events, for tokens and CTags alike.

RFC 6578 makes no promise of speed. Its Last-Modified of a collection is cheap, and is the youngest time of the folder and
all files in it (`last_modified` in radicale/storage/multifilesystem), so it tells the same, if it was older than a moment
when it was seen: then each later change bears a later second. RFC 4918 leaves open what Last-Modified says of a
collection, so no other server is asked in this way, and Radicale only for an hour.
"""

from dataclasses import dataclass

from osync.webdav.messages import seconds_of

_TOKENS = "http://radicale.org/ns/sync/"
# Its clock and that of its disk count in seconds or two, and need not agree to the last of them.
_OLD_ENOUGH = 3
_TRUSTED_FOR = 3600


@dataclass(frozen=True, slots=True)
class LastModified:
    """What a collection said of its last change, as it said it, and when that was by the server's clock."""

    modified: str = ""
    date: int = 0

    @property
    def is_settled(self) -> bool:
        """Tell whether every later change will show."""
        return 0 < seconds_of(self.modified) <= self.date - _OLD_ENOUGH


def is_radicale(token: str) -> bool:
    """Tell by a token whether the server is Radicale."""
    return token.startswith(_TOKENS)


def shows_no_change(before: LastModified, now: LastModified) -> bool:
    """Tell whether nothing changed since `before`, which was seen before a token or a list was asked for."""
    return before.is_settled and now.modified == before.modified and 0 <= now.date - before.date <= _TRUSTED_FOR
