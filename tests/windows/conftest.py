"""These tests need Windows (or Windows Python under Wine: `./run wine`); elsewhere they are not collected."""

import sys
from collections.abc import Iterator
from typing import Any

import pytest

collect_ignore_glob = [] if sys.platform == "win32" else ["test_*.py"]


@pytest.fixture(scope="session")
def server() -> Iterator[Any]:
    """Application of the fake Outlook, which is a COM server in another process."""
    from outlook.com_server import register_server, unregister_server
    from outlook.late import Late
    from win32com.client import dynamic

    register_server()
    yield Late(dynamic.Dispatch("Outlook.Application"))
    unregister_server()
