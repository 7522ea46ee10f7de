"""Whole OSyncs with a post office between them, cheap to copy, and what the simulation knows about them for certain."""

import copy
import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from simulation.fuse import Fuse, FusedCalendar, FusedMailbox, Killed
from simulation.post_office import Mailbox, PostOffice
from simulation.sources import NUMBERS, View, private_event, shape_of, source_uid, view_of

from osync.calendars.base import Calendar
from osync.calendars.memory import MemoryCalendar
from osync.engine.installation import Installation
from osync.engine.sync import sync
from osync.errors import NotFoundError
from osync.ical.event import Event
from osync.ledger.ledger import Ledger
from osync.message.identity import Identity, derived_uid, event_key, new_identity, public_identity
from osync.model import Share
from osync.model import World as Circumstances
from osync.sync.budget import MailLimits

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SHARE = "club"

Key = tuple[str, str]
"""A share id and the key of an event in it."""

Version = list[int]
"""Epoch and revision."""


class BrokenError(AssertionError):
    """An invariant does not hold: its name, and what was seen."""

    def __init__(self, invariant: str, seen: str) -> None:
        super().__init__(f"{invariant}: {seen}")
        self.invariant = invariant
        self.seen = seen


@dataclass
class Clock:
    """A clock that moves only when told."""

    now: datetime = START

    def forward(self, **amount: float) -> None:
        self.now += timedelta(**amount)


@dataclass
class Chance:
    """Random bytes that depend only on `seed` and on how often they were asked for."""

    seed: str
    asked: int = 0

    def __call__(self, length: int) -> bytes:
        self.asked += 1
        return hashlib.shake_128(f"{self.seed} {self.asked}".encode()).digest(length)


