"""What one run works with: the user's name and address, the ledger, and ways to the calendars, the mailbox and the key."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from osync.model import World
from osync.sync.budget import MailLimits

if TYPE_CHECKING:
    from osync.calendars.base import Calendar
    from osync.ledger.ledger import Ledger
    from osync.mailboxes.base import Mailbox
    from osync.message.identity import Identity


KEY_ID = "key_id"
"""The setting of the ledger that tells which key signs."""

MESSAGE_TIME = "message_time"
"""The setting with the time (ms) of the last message."""


@dataclass(frozen=True, slots=True)
class Installation:
    """One OSync. `identity` and `calendar` are asked only when they are needed: a run without news needs no key.

    `calendar` raises NotFoundError for a name that is not configured. `progress` is told how many of how many steps of
    a long work are done, with its name. `mail_limits` say how many mails may leave, and when. `place` gives a text that differs
    if the settings name another place for a calendar than before; "" if nobody knows.
    """

    name: str
    address: str
    ledger: "Ledger"
    mailbox: "Mailbox"
    identity: Callable[[], "Identity"]
    calendar: Callable[[str], "Calendar"]
    world: World
    progress: Callable[[str, int, int], None] = lambda work, done, total: None
    mail_limits: MailLimits = MailLimits()
    place: Callable[[str], str] = lambda name: ""

    @property
    def now(self) -> int:
        """The time in whole seconds since 1970 UTC."""
        return int(self.world.now().timestamp())

    @property
    def today(self) -> date:
        """The day in UTC."""
        moment: datetime = self.world.now()
        return moment.date()

    def next_message_time(self) -> int:
        """Give the time for the next message in ms, higher than any given before; inside a transaction (protocol 6.1)."""
        last = int(self.ledger.setting(MESSAGE_TIME) or 0)
        following = max(int(self.world.now().timestamp() * 1000), last + 1)
        self.ledger.set_setting(MESSAGE_TIME, str(following))
        return following

    def writer(self) -> str:
        """Give the id of this installation as a writer of its shares; inside a transaction (protocol 5.2)."""
        writer = self.ledger.setting("writer")
        if not writer:
            writer = self.world.random_bytes(8).hex()
            self.ledger.set_setting("writer", writer)
        return writer

    def new_id(self) -> str:
        """Give 32 random hex digits."""
        return self.world.random_bytes(16).hex()


class Run:
    """The number of this run in the ledger; a row is made only when there is something to write."""

    def __init__(self, installation: Installation, command: str) -> None:
        self._installation = installation
        self._command = command
        self._number = 0

    @property
    def number(self) -> int:
        """The number of this run; the first call writes it, inside a transaction."""
        changes = self._installation.ledger.changes
        # A transaction that was undone took the row with it, and another run would get its number.
        if not self._number or not changes.has_run(self._number):
            self._number = changes.begin_run(self._command, self._installation.now)
        return self._number

    @property
    def began(self) -> bool:
        """Tell whether anything was written."""
        return bool(self._number)

    def finish(self) -> None:
        """Record that the run is through, if it wrote anything."""
        if self._number:
            ledger = self._installation.ledger
            with ledger.transaction():
                ledger.changes.finish_run(self._number, self._installation.now)
