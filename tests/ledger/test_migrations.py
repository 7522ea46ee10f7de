"""Ledgers of every older format become what a new ledger is."""

import contextlib
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from osync.errors import LedgerDamagedError
from osync.ledger import migrations
from osync.ledger.ledger import Ledger

OLD = Path(__file__).parents[1] / "data"
APPLICATION_ID = 0x4F53594E


def make_old_ledger(path: Path, version: int) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript((OLD / f"ledger-{version}.sql").read_text(encoding="utf-8"))
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {version}")
        if version == 1:
            connection.execute(
                "INSERT INTO subscriber (share_id, address, name, public_key, state, token, token_until, counter,"
                " wants_snapshot) VALUES ('s', 'tester@example.org', 'tester', x'01', 'active', x'', 0, 7, 1)"
            )


def shape(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Give the columns of each table and index: name, type, NOT NULL, place in the primary key."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE sql IS NOT NULL")]
        tables = {
            name: connection.execute(
                'SELECT name, type, "notnull", pk FROM pragma_table_info(?) ORDER BY name', (name,)
            ).fetchall()
            for name in names
        }
        indexes = {
            name: connection.execute("SELECT name FROM pragma_index_info(?)", (name,)).fetchall() for name in names
        }
    return {name: tables[name] + indexes[name] for name in names}


def test_every_older_ledger_becomes_a_new_one(tmp_path: Path) -> None:
    Ledger.open(tmp_path / "new").close()
    for version in range(1, migrations.VERSION):
        old = tmp_path / f"old-{version}"
        make_old_ledger(old, version)
        Ledger.open(old).close()
        assert shape(old) == shape(tmp_path / "new")


def test_what_an_older_ledger_holds_is_kept(tmp_path: Path) -> None:
    make_old_ledger(tmp_path / "old", 1)
    ledger = Ledger.open(tmp_path / "old")
    (subscriber,) = ledger.shares.subscribers("s")
    assert (subscriber.address, subscriber.counter, subscriber.wants_snapshot) == ("tester@example.org", 7, True)
    assert (subscriber.wants_after, subscriber.device, subscriber.max_bytes) == (-1, "", 2_000_000)
    ledger.close()


def test_a_damaged_ledger_of_an_older_format_is_called_damaged(tmp_path: Path) -> None:
    old = tmp_path / "old"
    make_old_ledger(old, 1)
    with contextlib.closing(sqlite3.connect(old)) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'subscriber'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    content = bytearray(old.read_bytes())
    content[(root - 1) * size : root * size] = b"\xff" * size
    old.write_bytes(content)
    with pytest.raises(LedgerDamagedError, match="is damaged"):
        Ledger.open(old)
    assert old.read_bytes() == content


def test_a_run_that_is_killed_while_it_changes_the_format_changed_nothing(tmp_path: Path) -> None:
    class Killed(BaseException):
        """The program was ended here."""

    def kill(step: str) -> None:
        raise Killed(step)

    old = tmp_path / "old"
    make_old_ledger(old, 1)
    before = shape(old)
    with pytest.raises(Killed, match="commit"):
        Ledger.open(old, kill)
    assert shape(old) == before
    Ledger.open(old).close()
    Ledger.open(tmp_path / "new").close()
    assert shape(old) == shape(tmp_path / "new")


@pytest.mark.parametrize("version", range(migrations.VERSION))
def test_several_programs_may_open_a_ledger_that_has_to_be_made_or_changed(tmp_path: Path, version: int) -> None:
    path = tmp_path / "ledger"
    if version:
        make_old_ledger(path, version)
    with ThreadPoolExecutor(4) as threads:
        for opened in [threads.submit(Ledger.open, path) for _ in range(4)]:
            opened.result().close()
    Ledger.open(tmp_path / "new").close()
    assert shape(path) == shape(tmp_path / "new")
