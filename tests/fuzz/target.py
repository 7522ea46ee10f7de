"""What is fuzzed: one parser each, with the errors that may leave it, and what must hold of whatever it answers."""

import random
import sys
import time
import traceback
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from stopwatch import seconds

if sys.platform != "win32":
    import resource

KEPT = Path(__file__).parents[1] / "data" / "fuzz"
MOST_SECONDS = 2.0
MOST_MEMORY = 300 << 20
_SOURCE = "osync"
_HIDDEN = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u200e\u200f\u061c\ufeff")

Mutation = Callable[[bytes, random.Random], bytes]


@dataclass(frozen=True, slots=True)
class Target:
    """A parser under attack.

    `check` reads one input: it lets pass only the errors that the parser documents, and asserts what must hold of the
    answer. `mutate`, if there is one, knows the structure of the input, so that changes reach deep into the parser.
    """

    name: str
    check: Callable[[bytes], None]
    seeds: Callable[[], Iterator[bytes]]
    words: tuple[bytes, ...] = ()
    mutate: Mutation | None = None
    largest: int = 1 << 16


@dataclass(frozen=True, slots=True)
class Finding:
    """What one input broke: `what` names the error and the place, the same for all inputs that break the same."""

    what: str
    details: str


def harmless(line: str) -> bool:
    """Tell whether a line can be shown: without controls, and without marks that turn or hide text (protocol 11)."""
    return not any(each in _HIDDEN or unicodedata.category(each) == "Cc" for each in line)


def kept_inputs(target: Target) -> list[Path]:
    """List the inputs that once broke a target, and were mended."""
    return sorted((KEPT / target.name).glob("*"))


def judge(target: Target, data: bytes) -> Finding | None:
    """Read one input as its target says; None if nothing is wrong with the answer, the time and the memory."""
    before, begin = _peak(), time.process_time()
    try:
        target.check(data)
    except Exception as error:  # noqa: BLE001 - whatever escapes is what is looked for
        return Finding(_place(error), traceback.format_exc())
    spent, grown = time.process_time() - begin, _peak() - before
    if spent > seconds(MOST_SECONDS):
        return Finding("slow", f"It took {spent:.1f} s.")
    if grown > MOST_MEMORY:
        return Finding("memory", f"It took {grown >> 20} MB.")
    return None


def _peak() -> int:
    """Give the most memory, in bytes, that this process ever used; Windows does not say, and there only time is bounded."""
    if sys.platform == "win32":
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _place(error: BaseException) -> str:
    """Name an error by its type and the innermost line of ours that it passed."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if f"/{_SOURCE}/" in frame.filename] or list(frames)
    last, checked = ours[-1], frames[-1]
    where = f"{Path(last.filename).name}:{last.lineno}"
    if isinstance(error, AssertionError):
        where = f"{Path(checked.filename).name}:{checked.lineno}"
    return f"{type(error).__name__} at {where}"
