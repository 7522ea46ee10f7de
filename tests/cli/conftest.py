"""What every test of the command line gets: keys in files, two people, and a clean environment."""

from pathlib import Path

import pytest
from cli.people import Pair, Person


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OSYNC_KEYS", "file")
    monkeypatch.delenv("OSYNC_HOME", raising=False)


@pytest.fixture
def pair(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Pair:
    """Give pat and tester, who do not know each other yet."""
    return Pair(Person("pat", tmp_path, capsys).init(), Person("tester", tmp_path, capsys).init())


@pytest.fixture
def joined(pair: Pair) -> Pair:
    """Give pat and tester; tester follows pat's share team, in which there is a lunch."""
    pair.pat.put("Lunch")
    return pair.joined()
