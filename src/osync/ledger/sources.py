"""The places of our own calendars that shares are made from, as they were when last read."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from osync.ledger.database import Database


@dataclass(frozen=True, slots=True)
class SourceEvent:
    """A UID at a place of a calendar; `recheck_on` "" means that only a change can make it shareable."""

    uid: str
    handle: str
    recheck_on: str


class Sources:
    """What is known of the calendars that shares are made from."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def versions(self, calendar: str) -> dict[str, str]:
        """Give the version of each place of `calendar` by its handle."""
        return {
            handle: version
            for handle, version in self._database.rows("SELECT handle, version FROM place WHERE calendar = ?", calendar)
        }

    def problems(self, calendar: str) -> dict[str, str]:
        """Give the places of `calendar` that could not be read, with the sentence why."""
        return {
            handle: problem
            for handle, problem in self._database.rows(
                "SELECT handle, problem FROM place WHERE calendar = ? AND problem != '' ORDER BY handle", calendar
            )
        }

    def at(self, calendar: str, handles: Collection[str]) -> list[SourceEvent]:
        """Give what lies at `handles`."""
        if len(handles) > 500:
            wanted = set(handles)
            every = self._database.rows("SELECT uid, handle, recheck_on FROM source WHERE calendar = ?", calendar)
            return [SourceEvent(uid, handle, recheck) for uid, handle, recheck in every if handle in wanted]
        marks = ",".join("?" * len(handles))
        sql = f"SELECT uid, handle, recheck_on FROM source WHERE calendar = ? AND handle IN ({marks})"
        return [SourceEvent(*row) for row in self._database.rows(sql, calendar, *handles)]

    def places_of(self, calendar: str, uid: str) -> list[str]:
        """Give the handles that hold `uid`, in order."""
        sql = "SELECT handle FROM source WHERE calendar = ? AND uid = ? ORDER BY handle"
        return [handle for (handle,) in self._database.rows(sql, calendar, uid)]

    def to_recheck(self, calendar: str, today: str) -> list[str]:
        """Give the handles with an event that may have become shareable by `today` (ISO)."""
        sql = "SELECT DISTINCT handle FROM source WHERE recheck_on != '' AND recheck_on <= ? AND calendar = ?"
        return [handle for (handle,) in self._database.rows(sql, today, calendar)]

    def forget(self, calendar: str, handles: Iterable[str]) -> None:
        """Forget places that are gone."""
        rows = [(calendar, handle) for handle in handles]
        self._database.execute_many("DELETE FROM place WHERE calendar = ? AND handle = ?", rows)
        self._database.execute_many("DELETE FROM source WHERE calendar = ? AND handle = ?", rows)

    def keep_place(self, calendar: str, handle: str, version: str, problem: str) -> None:
        """Record that a place was seen at `version`; what was known to lie there stays."""
        self._database.execute(
            "INSERT INTO place (calendar, handle, version, problem) VALUES (?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET version = excluded.version, problem = excluded.problem",
            calendar, handle, version, problem,
        )  # fmt: skip

    def replace_events(self, calendar: str, handle: str, events: Iterable[SourceEvent]) -> None:
        """Record what lies at a place now."""
        self._database.execute("DELETE FROM source WHERE calendar = ? AND handle = ?", calendar, handle)
        self.add_events(calendar, handle, events)

    def add_events(self, calendar: str, handle: str, events: Iterable[SourceEvent]) -> None:
        """Record what lies at a place now, besides what was known to lie there."""
        self._database.execute_many(
            "INSERT OR REPLACE INTO source (calendar, uid, handle, recheck_on) VALUES (?, ?, ?, ?)",
            [(calendar, event.uid, handle, event.recheck_on) for event in events],
        )
