"""Two people at the command line: each has a home, a folder of events, and an account in one post office."""

import json
import os
import re
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from osync.cli.main import main
from osync.home import Home

SOON = datetime.now(UTC).date() + timedelta(days=30)
"""A day that can be shared whenever the tests run; all events of the tests are on it."""

DAY = f"{('Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun')[SOON.weekday()]} {SOON.isoformat()}"
"""That day as it is shown."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command gave back."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What was printed, as JSON."""
        return json.loads(self.out)


class Person:
    """One user of the command line."""

    def __init__(self, name: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.name = name
        self.address = f"{name}@example.org"
        self.home = Home(folder / name)
        self.events = folder / f"{name}-events"
        self.office = folder / "post office"
        self._capsys = capsys

    def osync(self, *arguments: str) -> Ran:
        """Run a command in this process."""
        self._capsys.readouterr()
        code = main(["--home", str(self.home.path), *arguments])
        said = self._capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return Ran(code, said.out, said.err)

    def done(self, *arguments: str) -> str:
        """Run a command that has to succeed without a word of complaint, and give what it says."""
        ran = self.osync(*arguments)
        assert (ran.code, ran.err) == (0, ""), ran
        return ran.out

    def init(self) -> "Person":
        """Make the installation."""
        self.events.mkdir()
        places = ("--calendar", f"vdir:{self.events}", "--mailbox", f"folder:{self.office}")
        self.done("init", "--name", self.name, "--address", self.address, *places)
        self.set_limits(broadcast_minutes=0)
        return self

    def set_limits(self, *, broadcast_minutes: int = 10, mails_per_day: int = 500) -> None:
        """Edit the settings; without minutes between broadcasts no test has to wait."""
        text = self.home.settings.read_text("utf-8")
        text = re.sub(r"broadcast_minutes = \d+", f"broadcast_minutes = {broadcast_minutes}", text)
        self.home.settings.write_text(re.sub(r"mails_per_day = \d+", f"mails_per_day = {mails_per_day}", text), "utf-8")

    def put(self, title: str, *lines: str, uid: str = "", category: str = "Team", hour: int = 12) -> Path:
        """Write an event, as another program would."""
        uid = uid or title.lower()
        return self.put_file(f"{uid}.ics", calendar(event(title, *lines, uid=uid, category=category, hour=hour)))

    def put_file(self, name: str, content: str | bytes) -> Path:
        """Write a file into the calendar, an hour old: one of this moment may still be changing, and is read again."""
        path = self.events / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        an_hour_ago = time.time() - 3600
        os.utime(path, (an_hour_ago, an_hour_ago))
        return path

    def titles(self) -> list[str]:
        """Give the titles in the calendar, sorted."""
        texts = [path.read_text("utf-8", "replace").replace("\r\n ", "") for path in self.events.glob("*.ics")]
        lines = (line for text in texts for line in text.splitlines())
        return sorted(line.removeprefix("SUMMARY:") for line in lines if line.startswith("SUMMARY:"))

    def inbox(self) -> list[Path]:
        """Give the mails that wait, oldest first."""
        return sorted((self.office / self.address / "new").iterdir())

    def deliver(self, content: bytes, name: str = "1000000000.test") -> Path:
        """Lay a mail into the account of this person, before all others."""
        path = self.office / self.address / "new" / name
        path.write_bytes(content)
        return path


@dataclass(frozen=True, slots=True)
class Pair:
    """pat, who shares, and tester, who follows."""

    pat: Person
    tester: Person

    def invited(self) -> "Pair":
        """Let pat share the category Team and invite tester."""
        self.pat.done("share", "new", "team", "--category", "Team")
        self.pat.done("share", "invite", "team", self.tester.address)
        self.tester.done("sync")
        return self

    def joined(self) -> "Pair":
        """Let tester follow pat."""
        self.invited()
        self.tester.done("accept", "1", "--as", "pat")
        self.pat.done("sync")
        self.tester.done("sync")
        return self


def event(title: str, *lines: str, uid: str, category: str = "Team", hour: int = 12, day: date = SOON) -> str:
    """Give the lines of one event of an hour."""
    moment = f"{day:%Y%m%d}T{hour:02}0000"
    text = ("BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20260101T000000Z", f"DTSTART:{moment}Z", "DURATION:PT1H")
    marked = (f"CATEGORIES:{category}",) if category else ()
    return "\r\n".join((*text, f"SUMMARY:{title}", *marked, *lines, "END:VEVENT")) + "\r\n"


def calendar(*events: str) -> str:
    """Give the text of a whole file."""
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n{''.join(events)}END:VCALENDAR\r\n"
