"""The notebooks of calendars and mailboxes: what they noted for their next run."""

from osync.ledger.database import Database


class LedgerNotebook:
    """The notebook of one place, like "mailbox" or "calendar work" (see `osync.notebook`)."""

    def __init__(self, database: Database, place: str) -> None:
        self._database = database
        self._place = place

    def read(self, page: str) -> str:
        """Give what was written last on a page, "" if nothing was."""
        row = self._database.row("SELECT text FROM note WHERE place = ? AND page = ?", self._place, page)
        return str(row[0]) if row else ""

    def write(self, page: str, text: str) -> None:
        """Write a page anew, at once or with the transaction around it; "" forgets it."""
        if text:
            self._database.execute("REPLACE INTO note (place, page, text) VALUES (?, ?, ?)", self._place, page, text)
        else:
            self._database.execute("DELETE FROM note WHERE place = ? AND page = ?", self._place, page)
