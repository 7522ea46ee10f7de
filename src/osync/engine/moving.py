"""See whether a calendar of the settings is still the place that it was, before anything is compared with what the ledger knows.

In another place nothing was deleted and nothing was written yet. Without this, copies that are not there would count as
deleted by the user and stay away for good, and shared events as deleted by their owner.
"""

from osync.engine.installation import Installation
from osync.engine.report import Problem, Report
from osync.model import LISTENING

_PLACE = "calendar_place "
_MOVED = "calendar_moved "


def notice_moves(installation: Installation, report: Report) -> None:
    """Note where every calendar in use lies; if one lies elsewhere than before, begin anew with it and report it.

    Copies of what we follow are written there, but one that was carried along is recognised. Shared events are all read, and the
    user is asked before one that is missing counts as deleted. A second time nothing happens.
    """
    ledger = installation.ledger
    for name in ledger.calendars_in_use():
        place = installation.place(name)
        before = ledger.setting(_PLACE + name)
        if not place or place == before:
            continue
        with ledger.transaction():
            ledger.set_setting(_PLACE + name, place)
            copies = ledger.subscriptions.write_again(name, LISTENING) if before else 0
            if before:
                ledger.set_setting(_MOVED + name, "1")
        if copies:
            sentence = (
                "The settings name another place for it than at the last sync. The events that you follow are written"
                f" there ({copies}). What OSync wrote to the old place stays there; you can delete it."
            )
            report.problems.append(Problem(f"calendar {name}", sentence))


def has_moved(installation: Installation, name: str) -> bool:
    """Tell whether the shared events of a calendar have not been read yet since it lies elsewhere."""
    return bool(installation.ledger.setting(_MOVED + name))


def has_arrived(installation: Installation, name: str) -> None:
    """Note that all shared events of a calendar were read where it lies now; inside a transaction."""
    if has_moved(installation, name):
        installation.ledger.set_setting(_MOVED + name, "")
