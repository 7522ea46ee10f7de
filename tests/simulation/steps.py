"""The steps of a schedule: one word for what happens, who it happens to, and words that say how; one line of text each.

A step that cannot be done now does nothing, so that a schedule from which steps were taken away still runs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from simulation.forging import forge, replay
from simulation.running import check_after, run_sync
from simulation.sources import (
    ENDLESS,
    LAST_WORD,
    UIDS,
    VARIANTS,
    events_by_handle,
    source_event,
    view_of,
    with_line,
    with_title,
)
from simulation.world import SHARE, Backup, BrokenError, Person, World

from osync.engine.people import decide
from osync.engine.sharing import invite, stop
from osync.engine.subscribing import accept, leave
from osync.errors import OSyncError

_OF_TIME = {"wait", "jump"}


@dataclass(frozen=True, slots=True)
class Step:
    """One step: `verb` says what happens, `who` names an OSync or says how much time passes, `words` say how."""

    verb: str
    who: str = ""
    words: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " ".join((self.verb, self.who, *self.words)).strip()

    def number(self, place: int = 0) -> int:
        """Give one of the words as a number; 0 if there is none."""
        return int(self.words[place]) if place < len(self.words) else 0

    def word(self, place: int = 0) -> str:
        """Give one of the words; "" if there is none."""
        return self.words[place] if place < len(self.words) else ""


def step_from(line: str) -> Step:
    """Read a step from its line."""
    verb, *rest = line.split()
    return Step(verb, rest[0] if rest else "", tuple(rest[1:]))


def perform(world: World, step: Step) -> None:
    """Do a step and check what must hold after it. BrokenError if it does not."""
    world.moment += 1
    if step.verb not in _OF_TIME and step.who not in world.persons:
        return
    ACTIONS[step.verb](world, step)


def _sync(world: World, step: Step) -> None:
    run_sync(world, world.persons[step.who])


def _approve(world: World, step: Step) -> None:
    run_sync(world, world.persons[step.who], approve=True)


def _crash(world: World, step: Step) -> None:
    """End a run at one of its commits or calls; a twin shows how many there are."""
    person, now = world.persons[step.who], world.clock.now
    twin = world.twin(step.who)
    twin.sync()
    twin.ledger.close()
    world.clock.now = now
    if twin.fuse.steps:
        run_sync(world, person, killed_at=step.number() % twin.fuse.steps + 1)


def put_source(person: Person, number: int, variant: int) -> None:
    """Let an owner write one of their shared events."""
    handle = person.desk.handles.setdefault(number, f"source-{number}")
    person.desk.sources[number] = variant
    person.desk.write(handle, source_event(number, variant))


def _put(world: World, step: Step) -> None:
    person = world.persons[step.who]
    if person.owned:
        put_source(person, step.number() % UIDS, step.number(1) % VARIANTS)


def _delete(world: World, step: Step) -> None:
    desk, number = world.persons[step.who].desk, step.number() % UIDS
    desk.sources.pop(number, None)
    if handle := desk.handles.pop(number, ""):
        desk.calendar.remove(handle)
        del desk.written[handle]


def _withdraw(world: World, step: Step) -> None:
    """Take the category away from an event; it stays in the calendar."""
    desk, number = world.persons[step.who].desk, step.number() % UIDS
    variant = desk.sources.pop(number, None)
    if variant is not None:
        desk.write(desk.handles[number], source_event(number, variant, shared=False))


def _clear(world: World, step: Step) -> None:
    for number in range(UIDS):
        _delete(world, Step("delete", step.who, (str(number),)))


def _move(world: World, step: Step) -> None:
    """Let an event lie at another place of the calendar, as a server does that renames its files."""
    desk, number = world.persons[step.who].desk, step.number() % UIDS
    if number in desk.handles:
        old = desk.handles[number]
        event = desk.written.pop(old)
        desk.calendar.remove(old)
        desk.handles[number] = f"{old}+"
        desk.write(f"{old}+", event)


def _noise(world: World, step: Step) -> None:
    """Save every event again with other alarms, attendees' answers and stamps: nobody may be told (P12)."""
    person = world.persons[step.who]
    if not person.owned:
        return
    world.clock.forward(minutes=1)
    run_sync(world, person)
    before = len(world.office.archive)
    for number, variant in person.desk.sources.items():
        person.desk.write(person.desk.handles[number], source_event(number, variant, noise=step.number()))
    run_sync(world, person)
    if len(world.office.archive) != before:
        raise BrokenError("p12_silence", f"{person.name} told somebody of a change that is none")


