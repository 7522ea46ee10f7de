"""Fuzz the parsers with atheris, two at a time, and print what came of it: `./run fuzz MINUTES [TARGET...]`.

Everything it makes lies in .fuzz/: the inputs that reached new code, and for each target the findings, one input and one
text each. A finding that was mended belongs into tests/data/fuzz/TARGET/, where an ordinary test reads it again.
"""

import argparse
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from fuzz.target import judge
from fuzz.targets import TARGETS

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".fuzz"
AT_A_TIME = 2
_COVERAGE = re.compile(r"\b(INITED|DONE|NEW|REDUCE|pulse|RELOAD)\s+cov: (\d+)")
_EXECUTED = re.compile(r"stat::number_of_executed_units:\s+(\d+)")
_NICENESS = 19


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one search gave; `trouble` says if it ended before its time."""

    target: str
    executions: int
    coverage: int
    new_coverage: int
    findings: int
    trouble: str = ""


def search(target: str, seconds: int, seed: int) -> Outcome:
    """Let a process of its own search one target."""
    folder = FOLDER / target
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "fuzz.worker", target, str(seconds), str(folder), str(seed)]
    if os.name == "posix":
        command = ["nice", "-n", str(_NICENESS), *command]
    path = os.pathsep.join((str(ROOT / "src"), str(ROOT / "tests")))
    log = folder / "log"
    with log.open("wb") as out:
        code = subprocess.run(
            command, stdout=out, stderr=out, env=os.environ | {"PYTHONPATH": path}, cwd=ROOT, check=False
        ).returncode
    _drop_what_only_watching_made_slow(target, folder / "findings")
    return outcome(target, log.read_text(encoding="utf-8", errors="replace"), folder, code)


def _drop_what_only_watching_made_slow(target: str, findings: Path) -> None:
    """Read slow inputs once more without the fuzzer, which costs several times the time of the parser."""
    for path in findings.glob("slow.input"):
        if judge(TARGETS[target], path.read_bytes()) is None:
            path.unlink()
            path.with_suffix(".txt").unlink()


def outcome(target: str, log: str, folder: Path, code: int) -> Outcome:
    """Read what libFuzzer wrote."""
    coverage = [int(found) for _, found in _COVERAGE.findall(log)]
    executed = _EXECUTED.findall(log)
    # libFuzzer writes these itself, where one input took ten minutes, too much memory, or the whole process.
    stopped = sorted(path.name for path in folder.glob("*-*") if path.name.startswith(("timeout-", "oom-", "crash-")))
    trouble = ", ".join(stopped) or ("" if executed and not code else f"ended with {code}, see {folder / 'log'}")
    first, last = (coverage[0], coverage[-1]) if coverage else (0, 0)
    findings = len(list((folder / "findings").glob("*.input"))) + len(stopped)
    return Outcome(target, int(executed[-1]) if executed else 0, last, last - first, findings, trouble)


HEAD = ("| target | executions | code reached | of it new | findings |", "|---|---:|---:|---:|---:|")


def row(found: Outcome) -> str:
    """Give the line of the table for one target."""
    cells = (
        found.target,
        f"{found.executions:,}",
        f"{found.coverage:,}",
        f"{found.new_coverage:,}",
        str(found.findings),
    )
    return f"| {' | '.join(cells)} |{' ' if found.trouble else ''}{found.trouble}"


def main() -> int:
    """Search all targets that were asked for; 1 if anything was found."""
    parser = argparse.ArgumentParser(prog="./run fuzz", description=__doc__)
    parser.add_argument("minutes", type=float, help="minutes for each target")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"one of: {', '.join(TARGETS)} (default: all)")
    parser.add_argument("--seed", type=int, default=1, help="where chance begins")
    asked = parser.parse_args()
    unknown = set(asked.targets) - set(TARGETS)
    if unknown:
        parser.error(f"there is no target {', '.join(sorted(unknown))}")
    names = asked.targets or list(TARGETS)
    print("\n".join(HEAD), flush=True)
    outcomes = []
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        for found in pool.map(lambda name: search(name, round(asked.minutes * 60), asked.seed), names):
            print(row(found), flush=True)
            outcomes.append(found)
    print(f"\nFindings lie in {FOLDER.relative_to(ROOT)}/TARGET/findings.")
    return int(any(each.findings or each.trouble for each in outcomes))


if __name__ == "__main__":
    sys.exit(main())
