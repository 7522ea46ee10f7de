"""Classic Outlook on Windows: connected when it is needed, connected again when it was closed, asked on one thread.

Nothing of COM leaves a job; what Outlook refuses leaves as an error of OSync's own.
"""

import functools
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from osync.errors import OSyncError, OutlookRefusedError
from osync.microsoft.com import Com, Patience
from osync.microsoft.com_errors import Reason
from osync.microsoft.com_thread import ComThread
from osync.microsoft.constants import INBOX_FOLDER
from osync.microsoft.machine import Machine, this_machine

T = TypeVar("T")

_OTHER_WAY = (
    'OSync can use the same account without Outlook: a mail account (kind = "internet") and a CalDAV calendar'
    ' (kind = "caldav").'
)

_FOR_THE_USER = {
    Reason.NOT_INSTALLED: (
        "There is no classic Outlook on this computer; the new Outlook cannot be used by other programs.",
        f"Install classic Outlook, or do without. {_OTHER_WAY}",
    ),
    Reason.UNREACHABLE: (
        "Outlook cannot be reached: it is just starting, or either it or OSync runs as administrator.",
        "Start both as usual, without “Run as administrator”, and try again.",
    ),
    Reason.DENIED: (
        "Outlook does not let other programs read or send.",
        f"An up-to-date virus scanner lets it, or Outlook's Trust Center under Programmatic Access. {_OTHER_WAY}",
    ),
    Reason.READ_ONLY: ("Outlook may not write there.", "Choose a folder of your own."),
    Reason.NOT_FOUND: (
        "Outlook does not find the folder or account that the settings name.",
        "Choose it again, and correct its location in the settings.",
    ),
}
_FOR_LATER = {
    Reason.OFFLINE: ("Outlook is not connected to its server.", "OSync tries again at the next sync."),
    Reason.GONE: ("Outlook was closed.", "OSync goes on at the next sync."),
    Reason.BUSY: ("", "Close the dialogs that Outlook has open."),
}


@dataclass(frozen=True, slots=True)
class Words:
    """How a calendar or a mailbox says what Outlook refused: its errors for later and for the user, and what is unharmed."""

    later: type[OSyncError]
    act: type[OSyncError]
    unharmed: str


class Outlook:
    """The Outlook of this user. Several calendars and the mailbox share one."""

    def __init__(self, machine: Machine, seconds: float = 60.0) -> None:
        self.machine = machine
        self._thread = ComThread(machine.apartment, seconds)
        self._application: Com | None = None
        self._patience: Patience | None = None
        self.refusals: Counter[tuple[str, str]] = Counter()
        """How often this program saw Outlook refuse an event: by UID and version."""

    def read(self, words: Words, job: Callable[[Com], T]) -> T:
        """Do a job that changes nothing, from the Application object on; a second time if Outlook was closed meanwhile.

        Raises what `words` say for whatever Outlook refuses and the job does not expect.
        """
        return self._explained(words, job, again=True)

    def write(self, words: Words, job: Callable[[Com], T]) -> T:
        """Do a job that changes something, once: if Outlook ends meanwhile, nobody knows how far it came."""
        return self._explained(words, job, again=False)

    def end(self) -> None:
        """Let go of Outlook; the next job connects again."""
        self._thread.run(lambda patience: self._forget())
        self._thread.end()

    def _explained(self, words: Words, job: Callable[[Com], T], *, again: bool) -> T:
        try:
            return self._thread.run(lambda patience: self._do(patience, job, again=again))
        except OutlookRefusedError as error:
            refused = error
        raise explained(refused, words)

    def _do(self, patience: Patience, job: Callable[[Com], T], *, again: bool) -> T:
        if self._patience is not patience:
            # Its thread was given up, and what was made there is of no use on another one.
            self._forget()
        fresh = self._application is None
        try:
            return job(self._connected(patience))
        except OutlookRefusedError as error:
            if error.reason != Reason.GONE:
                raise
            gone = error
        self._forget()
        if fresh or not again:
            raise gone
        return job(self._connected(patience))

    def _connected(self, patience: Patience) -> Com:
        if self._application is None:
            application = Com(patience.ask(self.machine.connect), patience)
            # Touching a folder makes MAPI begin in an Outlook that was started by this; Logon would ask for a profile.
            application.call("GetNamespace", "MAPI").call("GetDefaultFolder", INBOX_FOLDER)
            self._application, self._patience = application, patience
        return self._application

    def _forget(self) -> None:
        self._application = None


def explained(error: OutlookRefusedError, words: Words) -> OSyncError:
    """Say for people what Outlook refused."""
    reason = Reason(error.reason)
    if reason in _FOR_THE_USER:
        what, advice = _FOR_THE_USER[reason]
        return words.act(what, unharmed=words.unharmed, advice=advice)
    what, advice = _FOR_LATER.get(reason, (error.what, "OSync tries again at the next sync."))
    return words.later(what or error.what, unharmed=words.unharmed, advice=advice)


@functools.cache
def shared_outlook() -> Outlook:
    """Give the Outlook of this computer, the same for all that ask."""
    return Outlook(this_machine())