def _copies(person: Person) -> list[str]:
    """Give the places of the copies that OSync surely wrote on every device, sorted."""
    devices = [each for each in person.world.persons.values() if each.desk is person.desk]
    surely = [
        {
            copy.handle
            for subscription in device.ledger.subscriptions.all()
            for copy in device.ledger.subscriptions.all_written(subscription.share_id)
            if copy.version and not copy.hidden
        }
        for device in devices
    ]
    return sorted(set.intersection(*surely) & events_by_handle(person.desk.calendar).keys())


def _born(person: Person, uid: str) -> int:
    """Give when the version of a copy was made that the devices of its user know."""
    world, moments = person.world, [person.world.moment]
    for owner in world.owners():
        if owner.owned and uid in owner.owned.uids:
            share_id, key = owner.owned.share_id, owner.owned.keys[owner.owned.uids.index(uid)]
            for device in world.persons.values():
                held = device.ledger.subscriptions.followed(share_id).get(key) if device.desk is person.desk else None
                if held:
                    moments.append(world.truth.born.get((share_id, held.epoch, held.revision), 0))
    return min(moments)


def _drop(world: World, step: Step) -> None:
    person = world.persons[step.who]
    if handles := _copies(person):
        handle = handles[step.number() % len(handles)]
        event = events_by_handle(person.desk.calendar)[handle]
        person.desk.calendar.remove(handle)
        person.desk.dropped[event.uid] = _born(person, event.uid)


def _mark(world: World, step: Step) -> None:
    person = world.persons[step.who]
    if handles := _copies(person):
        handle = handles[step.number() % len(handles)]
        event, line = events_by_handle(person.desk.calendar)[handle], f"X-MINE-{step.number()}:kept"
        person.desk.calendar.put(handle, with_line(event, line))
        person.desk.lines[event.uid] = person.desk.lines.get(event.uid, frozenset()) | {line}


def _edit(world: World, step: Step) -> None:
    person = world.persons[step.who]
    if handles := _copies(person):
        handle = handles[step.number() % len(handles)]
        event = with_title(events_by_handle(person.desk.calendar)[handle], f"Changed here {step.number()}")
        person.desk.calendar.put(handle, event)
        person.desk.edited.setdefault(event.uid, set()).add(view_of(event))


def _relocate(world: World, step: Step) -> None:
    """Let a user move to another calendar, with all that lies in it or only with what is their own.

    A deletion that no ledger knows yet cannot be told from what was not carried along.
    """
    person = world.persons[step.who]
    desk = person.desk
    hidden = _hidden_uids(person)
    desk.dropped = {uid: moment for uid, moment in desk.dropped.items() if uid in hidden}
    if step.word() == "carried":
        desk.relocate(events_by_handle(desk.calendar).keys())
    else:
        desk.relocate(desk.written.keys())
        desk.lines.clear()


def _hidden_uids(person: Person) -> set[str]:
    """Give the UIDs of the copies that the ledger of a person says are not wanted."""
    found = set()
    for owner in person.world.owners():
        keys = owner.owned.keys if owner.owned else ()
        for number, key in enumerate(keys):
            row = person.ledger.subscriptions.written(owner.owned.share_id, key) if owner.owned else None
            if row and row.hidden and owner.owned:
                found.add(owner.owned.uids[number])
    return found


def _carry(world: World, step: Step) -> None:
    world.office.carry(step.who, step.word())


def _free(world: World, step: Step) -> None:
    world.office.free(step.who)


