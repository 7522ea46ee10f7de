"""A fixture that puts a credential store in memory in the place of the system's, for tests in any folder."""

from collections.abc import Iterator

import keyring
import pytest
from credentials.credential_store import MemoryStore

from osync.credentials import forget_secrets


@pytest.fixture
def credential_store() -> Iterator[MemoryStore]:
    before = keyring.get_keyring()
    found = MemoryStore()
    keyring.set_keyring(found)
    forget_secrets()
    yield found
    forget_secrets()
    keyring.set_keyring(before)
