"""What a run may cost: the libraries it loads, told by the processes themselves."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

COSTLY = {"cryptography", "dateutil", "email", "importlib_metadata", "keyring", "tzlocal", "asyncio", "http", "ssl"}
# Events and messages are read and written only when something changed.
READERS = ("osync.ical.", "osync.message.")
RUN = """
import json, sys
from osync.cli.main import main
code = main(sys.argv[1:])
print("\\n" + json.dumps([code, *sorted(sys.modules)]))
"""
LUNCH = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//EN
BEGIN:VEVENT
UID:lunch@example.org
DTSTAMP:20260101T000000Z
DTSTART:20990105T120000Z
DTEND:20990105T130000Z
RRULE:FREQ=WEEKLY
SUMMARY:Lunch
CATEGORIES:Team
END:VEVENT
END:VCALENDAR
"""


@dataclass(frozen=True, slots=True)
class Home:
    """One installation in a folder of the test."""

    path: Path

    def osync(self, *arguments: str) -> set[str]:
        """Run a command in a process of its own and give the modules that it loaded."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
        environment |= {"OSYNC_HOME": str(self.path), "OSYNC_KEYS": "file"}
        command = [sys.executable, "-c", RUN, *arguments]
        ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        code, *loaded = json.loads(ran.stdout.splitlines()[-1])
        assert code == 0, ran.stdout + ran.stderr
        return set(loaded)


@pytest.fixture
def sharing(tmp_path: Path) -> list[Home]:
    """Give an owner and a subscriber who share one event and have nothing more to tell each other."""
    homes = {name: Home(tmp_path / name) for name in ("pat", "tester")}
    for name, home in homes.items():
        calendar = tmp_path / f"{name}-calendar"
        calendar.mkdir()
        places = ("--calendar", f"vdir:{calendar}", "--mailbox", f"folder:{tmp_path / 'post'}")
        home.osync("init", "--name", name, "--address", f"{name}@example.org", *places)
    pat, tester = homes["pat"], homes["tester"]
    (tmp_path / "pat-calendar" / "lunch.ics").write_text(LUNCH, newline="\r\n")
    pat.osync("share", "new", "team", "--category", "Team")
    pat.osync("share", "invite", "team", "tester@example.org")
    pat.osync("sync")
    tester.osync("sync")
    tester.osync("accept", "1", "--as", "pat")
    for home in (tester, pat, tester, pat, tester, pat):
        home.osync("sync")
    assert len(list((tmp_path / "tester-calendar").iterdir())) == 1
    return [pat, tester]


def test_a_sync_with_nothing_to_do_loads_nothing_that_reads_events_or_mails(sharing: list[Home]) -> None:
    for home in sharing:
        loaded = home.osync("sync")
        assert {name for name in loaded if name.split(".")[0] in COSTLY or name.startswith(READERS)} == set()


def test_asking_for_the_version_loads_nothing_but_the_command_line(tmp_path: Path) -> None:
    loaded = {name for name in Home(tmp_path).osync("--version") if name.startswith("osync.")}
    line = {
        f"osync.cli{part}"
        for part in (
            "",
            ".main",
            ".arguments",
            ".manual",
            ".manual_accounts",
            ".manual_identity",
            ".manual_running",
            ".words",
        )
    }
    assert loaded <= line | {"osync.errors", "osync.home", "osync.disk"}
