"""When a plan must not be carried out without asking: mass deletion, empty read, more than was agreed to; pure."""

from dataclasses import dataclass

DELETED_AT_ONCE = 20
DELETED_PERCENT = 30
LIVE_EVENTS = 10_000
NEW_EVENTS_A_DAY = 3_000
ALL_MISSING = 3


@dataclass(frozen=True, slots=True)
class OwnerCount:
    """What one sync would do to one share: how many of its live events go, and what the read of the calendar gave.

    `moved` tells that the calendar lies elsewhere than before.
    """

    deleted: int
    live_before: int
    places_before: int
    places_now: int
    moved: bool = False


@dataclass(frozen=True, slots=True)
class SubscriberCount:
    """What one sync would do to the copies of one subscription; `expected` is what the user agreed to at first.

    `new_today` counts what came in the last 24 hours without the user's word.
    """

    deleted: int
    new: int
    shown: int
    expected: int
    new_today: int = 0


def mass_deletion(deleted: int, live_before: int) -> bool:
    """Tell whether more than 20 and more than 30 % of the events would go at once (protocol 7.2, 7.3)."""
    return deleted > DELETED_AT_ONCE and deleted * 100 > live_before * DELETED_PERCENT


def why_not_send(count: OwnerCount) -> str:
    """Give the sentence why the owner must be asked first, or ""."""
    if count.deleted and count.moved:
        return (
            "The settings name another place for the calendar than before, and what is not there"
            f" would be deleted at all subscribers: {_events(count.deleted)}."
        )
    if count.deleted and count.places_before and not count.places_now:
        return f"The calendar is suddenly empty: {_events(count.deleted)} would be deleted at all subscribers."
    if mass_deletion(count.deleted, count.live_before):
        return f"{count.deleted} of {_events(count.live_before)} would be deleted at all subscribers at once."
    return ""


def why_not_write(count: SubscriberCount) -> str:
    """Give the sentence why the subscriber must be asked first, or ""."""
    if mass_deletion(count.deleted, count.shown):
        return f"{count.deleted} of {_events(count.shown)} would be deleted from your calendar at once."
    beyond_agreed = count.new + max(0, count.new_today - count.expected)
    if beyond_agreed > NEW_EVENTS_A_DAY and count.new + count.new_today > count.expected:
        return f"{_events(count.new + count.new_today)} would be added to your calendar in one day."
    if count.shown + count.new - count.deleted > max(LIVE_EVENTS, count.expected):
        return f"The share would put {_events(count.shown + count.new - count.deleted)} into your calendar."
    return ""


def why_not_taken_for_deleted(missing: int, shown: int, places_now: int) -> str:
    """Give the sentence why copies that are not in the calendar do not count as deleted by the user, or "".

    `missing` of the `shown` copies of a share are not there, and the calendar holds `places_now` events in all.
    """
    if missing > 1 and not places_now:
        return f"The calendar is empty, and {missing} copies should be in it."
    if missing == shown and missing >= ALL_MISSING:
        return f"All {missing} copies are missing from the calendar."
    if mass_deletion(missing, shown):
        return f"{missing} of {shown} copies are missing from the calendar."
    return ""


def _events(number: int) -> str:
    return "1 event" if number == 1 else f"{number} events"
