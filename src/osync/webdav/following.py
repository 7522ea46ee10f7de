"""Keep the list of a collection up to date at the least cost: by what changed since last time, else by all of it.

An answer that may not be the whole truth is an error, or leads to a whole list; it never makes the list shorter.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from osync.errors import CalendarUnusableError, OSyncError
from osync.notebook import Notebook
from osync.webdav.collection import Changes, Collection, Listing, Marks, Nature
from osync.webdav.notes import Noted, read_noted, write_noted
from osync.webdav.quirks.radicale import LastModified, is_radicale, shows_no_change

_DAY = 24 * 3600
_FEW = 20
_TAG = "CTag "


class Following:
    """The list of one collection as `user` sees it, from run to run. Not for several threads."""

    def __init__(self, collection: Collection, user: str, notebook: Notebook) -> None:
        self._collection = collection
        # Some servers show each account something else at the same address.
        self._address = f"{user} {collection.address}"
        self._notebook = notebook
        self._noted: Noted | None = None

    def versions(self) -> Mapping[str, str]:
        """Give the version of every place by its name, as the collection is now. Raises what `faults` says."""
        noted = self._load()
        now = self._looked_at(noted)
        if now.is_unchanged:
            return noted.listing.versions
        is_old = not noted.token or now.seen.date - noted.listed > _DAY
        known = (None if is_old else self._brought_up_to_date(noted, now.seen)) or self._read_anew()
        write_noted(self._notebook, self._address, known, noted)
        self._noted = known
        self._collection.spellings = dict(known.listing.spellings)
        return known.listing.versions

    def recall(self) -> None:
        """Let the collection spell names as the server did when they were listed last."""
        self._load()

    def _load(self) -> Noted:
        if self._noted is None:
            self._noted = read_noted(self._notebook, self._address)
            self._collection.spellings = dict(self._noted.listing.spellings)
        return self._noted

    def _looked_at(self, noted: Noted) -> "_Look":
        """Ask the cheapest question that can tell that nothing has changed; once a day a whole list is read all the same."""
        if not noted.token:
            return _Look(LastModified(), is_unchanged=False)
        if is_radicale(noted.token):
            seen = self._collection.modified()
            return _Look(seen, is_unchanged=shows_no_change(noted.seen, seen))
        marks = self._collection.marks()
        is_fresh = marks.date - noted.listed <= _DAY
        return _Look(LastModified("", marks.date), is_unchanged=is_fresh and _mark(marks) == noted.token)

    def _brought_up_to_date(self, noted: Noted, now: LastModified) -> Noted | None:
        """Ask what changed since the token; None if the whole list has to be read."""
        changes = None if noted.token.startswith(_TAG) else self._collection.changes(noted.token)
        if changes is None or _is_doubtful(noted, changes):
            return None
        if not changes.listing.versions and not changes.gone:
            return Noted(changes.token, noted.listing, noted.listed, now)
        versions = {**noted.listing.versions, **changes.listing.versions}
        spellings = {**noted.listing.spellings, **changes.listing.spellings}
        for name in changes.gone:
            versions.pop(name, None)
            spellings.pop(name, None)
        return Noted(changes.token, Listing(versions, spellings), noted.listed, now)

    def _read_anew(self) -> Noted:
        """Read the whole list. The token is asked for first, so that a change in between is told twice rather than never."""
        calendar_nature(self._collection)
        marks = self._collection.marks()
        listing = self._collection.list()
        seen = LastModified(marks.modified, marks.date) if is_radicale(marks.token) else LastModified()
        return Noted(_mark(marks), listing, marks.date, seen)


@dataclass(frozen=True, slots=True)
class _Look:
    """What a first question to the collection brought to light."""

    seen: LastModified
    is_unchanged: bool


def calendar_nature(collection: Collection) -> Nature:
    """Ask what a collection is. CalendarUnusableError if it is no calendar."""
    nature = collection.nature()
    if not nature.is_calendar:
        raise _no_calendar(collection)
    return nature


def _mark(marks: Marks) -> str:
    """Give what differs after a change: the token, or the older CTag, with which nobody can ask what changed."""
    return marks.token or (_TAG + marks.tag if marks.tag else "")


def _no_calendar(collection: Collection) -> OSyncError:
    return CalendarUnusableError(
        f"{collection.address} is no calendar.",
        unharmed="Nothing was read or changed.",
        advice="Correct its address in the settings; a calendar's address is longer than that of its server.",
    )


def _is_doubtful(noted: Noted, changes: Changes) -> bool:
    """Tell whether only a whole list can say if that is so.

    DAViCal answers to a token that it does not know with everything that is there, and not with what is gone; and much that
    is gone at once is worth a second look.
    """
    known = len(noted.listing.versions)
    changed, gone = len(changes.listing.versions), len(changes.gone & noted.listing.versions.keys())
    return (
        changed > max(_FEW, known // 2)
        or gone > max(_FEW, known // 5)
        or (changes.token == noted.token and bool(changed or gone))
    )
