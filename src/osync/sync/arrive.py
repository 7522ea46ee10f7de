"""What to do with one copy in the subscriber's calendar; a total function over a small table, pure (protocol 8.3, 8.4)."""

import enum

from osync.model import WrittenEvent


class Found(enum.StrEnum):
    """What lies where the copy should be."""

    NOTHING = "nothing"
    OURS = "ours"
    FOREIGN = "foreign"
    UNREADABLE = "unreadable"


class Step(enum.StrEnum):
    """What to do with a copy."""

    CREATE = "create"
    REPLACE = "replace"
    DELETE = "delete"
    HIDE = "hide"
    FORGET = "forget"
    KEEP = "keep"
    LEAVE = "leave"


def next_step(*, live: bool, written: WrittenEvent | None, found: Found, settled: bool = False) -> Step:
    """Decide about one copy.

    `live` tells whether the owner still shares the event, `written` what we wrote of it and `found` what is there now.
    `settled` means that the owner says what was decided upon before, so that an edit or an undoing of the user stands.
    A copy that we wrote and that is gone was deleted by the user: it stays away, also after later revisions. A copy
    that was only about to be written (`version` "") when a run ended is written as if nothing had been, and so is one whose
    calendar lies elsewhere now and that was not carried along.
    What is not recognised as ours is never touched.
    """
    if written and written.hidden:
        return Step.HIDE if live else Step.FORGET
    if found in (Found.FOREIGN, Found.UNREADABLE):
        return Step.LEAVE
    if found is Found.OURS:
        kept = settled and written is not None and bool(written.version or written.is_lost)
        return (Step.KEEP if kept else Step.REPLACE) if live else Step.DELETE
    if not live:
        return Step.FORGET
    return Step.HIDE if written and written.version else Step.CREATE
