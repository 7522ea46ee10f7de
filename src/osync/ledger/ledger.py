"""The ledger: one database and its groups of tables."""

import contextlib
from collections.abc import Callable
from pathlib import Path

from osync.ledger.changes import Changes
from osync.ledger.database import Database
from osync.ledger.mails import Mails
from osync.ledger.shares import Shares
from osync.ledger.sources import Sources
from osync.ledger.subscriptions import Subscriptions


class Ledger:
    """What we sent, what we applied, what to undo."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.sources = Sources(database)
        self.shares = Shares(database)
        self.subscriptions = Subscriptions(database)
        self.mails = Mails(database)
        self.changes = Changes(database)

    @classmethod
    def open(cls, path: Path | None, observer: Callable[[str], None] = lambda step: None) -> "Ledger":
        """Open the ledger at `path`, creating it if needed; None is one in memory. Errors as of `Database.open`."""
        return cls(Database.open(path, observer))

    def copy_in_memory(self) -> "Ledger":
        """Give a copy of the whole ledger in memory, for a rehearsal."""
        return Ledger(self._database.copy_in_memory())

    def transaction(self) -> contextlib.AbstractContextManager[None]:
        """Make all changes inside happen together, on disk at the end, or not at all."""
        return self._database.transaction()

    def setting(self, name: str) -> str:
        """Give a single value, "" if it was never set."""
        row = self._database.row("SELECT value FROM setting WHERE name = ?", name)
        return str(row[0]) if row else ""

    def set_setting(self, name: str, value: str) -> None:
        """Keep a single value."""
        self._database.execute("REPLACE INTO setting (name, value) VALUES (?, ?)", name, value)

    def close(self) -> None:
        """Close the file."""
        self._database.close()