@dataclass
class Desk:
    """One user's calendar, and what the user did in it with another program.

    `sources` are the shared events by number with their variant, `hidden` the numbers that lost their category. By UID
    of a copy: `dropped` tells when the version was made that the user deleted, `lines` what the user added, `edited` what the user made of it.
    `written` holds by handle what the user wrote and OSync must not touch, `removed` and `shown` by UID when
    OSync took a copy away or wrote it.
    `unsure_since` is the moment of the oldest ledger that was put back: what OSync took away since then looks as if the
    user had deleted it. `place` is another number after the user moved to another calendar.
    """

    calendar: MemoryCalendar = field(default_factory=MemoryCalendar)
    sources: dict[int, int] = field(default_factory=dict)
    handles: dict[int, str] = field(default_factory=dict)
    dropped: dict[str, int] = field(default_factory=dict)
    lines: dict[str, frozenset[str]] = field(default_factory=dict)
    edited: dict[str, set[View]] = field(default_factory=dict)
    written: dict[str, Event] = field(default_factory=dict)
    removed: dict[str, int] = field(default_factory=dict)
    shown: dict[str, int] = field(default_factory=dict)
    unsure_since: int | None = None
    place: int = 0
    _seen: dict[tuple[str, str], list[tuple[str, View]]] = field(default_factory=dict)

    def clone(self) -> "Desk":
        other = Desk(sources=dict(self.sources), handles=dict(self.handles), dropped=dict(self.dropped))
        other.lines, other.written = dict(self.lines), dict(self.written)
        other.removed, other.shown = dict(self.removed), dict(self.shown)
        other.unsure_since, other.place, other._seen = self.unsure_since, self.place, dict(self._seen)
        other.edited = {uid: set(views) for uid, views in self.edited.items()}
        other.calendar._places = dict(self.calendar._places)
        other.calendar._versions = self.calendar._versions
        return other

    def write(self, handle: str, event: Event) -> None:
        """Let the user write an event of their own."""
        self.calendar.put(handle, event)
        self.written[handle] = event

    def relocate(self, carried: Collection[str]) -> None:
        """Let the calendar be another one, into which the events at some places were carried along; they lie elsewhere there."""
        old, self.calendar = self.calendar, MemoryCalendar()
        self.calendar._versions = old._versions + 1
        for stored in old.read(sorted(carried)):
            if stored.event:
                self.calendar.put(f"{stored.ref.handle}~", stored.event)
        self.written = {f"{handle}~": event for handle, event in self.written.items()}
        self.handles = {number: f"{handle}~" for number, handle in self.handles.items()}
        self.place += 1

    def put_back(self, other: "Desk") -> None:
        """Let everything on the desk be as it was in an earlier copy; no version of the calendar comes a second time."""
        versions = self.calendar._versions
        for name, kept in vars(other.clone()).items():
            setattr(self, name, kept)
        self.calendar._versions = versions

    def copies(self) -> dict[str, View]:
        """Give what the user sees of every copy, by UID; a second copy of an event is called so."""
        seen: dict[str, View] = {}
        for handle, place in self.calendar._places.items():
            known = self._seen.get((handle, place.version))
            if known is None:
                known = [(event.uid, view_of(event)) for event in place.events if event.uid.startswith("osync-")]
                self._seen[handle, place.version] = known
            for uid, view in known:
                seen[uid if uid not in seen else f"{uid} again at {handle}"] = view
        return seen

    @property
    def state(self) -> tuple[int, int]:
        """Give numbers that change with the calendar."""
        return self.calendar._versions, len(self.calendar._places)


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy of a ledger and of what lay on the desk then, and when it was made."""

    moment: int
    ledger: Ledger
    desk: Desk


class Person:
    """One OSync: its ledger, its key, its clock, and the desk that it works for."""

    def __init__(self, name: str, address: str, world: "World", desk: Desk, ledger: Ledger, identity: Identity) -> None:
        self.name = name
        self.address = address
        self.world = world
        self.desk = desk
        self.ledger = ledger
        self.identity = identity
        self.fuse = Fuse()
        self.ahead = timedelta()
        self.random = Chance(f"{name} {world.seed}")
        self.mailbox = Mailbox(world.office, name)
        self.backups: list[Backup] = []
        self.shown: dict[Key, Version] = {}
        self.owned: Owned | None = None
        self.observe_ledger()

    def observe_ledger(self) -> None:
        """Let the fuse count the commits of the ledger, which a copy of it does not do by itself."""
        self.ledger._database._observer = self.fuse.step

    @property
    def state(self) -> tuple[int, ...]:
        """Give numbers that change with the ledger or the calendar."""
        return self.ledger.shares._database._connection.total_changes, *self.desk.state

    @property
    def now(self) -> datetime:
        return self.world.clock.now + self.ahead

    @property
    def installation(self) -> Installation:
        return Installation(
            name=self.name,
            address=self.address,
            ledger=self.ledger,
            mailbox=FusedMailbox(self.mailbox, self.fuse),
            identity=lambda: self.identity,
            calendar=self._calendar,
            world=Circumstances(lambda: self.now, self.random),
            mail_limits=self.world.mail_limits,
            place=lambda name: f"place {self.desk.place}",
        )

    def _calendar(self, name: str) -> Calendar:
        if name != "default":
            raise NotFoundError(f"There is no calendar {name}.")
        return FusedCalendar(self.desk.calendar, self.fuse)

    def sync(self, *, approve: bool = False, killed_at: int = 0) -> bool:
        """Run one sync; False if it was killed at step `killed_at` before it ended."""
        self.world.clock.forward(seconds=1)
        self.fuse.at, self.fuse.steps = killed_at, 0
        try:
            sync(self.installation, approve=approve)
        except Killed:
            return False
        finally:
            self.fuse.at = 0
        return True

    def clone(self, world: "World", desk: Desk) -> "Person":
        other = Person(self.name, self.address, world, desk, self.ledger.copy_in_memory(), self.identity)
        other.ahead = self.ahead
        other.random = replace(self.random)
        other.shown, other.owned = dict(self.shown), self.owned
        return other

    @property
    def share(self) -> Share:
        """The share of this person as it is now; only for those who own one."""
        share = self.ledger.shares.named(SHARE)
        if share is None:
            raise LookupError(f"{self.name} owns no share")
        return share

    def remember_share(self) -> None:
        """Note what never changes of the share that this person has just made."""
        self.owned = owned(self.share)


@dataclass(frozen=True, slots=True)
class Owned:
    """What never changes of a share: its id, and for each event the key under which it travels and the UID of its copies."""

    share_id: str
    keys: tuple[str, ...]
    uids: tuple[str, ...]


def owned(share: Share) -> Owned:
    """Give what never changes of a share."""
    keys = tuple(event_key(share.key, source_uid(number)) for number in range(NUMBERS))
    creator = public_identity(share.creator_key)
    return Owned(share.share_id, keys, tuple(derived_uid(creator, share.share_id, key) for key in keys))


@dataclass
class Truth:
    """What was shared for certain: by UID of a copy the variants ever told, and when an event was last withdrawn.

    `revisions` and `digests` are what each owner's ledger said about a version, `born` when it first did; `restored` the people whose ledger was
    replaced by an older one; `doubtful` is by share the last epoch that an owner may have used twice because of it.
    """

    told: dict[str, set[int]] = field(default_factory=dict)
    withdrawn: dict[str, int] = field(default_factory=dict)
    revisions: dict[tuple[str, int, int], list[str]] = field(default_factory=dict)
    digests: dict[tuple[str, int, int], str] = field(default_factory=dict)
    born: dict[tuple[str, int, int], int] = field(default_factory=dict)
    restored: set[str] = field(default_factory=set)
    doubtful: dict[str, int] = field(default_factory=dict)

    def is_certain(self, share_id: str, epoch: int) -> bool:
        """Tell whether an epoch began after the last time that its owner's ledger was put back."""
        return epoch > self.doubtful.get(share_id, 0)


