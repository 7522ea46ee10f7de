"""Fixtures that start real CalDAV servers once for a test run; mark their tests with `xdist_group` of the same name."""

from collections.abc import Iterator

import pytest
from beds.cyrus import Cyrus, running_cyrus
from beds.dav import DavServer, running_radicale, running_xandikos


@pytest.fixture(scope="session")
def cyrus() -> Iterator[Cyrus]:
    """Give a running Cyrus: IMAP with IDLE, LMTP, CalDAV."""
    with running_cyrus() as server:
        yield server


@pytest.fixture(scope="session")
def radicale() -> Iterator[DavServer]:
    """Give a running Radicale."""
    with running_radicale() as server:
        yield server


@pytest.fixture(scope="session")
def xandikos() -> Iterator[DavServer]:
    """Give a running Xandikos."""
    with running_xandikos() as server:
        yield server
