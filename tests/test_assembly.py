"""From settings to an installation: where its key is, and what happens when that cannot be had."""

from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import null

from osync.assembly import choose_key_store, initialise, installation, key_keeper
from osync.config import PlaceSettings, Settings
from osync.engine.identities import change_identity
from osync.engine.sharing import NewShare, new_share
from osync.engine.sync import sync
from osync.errors import CalendarUnusableError, ConfigurationError, KeyUnavailableError, LedgerDamagedError
from osync.home import Home


class Store(KeyringBackend):
    """A key store of the system in memory, which counts how often it is asked."""

    priority: float = 5
    viable = False  # keyring chains every class that it knows of and that may be used

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # keyring types only a part of itself
        self.kept: dict[str, str] = {}
        self.asked = 0

    def get_password(self, service: str, username: str) -> str | None:
        self.asked += 1
        return self.kept.get(f"{service} {username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[f"{service} {username}"] = password


@pytest.fixture
def store() -> Iterator[Store]:
    before = keyring.get_keyring()
    found = Store()
    keyring.set_keyring(found)
    yield found
    keyring.set_keyring(before)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "calendar").mkdir()
    return Home(tmp_path / "home")


def settings(home: Home, *, key_store: str = "system", kind: str = "vdir") -> Settings:
    return Settings(
        name="pat",
        address="pat@example.org",
        time_zone="",
        key_store=key_store,
        calendars={"default": PlaceSettings(kind, str(home.path.parent / "calendar"))},
        mailbox=PlaceSettings("folder", str(home.path.parent / "office")),
    )


def quiet(work: str, done: int, total: int) -> None:
    """Show nothing."""


def test_the_key_store_of_the_system_is_taken_where_there_is_one(store: Store) -> None:
    assert choose_key_store({}) == "system"
    assert choose_key_store({"OSYNC_KEYS": "file"}) == "file"
    keyring.set_keyring(null.Keyring())  # type: ignore[no-untyped-call] # keyring types only a part of itself
    assert choose_key_store({}) == "file"
    assert choose_key_store({"OSYNC_KEYS": "system"}) == "system"
    with pytest.raises(ConfigurationError, match="OSYNC_KEYS is 'paper'"):
        choose_key_store({"OSYNC_KEYS": "paper"})


def test_a_key_in_the_system_leaves_none_in_the_home(store: Store, home: Home) -> None:
    initialise(home, settings(home), create=False)
    assert len(store.kept) == 1
    assert not home.key.exists()
    with installation(home, quiet) as opened:
        assert len(opened.identity().to_bytes()) == 64


def test_a_sync_with_nothing_to_do_asks_for_no_key(store: Store, home: Home) -> None:
    initialise(home, settings(home), create=False)
    store.asked = 0
    with installation(home, quiet) as opened:
        assert sync(opened).exit_code == 0
    assert store.asked == 0


def test_a_key_store_that_vanished_is_said_and_no_new_key_is_made(store: Store, home: Home) -> None:
    initialise(home, settings(home), create=False)
    keyring.set_keyring(null.Keyring())  # type: ignore[no-untyped-call] # keyring types only a part of itself
    with installation(home, quiet) as opened, pytest.raises(KeyUnavailableError, match="holds no key"):
        new_share(opened, NewShare("team", "Team", "default"))
    assert not home.key.exists()


def test_an_init_that_was_cut_off_takes_the_key_it_left(store: Store, home: Home) -> None:
    initialise(home, settings(home), create=False)
    kept = dict(store.kept)
    home.settings.unlink()
    initialise(home, settings(home), create=False)
    assert store.kept == kept


@pytest.mark.parametrize("key_store", ["file", "system"])
def test_an_init_over_the_ledger_of_another_key_makes_no_second_key(store: Store, home: Home, key_store: str) -> None:
    """The settings are gone, and so is the key, or it lies in the other place: whoever knows it would not know a new one."""
    initialise(home, settings(home, key_store="file"), create=False)
    with installation(home, quiet) as opened:
        new_share(opened, NewShare("team", "Team", "default"))
    home.settings.unlink()
    key = home.path.parent / "backup.key"
    home.key.rename(key)
    with pytest.raises(ConfigurationError, match="the ledger of an earlier OSync, but not its private key"):
        initialise(home, settings(home, key_store=key_store), create=False)
    assert (store.kept, home.key.exists(), home.settings.exists()) == ({}, False, False)
    key.rename(home.key)
    assert initialise(home, settings(home, key_store="file"), create=False)
    with installation(home, quiet) as opened:
        assert opened.identity().public.key_id == opened.ledger.setting("key_id")
        assert [each.name for each in opened.ledger.shares.all()] == ["team"]


def test_an_init_after_a_changed_key_goes_on_with_the_new_one(store: Store, home: Home) -> None:
    initialise(home, settings(home, key_store="file"), create=False)
    with installation(home, quiet) as opened:
        changed, _ = change_identity(opened, key_keeper(home, settings(home, key_store="file")))
    home.settings.unlink()
    initialise(home, settings(home, key_store="file"), create=False)
    with installation(home, quiet) as opened:
        assert opened.identity().public == changed.public


def test_an_init_that_was_cut_off_does_not_build_on_a_damaged_key(home: Home) -> None:
    home.create()
    home.key.write_bytes(b"AAAA")
    home.key.chmod(0o600)
    with pytest.raises(KeyUnavailableError, match="damaged"):
        initialise(home, settings(home, key_store="file"), create=False)
    assert not home.settings.exists()


def test_a_key_that_cannot_be_kept_leaves_no_installation(home: Home, store: Store) -> None:
    keyring.set_keyring(null.Keyring())  # type: ignore[no-untyped-call] # keyring types only a part of itself
    with pytest.raises(KeyUnavailableError):
        initialise(home, settings(home), create=False)
    assert not home.settings.exists()


@pytest.mark.parametrize("content", [None, b""])
def test_a_ledger_that_is_gone_is_no_new_beginning(home: Home, content: bytes | None) -> None:
    initialise(home, settings(home, key_store="file"), create=False)
    home.ledger.unlink() if content is None else home.ledger.write_bytes(content)
    with pytest.raises(LedgerDamagedError, match="missing or empty"), installation(home, quiet):
        pass
    assert not home.ledger.exists() or not home.ledger.read_bytes()


def test_an_unknown_kind_is_named_with_the_known_ones(home: Home) -> None:
    with pytest.raises(ConfigurationError, match=r"'gopher' is no kind of calendar .* Allowed: vdir"):
        initialise(home, settings(home, key_store="file", kind="gopher"), create=False)


def test_a_calendar_that_cannot_be_made_is_said(home: Home) -> None:
    (home.path.parent / "calendar").rmdir()
    (home.path.parent / "calendar").write_text("")
    with pytest.raises(CalendarUnusableError):
        initialise(home, settings(home, key_store="file"), create=True)
    wish = settings(home, key_store="file")
    below = PlaceSettings("vdir", str(home.path.parent / "calendar" / "below"))
    with pytest.raises(CalendarUnusableError):
        initialise(home, Settings(wish.name, wish.address, "", "file", {"default": below}, wish.mailbox), create=True)
    assert not home.path.exists()
