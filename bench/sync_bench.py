"""Measure whole runs of OSync beside vdirsyncer, on the same folder, in the same run; print a table.

The aims are upper limits: CPU seconds, wall seconds or MiB of the largest process.
"""

import argparse
import os
import platform
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench import folders, osync_pair, vdirsyncer_pair
from bench.measure import Cost, median, run
from bench.osync_pair import Pair

ROOT = Path(__file__).parent.parent / ".bench"
PEAK_AIM = 64.0
FLAT = 1.15
BEGIN, END = "<!-- measured -->", "<!-- end of measured -->"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what was done, what it cost us and, where it does the same, vdirsyncer."""

    step: str
    ours: Cost
    theirs: Cost | None = None
    cpu_aim: float | None = None
    wall_aim: float | None = None

    @property
    def reached(self) -> bool:
        cpu_kept = self.cpu_aim is None or self.ours.cpu <= self.cpu_aim
        wall_kept = self.wall_aim is None or self.ours.wall <= self.wall_aim
        return cpu_kept and wall_kept and self.ours.peak <= PEAK_AIM

    def cells(self) -> list[str]:
        cpu = f"{self.theirs.cpu:.2f}" if self.theirs else ""
        wall = f"{self.theirs.wall:.2f}" if self.theirs else ""
        peak = f"{self.theirs.peak:.0f}" if self.theirs else ""
        ratio = f"{self.ours.cpu / self.theirs.cpu:.2f}" if self.theirs else ""
        ours = [f"{self.ours.cpu:.2f}", f"{self.ours.wall:.2f}", f"{self.ours.peak:.0f}"]
        return [self.step, *ours, cpu, wall, peak, ratio, self._aim(), "yes" if self.reached else "**no**"]

    def _aim(self) -> str:
        cpu = [f"{self.cpu_aim:g} s CPU"] if self.cpu_aim is not None else []
        wall = [f"{self.wall_aim:g} s wall"] if self.wall_aim is not None else []
        return ", ".join([*cpu, *wall, f"{PEAK_AIM:.0f} MiB"])


HEAD = ["step", "CPU s", "wall s", "MiB", "vdirsyncer CPU s", "wall s", "MiB", "CPU ratio", "aim", "reached"]


@dataclass(frozen=True, slots=True)
class Measured:
    """Medians of all steps of one side, or of both where both work."""

    first_share: Cost
    first_apply: Cost
    owner_unchanged: Cost
    subscriber_unchanged: Cost
    changed: Cost

    @property
    def peak(self) -> float:
        steps = (self.first_share, self.first_apply, self.owner_unchanged, self.subscriber_unchanged, self.changed)
        return max(step.peak for step in steps)


def repeated(runs: int, step: Callable[[int], Cost]) -> Cost:
    return median([step(number) for number in range(runs)])


def measure_osync(events: Path, runs: int) -> Measured:
    pair = osync_pair.new_pair(ROOT / "osync", events)
    beginnings = [osync_pair.begin(pair)]
    for _ in range(1, runs):
        pair = osync_pair.new_pair(ROOT / "osync", events)
        beginnings.append(osync_pair.begin(pair))
    osync_pair.settle(pair)
    return Measured(
        first_share=median([beginning.owner for beginning in beginnings]),
        first_apply=median([beginning.subscriber for beginning in beginnings]),
        owner_unchanged=repeated(runs, lambda _: pair.owner.sync()),
        subscriber_unchanged=repeated(runs, lambda _: pair.subscriber.sync()),
        changed=measure_changes(pair, runs),
    )


def measure_changes(pair: Pair, runs: int) -> Cost:
    files = folders.shared_events(pair.owner.calendar)

    def step(number: int) -> Cost:
        folders.change_thirty(files, number)
        both = pair.owner.sync() + pair.subscriber.sync()
        osync_pair.settle(pair)
        return both

    return repeated(runs, step)


def measure_vdirsyncer(program: Path, events: Path, runs: int) -> Measured:
    pair = vdirsyncer_pair.new_folders(program, ROOT / "vdirsyncer", events)
    first = [pair.sync()]
    for _ in range(1, runs):
        pair = vdirsyncer_pair.new_folders(program, ROOT / "vdirsyncer", events)
        first.append(pair.sync())
    files = folders.shared_events(pair.left)

    def step(number: int) -> Cost:
        folders.change_thirty(files, number)
        return pair.sync()

    unchanged = repeated(runs, lambda _: pair.sync())
    return Measured(median(first), median(first), unchanged, unchanged, repeated(runs, step))


def start_up(runs: int) -> Cost:
    """Measure what `osync --version` takes beyond a Python that does nothing."""
    bare = repeated(4 * runs, lambda _: run([sys.executable, "-c", ""]))
    ours = repeated(4 * runs, lambda _: run([str(osync_pair.OSYNC), "--version"]))
    return Cost(ours.cpu - bare.cpu, ours.wall - bare.wall, ours.peak)


def rows(ours: Measured, theirs: Measured | None, start: Cost) -> list[Row]:
    both = ours.first_share + ours.first_apply
    return [
        Row("start, beyond bare Python", start, wall_aim=0.06),
        Row("first share, owner", ours.first_share, cpu_aim=3.0),
        Row("first apply, subscriber", ours.first_apply, wall_aim=5.0),
        Row("first exchange, both", both, theirs.first_share if theirs else None),
        Row("nothing changed, owner", ours.owner_unchanged, theirs.owner_unchanged if theirs else None, cpu_aim=0.15),
        Row("nothing changed, subscriber", ours.subscriber_unchanged, cpu_aim=0.15),
        Row("10 changed + 10 new + 10 deleted, both", ours.changed, theirs.changed if theirs else None, cpu_aim=0.4),
    ]


def table(lines: list[list[str]]) -> str:
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    padded = [[cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in lines]
    rule = ["-" * width for width in widths]
    return "\n".join(f"| {' | '.join(line)} |" for line in [padded[0], rule, *padded[1:]])


def machine() -> str:
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def report(options: argparse.Namespace) -> str:
    today = datetime.now(UTC).date()
    many = folders.events_folder(ROOT, options.events, today)
    few = folders.events_folder(ROOT, options.few, today)
    ours = measure_osync(many, options.runs)
    small = measure_osync(few, 1)
    theirs, name = None, "no vdirsyncer"
    if not options.alone:
        program = vdirsyncer_pair.install(ROOT)
        theirs, name = measure_vdirsyncer(program, many, options.runs), f"vdirsyncer {vdirsyncer_pair.version(program)}"
    lines = [HEAD, *(row.cells() for row in rows(ours, theirs, start_up(options.runs)))]
    peaks = f"{small.peak:.0f} MiB with {options.few:,} events, {ours.peak:.0f} MiB with {options.events:,}"
    flat = "yes" if ours.peak <= small.peak * FLAT else "**no**"
    return "\n".join(
        [
            f"{machine()}; {name}; medians of {options.runs} runs; {options.events:,} events, half of them shared.",
            "",
            table(lines),
            "",
            f"Peak memory: {peaks}; flat within {FLAT - 1:.0%}: {flat}.",
        ]
    )


def write(path: Path, text: str) -> None:
    """Put the figures between their marks and leave the words around them."""
    page = path.read_text(encoding="utf-8") if path.exists() else f"# Performance\n\n{BEGIN}\n{END}\n"
    pattern = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
    path.write_text(pattern.sub(lambda _: f"{BEGIN}\n{text}\n{END}", page), encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="runs of each step (default: %(default)s)")
    parser.add_argument("--events", type=int, default=10_000, help="events in the folder (default: %(default)s)")
    parser.add_argument("--few", type=int, default=2_500, help="events of the smaller folder (default: %(default)s)")
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
