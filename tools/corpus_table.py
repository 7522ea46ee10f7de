"""Read and share the whole corpus, let an independent judge compare both ends, and print the table of docs/corpus.md.

Takes about two minutes on two cores. `--write` writes docs/corpus.md; `--list` names the events that need a look.
"""

import argparse
import hashlib
import multiprocessing
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TypeVar

from corpus_events import UID, Outcome, calendar_files, distinct_files, rules_for, share_file

from osync.ical.copy import CopyOrigin, new_copy
from osync.ical.event import write_event
from osync.model import PrivacyLevel
from tools.corpus_judge import Judgement, Span, judge, judge_is_wrong, spans_within

ROOT = Path(__file__).parent.parent
CORPUS = ROOT.parent / "shared" / "corpus"
PAGE = ROOT / "docs" / "corpus.md"
PROCESSES = 2
MOST_JUDGED_IN_A_FILE = 60
ORIGIN = CopyOrigin("", "owner", "a" * 26, "a" * 26, 1, 1, 1, 0, UID)
FULL = rules_for(PrivacyLevel.FULL, notes=True)
_QUOTED = re.compile(r"'[^']*'|VEVENT [^,]+,|number \d+,")

Task = TypeVar("Task")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class ReadFile:
    """What reading one file gave; `digest` is made of all texts that leave at all levels and all reasons."""

    path: Path
    seconds: float
    digest: str
    unreadable: str
    leaving: int
    staying: tuple[str, ...]
    refused: tuple[str, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """What the judge sees of one event at one end."""

    uid: str
    judgement: Judgement
    first: date
    excuse: str = ""


@dataclass(slots=True)
class Comparison:
    """Both ends of all judged events, counted."""

    same: int = 0
    instances: int = 0
    no_answer: Counter[str] = field(default_factory=Counter)
    excused: Counter[str] = field(default_factory=Counter)
    different: list[str] = field(default_factory=list)


def read_file(path: Path) -> ReadFile:
    """Read one file and share its events at every level."""
    content = path.read_bytes()
    begin = time.process_time()
    outcome = share_file(content, FULL)
    seconds = time.process_time() - begin
    digest = hashlib.sha256()
    for rules in (FULL, *map(rules_for, PrivacyLevel)):
        for each in share_file(content, rules).events:
            told = [each.event.uid, each.stays, each.refused, *(part.text for part in each.parts)]
            digest.update("\0".join(told).encode(errors="replace"))
    return ReadFile(
        path,
        seconds,
        digest.hexdigest(),
        outcome.refused,
        sum(bool(each.parts) for each in outcome.events),
        tuple(each.stays for each in outcome.events if each.stays),
        tuple(each.refused for each in outcome.events if each.refused),
        outcome.problems,
    )


def judge_owner(path: Path) -> list[Judged]:
    """Let the judge list the instances of the events of a file as their owner wrote them."""
    found = []
    for each in _judged_events(path):
        judgement = judge(write_event(each.event), _first(each))
        found.append(Judged(each.event.uid, judgement, _first(each), judge_is_wrong(each.event, judgement)))
    return found


def judge_copies(path: Path) -> list[Judged]:
    """Let the judge list the instances of the copies that a subscriber of the same events has."""
    found = []
    for each in _judged_events(path):
        spans: set[Span] = set()
        trouble = ""
        for part in each.parts:
            copy = new_copy(part.text, part.zones, ORIGIN)
            judgement = judge(write_event(copy), _first(each))
            spans.update(judgement.spans)
            trouble = trouble or judgement.trouble
        found.append(Judged(each.event.uid, Judgement(tuple(sorted(spans)), trouble), _first(each)))
    return found


def _judged_events(path: Path) -> list[Outcome]:
    shared = [each for each in share_file(path.read_bytes(), FULL).events if each.parts]
    return shared[:MOST_JUDGED_IN_A_FILE]


def _first(outcome: Outcome) -> date:
    days = [part.first.date() if isinstance(part.first, datetime) else part.first for part in outcome.parts]
    return min(days)


def in_fresh_processes(work: Callable[[Task], Answer], tasks: Sequence[Task]) -> list[Answer]:
    """Do each task in a process of its own, forked from this one before anything was read."""
    with multiprocessing.get_context("fork").Pool(PROCESSES, maxtasksperchild=1) as pool:
        return pool.map(work, tasks, chunksize=1)


def read_all(paths: Sequence[Path]) -> list[str]:
    """Read files one after the other in one process; give their digests."""
    return [read_file(path).digest for path in paths]


def orders_agree(paths: Sequence[Path], digests: Sequence[str]) -> bool:
    """Tell whether files read in one process, backwards and shuffled, give what fresh processes gave."""
    known = dict(zip(paths, digests, strict=True))
    shuffled = list(paths)
    random.Random(1).shuffle(shuffled)
    orders = [list(reversed(paths)), shuffled]
    found = in_fresh_processes(read_all, orders)
    return all(
        known[path] == digest
        for order, answers in zip(orders, found, strict=True)
        for path, digest in zip(order, answers, strict=True)
    )


def compare(paths: Sequence[Path]) -> Comparison:
    """Let the judge look at both ends of each event, each end of each file in a fresh process."""
    result = Comparison()
    owners = in_fresh_processes(judge_owner, paths)
    copies = in_fresh_processes(judge_copies, paths)
    for path, ours, theirs in zip(paths, owners, copies, strict=True):
        for owner, copy in zip(ours, theirs, strict=True):
            _compare(path, owner, copy, result)
    return result


def _compare(path: Path, owner: Judged, copy: Judged, result: Comparison) -> None:
    seen = spans_within(owner.judgement.spans, owner.first)
    copied = spans_within(copy.judgement.spans, owner.first)
    if owner.judgement.trouble:
        result.no_answer[owner.judgement.trouble] += 1
    elif seen == copied and not copy.judgement.trouble:
        result.same += 1
        result.instances += len(seen)
    elif owner.excuse:
        result.excused[owner.excuse] += 1
    else:
        sample = sorted(seen ^ copied)[:2]
        result.different.append(
            f"{path.name}: {owner.uid[:30]} {copy.judgement.trouble} {len(seen)}/{len(copied)} {sample}"
        )


def _table(title: str, counts: Counter[str]) -> Iterator[str]:
    yield from ("", f"| {title} | count |", "|---|---:|")
    yield from (f"| {reason} | {count:,} |" for reason, count in counts.most_common())


def _reasons(sentences: Sequence[str]) -> Counter[str]:
    """Count sentences without the names of zones and events in them: texts of the corpus are not published."""
    return Counter(_QUOTED.sub("…", sentence) for sentence in sentences)


def report(files: Sequence[ReadFile], *, agree: bool, comparison: Comparison) -> Iterator[str]:
    """Give the lines of the page."""
    refused = [sentence for each in files for sentence in each.refused]
    problems = [sentence for each in files for sentence in each.problems]
    staying = [sentence for each in files for sentence in each.staying]
    leaving = sum(each.leaving for each in files)
    unreadable = [each.unreadable for each in files if each.unreadable]
    slowest = max(files, key=lambda each: each.seconds)
    yield from ("| what | count |", "|---|---:|")
    yield f"| .ics files | {len(files):,} |"
    yield f"| … read | {len(files) - len(unreadable):,} |"
    yield f"| … refused as a whole | {len(unreadable):,} |"
    yield f"| events | {leaving + len(staying) + len(refused):,} |"
    yield f"| … that can be shared | {leaving:,} |"
    yield f"| … that stay, by the rules of a share | {len(staying):,} |"
    yield f"| … refused | {len(refused):,} |"
    yield f"| components left out | {len(problems):,} |"
    yield f"| longest time for one file, seconds of CPU | {slowest.seconds:.2f} |"
    yield f"| same results in fresh processes, backwards and shuffled | {'yes' if agree else 'NO'} |"
    yield f"| events judged the same at owner and subscriber | {comparison.same:,} |"
    yield f"| … their instances | {comparison.instances:,} |"
    yield f"| … the judge gives no answer | {comparison.no_answer.total():,} |"
    yield f"| … the judge is wrong | {comparison.excused.total():,} |"
    yield f"| … different | {len(comparison.different):,} |"
    yield from _table("files refused as a whole", _reasons(unreadable))
    yield from _table("components left out", _reasons(problems))
    yield from _table("events refused", _reasons(refused))
    yield from _table("events that stay", _reasons(staying))
    yield from _table("the judge gives no answer: it …", comparison.no_answer)
    yield from _table("the judge is wrong", comparison.excused)


_INTRODUCTION = """\
# Real calendar files

Written by `./run corpus --write`. The corpus (`../shared/corpus`, not part of this project) holds calendar files of many
programs, broken ones too. Every file is read, and every event is shared as if it had the category of a share of level
`full` with notes; the judge (`icalendar` with `recurring-ical-events`, each file in a process of its own) lists the instances of
the owner's event and of the subscriber's copy for its first two years, at most {most} events a file, each file content once.

"""


def main() -> int:
    """Print the table; 1 if a file took over a second, results depend on the order, or the two ends differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write docs/corpus.md")
    parser.add_argument("--list", action="store_true", help="name the events that need a look")
    options = parser.parse_args()
    if not CORPUS.is_dir():
        print(f"The corpus is not at {CORPUS}, so there is nothing to show.", file=sys.stderr)
        return 2
    paths = calendar_files()
    files = in_fresh_processes(read_file, paths)
    agree = orders_agree(paths, [each.digest for each in files])
    comparison = compare(distinct_files())
    lines = list(report(files, agree=agree, comparison=comparison))
    print("\n".join(lines))
    if options.list:
        print("\n".join(comparison.different))
    if options.write:
        PAGE.write_text(_INTRODUCTION.format(most=MOST_JUDGED_IN_A_FILE) + "\n".join(lines) + "\n")
    fine = agree and not comparison.different and all(each.seconds <= 1 for each in files)
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
