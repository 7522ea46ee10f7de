"""Measure OSync with calendars on CalDAV servers beside vdirsyncer, on the same server and files in one run; print a table.

First apply: a subscriber writes received events into an empty calendar; vdirsyncer and a bare loop of PUTs write the same
texts. Then another calendar is filled, OSync shares it, vdirsyncer keeps a folder of it, and both look at it anew: with
nothing changed, and after 30 changes by another program.
"""

import argparse
import os
import platform
import re
import shutil
import sys
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from beds.dav import DavServer, running_radicale, running_xandikos

from bench import folders, osync_pair, vdirsyncer_pair
from bench.caldav_calendars import ServedCalendar, new_calendar, put_all
from bench.measure import Cost, median, run
from bench.osync_pair import Pair, Person
from bench.sync_bench import ROOT, table

BEGIN, END = "<!-- measured with caldav -->", "<!-- end of measured with caldav -->"
SERVERS: dict[str, Callable[[], AbstractContextManager[DavServer]]] = {
    "radicale": running_radicale,
    "xandikos": running_xandikos,
}
UNCHANGED_AIM, CHANGED_AIM, LOOP_AIM = 0.5, 3.0, 1.2
HEAD = [
    "server",
    "step",
    "OSync wall s",
    "CPU s",
    "vdirsyncer wall s",
    "CPU s",
    "bare PUTs, 1 and {} at a time",
    "aim",
    "reached",
]
VDIRSYNCER = """\
[general]
status_path = "{folder}/status/"

[pair bench]
a = "here"
b = "there"
collections = null

[storage here]
type = "filesystem"
path = "{folder}/here/"
fileext = ".ics"

[storage there]
type = "caldav"
url = "{url}"
username = "alice"
password = "alice-pw"
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `loops` are the seconds of the bare loops, `limit` the most wall seconds that are allowed."""

    server: str
    step: str
    ours: Cost
    theirs: Cost | None
    limit: float
    aim: str
    loops: tuple[float, ...] = ()

    @property
    def cells(self) -> list[str]:
        theirs = [f"{self.theirs.wall:.2f}", f"{self.theirs.cpu:.2f}"] if self.theirs else ["", ""]
        loops = " and ".join(f"{seconds:.2f} s" for seconds in self.loops)
        reached = "yes" if self.ours.wall <= self.limit else "**no**"
        return [
            self.server,
            self.step,
            f"{self.ours.wall:.2f}",
            f"{self.ours.cpu:.2f}",
            *theirs,
            loops,
            self.aim,
            reached,
        ]


@dataclass(frozen=True, slots=True)
class Vdirsyncer:
    """vdirsyncer between a folder and a calendar on a server."""

    program: Path
    configuration: Path
    folder: Path

    def sync(self) -> Cost:
        return run([str(self.program), "-c", str(self.configuration), "-v", "ERROR", "sync"], dict(os.environ))


def new_vdirsyncer(program: Path, calendar: ServedCalendar, name: str) -> Vdirsyncer:
    folder = ROOT / f"vdirsyncer-{name}"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "here").mkdir(parents=True)
    made = Vdirsyncer(program, folder / "config", folder / "here")
    made.configuration.write_text(VDIRSYNCER.format(folder=folder, url=calendar.url))
    run([str(program), "-c", str(made.configuration), "-v", "ERROR", "discover"], dict(os.environ))
    return made


def keep_on_server(person: Person, calendar: ServedCalendar, requests: int) -> None:
    """Let a person's default calendar be the one on the server."""
    path = person.home / "config.toml"
    text = path.read_text("utf-8")
    section = (
        f'[calendars.default]\nkind = "caldav"\nlocation = "{calendar.url}"\n'
        f'user = "alice"\npassword_command = "echo alice-pw"\nrequests = {requests}\n'
    )
    path.write_text(re.sub(r"\[calendars\.default\]\n(?:[^\[]*\n)", section + "\n", text, count=1), "utf-8")


def begun_pair(events: Path) -> Pair:
    """Give a pair whose subscriber has accepted; the events are on their way."""
    pair = osync_pair.new_pair(ROOT / "osync-caldav", events)
    pair.owner.osync("share", "new", "team", "--category", "OSync")
    pair.owner.osync("share", "invite", "team", "tester@example.org")
    pair.owner.sync()
    pair.subscriber.sync()
    pair.subscriber.osync("accept", "1", "--as", "pat")
    pair.subscriber.sync()
    pair.owner.sync()
    return pair