def _wait(world: World, step: Step) -> None:
    world.clock.forward(hours=int(step.who))


def _jump(world: World, step: Step) -> None:
    world.clock.forward(days=int(step.who))


def _skew(world: World, step: Step) -> None:
    world.persons[step.who].ahead = timedelta(minutes=step.number())


def _backup(world: World, step: Step) -> None:
    person = world.persons[step.who]
    person.backups.append(Backup(world.moment, person.ledger.copy_in_memory(), person.desk.clone()))


def _restore(world: World, step: Step) -> None:
    """Put an older ledger in the place of the present one.

    With `again` the mailbox's read cursor goes back with it, with `whole` the calendar does.
    """
    person = world.persons[step.who]
    if not person.backups:
        return
    chosen = person.backups[step.number() % len(person.backups)]
    person.ledger.close()
    person.ledger = chosen.ledger.copy_in_memory()
    person.observe_ledger()
    if "whole" in step.words:
        person.desk.put_back(chosen.desk)
    else:
        person.desk.dropped.clear()
        person.desk.unsure_since = min(chosen.moment, person.desk.unsure_since or chosen.moment)
    _note_restored(world, person)
    if "again" in step.words:
        world.office.read_again(person.name)


def _note_restored(world: World, person: Person) -> None:
    """Let versions fall once; an owner may use those of the epochs so far twice."""
    truth = world.truth
    truth.restored.add(person.name)
    if person.owned:
        epochs = [epoch for share_id, epoch, _ in truth.digests if share_id == person.owned.share_id]
        truth.doubtful[person.owned.share_id] = max(epochs, default=0)
    for each in world.persons.values():
        if person.owned or each is person:
            each.shown.clear()


def _command(act: Callable[[World, Person, Step], object]) -> Callable[[World, Step], None]:
    """Let a user give a command; OSync may refuse it with an error of its own."""

    def action(world: World, step: Step) -> None:
        person = world.persons[step.who]
        world.clock.forward(seconds=1)
        try:
            act(world, person, step)
        except OSyncError:
            return
        check_after(world, person)

    return action


def _invite(world: World, person: Person, step: Step) -> None:
    if step.word() in world.persons:
        invite(person.installation, SHARE, [world.persons[step.word()].address])


def _accept(world: World, person: Person, step: Step) -> None:
    accept(person.installation, str(step.number() or 1), sender="", calendar="default")
    person.shown.clear()
    person.desk.dropped.clear()


def _admit(world: World, person: Person, step: Step) -> None:
    decide(person.installation, SHARE, "1", approved=True)


def _leave(world: World, person: Person, step: Step) -> None:
    leave(person.installation, SHARE, remove=step.word() == "remove")
    if step.word() == "remove":
        person.desk.lines.clear()


def _stop(world: World, person: Person, step: Step) -> None:
    if step.word() in world.persons:
        stop(person.installation, SHARE, world.persons[step.word()].address)


def say_last_word(world: World) -> None:
    """Let every owner make the change from which everybody hears where their share stands."""
    for owner in world.owners():
        put_source(owner, LAST_WORD, ENDLESS)


ACTIONS: dict[str, Callable[[World, Step], None]] = {
    "put": _put,
    "delete": _delete,
    "withdraw": _withdraw,
    "clear": _clear,
    "move": _move,
    "noise": _noise,
    "drop": _drop,
    "mark": _mark,
    "edit": _edit,
    "sync": _sync,
    "approve": _approve,
    "crash": _crash,
    "relocate": _relocate,
    "carry": _carry,
    "free": _free,
    "replay": lambda world, step: replay(world, world.persons[step.who], step.number()),
    "forge": lambda world, step: forge(world, world.persons[step.who], step.number()),
    "wait": _wait,
    "jump": _jump,
    "skew": _skew,
    "backup": _backup,
    "restore": _restore,
    "invite": _command(_invite),
    "accept": _command(_accept),
    "admit": _command(_admit),
    "leave": _command(_leave),
    "stop": _command(_stop),
}
"""What each verb does."""
