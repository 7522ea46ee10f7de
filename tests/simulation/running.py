"""Let one OSync run, note what an owner may have shared by it, and check what must hold after any run."""

from simulation.invariants import AFTER_SYNC, check
from simulation.world import BrokenError, Person, World, observe_owner


def run_sync(world: World, person: Person, *, approve: bool = False, killed_at: int = 0) -> None:
    """Run one sync, which may be killed at one of its steps. BrokenError if something does not hold."""
    before, copies = person.state, person.desk.copies()
    try:
        person.sync(approve=approve, killed_at=killed_at)
    except Exception as error:
        raise BrokenError("p0_no_run_falls_over", f"{person.name}: {type(error).__name__}: {error}") from error
    if person.state != before:
        now = person.desk.copies()
        person.desk.removed |= dict.fromkeys(copies.keys() - now.keys(), world.moment)
        person.desk.shown |= {uid: world.moment for uid, view in now.items() if view != copies.get(uid)}
        check_after(world, person)


def check_after(world: World, person: Person) -> None:
    """Check what must hold after anything that an OSync did."""
    observe_owner(world, person)
    check(AFTER_SYNC, world, person)
