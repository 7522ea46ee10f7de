"""Write the steps of a schedule as small phrases that belong together: a change that is told, a mail that arrives, a question."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from simulation.post_office import Fate
from simulation.sources import UIDS, VARIANTS
from simulation.steps import Step

_FATES = 4
_STEPS_OF_A_RUN = 60
_DELETING = 0.4
_LAST_BACKUP = -1
_LATE = 18
_MONTHS_LATE = 8
_DOUBLED = 8
_FIRST = 8
_MANGLED = 3


@dataclass(frozen=True, slots=True)
class Author:
    """Draws by lot what happens; `names` begins with an owner, `loss` is the part of the mails that is lost, in percent."""

    rnd: random.Random
    names: tuple[str, ...]
    loss: int

    def phrase(self, kind: str) -> Iterator[Step]:
        """Give the steps of one phrase."""
        owner, other = self._owner(), self.rnd.choice(self.names[1:])
        match kind:
            case "tell":
                for _ in range(self.rnd.choice((1, 1, 2))):
                    yield Step("put", owner, (self._event(), str(self.rnd.randrange(VARIANTS))))
                yield Step("sync", owner)
            case "retract":
                verb = self.rnd.choice(("delete", "delete", "delete", "withdraw", "withdraw", "clear"))
                yield Step(verb, owner, (self._event(),))
                yield Step("sync", owner)
            case "arrive":
                yield from self._arrival(self.rnd.choice((owner, other, other, other)))
            case "heal":
                yield from self._healing(owner, other)
            case "race":
                yield from self._race(owner, other)
            case "relapse":
                yield from self._relapse(owner, other)
            case "again":
                yield Step("invite", owner, (other,))
            case "crash":
                yield from self._crash(owner, other)
            case "join":
                yield from self._joining(owner, other)
            case _:
                yield self._single(kind, owner, self.rnd.choice(self.names))

    def _telling(self, owner: str, number: str) -> Iterator[Step]:
        if self.rnd.random() < _DELETING:
            yield Step("delete", owner, (number,))
        else:
            yield Step("put", owner, (number, str(self.rnd.randrange(VARIANTS))))
        yield Step("sync", owner)

    def _healing(self, owner: str, other: str, fates: str = "") -> Iterator[Step]:
        """Let somebody ask for what is missing and the owner answer; `fates` are those of the answer."""
        yield Step("wait", "7")
        yield Step("sync", other)
        yield from self._arrival(owner, fates and Fate.ARRIVES)
        yield from self._arrival(other, fates)

    def _race(self, owner: str, other: str) -> Iterator[Step]:
        """Let what was told of an event first arrive after what was told of it later."""
        number = self._event()
        yield Step("put", owner, (number, str(self.rnd.randrange(VARIANTS))))
        yield Step("sync", owner)
        yield Step("carry", other, (self.rnd.choice((Fate.MONTHS_LATE, Fate.LATE, Fate.LOST)),))
        yield Step("delete", owner, (number,))
        yield Step("sync", owner)
        yield Step("carry", other, (Fate.ARRIVES,))
        yield Step("sync", other)
        if self.rnd.random() < 0.6:
            yield from self._healing(owner, other)
        if self.rnd.random() < 0.6:
            yield from self._telling(owner, self._event())
            yield from self._arrival(other)
        yield Step("free", other)
        yield from self._arrival(other)

    def _relapse(self, owner: str, other: str) -> Iterator[Step]:
        """Let an owner tell something, go back to before it, and tell something else."""
        yield Step("backup", owner)
        for _ in range(self.rnd.randint(1, 2)):
            yield from self._telling(owner, self._event())
            yield from self._arrival(other)
        yield Step("restore", owner, (str(_LAST_BACKUP), *self.rnd.choice((("whole",), ("whole",), ()))))
        yield from self._telling(owner, self._event())
        yield from self._arrival(other)
        yield from self._healing(owner, other, self.rnd.choice((Fate.ARRIVES, Fate.LOST, Fate.MONTHS_LATE)))
        if self.rnd.random() < 0.6:
            yield from self._telling(owner, self._event())
            yield from self._arrival(other, Fate.ARRIVES)
            yield from self._healing(owner, other, Fate.ARRIVES)

    def _arrival(self, who: str, fates: str = "") -> Iterator[Step]:
        yield Step("carry", who, (fates or self._fates(),))
        yield Step("sync", who)

    def _crash(self, owner: str, other: str) -> Iterator[Step]:
        """Let the power fail while something is told or arrives, now and then twice."""
        who = self.rnd.choice((owner, other))
        if who == other:
            yield Step("carry", other, (self._fates(),))
        else:
            yield Step("put", owner, (self._event(), str(self.rnd.randrange(VARIANTS))))
        for _ in range(self.rnd.choice((1, 1, 2))):
            yield Step("crash", who, (str(self.rnd.randrange(_STEPS_OF_A_RUN)),))

    def _joining(self, owner: str, other: str) -> Iterator[Step]:
        if self.rnd.random() < 0.7:
            yield Step("invite", owner, (other,))
            yield from self._arrival(other)
        yield Step("accept", other)
        yield from self._arrival(owner)

    def _single(self, verb: str, owner: str, who: str) -> Step:
        match verb:
            case "move" | "noise" | "admit":
                return Step(verb, owner, (self._event(),))
            case "wait":
                return Step(verb, str(self.rnd.choice((1, 26, 80))))
            case "jump":
                return Step(verb, str(self.rnd.choice((5, 20, 40, 100))))
            case "skew":
                return Step(verb, who, (str(self.rnd.randint(-300, 300)),))
            case "restore":
                how = [word for word in ("again", "whole") if self.rnd.random() < 0.4]
                return Step(verb, who, (str(self.rnd.randrange(5)), *how))
            case "stop":
                return Step(verb, owner, (self.rnd.choice(self.names[1:]),))
            case "relocate":
                return Step(verb, who, self.rnd.choice(((), ("carried",))))
            case "leave":
                return Step(verb, who, self.rnd.choice(((), ("remove",))))
            case _:
                return Step(verb, who, (str(self.rnd.randrange(100)),))

    def _owner(self) -> str:
        return self.names[0] if self.rnd.random() < 0.8 else self.rnd.choice(self.names)

    def _event(self) -> str:
        """Prefer few events, so that one changes several times."""
        return str(min(self.rnd.randrange(UIDS), self.rnd.randrange(UIDS)))

    def _fates(self) -> str:
        weights = {Fate.LOST: self.loss, Fate.LATE: _LATE, Fate.MONTHS_LATE: _MONTHS_LATE}
        weights |= {Fate.DOUBLED: _DOUBLED, Fate.FIRST: _FIRST}
        if self.loss:
            weights |= {Fate.CUT: _MANGLED, Fate.FLIPPED: _MANGLED}
        weights[Fate.ARRIVES] = 100 - sum(weights.values())
        return "".join(self.rnd.choices(list(weights), list(weights.values()), k=_FATES))
