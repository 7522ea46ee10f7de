"""Move or delete mails that are done, when 30 days have passed, if the user wants that (protocol 5.6).

Which mails those are is decided elsewhere; here they are noted, and found again by number.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from urllib.parse import quote, unquote

from osync.internet.imap import ImapConnection
from osync.internet.kept import KeptConnection
from osync.notebook import Notebook

KEEP, DELETE = "keep", "delete"
_DAYS = 30 * 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class MailPlace:
    """Where a mail is: its folder, what makes the folder's numbers valid, and its number."""

    folder: str
    validity: int
    uid: int


@dataclass(frozen=True, slots=True)
class Cleaning:
    """What is done as `how` says ("keep", "delete", "move FOLDER") in an account, and whether a place still is what it was."""

    how: str
    account: str
    is_valid: Callable[[MailPlace], bool]


class Cleaner:
    """Cleans one account up. What was noted of another one, or before its numbers began anew, touches no mail."""

    def __init__(
        self, cleaning: Cleaning, kept: KeptConnection, notebook: Notebook, now: Callable[[], datetime]
    ) -> None:
        self._how = cleaning.how
        self._is_valid = cleaning.is_valid
        self._page = f"released {cleaning.account}"
        self._kept = kept
        self._notebook = notebook
        self._now = now

    def release(self, place: MailPlace) -> None:
        """Note that a mail may go when 30 days have passed."""
        noted = self._noted()
        if self._how != KEEP and place not in noted:
            self._write({**noted, place: int(self._now().timestamp())})

    def clean(self) -> None:
        """Clean up what is due, and forget it. MailboxUnavailableError, MailboxUnusableError if it cannot be moved there."""
        noted = self._noted()
        latest = int(self._now().timestamp()) - _DAYS
        due = [place for place, released_at in noted.items() if released_at <= latest]
        if self._how == KEEP or not due:
            return
        valid = [place for place in due if self._is_valid(place)]
        for folder in sorted({place.folder for place in valid}):
            self._kept.use(partial(self._clean_folder, [place for place in valid if place.folder == folder]))
        self._write({place: released_at for place, released_at in noted.items() if place not in due})

    def _clean_folder(self, places: list[MailPlace], connection: ImapConnection) -> None:
        state = connection.open_folder(places[0].folder, writable=True)
        uids = [place.uid for place in places if state.has(place.validity)]
        try:
            if uids and self._how == DELETE:
                connection.delete(uids)
            elif uids:
                connection.move(uids, self._how.partition(" ")[2].strip())
        finally:
            connection.leave_folder()

    def _noted(self) -> dict[MailPlace, int]:
        noted = {}
        for line in self._notebook.read(self._page).splitlines():
            released_at, validity, uid, folder = line.split(" ")
            noted[MailPlace(unquote(folder), int(validity), int(uid))] = int(released_at)
        return noted

    def _write(self, noted: dict[MailPlace, int]) -> None:
        lines = [
            f"{released_at} {place.validity} {place.uid} {quote(place.folder, safe='/')}"
            for place, released_at in noted.items()
        ]
        self._notebook.write(self._page, "\n".join(lines))
