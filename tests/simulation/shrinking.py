"""Make a schedule that fails as short as it can be while it still breaks the same invariant."""

import time

from simulation.schedule import Outcome, Schedule, run, simpler

_SECONDS = 120


def shrink(schedule: Schedule, broken: str, seconds: float = _SECONDS) -> tuple[Schedule, Outcome]:
    """Give the shortest schedule found within `seconds`, and how it goes."""
    best, outcome = schedule, run(schedule)
    until, progress = time.monotonic() + seconds, True
    while progress and time.monotonic() < until:
        progress = False
        for candidate in simpler(best):
            if time.monotonic() > until:
                break
            tried = run(candidate)
            if tried.broken == broken:
                best, outcome, progress = candidate, tried, True
                break
    return best, outcome
