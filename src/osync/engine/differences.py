"""Find out whether a shared calendar changed, without reading an event; most runs end here."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from osync.engine.asked import keep_why_asked
from osync.engine.installation import Installation, Run
from osync.engine.moving import has_moved, notice_moves
from osync.engine.pacing import may_broadcast
from osync.engine.report import Report
from osync.engine.scope import EVERYTHING, Scope
from osync.errors import LedgerDamagedError, OSyncError
from osync.model import Share, ShareState

if TYPE_CHECKING:
    from osync.calendars.base import Calendar
    from osync.ledger.sources import Sources


@dataclass(frozen=True, slots=True)
class Differences:
    """The places of a calendar as they are now (`listed`: version by handle), and which differ from the last sync.

    `changed` are new, changed, or due by their date; `vanished` are not listed any more. `moved` tells that the calendar lies
    elsewhere than at the last sync.
    """

    listed: Mapping[str, str]
    changed: frozenset[str]
    vanished: frozenset[str]
    places_before: int
    moved: bool = False

    @property
    def none(self) -> bool:
        """Tell whether everything is as it was."""
        return not self.changed and not self.vanished


def find_differences(
    sources: "Sources", name: str, calendar: "Calendar", today: date, *, everything: bool
) -> Differences:
    """Compare the list of a calendar's places with what the ledger knows; `everything` counts each place as changed.

    Raises what the calendar raises; then nothing is known and nothing may be deleted.
    """
    known = sources.versions(name)
    listed = {ref.handle: ref.version for ref in calendar.refs()}
    changed = {handle for handle, version in listed.items() if everything or known.get(handle) != version}
    changed.update(handle for handle in sources.to_recheck(name, today.isoformat()) if handle in listed)
    return Differences(listed, frozenset(changed), frozenset(known.keys() - listed.keys()), len(known))


def announce_changes(
    installation: Installation,
    run: Run,
    report: Report,
    *,
    approve: bool,
    only: Collection[str] = (),
    scope: Scope = EVERYTHING,
) -> None:
    """Tell the subscribers what changed in every shared calendar. `approve` lets mass deletions pass, of the shares `only`.

    A calendar that cannot be read, or whose changes are held, is reported and nothing of it is recorded; the others go on.
    """
    notice_moves(installation, report)
    shares = [share for share in installation.ledger.shares.all() if share.state is ShareState.OPEN]
    for name in sorted({share.calendar for share in shares} - scope.avoided):
        try:
            of_calendar = [share for share in shares if share.calendar == name]
            if scope.may_have_news(name) or has_moved(installation, name) or _owed(installation, of_calendar):
                _announce(installation, run, report, of_calendar, approve=approve, only=only)
        except LedgerDamagedError:
            raise
        except OSyncError as error:
            report.add_problem(f"calendar {name}", error)


def _announce(
    installation: Installation, run: Run, report: Report, shares: list[Share], *, approve: bool, only: Collection[str]
) -> None:
    name, ledger = shares[0].calendar, installation.ledger
    calendar = installation.calendar(name)
    moved = has_moved(installation, name)
    everything = moved or any(share.unread for share in shares)
    found = find_differences(ledger.sources, name, calendar, installation.today, everything=everything)
    if found.none and not moved and not _owed(installation, shares):
        keep_why_asked(ledger, {share.share_id: "" for share in shares})
        return
    # Late, because a run without news shall not pay for the import.
    from osync.engine.announce import announce_calendar
    from osync.engine.consent import Consent

    found = replace(found, moved=moved)
    announce_calendar(installation, run, report, shares, found, Consent(installation, approve=approve, only=only))


def _owed(installation: Installation, shares: list[Share]) -> bool:
    """Tell whether something has to be told of these shares whatever their calendar says."""
    owes = installation.ledger.shares.owes
    return any(share.unread or owes(share.share_id) or may_broadcast(installation, share) for share in shares)
