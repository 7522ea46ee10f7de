"""Two homes of OSync with a post office between them: what a user types, one process each."""

import os
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from bench.measure import Cost, run

OSYNC = Path(sys.executable).with_name("osync")
SETTLED_AFTER = 3.0


@dataclass(frozen=True, slots=True)
class Person:
    """One installation of OSync and the folder of events it works on."""

    name: str
    home: Path
    calendar: Path

    def osync(self, *arguments: str, expected: tuple[int, ...] = (0,)) -> Cost:
        environment = os.environ | {
            "OSYNC_HOME": str(self.home),
            "OSYNC_KEYS": "file",
        }
        return run([str(OSYNC), *arguments], environment, expected)

    def sync(self) -> Cost:
        return self.osync("sync")


@dataclass(frozen=True, slots=True)
class Pair:
    """An owner whose folder is full and a subscriber whose folder is empty."""

    owner: Person
    subscriber: Person


def new_pair(folder: Path, events: Path) -> Pair:
    """Set up both homes anew, with a copy of `events` for the owner."""
    shutil.rmtree(folder, ignore_errors=True)
    people = [Person(name, folder / name, folder / f"{name}-calendar") for name in ("pat", "tester")]
    pair = Pair(*people)
    shutil.copytree(events, pair.owner.calendar)
    pair.subscriber.calendar.mkdir()
    for person in people:
        person.osync(
            *("init", "--name", person.name, "--address", f"{person.name}@example.org"),
            *("--calendar", f"vdir:{person.calendar}", "--mailbox", f"folder:{folder / 'post'}"),
            *("--time-zone", "Europe/Berlin"),
        )
        _mail_at_once(person.home / "config.toml")
    return pair


def _mail_at_once(settings: Path) -> None:
    """Let every change be mailed by the next sync: what waits ten minutes for others costs nothing to measure."""
    text = settings.read_text("utf-8")
    settings.write_text(text.replace("broadcast_minutes = 10\n", "broadcast_minutes = 0\n"), "utf-8")


@dataclass(frozen=True, slots=True)
class Beginning:
    """What the first exchange cost each side."""

    owner: Cost
    subscriber: Cost


def begin(pair: Pair) -> Beginning:
    """Share, invite, accept, and apply: the owner's whole cost, and the subscriber's cost of writing the events."""
    made = pair.owner.osync("share", "new", "team", "--category", "OSync")
    invited = pair.owner.osync("share", "invite", "team", "tester@example.org")
    posted = pair.owner.sync()
    pair.subscriber.sync()
    pair.subscriber.osync("accept", "1", "--as", "pat")
    pair.subscriber.sync()
    sent = pair.owner.sync()
    return Beginning(made + invited + posted + sent, pair.subscriber.sync())


def settle(pair: Pair) -> None:
    """Let both sides see once more what was written a moment ago: a time stamp that young proves nothing yet."""
    time.sleep(SETTLED_AFTER)
    for person in (pair.owner, pair.subscriber):
        person.sync()
