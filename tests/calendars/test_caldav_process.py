"""Whole processes of OSync with a calendar on a server: what a run without news loads and asks."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from beds.dav import DavServer
from beds.dav_client import DavClient
from beds.front import Front, running_front
from contracts.calendar_contract import text_of

RUN = """
import json, sys
from osync.cli.main import main
code = main(sys.argv[1:])
print("\\n" + json.dumps([code, *sorted(sys.modules)]))
"""
READERS = ("osync.ical.", "osync.message.", "cryptography", "keyring", "concurrent")
pytestmark = pytest.mark.xdist_group("xandikos")


def osync(home: Path, *arguments: str) -> tuple[int, set[str]]:
    """Run a command in a process of its own; give its code and the modules that it loaded."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    environment |= {"OSYNC_HOME": str(home), "OSYNC_KEYS": "file"}
    ran = subprocess.run(
        [sys.executable, "-c", RUN, *arguments], env=environment, capture_output=True, text=True, check=True
    )
    code, *loaded = json.loads(ran.stdout.splitlines()[-1])
    assert "alice-pw" not in ran.stdout + ran.stderr
    return code, set(loaded)


@pytest.fixture
def front(xandikos: DavServer) -> Iterator[Front]:
    """Give a front before the server, which notes what is asked."""
    with running_front(xandikos.port) as front:
        yield front


def test_a_run_without_news_asks_one_question_and_loads_nothing_that_reads_events(
    xandikos: DavServer, front: Front, tmp_path: Path
) -> None:
    client = DavClient(xandikos.user("alice"))
    url = client.make_calendar()
    client.put(f"{url}lunch.ics", text_of("Lunch", "CATEGORIES:Team"))
    home = tmp_path / "pat"
    (tmp_path / "calendar").mkdir()
    places = ("--calendar", f"vdir:{tmp_path / 'calendar'}", "--mailbox", f"folder:{tmp_path / 'post'}")
    for name in ("tester", "pat"):
        osync(tmp_path / name, "init", "--name", name, "--address", f"{name}@example.org", *places)
    section = f'kind = "caldav"\nlocation = "{front.in_front(url, xandikos.port)}"\nuser = "alice"\n'
    section += 'password_command = "echo alice-pw"\n'
    settings = (home / "config.toml").read_text("utf-8")
    (home / "config.toml").write_text(re.sub(r'kind = "vdir"\nlocation = .*\n', section, settings), "utf-8")
    osync(home, "share", "new", "team", "--category", "Team")
    assert osync(home, "share", "invite", "team", "tester@example.org")[0] == 0
    osync(home, "sync")
    asked = len(front.asked)
    code, loaded = osync(home, "sync")
    assert code == 0
    assert [(each.method, each.headers["depth"]) for each in front.asked[asked:]] == [("PROPFIND", "0")]
    assert {name for name in loaded if name.startswith(READERS)} == set()
