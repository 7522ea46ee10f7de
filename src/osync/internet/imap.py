"""One signed-in connection to an IMAP server (RFC 3501, RFC 9051), by `imaplib` over a stream of ours.

Folders are opened for reading only: nothing is marked, not even as seen or recent, except by `delete` and `move`.
"""

import contextlib
import imaplib
import re
import select
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from osync.credentials import Login
from osync.errors import MailboxUnavailableError, MailboxUnusableError
from osync.internet.explained import explained, spoken
from osync.internet.fetched import FetchedMail, fetched_mails
from osync.internet.folder_names import quoted_folder
from osync.internet.imap_dialogue import LATER, SHORT, begin_dialogue
from osync.internet.servers import ServerPlace, open_stream
from osync.internet.uid_sets import UidSet, of_numbers, read_uid_set
from osync.network import Network

_LONG = 16_000_000
HEADER_BYTES = 32 * 1024
"""How much of the header fields of one mail is kept."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ALL = re.compile(rb"\bALL ([0-9:,]+)", re.IGNORECASE)
ANEW = 1 << 32
"""More than any UIDVALIDITY: what is added to it when a server gives numbers away anew without a word."""
_COMING = 10_000
"""So many mails may come while a folder is looked through."""
_Answer = tuple[str, list[Any]]


@dataclass(frozen=True, slots=True)
class FolderState:
    """An open folder: what makes its numbers valid, the number that the next mail will get (0 if it does not tell), and how many."""

    name: str
    validity: int
    next_uid: int
    count: int

    def has(self, validity: int) -> bool:
        """Tell whether numbers with this validity, as we count it, are those of this folder as far as the server tells."""
        return validity % ANEW == self.validity


class ImapConnection:
    """A connection to the mailbox of `login`. Every method raises MailboxUnavailableError and MailboxUnusableError."""

    def __init__(self, place: ServerPlace, login: Login, network: Network, entropy: Callable[[int], bytes]) -> None:
        """Connect and sign in. SignInRefusedError, ConfigurationError too."""
        self._place = place
        self._open: FolderState | None = None
        self._count = 0
        self.is_silent = False
        with explained(place.name):
            self.stream = open_stream(place, network)
            try:
                self._dialogue = begin_dialogue(self.stream, place, login, network, entropy)
                self._abilities = self._dialogue.abilities()
            except BaseException:
                self.stream.close()
                raise

    def can(self, ability: str) -> bool:
        """Tell whether the server has an ability, in capitals."""
        return ability in self._abilities

    @property
    def folder(self) -> FolderState | None:
        """The folder that is open, as it was when it was opened."""
        return self._open

    def open_folder(self, name: str, *, writable: bool = False) -> FolderState:
        """Open a folder, for reading only unless `writable`. MailboxUnusableError if there is none."""
        self._open = None
        with explained(self._place.name):
            kind, told = self._command(SHORT, lambda: self._dialogue.select(quoted_folder(name), not writable))
            words = spoken(told[-1])
            if kind != "OK" and (name.upper() == "INBOX" or words.upper().startswith(LATER)):
                # It is always there, so the server has a bad day.
                raise MailboxUnavailableError(
                    f"The mail server {self._place.name} does not open the folder {name} now: {words}.",
                    unharmed="Nothing was lost; mails wait.",
                )
            if kind != "OK":
                raise MailboxUnusableError(
                    f"The mailbox has no folder {name!r} that can be opened: {words}.",
                    unharmed="The other folders are read.",
                    advice="Correct its name in folders in [mailbox] of the settings.",
                )
            state = FolderState(name, self._told("UIDVALIDITY"), self._told("UIDNEXT"), _number(told[-1]))
            if not state.validity:
                raise ValueError("numbers that are never valid")
        self._open = state
        self._count = state.count
        return state

    def leave_folder(self) -> None:
        """Count no folder as open any more; the next use opens it for reading only."""
        self._open = None

    def next_uid(self, name: str) -> int:
        """Give the number that the next mail in a folder will get, without opening it; 0 if it cannot be told."""
        with explained(self._place.name):
            _, told = self._command(SHORT, lambda: self._dialogue.status(quoted_folder(name), "(UIDNEXT)"))
            match = re.search(rb"UIDNEXT ([0-9]{1,10})", told[-1] or b"", re.IGNORECASE)
        return int(match[1]) if match else 0

    def uids_above(self, uid: int) -> UidSet:
        """Give the mails of the open folder with numbers larger than `uid`."""
        # "n:*" names the last mail even if its number is smaller.
        return self._search(f"UID {uid + 1}:*").above(uid)

    def uids_among(self, uids: UidSet) -> UidSet:
        """Give those of some mails that the open folder has now."""
        # Some servers tell only then what another program deleted.
        self.more_mails()
        return self._search(f"UID {uids}")

    def uids_since(self, day: date) -> UidSet:
        """Give the mails of the open folder that came on a day or later, by the server's clock."""
        return self._search(f"SINCE {day.day}-{_MONTHS[day.month - 1]}-{day.year}")

    def headers(self, uids: Sequence[int], fields: Sequence[str]) -> list[FetchedMail]:
        """Give RFC822.SIZE and some header fields (HEADER) of mails; those that are gone are left out."""
        what = f"(UID RFC822.SIZE BODY.PEEK[HEADER.FIELDS ({' '.join(fields).upper()})])"
        self.stream.keep = HEADER_BYTES
        return self._fetch(uids, what, _LONG + len(uids) * HEADER_BYTES)

    def body(self, uid: int, most: int) -> bytes | None:
        """Give a whole mail of at most `most` bytes, cut off if it is longer; None or nothing if it is gone."""
        self.stream.keep = most + 1
        mails = [mail for mail in self._fetch([uid], "(UID BODY.PEEK[])", 2 * most) if mail.uid == uid]
        return next((mail.values["BODY[]"] for mail in mails if "BODY[]" in mail.values), None)

    def delete(self, uids: Sequence[int]) -> None:
        """Delete mails of the open folder, which has to be writable. Without UIDPLUS they are only marked as deleted."""
        numbers = str(of_numbers(uids))
        with explained(self._place.name):
            self._done(lambda: self._dialogue.uid("STORE", numbers, "+FLAGS.SILENT", "(\\Deleted)"))
            if self.can("UIDPLUS"):
                # A plain EXPUNGE would also take what the user marked.
                self._done(lambda: self._dialogue.uid("EXPUNGE", numbers))

    def move(self, uids: Sequence[int], folder: str) -> None:
        """Move mails of the open folder, which has to be writable, to a folder that is there. MailboxUnusableError if it is not."""
        numbers, target = str(of_numbers(uids)), quoted_folder(folder)
        verb = "MOVE" if self.can("MOVE") else "COPY"
        with explained(self._place.name):
            kind, told = self._command(SHORT, lambda: self._dialogue.uid(verb, numbers, target))
        if kind != "OK":
            raise MailboxUnusableError(
                f"Mails cannot be moved to the folder {folder!r}: {spoken(told[-1])}.",
                unharmed="They stay where they are.",
                advice="Make that folder, or correct cleanup in [mailbox] of the settings.",
            )
        if verb == "COPY":
            self.delete(uids)

    def more_mails(self) -> int:
        """Ask how many mails came into the open folder since this was asked, or since it was opened."""
        with explained(self._place.name):
            self._command(SHORT, self._dialogue.noop)
        return self._counted()

    def idle(self, seconds: float, wake: socket.socket) -> int:
        """Wait until mails come into the open folder, for so long, or until `wake` can be read; give how many came (RFC 2177)."""
        came = self._counted()
        with explained(self._place.name):
            self._say_raw(b"OSYNC IDLE\r\n")
            while not (line := self.stream.readline()).startswith(b"+"):
                came += self._took(line)
                if line.startswith(b"OSYNC "):
                    raise ValueError("IDLE is refused")
            until = time.monotonic() + seconds
            while not (came := came + sum(map(self._took, self.stream.lines_so_far()))):
                left = until - time.monotonic()
                readable = select.select([self.stream.fileno(), wake.fileno()], [], [], left)[0] if left > 0 else []
                if not readable or wake.fileno() in readable:
                    break
            self._say_raw(b"DONE\r\n")
            while not (line := self.stream.readline()).startswith(b"OSYNC "):
                came += self._took(line)
        return came

    def hang_up(self) -> None:
        """End the connection without a word, because it is of no use any more."""
        self.stream.close()

    def close(self) -> None:
        """Say goodbye, if the server listens, and hang up. A second time does nothing."""
        with contextlib.suppress(OSError, imaplib.IMAP4.error, ValueError, LookupError):
            self._dialogue.logout()
        self.stream.close()

    def _say_raw(self, words: bytes) -> None:
        self.stream.sendall(words)
        self.stream.begin(SHORT)

    def _counted(self) -> int:
        """Give how many mails came by what the server said beside answers."""
        _, gone = self._dialogue.response("EXPUNGE")
        self._count -= sum(line is not None for line in gone or [])
        _, told = self._dialogue.response("EXISTS")
        return max((self._grown(_number(line)) for line in told or [] if line), default=0)

    def _took(self, line: bytes) -> int:
        """Take a line that a server says while it is waited for mails; give how many came by it."""
        words = line.upper().split()
        if words[:2] == [b"*", b"BYE"]:
            raise ConnectionError("it hung up")
        if len(words) == 3 and words[2] == b"EXPUNGE":
            self._count -= 1
        return self._grown(_number(words[1])) if len(words) == 3 and words[2] == b"EXISTS" else 0

    def _grown(self, count: int) -> int:
        came = max(0, count - self._count)
        self._count = count
        return came

    def _search(self, criteria: str) -> UidSet:
        arguments = ["RETURN", "(ALL)", criteria] if self.can("ESEARCH") or self.can("IMAP4REV2") else [criteria]
        with explained(self._place.name):
            kind, told = self._command(_LONG, lambda: self._dialogue.uid("SEARCH", *arguments))
            _, extended = self._dialogue.response("ESEARCH")
            if kind != "OK":
                raise ValueError("a search that failed")
            found = read_uid_set(",".join(word.decode() for line in told or [] if line for word in line.split()))
            for line in extended or []:
                match = _ALL.search(line or b"")
                found = found.joined(read_uid_set(match[1].decode())) if match else found
            if self._open and len(found) > self._count + _COMING:
                raise ValueError("more mails than there are")
        return found

    def _done(self, say: Callable[[], _Answer]) -> None:
        kind, told = self._command(SHORT, say)
        if kind != "OK":
            raise ConnectionError(spoken(told[-1]))

    def _fetch(self, uids: Sequence[int], what: str, most: int) -> list[FetchedMail]:
        with explained(self._place.name):
            kind, told = self._command(most, lambda: self._dialogue.uid("FETCH", str(of_numbers(uids)), what))
            if kind != "OK":
                raise ValueError("mails that cannot be read")
            return list(fetched_mails(told))

    def _command(self, most: int, say: Callable[[], _Answer]) -> _Answer:
        self._dialogue.most = most
        try:
            return say()
        except TimeoutError:
            self.is_silent = True
            raise
        finally:
            self._dialogue.most = SHORT

    def _told(self, name: str) -> int:
        _, told = self._dialogue.response(name)
        return _number(told[-1] if told else None)


def _number(told: bytes | None) -> int:
    return int(told) if told and told.isdigit() and len(told) <= 10 else 0
