"""Which invitations wait for the user's word: anybody can send them, so the list is short and forgets; pure (protocol 10)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from osync.model import Invitation, Trust

AT_ONCE = 20
SHARES_OF_ONE_OWNER_A_DAY = 5
_DAY = 24 * 3600
KEPT_SECONDS = 30 * _DAY

_IMPOSTOR = "Another key offers a share under the same address: compare the safety code."


@dataclass(frozen=True, slots=True)
class Listing:
    """What becomes of the list: invitations to write, to forget, and the sentence why the new one is not on it, or ""."""

    written: tuple[Invitation, ...]
    dropped: tuple[Invitation, ...]
    refusal: str = ""


def still_waiting(invitations: Iterable[Invitation], now: int) -> list[Invitation]:
    """Give those that are not forgotten yet."""
    return [each for each in invitations if each.received_at + KEPT_SECONDS > now]


def list_invitation(new: Invitation, waiting: Sequence[Invitation], now: int) -> Listing:
    """Decide whether `new` comes on the list, and what leaves it.

    On one day an address is believed to be one key's: a second key is refused, and what the first one sent is marked. The
    same invitation again takes the place of the old one, but not of what was proven by a code.
    """
    kept = still_waiting(waiting, now)
    stale = tuple(each for each in waiting if each not in kept)
    others = [each for each in kept if not _is_same(each, new)]
    today = [each for each in others if _same_address(each, new) and each.received_at + _DAY > now]
    strangers = tuple(each for each in today if each.owner_key != new.owner_key)
    if strangers:
        marked = tuple(replace(each, warning=each.warning or _IMPOSTOR) for each in strangers)
        return Listing(marked, stale, "Another key offered a share under this address today.")
    if len(today) >= SHARES_OF_ONE_OWNER_A_DAY:
        return Listing((), stale, f"The same owner offered {len(today)} other shares today.")
    former = next((each for each in kept if _is_same(each, new)), None)
    if former and former.trust is Trust.VERIFIED:
        new = replace(new, trust=former.trust, warning=former.warning)
    return Listing((new,), (*stale, *others[: max(0, len(others) + 1 - AT_ONCE)]))


def _is_same(one: Invitation, other: Invitation) -> bool:
    return (one.share_id, one.owner_key) == (other.share_id, other.owner_key)


def _same_address(one: Invitation, other: Invitation) -> bool:
    return one.owner_address.casefold() == other.owner_address.casefold()
