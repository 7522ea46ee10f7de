"""Changes of our own key: what shows them to others, and to whom they still have to be shown (protocol 3)."""

from dataclasses import dataclass

from osync.ledger.database import Database

_CHANGE = "share_id, number, old_key, old_signature, new_key, new_signature, changed_at"


@dataclass(frozen=True, slots=True)
class KeyChange:
    """One change of our key for one share, ours or followed, signed by both keys. `number` counts them from 1."""

    share_id: str
    number: int
    old_key: bytes
    old_signature: bytes
    new_key: bytes
    new_signature: bytes
    changed_at: int


@dataclass(frozen=True, slots=True)
class KeyNotice:
    """The other side of a share, by its key, that has not shown yet that it knows our present key; told `times` times."""

    share_id: str
    peer_key: bytes
    times: int


class Successions:
    """Our changes of keys."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def changes(self, share_id: str) -> list[KeyChange]:
        """Give every change of our key since a share was made or accepted, oldest first."""
        sql = f"SELECT {_CHANGE} FROM key_change WHERE share_id = ? ORDER BY number"
        return [KeyChange(*row) for row in self._database.rows(sql, share_id)]

    def add(self, change: KeyChange) -> None:
        """Record a change; the same one a second time changes nothing."""
        self._database.execute(
            f"INSERT OR IGNORE INTO key_change ({_CHANGE}) VALUES (?, ?, ?, ?, ?, ?, ?)",
            change.share_id, change.number, change.old_key, change.old_signature, change.new_key, change.new_signature,
            change.changed_at,
        )  # fmt: skip

    def due(self, now: int) -> list[KeyNotice]:
        """Give those who have to be told now."""
        sql = "SELECT share_id, peer_key, times FROM key_notice WHERE due_at <= ? ORDER BY share_id, peer_key"
        return [KeyNotice(*row) for row in self._database.rows(sql, now)]

    def count_unconfirmed(self) -> int:
        """Count those who have not shown yet that they know our present key, and are told again."""
        row = self._database.row("SELECT count(*) FROM key_notice")
        return int(row[0]) if row else 0

    def remember(self, notice: KeyNotice, told_at: int, due_at: int) -> None:
        """Note that somebody was told at `told_at` (0: not yet), and when they have to be told again."""
        self._database.execute(
            "REPLACE INTO key_notice (share_id, peer_key, times, told_at, due_at) VALUES (?, ?, ?, ?, ?)",
            notice.share_id, notice.peer_key, notice.times, told_at, due_at,
        )  # fmt: skip

    def tell_again(self, share_id: str, peer_key: bytes, now: int, pause: int) -> None:
        """Let somebody be told again, who still uses an old key of ours: now, or `pause` seconds after the last time."""
        row = self._database.row(
            "SELECT times, told_at FROM key_notice WHERE share_id = ? AND peer_key = ?", share_id, peer_key
        )
        times, told_at = (int(row[0]), int(row[1])) if row else (0, 0)
        self.remember(KeyNotice(share_id, peer_key, times), told_at, max(now, told_at + pause))

    def forget(self, share_id: str, peer_key: bytes) -> None:
        """Tell somebody no more: they know, or they are gone."""
        self._database.execute("DELETE FROM key_notice WHERE share_id = ? AND peer_key = ?", share_id, peer_key)
