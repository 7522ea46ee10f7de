"""Ledgers of every older format become what a new ledger is."""

import contextlib
import sqlite3
from pathlib import Path

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
