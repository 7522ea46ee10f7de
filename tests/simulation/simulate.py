"""Run many schedules in several processes, stop early if asked to, and count."""

import multiprocessing
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from simulation.mutants import without
from simulation.schedule import Outcome, run, schedule_of

_CHUNK = 25


@dataclass(frozen=True, slots=True)
class Task:
    """Seeds to be run in one go, without a rule perhaps, in some families only perhaps."""

    first: int
    count: int
    rule: str = ""
    families: tuple[str, ...] = ()


@dataclass
class Total:
    """What many schedules gave."""

    schedules: int = 0
    steps: int = 0
    mails: int = 0
    last_mails: int = 0
    most_last_mails: int = 0
    seconds: float = 0
    failures: dict[int, Outcome] = field(default_factory=dict)
    families: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Total") -> None:
        """Count what another process did."""
        self.schedules += other.schedules
        self.steps += other.steps
        self.mails += other.mails
        self.last_mails += other.last_mails
        self.most_last_mails = max(self.most_last_mails, other.most_last_mails)
        self.seconds += other.seconds
        self.failures |= other.failures
        self.families += other.families


def run_task(task: Task) -> Total:
    """Run the schedules of some seeds."""
    total, started = Total(), time.process_time()
    with without(task.rule):
        for seed in range(task.first, task.first + task.count):
            schedule = schedule_of(seed, task.families)
            outcome = run(schedule)
            total.schedules += 1
            total.steps += len(schedule.steps)
            total.mails += outcome.mails
            total.last_mails += outcome.last_mails
            total.most_last_mails = max(total.most_last_mails, outcome.last_mails)
            total.families[schedule.family] += 1
            if outcome.broken:
                total.failures[seed] = outcome
    total.seconds = time.process_time() - started
    return total


def totals(task: Task, workers: int) -> Iterator[Total]:
    """Run a large task in pieces, and give what each of them gave as soon as it is done, in order."""
    pieces = [
        Task(task.first + start, min(_CHUNK, task.count - start), task.rule, task.families)
        for start in range(0, task.count, _CHUNK)
    ]
    if workers == 1:
        yield from map(run_task, pieces)
        return
    with multiprocessing.get_context("fork").Pool(workers) as pool:
        yield from pool.imap(run_task, pieces)
