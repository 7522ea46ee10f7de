"""Runs, and every change of our calendars with what was there before, so that it can be undone."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from operator import attrgetter

from osync.ledger.database import Database, Row
from osync.model import Change, ChangeAction, ChangeReason

_CHANGE = (
    "run, mail, share_id, event_key, calendar, handle, action, title, first, before, after, at, undone, reason, allowed,"
    " signer"
)
_TOUCHED = f"action != '{ChangeAction.NOT_WRITTEN.value}'"
_CHANGE_VALUES = attrgetter(*_CHANGE.split(", "))


@dataclass(frozen=True, slots=True)
class Run:
    """One run that changed something; `finished_at` 0 means that it works, or was killed."""

    number: int
    command: str
    started_at: int
    finished_at: int


@dataclass(frozen=True, slots=True)
class Landed:
    """Where change `number` landed, and the managed fingerprint of what is there now, or ""."""

    number: int
    handle: str
    after: str


class Changes:
    """Runs and changes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin_run(self, command: str, at: int) -> int:
        """Record that a run starts; give its number."""
        return self._database.execute(
            "INSERT INTO run (command, started_at, finished_at) VALUES (?, ?, 0)", command, at
        )

    def has_run(self, run: int) -> bool:
        """Tell whether a run is recorded."""
        return self._database.row("SELECT 1 FROM run WHERE number = ?", run) is not None

    def finish_run(self, run: int, at: int) -> None:
        """Record that a run is through."""
        self._database.execute("UPDATE run SET finished_at = ? WHERE number = ?", at, run)

    def runs(self, limit: int) -> Iterator[Run]:
        """Give the newest `limit` runs, newest first."""
        sql = "SELECT number, command, started_at, finished_at FROM run ORDER BY number DESC LIMIT ?"
        return (Run(*row) for row in self._database.rows(sql, limit))

    def add(self, change: Change) -> int:
        """Record a change before its calendar is touched; its `number` is given here and returned."""
        row = _CHANGE_VALUES(change)
        return self._database.execute(f"INSERT INTO change ({_CHANGE}) VALUES ({','.join('?' * len(row))})", *row)

    def complete(self, landed: Iterable[Landed]) -> None:
        """Record where changes landed."""
        self._database.execute_many(
            "UPDATE change SET handle = ?, after = ? WHERE number = ?",
            ((each.handle, each.after, each.number) for each in landed),
        )

    def adopt(self, number: int, handle: str, before: bytes) -> None:
        """Record what lay where a new copy was about to be written, and that it is taken over."""
        sql = "UPDATE change SET handle = ?, before = ?, reason = ? WHERE number = ?"
        self._database.execute(sql, handle, before, ChangeReason.ADOPTED.value, number)

    def drop(self, number: int) -> None:
        """Forget a change that was not made."""
        self._database.execute("DELETE FROM change WHERE number = ?", number)

    def mark_undone(self, number: int) -> None:
        """Record that a change was taken back."""
        self._database.execute("UPDATE change SET undone = 1 WHERE number = ?", number)

    def of_run(self, run: int) -> list[Change]:
        """Give the changes of a run, oldest first."""
        return self._changes(f"run = ? AND {_TOUCHED}", run)

    def of_mail(self, mail: int) -> list[Change]:
        """Give the changes that a mail brought, oldest first."""
        return self._changes(f"mail = ? AND {_TOUCHED}", mail)

    def of_share(self, share_id: str) -> list[Change]:
        """Give every change of the copies of a subscription, oldest first."""
        return self._changes(f"share_id = ? AND {_TOUCHED}", share_id)

    def new_since(self, share_id: str, moment: int) -> int:
        """Count the copies of a subscription that were made since then without the user being asked."""
        row = self._database.row(
            "SELECT COUNT(*) FROM change WHERE share_id = ? AND action = ? AND at >= ? AND allowed = 0",
            *(share_id, ChangeAction.NEW.value, moment),
        )
        return int(row[0]) if row else 0

    def newest_of_share(self, share_id: str) -> list[Change]:
        """Give the last change of each copy of a subscription."""
        return self._changes(
            "number IN (SELECT max(number) FROM change WHERE share_id = ? GROUP BY event_key)", share_id
        )

    def newest(self, limit: int) -> list[Change]:
        """Give the newest `limit` changes, newest first."""
        sql = f"SELECT number, {_CHANGE} FROM change ORDER BY number DESC LIMIT ?"
        return [_change(row) for row in self._database.rows(sql, limit)]

    def last_run_with_changes(self) -> int:
        """Give the newest run that changed a calendar and was not undone, 0 if there is none.

        An undoing that was cut off does not count: what it was to take back is not undone yet.
        """
        row = self._database.row(
            f"SELECT max(run) FROM change WHERE undone = 0 AND {_TOUCHED} AND (reason != '{ChangeReason.UNDONE.value}' OR"
            " (SELECT earlier.undone FROM change AS earlier WHERE earlier.share_id = change.share_id"
            " AND earlier.event_key = change.event_key AND earlier.number < change.number"
            " ORDER BY earlier.number DESC LIMIT 1) = 1)"
        )
        return int(row[0] or 0) if row else 0

    def _changes(self, condition: str, argument: int | str) -> list[Change]:
        sql = f"SELECT number, {_CHANGE} FROM change WHERE {condition} ORDER BY number"
        return [_change(row) for row in self._database.rows(sql, argument)]


def _change(row: Row) -> Change:
    found = dict(zip(("number", *_CHANGE.split(", ")), row, strict=True))
    found |= {"action": ChangeAction(found["action"]), "reason": ChangeReason(found["reason"])}
    return Change(**found | {"undone": bool(found["undone"]), "allowed": bool(found["allowed"])})
