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


@dataclass(frozen=True, slots=True)
class SourcePlace:
    """A place of a calendar, its version, and why it could not be read, or ""."""

    handle: str
    version: str
    problem: str


class Sources:
    """What is known of the calendars that shares are made from."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def versions(self, calendar: str) -> dict[str, str]:
        """Give the version of each place of `calendar` by its handle."""
        return dict(self._database.rows("SELECT handle, version FROM place WHERE calendar = ?", calendar))

    def problems(self, calendar: str) -> dict[str, str]:
        """Give the places of `calendar` that could not be read, with the sentence why."""
        return dict(
            self._database.rows(
                "SELECT handle, problem FROM place WHERE calendar = ? AND problem != '' ORDER BY handle", calendar
            )
        )

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
        self.forget_events(calendar, [handle for _, handle in rows])

    def keep_places(self, calendar: str, places: Iterable[SourcePlace]) -> None:
        """Record that places were seen; what was known to lie there stays."""
        self._database.execute_many(
            "REPLACE INTO place (calendar, handle, version, problem) VALUES (?, ?, ?, ?)",
            ((calendar, place.handle, place.version, place.problem) for place in places),
        )

    def forget_events(self, calendar: str, handles: Iterable[str]) -> None:
        """Forget what lay at places."""
        rows = ((calendar, handle) for handle in handles)
        self._database.execute_many("DELETE FROM source WHERE calendar = ? AND handle = ?", rows)

    def add_events(self, calendar: str, events: Iterable[SourceEvent]) -> None:
        """Record what lies at places now, besides what was known to lie there."""
        self._database.execute_many(
            "REPLACE INTO source (calendar, uid, handle, recheck_on) VALUES (?, ?, ?, ?)",
            ((calendar, event.uid, event.handle, event.recheck_on) for event in events),
        )
