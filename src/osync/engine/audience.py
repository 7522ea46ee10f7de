"""To whom one message goes: addresses and keys, in groups that a message and a mail can carry (protocol 6.5, 10)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from osync.message.identity import public_identity
from osync.message.seal import MAX_RECIPIENTS
from osync.model import Delivery, PublicIdentity, Share, Subscriber


@dataclass(frozen=True, slots=True)
class Audience:
    """One group: the addresses that get the mail, the keys it is encrypted to (None: only signed), and its largest size."""

    addresses: tuple[str, ...]
    keys: tuple[PublicIdentity, ...] | None
    max_bytes: int


def audiences(share: Share, subscribers: Sequence[Subscriber], *, together: bool) -> Iterator[Audience]:
    """Give the groups for `subscribers`; `together` means that a mailing list may carry it to all of them at once.

    Somebody with several devices gets one mail that all of them can open.
    """
    for limit in sorted({each.max_bytes for each in subscribers}):
        alike = sorted((each for each in subscribers if each.max_bytes == limit), key=lambda each: each.address)
        for group in _groups(alike):
            keys = tuple(public_identity(each.public_key) for each in group) if share.encrypted else None
            by_list = together and share.delivery is Delivery.LIST
            addresses = [share.list_address] if by_list else sorted({each.address for each in group})
            yield Audience(tuple(addresses), keys, limit)


def _groups(subscribers: Sequence[Subscriber]) -> Iterator[Sequence[Subscriber]]:
    """Cut into groups of as many keys as an envelope holds."""
    for start in range(0, len(subscribers), MAX_RECIPIENTS):
        yield subscribers[start : start + MAX_RECIPIENTS]
