"""Open the ledger's SQLite file, and turn every failure of SQLite into an error of ours.

It knows no table; `shares`, `sources`, `subscriptions`, `mails` and `changes` do.
"""

import contextlib
import sqlite3
import weakref
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from osync.errors import (
    AnotherRunError,
    DiskFullError,
    LedgerDamagedError,
    LedgerTooNewError,
    OSyncError,
    UserMustActError,
)
from osync.ledger import migrations

_APPLICATION_ID = 0x4F53594E
_UNHARMED = "No calendar was touched and no mail was sent."
_UNDONE = "What was begun is undone; nothing is lost."

Row = tuple[Any, ...]


def _ignore(step: str) -> None:
    """Observe nothing."""


class Database:
    """One ledger file. `observer` is told "commit" right before and "committed" right after each commit (for tests)."""

    def __init__(self, connection: sqlite3.Connection, path: str, observer: Callable[[str], None]) -> None:
        self._connection = connection
        # Nobody closes a ledger in memory, and Python 3.13 complains about a connection that was only dropped.
        weakref.finalize(self, connection.close)
        self._path = path
        self._observer = observer

    @classmethod
    def open(cls, path: Path | None, observer: Callable[[str], None] = _ignore) -> "Database":
        """Open the file at `path`, creating it if it does not exist; None is a ledger in memory.

        Raises LedgerDamagedError, LedgerTooNewError, DiskFullError.
        """
        name = str(path) if path else ":memory:"
        with _translated(name):
            connection = sqlite3.connect(name, isolation_level=None, check_same_thread=False)
        database = cls(connection, name, observer)
        try:
            database._prepare()
        except BaseException:
            connection.close()
            raise
        return database

    def _prepare(self) -> None:
        if self._format() == migrations.VERSION:
            return
        with self.transaction():
            # Asked again, because another program may have done it meanwhile.
            for statement in migrations.statements(self._format()):
                self.execute(statement)
            self.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            self.execute(f"PRAGMA user_version = {migrations.VERSION}")

    def _format(self) -> int:
        """Give the format of the file, 0 if it is empty. LedgerDamagedError, LedgerTooNewError if it is none of ours."""
        row = self.row(
            "SELECT (SELECT count(*) FROM sqlite_schema), (SELECT application_id FROM pragma_application_id),"
            " (SELECT user_version FROM pragma_user_version)"
        )
        tables, application, version = row or (0, 0, 0)
        if tables and application != _APPLICATION_ID:
            raise LedgerDamagedError(
                f"{self._path} is no ledger of OSync.", unharmed=_UNHARMED, advice="Use another home."
            )
        if version > migrations.VERSION:
            raise LedgerTooNewError(
                f"The ledger {self._path} was written by a newer OSync (format {version}, this one knows {migrations.VERSION}).",
                unharmed=_UNHARMED,
                advice="Install the newer OSync on this computer.",
            )
        return int(version) if tables else 0

    def copy_in_memory(self) -> "Database":
        """Give a copy of the whole ledger in memory, for a rehearsal."""
        with _translated(self._path):
            connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
            self._connection.backup(connection)
        return Database(connection, self._path, _ignore)

    def is_sound(self) -> bool:
        """Tell whether SQLite finds the whole file in order. Reads all of it."""
        row = self.row("PRAGMA quick_check(1)")
        return row is not None and row[0] == "ok"

    def close(self) -> None:
        """Close the file; a second time is silent."""
        self._connection.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Make everything inside happen together or not at all; on disk when it returns. Does not nest."""
        with _translated(self._path):
            self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._observer("commit")
            with _translated(self._path):
                self._connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            raise
        self._observer("committed")

    def rows(self, sql: str, *arguments: object) -> Iterator[Row]:
        """Give the rows of a query one by one."""
        try:
            yield from self._connection.execute(sql, arguments)
        except sqlite3.Error as error:
            raise _our_error(error, self._path) from error

    def row(self, sql: str, *arguments: object) -> Row | None:
        """Give the first row of a query, or None."""
        try:
            found = self._connection.execute(sql, arguments).fetchone()
        except sqlite3.Error as error:
            raise _our_error(error, self._path) from error
        return tuple(found) if found is not None else None

    def execute(self, sql: str, *arguments: object) -> int:
        """Change rows inside a transaction; gives the number of the last row inserted."""
        try:
            return self._connection.execute(sql, arguments).lastrowid or 0
        except sqlite3.Error as error:
            raise _our_error(error, self._path) from error

    def execute_many(self, sql: str, arguments: Iterable[Row]) -> None:
        """Change many rows inside a transaction."""
        try:
            self._connection.executemany(sql, arguments)
        except sqlite3.Error as error:
            raise _our_error(error, self._path) from error


@contextlib.contextmanager
def _translated(path: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise _our_error(error, path) from error


def _our_error(error: sqlite3.Error, path: str) -> OSyncError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return DiskFullError(
            f"The disk that holds the ledger {path} is full.",
            unharmed=_UNDONE,
            advice="Free some space and run OSync again.",
        )
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return AnotherRunError(
            f"Another program uses the ledger {path}.", unharmed=_UNDONE, advice="Try again when it is done."
        )
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return UserMustActError(
            f"The ledger {path} cannot be opened for writing.",
            unharmed=_UNHARMED,
            advice="Check that the folder exists and belongs to you.",
        )
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return LedgerDamagedError(
            f"The ledger {path} is damaged.",
            unharmed="No calendar was touched.",
            advice="Put a copy of it back from a backup. To begin anew, move the whole folder away and run osync init; if you have a"
            " file of osync identity export, osync identity import brings key and shares back.",
        )
    if code == sqlite3.SQLITE_IOERR:
        return DiskFullError(
            f"The disk that holds the ledger {path} fails ({error}).",
            unharmed=_UNDONE,
            advice="Check it, then run OSync again.",
        )
    return OSyncError(f"The ledger {path} refused a question of ours ({error}).", unharmed=_UNHARMED)
