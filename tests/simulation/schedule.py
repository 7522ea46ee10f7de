"""A schedule: a family, a seed and steps; made from a seed, written as text, read from text, and run."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from simulation.authors import Author
from simulation.families import FAMILIES
from simulation.limits import SMALL_MAIL_LIMITS, small_limits
from simulation.post_office import Fate
from simulation.rest import come_to_rest
from simulation.steps import Step, perform, step_from
from simulation.world import BrokenError

_STEPS = (8, 20)
_SMALL = 0.25


@dataclass(frozen=True, slots=True)
class Schedule:
    """What happens, step by step. `small` lets limits be so small that mails are cut, broadcasts wait and
    deletions are held."""

    seed: int
    family: str
    small: bool
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        head = f"schedule {self.seed} {self.family}{' small' if self.small else ''}"
        return "\n".join((head, *map(str, self.steps)))


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a schedule went: what broke ("" if nothing), how many mails were sent, and how many of them at the end."""

    broken: str = ""
    seen: str = ""
    mails: int = 0
    last_mails: int = 0


def schedule_of(seed: int, families: Sequence[str] = ()) -> Schedule:
    """Make the schedule of a seed, in one of `families` if there are any; equal arguments give equal schedules."""
    rnd = random.Random(seed)
    family = rnd.choice([each for each in FAMILIES if not families or each.name in families])
    author = Author(rnd, tuple(family.people().persons), rnd.choice(family.losses))
    steps = [Step("backup", name) for name in author.names if family.backups]
    enough = rnd.randint(*_STEPS)
    while len(steps) < enough:
        steps += author.phrase(*rnd.choices(list(family.weights), list(family.weights.values())))
    return Schedule(seed, family.name, rnd.random() < _SMALL, tuple(steps))


def schedule_from(text: str) -> Schedule:
    """Read a schedule from its lines; a semicolon ends a line too, and what follows # is for people."""
    lines = [line.partition("#")[0].strip() for line in text.replace(";", "\n").splitlines()]
    first, *others = [line for line in lines if line]
    _, seed, family, *small = first.split()
    return Schedule(int(seed), family, bool(small), tuple(map(step_from, others)))


def run(schedule: Schedule) -> Outcome:
    """Run a schedule to its end; the same schedule always ends in the same way."""
    family = next(each for each in FAMILIES if each.name == schedule.family)
    with small_limits(active=schedule.small):
        world = family.people().clone(str(schedule.seed))
        world.mail_limits = SMALL_MAIL_LIMITS if schedule.small else world.mail_limits
        before = len(world.office.archive)
        try:
            for step in schedule.steps:
                perform(world, step)
            last = come_to_rest(world, schedule.seed)
        except BrokenError as error:
            return Outcome(error.invariant, error.seen, len(world.office.archive) - before)
        finally:
            world.close()
        return Outcome(mails=len(world.office.archive) - before, last_mails=last)


def simpler(schedule: Schedule) -> Iterator[Schedule]:
    """Give schedules that do a little less, the boldest cuts first."""
    steps = schedule.steps
    size = len(steps) // 2
    while size:
        for start in range(0, len(steps), size):
            yield replace(schedule, steps=steps[:start] + steps[start + size :])
        size //= 2
    if schedule.small:
        yield replace(schedule, small=False)
    for number, step in enumerate(steps):
        for words in _simpler_words(step):
            yield replace(schedule, steps=(*steps[:number], replace(step, words=words), *steps[number + 1 :]))


def _simpler_words(step: Step) -> Iterator[tuple[str, ...]]:
    if step.verb == "carry" and step.words:
        fates = step.words[0]
        yield ()
        yield (fates[:-1],) if len(fates) > 1 else ()
        for number, fate in enumerate(fates):
            if fate != Fate.ARRIVES:
                yield (fates[:number] + Fate.ARRIVES + fates[number + 1 :],)
    for number, word in enumerate(step.words):
        if step.verb != "carry" and word.isdigit() and int(word):
            for less in dict.fromkeys(("0" if step.verb != "crash" else "1", str(int(word) // 2), str(int(word) - 1))):
                yield (*step.words[:number], less, *step.words[number + 1 :])
        if word in ("again", "whole"):
            yield step.words[:number] + step.words[number + 1 :]
