"""Each failure of SQLite becomes an error of ours that says what to do next."""

import sqlite3

import pytest

from osync.errors import (
    AnotherRunError,
    DiskFullError,
    LedgerDamagedError,
    OSyncError,
    UserMustActError,
)
from osync.ledger import migrations
from osync.ledger.database import Database, _our_error


def failure(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("as SQLite says it")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (sqlite3.SQLITE_FULL, DiskFullError),
        (sqlite3.SQLITE_IOERR_WRITE, DiskFullError),
        (sqlite3.SQLITE_IOERR_FSYNC, DiskFullError),
        (sqlite3.SQLITE_BUSY, AnotherRunError),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, AnotherRunError),
        (sqlite3.SQLITE_LOCKED, AnotherRunError),
        (sqlite3.SQLITE_READONLY_DBMOVED, UserMustActError),
        (sqlite3.SQLITE_CANTOPEN, UserMustActError),
        (sqlite3.SQLITE_PERM, UserMustActError),
        (sqlite3.SQLITE_CORRUPT_INDEX, LedgerDamagedError),
        (sqlite3.SQLITE_NOTADB, LedgerDamagedError),
        (sqlite3.SQLITE_MISUSE, OSyncError),
    ],
)
def test_a_failure_is_grouped_by_what_to_do_next(code: int, expected: type[OSyncError]) -> None:
    error = _our_error(failure(code), "/home/pat/ledger")
    assert type(error) is expected
    assert "/home/pat/ledger" in error.what


def test_a_wrong_question_is_a_fault_of_ours() -> None:
    database = Database.open(None)
    with pytest.raises(OSyncError, match="refused a question") as refused:
        list(database.rows("SELECT nothing FROM nowhere"))
    assert refused.value.exit_code == 1


def test_a_ledger_of_today_needs_no_step() -> None:
    assert list(migrations.statements(migrations.VERSION)) == []
