"""Where the private key is kept."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.errors import KeyringLocked

from osync.errors import KeyUnavailableError
from osync.keys import FileKeyStore, KeyStore, SystemKeyStore, open_key_store, system_has_key_store

SECRET = bytes(range(64))
NULL: KeyringBackend = null.Keyring()  # type: ignore[no-untyped-call] # keyring types only a part of itself
NONE: KeyringBackend = fail.Keyring()  # type: ignore[no-untyped-call] # keyring types only a part of itself


class Fake(KeyringBackend):
    """A key store of the system in memory."""

    priority: float = 5
    viable = False  # keyring chains every class that it knows of and that may be used

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # keyring types only a part of itself
        self.kept: dict[str, str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get(f"{service} {username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[f"{service} {username}"] = password


class Locked(Fake):
    """One that nobody unlocks."""

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked("a long story\nin lines")


class Broken(Fake):
    """One that raises what no documentation names."""

    def get_password(self, service: str, username: str) -> str | None:
        raise OverflowError("backend")


class Forgetful(Fake):
    """One that says yes and keeps nothing."""

    def set_password(self, service: str, username: str, password: str) -> None:
        pass


class Plain(Fake):
    """One that keeps secrets in a plain file."""

    priority: float = 0.5


@pytest.fixture(autouse=True)
def _own_keyring() -> Iterator[None]:
    before = keyring.get_keyring()
    yield
    keyring.set_keyring(before)


@pytest.fixture(params=["file", "system"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> KeyStore:
    keyring.set_keyring(Fake())
    return open_key_store(request.param, tmp_path, tmp_path / "identity.key")


def test_a_key_is_kept_and_given_back(store: KeyStore) -> None:
    assert not store.holds()
    store.save(SECRET)
    assert store.holds()
    assert store.load() == SECRET


def test_a_second_key_never_takes_the_place_of_the_first(store: KeyStore) -> None:
    store.save(SECRET)
    with pytest.raises(KeyUnavailableError):
        store.save(bytes(64))
    assert store.load() == SECRET


def test_keys_that_change_take_the_place_of_the_old_ones_as_a_whole(store: KeyStore, tmp_path: Path) -> None:
    store.save(SECRET)
    store.replace(bytes(64) + SECRET)
    assert store.load() == bytes(64) + SECRET
    assert [path.name for path in tmp_path.iterdir()] in ([], ["identity.key"])


def test_a_missing_key_is_said_with_advice(store: KeyStore) -> None:
    with pytest.raises(KeyUnavailableError, match="backup") as caught:
        store.load()
    assert caught.value.exit_code == 2


def test_the_key_of_another_home_is_not_taken(tmp_path: Path) -> None:
    keyring.set_keyring(Fake())
    SystemKeyStore(tmp_path / "a").save(SECRET)
    assert not SystemKeyStore(tmp_path / "b").holds()


@pytest.mark.parametrize("content", [b"rubbish!", b"\xff\xfe", b"AAA"])
def test_a_damaged_key_file_is_said(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "identity.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(KeyUnavailableError, match="damaged"):
        FileKeyStore(path).load()


def test_a_damaged_key_of_the_system_is_said(tmp_path: Path) -> None:
    fake = Fake()
    fake.set_password("osync", str(tmp_path), "rübbish")
    keyring.set_keyring(fake)
    with pytest.raises(KeyUnavailableError, match="damaged"):
        SystemKeyStore(tmp_path).load()


@pytest.mark.posix
def test_a_key_file_is_for_its_user_alone(tmp_path: Path) -> None:
    path = tmp_path / "identity.key"
    FileKeyStore(path).save(SECRET)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["identity.key"]
    for mode in (0o640, 0o604, 0o620):
        path.chmod(mode)
        with pytest.raises(KeyUnavailableError, match=r"Others can read .* chmod 600"):
            FileKeyStore(path).load()


def test_a_key_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(KeyUnavailableError, match="cannot be written"):
        FileKeyStore(tmp_path / "none" / "identity.key").save(SECRET)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("backend", [Locked(), Broken(), NONE])
def test_a_key_store_that_fails_is_one_sentence_and_no_new_key(tmp_path: Path, backend: KeyringBackend) -> None:
    keyring.set_keyring(backend)
    store = SystemKeyStore(tmp_path)
    for act in (store.holds, store.load, lambda: store.save(SECRET)):
        with pytest.raises(KeyUnavailableError, match="does not answer") as caught:
            act()
        assert "\n" not in str(caught.value)
        assert "OSYNC_KEYS=file" in str(caught.value)


def test_a_key_store_that_keeps_nothing_is_noticed_at_once(tmp_path: Path) -> None:
    keyring.set_keyring(Forgetful())
    with pytest.raises(KeyUnavailableError):
        SystemKeyStore(tmp_path).save(SECRET)


@pytest.mark.parametrize(("backend", "is_one"), [(Fake(), True), (Plain(), False), (NULL, False), (NONE, False)])
def test_only_a_key_store_that_protects_counts_as_one(backend: KeyringBackend, is_one: bool) -> None:
    keyring.set_keyring(backend)
    assert system_has_key_store() is is_one


def test_no_fake_is_used_by_those_who_ask_keyring_for_what_the_system_has() -> None:
    found = [each.__module__ for each in KeyringBackend.get_viable_backends()]
    assert [name for name in found if not name.startswith(("keyring.", "keyrings."))] == []


def test_what_a_killed_one_of_the_same_number_left_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / f".identity.key.{os.getpid()}").write_bytes(b"half of an old key" * 99)
    store = FileKeyStore(tmp_path / "identity.key")
    store.save(b"secret" * 11)
    assert store.load() == b"secret" * 11
    assert [each.name for each in tmp_path.iterdir()] == ["identity.key"]