class World:
    """Everybody, the post office, the clock. `moment` counts what was done, to tell what came before what."""

    def __init__(self, seed: str = "") -> None:
        self.seed = seed
        self.clock = Clock()
        self.office = PostOffice()
        self.persons: dict[str, Person] = {}
        self.truth = Truth()
        self.moment = 0
        self.searched = 0
        self.mail_limits = MailLimits()

    def add(self, name: str, *, address: str = "", desk: Desk | None = None) -> Person:
        """Let somebody install OSync; a second device shares address and desk with the first."""
        address = address or f"{name}@example.org"
        self.office.open(name, address)
        own = desk or Desk()
        if desk is None:
            own.write(f"own-{name}", private_event(name))
        person = Person(name, address, self, own, Ledger.open(None), new_identity(Chance(f"identity of {name}")))
        self.persons[name] = person
        return person

    def clone(self, seed: str) -> "World":
        """Give a copy with other chances, in which nothing has happened yet."""
        other = World(seed)
        other.clock = Clock(self.clock.now)
        other.office = self.office.clone()
        other.truth = copy.deepcopy(self.truth)
        other.moment, other.searched = self.moment, self.searched
        desks: dict[int, Desk] = {}
        for name, person in self.persons.items():
            desk = desks.setdefault(id(person.desk), person.desk.clone())
            other.persons[name] = person.clone(other, desk)
            other.persons[name].random = Chance(f"{name} {seed}")
        return other

    def twin(self, name: str) -> Person:
        """Give a copy of one OSync that works for a copy of its desk and mailbox, and whose mails vanish."""
        real = self.persons[name]
        twin = real.clone(self, real.desk.clone())
        twin.mailbox = real.mailbox.silent(self.office.clone())
        return twin

    def close(self) -> None:
        """Close every ledger."""
        for person in self.persons.values():
            for ledger in (person.ledger, *(backup.ledger for backup in person.backups)):
                ledger.close()

    def owners(self) -> list[Person]:
        """Give everybody who owns a share."""
        return [person for person in self.persons.values() if person.owned]

    def owner_of(self, share_id: str) -> Person | None:
        """Give the owner of a share."""
        return next((each for each in self.persons.values() if each.owned and each.owned.share_id == share_id), None)


def told_views(world: World, owner: Person, uid: str) -> set[View]:
    """Give every state of an event that its owner ever shared, as a subscriber may see it."""
    return {shape_of(variant).seen_from(owner.name) for variant in world.truth.told.get(uid, ())}


def observe_owner(world: World, owner: Person) -> None:
    """Note what a sync of an owner may have shared, and what it does not share any more."""
    if owner.owned is None:
        return
    share, truth = owner.share, world.truth
    live = {key for key, _ in owner.ledger.shares.digest_lines(share.share_id, share.floor)}
    for number, (key, uid) in enumerate(zip(owner.owned.keys, owner.owned.uids, strict=True)):
        if number in owner.desk.sources:
            truth.told.setdefault(uid, set()).add(owner.desk.sources[number])
        if uid in truth.told and key not in live:
            truth.withdrawn[uid] = world.moment
