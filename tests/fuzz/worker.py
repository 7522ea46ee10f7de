"""One target under libFuzzer, through atheris: `python -m fuzz.worker TARGET SECONDS FOLDER [SEED]`, started by tools/fuzzing.py.

What breaks is written to FOLDER/findings, the smallest input of each kind, and the search goes on. What former searches
found there is read first, so that only what is still broken comes back.
"""

import hashlib
import random
import re
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["osync"]):
    from fuzz.target import Finding, Target, judge, kept_inputs
    from fuzz.targets import TARGETS

    # What is imported late has to be imported here, where its branches get counters.
    for _seed, _ in zip(TARGETS[sys.argv[1]].seeds(), range(30), strict=False):
        judge(TARGETS[sys.argv[1]], _seed)

_FEW_NOTES = 200


class Search:
    """What is done with each input; the smallest input of each finding is kept."""

    def __init__(self, target: Target, folder: Path) -> None:
        self._target = target
        self._folder = folder
        self._smallest: dict[str, int] = {}

    def read(self, data: bytes) -> None:
        """Read one input and write down what it breaks."""
        finding = judge(self._target, data)
        if finding and len(data) < self._smallest.get(finding.what, sys.maxsize) and len(self._smallest) < _FEW_NOTES:
            self._smallest[finding.what] = len(data)
            self._write(finding, data)

    def _write(self, finding: Finding, data: bytes) -> None:
        name = re.sub(r"[^A-Za-z0-9]+", "-", finding.what)
        (self._folder / f"{name}.input").write_bytes(data)
        (self._folder / f"{name}.txt").write_text(f"{finding.what}\n{finding.details}\n", encoding="utf-8")

    def change(self, data: bytes, largest: int, seed: int) -> bytes:
        """Make the next input, half of the time as the target's structure asks."""
        chance = random.Random(seed)
        if self._target.mutate and chance.random() < 0.5:
            return self._target.mutate(data, chance)[:largest]
        mutated: bytes = atheris.Mutate(data, largest)
        return mutated


def main() -> None:
    """Search for as long as was asked."""
    target, duration, folder = TARGETS[sys.argv[1]], int(sys.argv[2]), Path(sys.argv[3])
    corpus, findings = folder / "corpus", folder / "findings"
    for each in (corpus, findings):
        each.mkdir(parents=True, exist_ok=True)
    former = list(findings.glob("*.input"))
    for seed in (*target.seeds(), *(path.read_bytes() for path in (*kept_inputs(target), *former))):
        (corpus / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)
    for path in findings.iterdir():
        path.unlink()
    words = folder / "words"
    words.write_text("".join(f'"{_quoted(word)}"\n' for word in target.words or (b"\0",) if word), encoding="ascii")
    search = Search(target, findings)
    options = [
        *(f"-max_total_time={duration}", f"-max_len={target.largest}", f"-dict={words}", f"-artifact_prefix={folder}/"),
        *(
            "-timeout=600",
            "-rss_limit_mb=3000",
            "-print_final_stats=1",
            "-len_control=20",
            f"-seed={' '.join(sys.argv[4:]) or 1}",
        ),
    ]
    atheris.Setup([sys.argv[0], *options, str(corpus)], search.read, custom_mutator=search.change)
    atheris.Fuzz()


def _quoted(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


if __name__ == "__main__":
    main()
