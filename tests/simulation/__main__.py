"""`./run simulate`: run schedules of whole OSyncs over a bad post office, and show a short one that fails."""

import argparse
import sys
import time
from pathlib import Path

from simulation.mutants import MUTANTS, families_for, without
from simulation.schedule import Outcome, Schedule, run, schedule_from, schedule_of
from simulation.shrinking import shrink
from simulation.simulate import Task, Total, totals

_SHOWN = 5
_RULES = "\n".join(f"  {mutant.rule:18}{mutant.says}" for mutant in MUTANTS)
_EXPLANATION = f"""\
A schedule is about 15 steps of small things that happen to whole OSyncs: changes, syncs, lost, late, doubled and forged
mails, crashes, restored backups. Everything follows from its seed. What has to hold is checked after every run and when
everything has come to rest (docs/reliability.md). A schedule that fails is made shorter and printed; its text is what
--replay takes.

Rules of the protocol that --without can take away; each of them has to fail, in the family that needs it most:
{_RULES}

Exit code: 0 if no schedule failed; 1 if one did; with --without it is 0 if one failed, as it has to, and 1 if none did.
"""


def main() -> int:
    """Do what the command line says; gives the exit code."""
    parser = argparse.ArgumentParser(
        prog="./run simulate", description=__doc__, epilog=_EXPLANATION, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--schedules", type=int, default=1000, metavar="N", help="how many schedules (default: 1000)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="the seed of the first one (default: 1)")
    parser.add_argument("--workers", type=int, default=2, metavar="W", help="how many processes (default: 2)")
    parser.add_argument(
        "--without", choices=[mutant.rule for mutant in MUTANTS], metavar="RULE", help="leave out a rule"
    )
    parser.add_argument("--family", default="", help="only schedules of this family")
    parser.add_argument(
        "--replay", default="", metavar="SCRIPT", help="a file with a schedule, a seed, or the steps, split by ;"
    )
    parser.add_argument("--keep-going", action="store_true", help="run them all, even if some fail")
    arguments = parser.parse_args()
    rule = arguments.without or ""
    families = (arguments.family,) if arguments.family else families_for(rule)
    if arguments.replay:
        return _replay(arguments.replay, rule)
    task = Task(arguments.seed, arguments.schedules, rule, families)
    return _simulate(task, arguments.workers, keep_going=arguments.keep_going)


def _simulate(task: Task, workers: int, *, keep_going: bool) -> int:
    _say(f"{task.first} is the first seed.")
    total, started = Total(), time.monotonic()
    for part in totals(task, workers):
        total.add(part)
        if total.failures and not keep_going:
            break
    _say(_summary(total, time.monotonic() - started))
    for seed, outcome in list(total.failures.items())[:_SHOWN]:
        _say(f"seed {seed}: {outcome.broken}: {outcome.seen}")
    for seed, outcome in list(total.failures.items())[:1]:
        with without(task.rule):
            _show(*shrink(schedule_of(seed, task.families), outcome.broken))
    return int(bool(total.failures) != bool(task.rule))


def _summary(total: Total, seconds: float) -> str:
    rate = total.schedules / max(total.seconds, 0.001) * 60
    return (
        f"{total.schedules} schedules, {len(total.failures)} failures, {total.steps} steps, {total.mails} mails,"
        f" {seconds:.0f} s, {rate:.0f} schedules a minute and core;"
        f" to come to rest: {total.last_mails / max(1, total.schedules):.1f} mails, at most {total.most_last_mails}."
    )


def _replay(script: str, rule: str) -> int:
    if script.isdigit():
        schedule = schedule_of(int(script))
    else:
        schedule = schedule_from(Path(script).read_text(encoding="utf-8") if Path(script).is_file() else script)
    _say(f"{schedule.seed} is the seed.")
    with without(rule):
        outcome = run(schedule)
    _show(schedule, outcome)
    return int(bool(outcome.broken) != bool(rule))


def _show(schedule: Schedule, outcome: Outcome) -> None:
    verdict = f"# {outcome.broken}: {outcome.seen}" if outcome.broken else "# Everything holds."
    _say(f"{schedule}\n{verdict}")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
