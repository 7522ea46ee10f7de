"""Make a schedule that fails as short as it can be while it still breaks the same invariant."""

from simulation.schedule import Outcome, Schedule, run, simpler

_TRIES = 1500


def shrink(schedule: Schedule, broken: str) -> tuple[Schedule, Outcome]:
    """Give the shortest schedule found, and how it goes."""
    tries, best, outcome = 0, schedule, run(schedule)
    progress = True
    while progress and tries < _TRIES:
        progress = False
        for candidate in simpler(best):
            tries += 1
            if tries > _TRIES:
                break
            tried = run(candidate)
            if tried.broken == broken:
                best, outcome, progress = candidate, tried, True
                break
    return best, outcome
