"""The simulation itself, and the proof that no rule of the protocol is superfluous. `./run test` runs schedules that nobody has seen."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from simulation.mutants import MUTANTS, without
from simulation.schedule import run, schedule_from, schedule_of
from simulation.shrinking import shrink

PROJECT = Path(__file__).parents[2]
KEPT = PROJECT / "tests" / "data" / "schedules"


def test_the_command_runs_schedules_in_two_processes_and_tells_how_they_went() -> None:
    # Without what measures coverage: it would make each schedule three times as long.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    environment["PYTHONPATH"] = os.pathsep.join((str(PROJECT / "src"), str(PROJECT / "tests")))
    command = [sys.executable, "-m", "simulation", "--schedules", "40", "--seed", "7", "--workers", "2"]
    ended = subprocess.run(command, env=environment, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert re.match(r"7 is the first seed\.\n40 schedules, 0 failures,", ended.stdout)


@pytest.mark.parametrize("rule", [mutant.rule for mutant in MUTANTS])
def test_without_any_rule_of_the_protocol_a_schedule_fails(rule: str) -> None:
    with without(rule):
        assert run(schedule_from((KEPT / f"without-{rule}.txt").read_text(encoding="utf-8"))).broken


def test_the_same_seed_gives_the_same_schedule_and_the_same_end() -> None:
    schedule = schedule_of(17)
    assert schedule_of(17) == schedule
    assert schedule_from(str(schedule)) == schedule
    assert run(schedule) == run(schedule)


def test_a_schedule_that_fails_becomes_short() -> None:
    with without("higher-wins"):
        kept = schedule_from((KEPT / "without-higher-wins.txt").read_text(encoding="utf-8"))
        longer = schedule_from(f"{kept}\nmove pat 1\nnoise pat 2\nwait 3\nsync tester\nsync pat")
        shortest, outcome = shrink(longer, run(longer).broken)
    assert outcome.broken
    assert len(shortest.steps) <= len(kept.steps)
