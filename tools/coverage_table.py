"""Print how much of the core the last test run covered, and fail below 95 % of lines or branches in any part of it."""

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

CORE = ("ical", "message", "sync", "ledger")
AIM = 95.0


@dataclass(frozen=True, slots=True)
class Part:
    """What was covered of one package."""

    name: str
    lines: float
    branches: float

    @property
    def reached(self) -> bool:
        return self.lines >= AIM and self.branches >= AIM


def percent(covered: int, total: int) -> float:
    return 100.0 * covered / total if total else 100.0


def measure(name: str, report: Path) -> Part:
    subprocess.run(
        [sys.executable, "-m", "coverage", "json", "--quiet", f"--include=src/osync/{name}/*", "-o", str(report)],
        check=True,
    )
    totals = json.loads(report.read_text())["totals"]
    lines = percent(totals["covered_lines"], totals["num_statements"])
    branches = percent(totals["covered_branches"], totals["num_branches"])
    return Part(name, lines, branches)


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        parts = [measure(name, Path(folder) / "coverage.json") for name in CORE]
    print(f"{'covered':<10}{'lines':>9}{'branches':>11}   (aim: {AIM:.0f} % of each)")
    for part in parts:
        print(f"{part.name:<10}{part.lines:>7.1f} %{part.branches:>9.1f} %{'' if part.reached else '   too little'}")
    return 0 if all(part.reached for part in parts) else 1


if __name__ == "__main__":
    sys.exit(main())
