"""The ledger: one database and its groups of tables."""

import contextlib
import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from osync.ledger.database import Database
from osync.model import MOST_PINGS, PING_AFTER

if TYPE_CHECKING:
    from osync.ledger.changes import Changes
    from osync.ledger.mails import Mails
    from osync.ledger.notes import LedgerNotebook
    from osync.ledger.shares import Shares
    from osync.ledger.sources import Sources
    from osync.ledger.subscriptions import Subscriptions
    from osync.ledger.successions import Successions


class Ledger:
    """What we sent, what we applied, what to undo. Groups of tables are loaded when they are used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @functools.cached_property
    def sources(self) -> "Sources":
        """The calendars that shares are made from, as they were when last read."""
        from osync.ledger.sources import Sources

        return Sources(self._database)

    @functools.cached_property
    def shares(self) -> "Shares":
        """The shares that we own."""
        from osync.ledger.shares import Shares

        return Shares(self._database)

    @functools.cached_property
    def subscriptions(self) -> "Subscriptions":
        """The shares of others."""
        from osync.ledger.subscriptions import Subscriptions

        return Subscriptions(self._database)

    @functools.cached_property
    def successions(self) -> "Successions":
        """The changes of our own key."""
        from osync.ledger.successions import Successions

        return Successions(self._database)

    @functools.cached_property
    def mails(self) -> "Mails":
        """The outbox and the received mails."""
        from osync.ledger.mails import Mails

        return Mails(self._database)

    @functools.cached_property
    def changes(self) -> "Changes":
        """The runs and the changes of our calendars."""
        from osync.ledger.changes import Changes

        return Changes(self._database)

    def calendars_in_use(self) -> list[str]:
        """Give the names of the calendars that are shared or hold copies."""
        sql = "SELECT calendar FROM share UNION SELECT calendar FROM subscription ORDER BY 1"
        return [str(name) for (name,) in self._database.rows(sql)]

    @property
    def has_waiting_mails(self) -> bool:
        """Tell whether the outbox has a mail that has not left."""
        sql = "SELECT 1 FROM outbox WHERE sent_at = 0 AND refused = '' LIMIT 1"
        return self._database.row(sql) is not None

    @property
    def has_waiting_events(self) -> bool:
        """Tell whether a calendar does not show yet what an owner told us, and nothing but the next run is waited for."""
        return self._database.row("SELECT 1 FROM followed WHERE waiting = 1 AND held = '' LIMIT 1") is not None

    @property
    def has_held_events(self) -> bool:
        """Tell whether an event waits for the user all by itself."""
        return self._database.row("SELECT 1 FROM followed WHERE held != '' AND waiting = 1 LIMIT 1") is not None

    def has_duties(self, now: int) -> bool:
        """Tell whether a question, an answer or a ping is due; `now` in seconds."""
        sql = (
            "SELECT 1 WHERE EXISTS (SELECT 1 FROM key_notice WHERE due_at <= ?1)"
            " OR EXISTS (SELECT 1 FROM subscription WHERE (ask_at != 0 AND ask_at <= ?1) OR pinged = 1)"
            " OR EXISTS (SELECT 1 FROM subscriber WHERE (state = 'revoked' AND wants_snapshot = 1) OR (state = 'left'"
            " AND wants_snapshot = 1 AND public_key = x'') OR (state = 'active' AND pings < ?2 AND max(confirmed_at, pinged_at) <= ?1 - ?3))"
        )
        return self._database.row(sql, now, MOST_PINGS, PING_AFTER) is not None

    def next_duty(self) -> int:
        """Give when the next question or ping is due, in seconds; 0 for never. It may be past, if it has to wait for others."""
        sql = (
            "SELECT coalesce(min(due), 0) FROM (SELECT due_at AS due FROM key_notice UNION ALL"
            " SELECT ask_at FROM subscription WHERE ask_at != 0 UNION ALL"
            " SELECT max(confirmed_at, pinged_at) + ?2 FROM subscriber WHERE state = 'active' AND pings < ?1)"
        )
        row = self._database.row(sql, MOST_PINGS, PING_AFTER)
        return int(row[0]) if row else 0

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

    def notebook(self, place: str) -> "LedgerNotebook":
        """Give the notebook of a calendar or mailbox."""
        from osync.ledger.notes import LedgerNotebook

        return LedgerNotebook(self._database, place)

    def is_sound(self) -> bool:
        """Tell whether the whole file is in order; reads all of it."""
        return self._database.is_sound()

    def close(self) -> None:
        """Close the file."""
        self._database.close()
