"""The families of schedules: who is there, who shares with whom, and how often each phrase of steps is taken.

Worlds in which everybody has joined are made once in a process and copied for each schedule.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from simulation.running import run_sync
from simulation.sources import CATEGORY
from simulation.steps import put_source
from simulation.world import SHARE, Person, World

from osync.engine.people import decide
from osync.engine.sharing import NewShare, invite, new_share
from osync.engine.subscribing import accept


@dataclass(frozen=True, slots=True)
class Family:
    """One kind of schedule. `weights` tells how often each phrase is taken, in no unit."""

    name: str
    people: Callable[[], World]
    weights: dict[str, int]
    losses: tuple[int, ...] = (0, 10, 40)
    backups: bool = False


def _owner(world: World, name: str, first: int) -> Person:
    owner = world.add(name)
    new_share(owner.installation, NewShare(SHARE, CATEGORY, "default"))
    owner.remember_share()
    for number in range(3):
        put_source(owner, number, first + number)
    return owner


def let_join(world: World, owner: Person, person: Person) -> None:
    """Let somebody subscribe, with a network that works."""
    invite(owner.installation, SHARE, [person.address])
    everybody_syncs(world)
    accept(person.installation, "1", sender="", calendar="default")
    everybody_syncs(world)
    everybody_syncs(world)


def everybody_syncs(world: World) -> None:
    """Deliver everything and let everybody sync once."""
    for name, person in world.persons.items():
        world.office.carry(name, "")
        run_sync(world, person)


@cache
def _pair() -> World:
    world = World("pair")
    let_join(world, _owner(world, "pat", 0), world.add("tester"))
    return _trimmed(world)


@cache
def _three() -> World:
    world = World("three")
    owner = _owner(world, "pat", 3)
    for name in ("tester", "carol"):
        let_join(world, owner, world.add(name))
    world.add("dave")
    return _trimmed(world)


@cache
def _ring() -> World:
    world = World("ring")
    pat, tester = _owner(world, "pat", 0), _owner(world, "tester", 9)
    let_join(world, pat, tester)
    let_join(world, tester, pat)
    return _trimmed(world)


@cache
def _devices() -> World:
    """tester has two computers with one calendar; pat let the second one in."""
    world = World("devices")
    pat, tester = _owner(world, "pat", 0), world.add("tester")
    laptop = world.add("laptop", address=tester.address, desk=tester.desk)
    invite(pat.installation, SHARE, [tester.address])
    everybody_syncs(world)
    for device in (tester, laptop):
        accept(device.installation, "1", sender="", calendar="default")
        everybody_syncs(world)
    decide(pat.installation, SHARE, "1", approved=True)
    everybody_syncs(world)
    everybody_syncs(world)
    return _trimmed(world)


def _trimmed(world: World) -> World:
    """Leave the mails of the beginning behind, so that schedules count and replay their own."""
    world.office.archive = world.office.archive[-4:]
    world.searched = 0
    return world


_NEWS = {"tell": 30, "retract": 14, "arrive": 30, "heal": 10, "again": 4, "free": 4, "race": 8}
_TIME = {"wait": 2, "jump": 1}
_LOCAL = {"drop": 5, "mark": 4, "edit": 4}

FAMILIES: tuple[Family, ...] = (
    Family("pair", _pair, _NEWS | _TIME | {"noise": 3, "move": 2}),
    Family("local", _pair, _NEWS | _LOCAL | {"crash": 4, "noise": 2}),
    Family("crash", _pair, _NEWS | _TIME | {"crash": 40, "drop": 2}),
    Family("moving", _ring, _NEWS | _LOCAL | {"relocate": 14, "crash": 16}),
    Family("hostile", _pair, _NEWS | {"forge": 40, "replay": 25}),
    Family("late", _three, _NEWS | _TIME | {"join": 16, "leave": 3, "stop": 2, "admit": 4, "crash": 3}),
    Family("ring", _ring, _NEWS | _TIME | _LOCAL),
    Family("devices", _devices, _NEWS | _TIME | _LOCAL | {"crash": 10}),
    Family("floor", _pair, _NEWS | {"jump": 16, "skew": 6, "again": 14}),
    Family("rollback", _pair, _NEWS | _TIME | {"backup": 6, "restore": 12, "relapse": 20, "crash": 3}, backups=True),
)
"""Chosen by the seed, one as often as the other."""