def first_apply(server: DavServer, options: argparse.Namespace, program: Path | None) -> Iterable[Row]:
    """Write the same events by OSync, by vdirsyncer and by bare loops, each into a calendar of its own."""
    events = folders.events_folder(ROOT, 2 * options.events, datetime.now(UTC).date())
    pair = begun_pair(events)
    calendar = new_calendar(server, "applied")
    keep_on_server(pair.subscriber, calendar, options.requests)
    ours = pair.subscriber.sync()
    texts = ROOT / "applied"
    shutil.rmtree(texts, ignore_errors=True)
    texts.mkdir()
    for path in sorted(calendar.folder.glob("*.ics")):
        (texts / path.name).write_bytes(path.read_bytes())
    files = sorted(texts.iterdir())
    loops = tuple(put_all(new_calendar(server, f"loop-{number}"), files, number) for number in (1, options.requests))
    theirs = None
    if program:
        other = new_vdirsyncer(program, new_calendar(server, "theirs"), "applied")
        for path in files:
            shutil.copy(path, other.folder)
        theirs = other.sync()
    limit = min(loops[-1] * LOOP_AIM, theirs.wall if theirs else float("inf"))
    aim = f"bare PUTs × {LOOP_AIM:g}, vdirsyncer"
    yield Row(server.name, f"first apply of {len(files):,}", ours, theirs, limit, aim, loops)
    osync_pair.settle(pair)
    folders.change_thirty(folders.shared_events(pair.owner.calendar), 0)
    pair.owner.sync()
    yield Row(server.name, "30 changes written", pair.subscriber.sync(), None, CHANGED_AIM, f"{CHANGED_AIM:g} s")


def large_calendar(server: DavServer, options: argparse.Namespace, program: Path | None) -> Iterable[Row]:
    """Look at a large calendar that others write to: with nothing changed, and with 30 changes."""
    events = folders.events_folder(ROOT, options.kept, datetime.now(UTC).date())
    calendar = new_calendar(server, "kept")
    calendar.fill(events)
    pair = osync_pair.new_pair(ROOT / "osync-caldav", ROOT / "applied")
    keep_on_server(pair.owner, calendar, options.requests)
    pair.owner.osync("share", "new", "team", "--category", "OSync")
    first = pair.owner.osync("share", "invite", "team", "tester@example.org") + pair.owner.sync()
    other = new_vdirsyncer(program, calendar, "kept") if program else None
    first_theirs = other.sync() if other else None
    yield Row(server.name, f"first reading of {options.kept:,}", first, first_theirs, float("inf"), "")
    osync_pair.settle(pair)
    ours = median([pair.owner.sync() for _ in range(options.runs)])
    theirs = median([other.sync() for _ in range(options.runs)]) if other else None
    step = f"nothing changed among {options.kept:,}"
    yield Row(server.name, step, ours, theirs, UNCHANGED_AIM, f"{UNCHANGED_AIM:g} s")
    files = folders.shared_events(events)
    costs, costs_theirs = [], []
    for number in range(options.runs):
        calendar.change_thirty(files, number)
        costs.append(pair.owner.sync())
        costs_theirs += [other.sync()] if other else []
    theirs = median(costs_theirs) if other else None
    yield Row(server.name, "30 changes read", median(costs), theirs, CHANGED_AIM, f"{CHANGED_AIM:g} s")


def report(options: argparse.Namespace) -> str:
    program = None if options.alone else vdirsyncer_pair.install(ROOT)
    rows: list[Row] = []
    for name in options.servers.split(","):
        for measure in (first_apply, large_calendar):
            with SERVERS[name]() as server:
                for row in measure(server, options, program):
                    print(" | ".join(row.cells), file=sys.stderr)
                    rows.append(row)
    head = [cell.format(options.requests) for cell in HEAD]
    beside = f"vdirsyncer {vdirsyncer_pair.version(program)}" if program else "no vdirsyncer"
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    told = f"{machine}; {beside}; {options.requests} requests in flight; medians of {options.runs} runs but for the first ones."
    return "\n".join([told, "", table([head, *(row.cells for row in rows)])])


def write(path: Path, text: str) -> None:
    """Put the figures between their marks and leave the words around them."""
    page = path.read_text(encoding="utf-8")
    pattern = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
    path.write_text(pattern.sub(lambda _: f"{BEGIN}\n{text}\n{END}", page), encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run bench caldav", description=__doc__)
    parser.add_argument("--servers", default=",".join(SERVERS), help="which of them (default: %(default)s)")
    parser.add_argument("--events", type=int, default=1000, help="events of the first apply (default: %(default)s)")
    parser.add_argument("--kept", type=int, default=10_000, help="events of the large calendar (default: %(default)s)")
    parser.add_argument("--requests", type=int, default=4, help="requests in flight (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=3, help="runs of each repeated step (default: %(default)s)")
    parser.add_argument("--alone", action="store_true", help="measure OSync only")
    parser.add_argument("--write", type=Path, metavar="FILE", help="also put the figures into FILE")
    options = parser.parse_args()
    ROOT.mkdir(exist_ok=True)
    try:
        text = report(options)
    except folders.GeneratorMissingError as missing:
        parser.exit(2, f"{missing}\n")
    print(text)
    if options.write:
        write(options.write, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
