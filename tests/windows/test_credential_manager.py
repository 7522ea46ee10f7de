"""Secrets in the Credential Manager of Windows itself, and commands as Windows splits them."""

import contextlib
from collections.abc import Iterator

import pytest

from osync.credentials import forget_secrets, keep_password, stored_login
from osync.credentials.commands import printed_password
from osync.credentials.store import can_keep, find, forget, keep

NAME = "oauth tests of OSync"
USER, HOST = "tests-of-osync", "imap.example.org"


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    yield
    for name in (NAME, f"password {USER}@{HOST}"):
        with contextlib.suppress(Exception):
            forget(name)
    forget_secrets()


def test_a_password_is_kept_and_found() -> None:
    assert can_keep()
    keep_password(USER, HOST, "correct hörse")
    assert stored_login(USER, HOST, "mailbox").secret() == "correct hörse"


@pytest.mark.parametrize("length", [900, 1_281, 3_500])
def test_a_secret_is_longer_than_a_credential_may_be(length: int) -> None:
    keep(NAME, "y" * length)
    assert find(NAME) == "y" * length
    forget(NAME)
    assert find(NAME) is None


def test_a_command_is_split_as_windows_does_it() -> None:
    assert printed_password('cmd.exe /d /c "echo two words"') == "two words"
    assert printed_password(r"C:\windows\system32\cmd.exe /d /c echo secret") == "secret"
