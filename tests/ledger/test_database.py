"""Opening the ledger, and what SQLite's failures become."""

import contextlib
import sqlite3
from pathlib import Path

import pytest

from osync.errors import AnotherRunError, DiskFullError, LedgerDamagedError, LedgerTooNewError, UserMustActError
from osync.ledger import migrations
from osync.ledger.database import Database
from osync.ledger.ledger import Ledger


def test_a_new_ledger_says_what_it_is(tmp_path: Path) -> None:
    Database.open(tmp_path / "ledger").close()
    with contextlib.closing(sqlite3.connect(tmp_path / "ledger", isolation_level=None)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (migrations.VERSION,)
        assert connection.execute("PRAGMA application_id").fetchone() == (0x4F53594E,)


def test_every_table_is_strict_and_has_no_nulls() -> None:
    database = Database.open(None)
    tables: dict[str, str] = dict(database.rows("SELECT name, sql FROM sqlite_schema WHERE type = 'table'"))
    assert len(tables) >= 15
    for name, sql in tables.items():
        assert "STRICT" in sql, name
        columns = list(database.rows(f"SELECT name, \"notnull\" FROM pragma_table_info('{name}')"))
        assert all(notnull for _, notnull in columns), (name, columns)


def test_opening_again_changes_nothing(tmp_path: Path) -> None:
    Database.open(tmp_path / "ledger").close()
    before = (tmp_path / "ledger").read_bytes()
    Database.open(tmp_path / "ledger").close()
    assert (tmp_path / "ledger").read_bytes() == before


def test_a_newer_ledger_is_refused(tmp_path: Path) -> None:
    Database.open(tmp_path / "ledger").close()
    with contextlib.closing(sqlite3.connect(tmp_path / "ledger", isolation_level=None)) as connection:
        connection.execute(f"PRAGMA user_version = {migrations.VERSION + 1}")
    with pytest.raises(LedgerTooNewError, match="newer OSync"):
        Database.open(tmp_path / "ledger")


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "ledger", isolation_level=None)) as connection:
        connection.execute("CREATE TABLE foreign_thing (x)")
    with pytest.raises(LedgerDamagedError, match="no ledger of OSync"):
        Database.open(tmp_path / "ledger")


def test_garbage_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ledger").write_bytes(b"this is not a database, not at all" * 100)
    with pytest.raises(LedgerDamagedError, match="damaged"):
        Database.open(tmp_path / "ledger")


def test_a_cut_ledger_is_refused(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "ledger")
    with ledger.transaction():
        for number in range(2000):
            ledger.set_setting(f"name {number}", "x" * 100)
    ledger.close()
    data = (tmp_path / "ledger").read_bytes()
    (tmp_path / "ledger").write_bytes(data[: len(data) // 2])

    def read_all() -> None:
        ledger = Ledger.open(tmp_path / "ledger")
        for number in range(2000):
            ledger.setting(f"name {number}")

    with pytest.raises(LedgerDamagedError):
        read_all()


def test_a_missing_folder_is_the_users_matter(tmp_path: Path) -> None:
    with pytest.raises(UserMustActError, match="cannot be opened"):
        Database.open(tmp_path / "nowhere" / "ledger")


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "ledger")
    database = ledger._database
    with ledger.transaction():
        ledger.set_setting("kept", "yes")
    database.row("PRAGMA max_page_count = 1")
    with pytest.raises(DiskFullError, match="full"), ledger.transaction():
        ledger.set_setting("big", "x" * 1_000_000)
    assert (ledger.setting("kept"), ledger.setting("big")) == ("yes", "")


def test_a_ledger_in_use_is_said(tmp_path: Path) -> None:
    first = Database.open(tmp_path / "ledger")
    other = sqlite3.connect(tmp_path / "ledger", isolation_level=None, timeout=0)
    other.execute("BEGIN EXCLUSIVE")
    first.row("PRAGMA busy_timeout = 0")
    with pytest.raises(AnotherRunError, match="Another program"), first.transaction():
        pass
    other.close()


def test_a_transaction_that_fails_leaves_no_trace(tmp_path: Path) -> None:
    ledger = Ledger.open(None)

    def fail_halfway() -> None:
        with ledger.transaction():
            ledger.set_setting("name", "value")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_halfway()
    assert ledger.setting("name") == ""


def test_the_observer_is_told_around_each_commit() -> None:
    steps: list[str] = []
    ledger = Ledger.open(None, steps.append)
    steps.clear()
    with ledger.transaction():
        steps.append("inside")
    assert steps == ["inside", "commit", "committed"]


def test_a_copy_in_memory_is_independent(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "ledger")
    with ledger.transaction():
        ledger.set_setting("name", "old")
    copy = ledger.copy_in_memory()
    with copy.transaction():
        copy.set_setting("name", "new")
    assert (ledger.setting("name"), copy.setting("name")) == ("old", "new")
