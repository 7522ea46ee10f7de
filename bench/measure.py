"""Run one program to its end and tell what it cost. Knows nothing of calendars."""

import os
import statistics
import tempfile
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


class CommandFailedError(Exception):
    """A measured program ended with another exit code than expected; its figures would mean nothing."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one or several runs took: user and system CPU seconds, wall seconds, and the largest resident set in MiB."""

    cpu: float
    wall: float
    peak: float

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.cpu + other.cpu, self.wall + other.wall, max(self.peak, other.peak))


def median(costs: Iterable[Cost]) -> Cost:
    """Take the median of each figure by itself."""
    runs = list(costs)
    return Cost(
        statistics.median(run.cpu for run in runs),
        statistics.median(run.wall for run in runs),
        statistics.median(run.peak for run in runs),
    )


def run(command: list[str], environment: Mapping[str, str] | None = None, expected: tuple[int, ...] = (0,)) -> Cost:
    """Measure the process and every child it waited for; its output is shown only when it failed.

    Linux counts the peak of the starting process into that of the started one, so this program has to stay small.
    """
    with tempfile.TemporaryFile() as output:
        started = time.perf_counter()
        child = os.posix_spawn(
            command[0],
            command,
            dict(environment if environment is not None else os.environ),
            file_actions=[(os.POSIX_SPAWN_DUP2, output.fileno(), 1), (os.POSIX_SPAWN_DUP2, output.fileno(), 2)],
        )
        _, status, usage = os.wait4(child, 0)
        wall = time.perf_counter() - started
        code = os.waitstatus_to_exitcode(status)
        if code not in expected:
            output.seek(0)
            said = output.read()[-4000:].decode(errors="replace")
            raise CommandFailedError(f"{' '.join(command)} ended with {code}:\n{said}")
    return Cost(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024)
