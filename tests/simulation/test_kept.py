"""Schedules that once failed: each stays, and holds."""

from pathlib import Path

import pytest
from simulation.schedule import run, schedule_from

KEPT = sorted((Path(__file__).parents[1] / "data" / "schedules").glob("*.txt"))


def test_there_are_kept_schedules() -> None:
    assert len(KEPT) >= 3


@pytest.mark.parametrize("path", KEPT, ids=lambda path: str(path.stem))
def test_a_schedule_that_failed_once_holds(path: Path) -> None:
    outcome = run(schedule_from(path.read_text(encoding="utf-8")))
    assert not outcome.broken, outcome.seen
