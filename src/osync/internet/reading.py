"""Read the new mails of one IMAP folder: which there are, which may concern OSync, and those mails themselves.

What was looked at is remembered by number in a notebook, so that no mark is needed in the folder. No mail is opened here.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from osync.errors import MailboxUnavailableError
from osync.internet.fetched import FetchedMail
from osync.internet.imap import ANEW, HEADER_BYTES, FolderState, ImapConnection
from osync.internet.kept import KeptConnection
from osync.internet.uid_sets import UidSet, of_numbers, read_uid_set
from osync.mailboxes.base import SIZE_LIMIT
from osync.notebook import Notebook

T = TypeVar("T")
_BATCH = 500
_GIVE_UP_AFTER = 12
"""How many mails may end the connection before the others are left for another time."""


@dataclass(frozen=True, slots=True)
class Place:
    """How far a folder was read: all mails up to number `seen`, but for those that wait, while its numbers stay valid.

    `validity` is what the server says of its numbers, and above that, how often it gave them away anew without a word.
    """

    validity: int = 0
    seen: int = 0
    waiting: UidSet = UidSet()


@dataclass(frozen=True, slots=True)
class FoundMail:
    """A mail of a folder that waits; `content` is None if it is too large."""

    validity: int
    uid: int
    size: int
    content: bytes | None


@dataclass(frozen=True, slots=True)
class Choice:
    """What is worth reading: the header fields that tell it, the decision about their text, and the first day that counts at all."""

    fields: Sequence[str]
    concerns: Callable[[bytes], bool]
    since: Callable[[], date]


class FolderReader:
    """Reads one folder of an account. A notebook that is lost, or numbers that are not valid any more, make it begin anew."""

    def __init__(self, name: str, account: str, kept: KeptConnection, notebook: Notebook, choice: Choice) -> None:
        self.name = name
        self._kept = kept
        self._notebook = notebook
        self._page = f"folder {account} {name}"
        self._choice = choice
        self._unreadable: set[int] = set()

    @property
    def validity(self) -> int:
        """What makes the numbers of its mails valid, as it was read last."""
        return self._place().validity

    def pending(self) -> Iterator[FoundMail]:
        """Give the mails that wait, in the order of their arrival, one in memory at a time.

        MailboxUnusableError if there is no such folder; MailboxUnavailableError, after all others if some cannot be read.
        """
        self._unreadable.clear()
        state = self._kept.use(self._look)
        position = 0
        while uids := self._place().waiting.first(_BATCH, above=position):
            position = uids[-1]
            headers = self._headers(state, uids)
            told = {mail.uid for mail in headers}
            needless = [mail.uid for mail in headers if not self._is_worth_reading(mail)]
            self._forget(self.validity, [*needless, *self._gone(state, [uid for uid in uids if uid not in told])])
            for mail in sorted(headers, key=lambda mail: mail.uid):
                if mail.uid not in needless and (found := self._read(state, mail)):
                    yield found
        if self._unreadable:
            raise MailboxUnavailableError(
                f"The mail server cannot give {len(self._unreadable)} of the mails in the folder {self.name}.",
                unharmed="All others were read.",
                advice="If this lasts, move them to another folder with your mail program.",
            )

    def settle(self, validity: int, uid: int) -> None:
        """Remember that a mail is done. Silent if it is, or is none of this folder."""
        self._forget(validity, [uid])

    def _look(self, connection: ImapConnection) -> FolderState:
        """Open the folder and note which mails are new; at the first time, those since a certain day."""
        state = connection.open_folder(self.name)
        place = self._place()
        if not state.has(place.validity):
            self._begin(connection, state, state.validity)
        elif _was_taken_back(connection, state, place):
            self._begin(connection, state, place.validity + ANEW)
        elif not state.next_uid or state.next_uid > place.seen + 1:
            new = connection.uids_above(place.seen)
            if new:
                self._write(replace(place, seen=new.last, waiting=place.waiting.joined(new)))
        return state

    def _begin(self, connection: ImapConnection, state: FolderState, validity: int) -> None:
        waiting = connection.uids_since(self._choice.since())
        last = state.next_uid - 1 if state.next_uid else connection.uids_above(0).last
        self._write(Place(validity, max(last, waiting.last), waiting))

    def _headers(self, state: FolderState, uids: list[int]) -> list[FetchedMail]:
        """Give sizes and headers of mails; one that makes the server hang up is found by halving, and passed over."""
        try:
            wanted = set(uids)
            fetched = self._at(state, lambda connection: connection.headers(uids, self._choice.fields))
            return list({mail.uid: mail for mail in fetched if mail.uid in wanted}.values())
        except MailboxUnavailableError:
            if self._kept.is_hopeless or (len(uids) == 1 and not self._may_pass_over(uids[0])):
                raise
            if len(uids) == 1:
                return []
        middle = len(uids) // 2
        return self._headers(state, uids[:middle]) + self._headers(state, uids[middle:])

    def _is_worth_reading(self, mail: FetchedMail) -> bool:
        header = mail.values.get("HEADER", b"")
        return len(header) >= HEADER_BYTES or self._choice.concerns(header)

    def _read(self, state: FolderState, mail: FetchedMail) -> FoundMail | None:
        size = mail.number("RFC822.SIZE")
        if size > SIZE_LIMIT:
            return FoundMail(self.validity, mail.uid, size, None)
        try:
            content = self._at(state, lambda connection: connection.body(mail.uid, SIZE_LIMIT))
        except MailboxUnavailableError:
            if not self._may_pass_over(mail.uid):
                raise
            return None
        if not content:
            self._forget(self.validity, self._gone(state, [mail.uid]))
            return None
        fits = len(content) <= SIZE_LIMIT
        return FoundMail(self.validity, mail.uid, len(content), content if fits else None)

    def _gone(self, state: FolderState, uids: list[int]) -> list[int]:
        """Give those mails that the folder does not have any more; the others are there, but the server does not give them."""
        if not uids:
            return []
        there = self._at(state, lambda connection: connection.uids_among(of_numbers(uids)))
        self._unreadable.update(uid for uid in uids if uid in there)
        return [uid for uid in uids if uid not in there]

    def _may_pass_over(self, uid: int) -> bool:
        """Count a mail that cannot be read; tell whether it makes sense to go on with the next one."""
        self._unreadable.add(uid)
        return not self._kept.is_hopeless and len(self._unreadable) <= _GIVE_UP_AFTER

    def _at(self, state: FolderState, action: Callable[[ImapConnection], T]) -> T:
        """Do something in this folder, opened again if it is not open any more. MailboxUnavailableError if its numbers changed."""

        def here(connection: ImapConnection) -> T:
            now = connection.folder
            if now is None or now.name != self.name:
                now = connection.open_folder(self.name)
            if now.validity != state.validity:
                raise MailboxUnavailableError(
                    f"The folder {self.name} was made anew while it was read.", unharmed="It is read again next time."
                )
            return action(connection)

        return self._kept.use(here)

    def _forget(self, validity: int, uids: list[int]) -> None:
        place = self._place()
        waiting = place.waiting.without(uids)
        if validity == place.validity and waiting != place.waiting:
            self._write(replace(place, waiting=waiting))

    def _place(self) -> Place:
        try:
            validity, seen, waiting = self._notebook.read(self._page).split(" ")
            return Place(int(validity), int(seen), read_uid_set(waiting))
        except ValueError:
            return Place()

    def _write(self, place: Place) -> None:
        self._notebook.write(self._page, f"{place.validity} {place.seen} {place.waiting}")


def _was_taken_back(connection: ImapConnection, state: FolderState, place: Place) -> bool:
    """Tell whether a folder gives numbers away that it gave before, as after a restored backup; RFC 3501, 2.3.1.1 forbids that."""
    return 0 < state.next_uid <= place.seen and not connection.uids_above(state.next_uid - 1)
