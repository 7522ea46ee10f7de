"""A day of `osync run` in simulated time: mail and calendars fail, clocks jump, the computer sleeps; everything is synced in the end."""

import random
import tracemalloc
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from osync.daemon.health import Health
from osync.daemon.loop import Daemon, Surroundings
from osync.daemon.news import Changed, News, Stop
from osync.daemon.schedule import MAILBOX, TICK, Moment, Way, covers
from osync.daemon.site import Place, Synced, Touched
from osync.engine.report import Direction, Report, ReportedMail
from osync.engine.scope import Scope
from osync.errors import (
    AnotherRunError,
    CalendarUnavailableError,
    MailboxUnavailableError,
    OSyncError,
    SignInRefusedError,
)
from osync.logs import LogLine

DAY = 24 * 3600.0
WORK, HOLIDAYS = "calendar work", "calendar holidays"
PLACES = (Place(MAILBOX, Way.TOLD), Place(WORK, Way.FOLDER), Place(HOLIDAYS, Way.SILENT))
LONGEST_REST = 900 * 1.25
"""Seconds: the longest rest of `schedule`, and what chance adds."""


@dataclass
class Fault:
    """Something that does not work from one steady moment to another."""

    part: str
    begin: float
    end: float
    error: OSyncError

    def at(self, moment: float) -> bool:
        return self.begin <= moment < self.end


@dataclass
class World:
    """Both clocks, what happens when, and an installation whose syncs only take note; a sync takes a tenth of a second."""

    faults: list[Fault]
    changes: list[tuple[float, str]]
    end: float
    jumps: list[tuple[float, float, float]] = field(default_factory=list)
    wall: float = 1_795_000_000.0
    steady: float = 0.0
    waiting: dict[str, float] = field(default_factory=dict)
    delays: list[float] = field(default_factory=list)
    syncs: int = 0
    lines: list[LogLine] = field(default_factory=list)
    kept: int = 0
    closed: bool = False
    chance: random.Random = field(default_factory=lambda: random.Random(4))

    def now(self) -> Moment:
        return Moment(self.wall, self.steady)

    def take(self, seconds: float) -> Sequence[News]:
        """Let time go on until something is told, or so many seconds."""
        # A wait of less than a clock can tell would last for ever here.
        until = self.steady + (max(seconds, 0.001) if seconds else 0.0)
        if self.jumps and self.jumps[0][0] <= until:
            at, wall, steady = self.jumps.pop(0)
            self._go(max(0.0, at - self.steady) + steady)
            self.wall += wall
        news: list[News] = []
        while self.changes and self.changes[0][0] <= until and not (news and self.changes[0][0] > self.steady):
            at, part = self.changes.pop(0)
            self._go(max(0.0, at - self.steady))
            self.waiting.setdefault(part, self.steady)
            if {each.part: each.way for each in PLACES}[part] is not Way.SILENT:
                news.append(Changed(part))
        if not news:
            self._go(max(0.0, until - self.steady))
        return [Stop()] if self.steady >= self.end else news

    def _go(self, seconds: float) -> None:
        self.steady += seconds
        self.wall += seconds

    def sync(self, scope: Scope) -> Synced:
        self.syncs += 1
        self._go(0.1)
        ill = [fault for fault in self.faults if fault.at(self.steady)]
        for fault in ill:
            if fault.part == "installation":
                raise fault.error
        report = Report()
        for part in (place.part for place in PLACES if covers(scope, place.part)):
            broken = next((each for each in ill if each.part == part), None)
            if broken is not None:
                report.add_problem(part, broken.error)
            elif part in self.waiting:
                self.delays.append(self.steady - self.waiting.pop(part))
        return Synced(report, PLACES, 0.0)

    def watch(self, places: Sequence[Place]) -> None:
        """Nothing has to be done: what happens is told anyway."""

    def look_after(self) -> None:
        """Nothing is lost here."""

    def touched(self) -> Touched:
        return Touched(ledger=False, settings=False)

    def reread(self) -> float:
        return 60.0

    def close(self) -> None:
        self.closed = True

    def keep(self, health: Health) -> None:
        self.kept += 1

    def daemon(self) -> Daemon:
        around = Surroundings(self.now, self.chance.random, self.take, self.lines.append, self.keep, repr)
        return Daemon(self, around, 1)

    def live(self) -> None:
        self.daemon().run()
        assert self.closed

    def told(self, name: str) -> int:
        return sum(line.event == name for line in self.lines)


def mail_is_down(begin: float, end: float) -> Fault:
    return Fault(MAILBOX, begin, end, MailboxUnavailableError("The mail server does not answer."))


def work_is_down(begin: float, end: float) -> Fault:
    return Fault(WORK, begin, end, CalendarUnavailableError("The drive is not there."))


def changes_every(seconds: float, end: float) -> list[tuple[float, str]]:
    chance = random.Random(1)
    count = int(end / seconds)
    moments = sorted(chance.uniform(60, end) for _ in range(count))
    return [(moment, chance.choice([MAILBOX, WORK, HOLIDAYS])) for moment in moments]


def test_a_quiet_day_costs_few_syncs() -> None:
    world = World([], [], DAY)
    world.live()
    # Every minute for what has to be asked, and no more.
    assert world.syncs <= DAY / 60 + 50
    assert {line.event for line in world.lines} == {"started", "stopped"}
    assert world.kept <= DAY / 300 + 10


def test_status_is_told_at_once_of_a_sync_that_did_something() -> None:
    @dataclass
    class Busy(World):
        """Every sync that is told of a change sends a mail."""

        healths: list[Health] = field(default_factory=list)
        mailed_at: list[int] = field(default_factory=list)

        def sync(self, scope: Scope) -> Synced:
            has_news = bool(self.waiting)
            synced = super().sync(scope)
            if has_news:
                self.mailed_at.append(int(self.wall))
                synced.report.mails.append(ReportedMail(Direction.OUT, "update", "team", "jo@example.org", ""))
            return synced

        def keep(self, health: Health) -> None:
            self.healths.append(health)

    world = Busy([], [(at, WORK) for at in (10.0, 20.0, 30.0)], end=60.0)
    world.live()
    assert len(world.mailed_at) == 3
    assert set(world.mailed_at) <= {health.synced_at for health in world.healths}


def test_a_change_that_is_told_is_synced_at_once_and_one_that_is_not_within_a_minute() -> None:
    world = World([], [(100.0, MAILBOX), (200.0, WORK), (300.0, HOLIDAYS)], 600.0)
    world.live()
    mail, work, holidays = world.delays
    assert mail < 1
    assert work < 1
    assert holidays <= 61


def test_after_every_fault_of_a_day_everything_is_synced_and_each_is_told_once() -> None:
    faults = [
        mail_is_down(2 * 3600, 4 * 3600),
        work_is_down(3 * 3600, 9 * 3600),
        Fault(MAILBOX, 12 * 3600, 13 * 3600, SignInRefusedError("The account refuses the password.")),
        Fault("installation", 15 * 3600, 15 * 3600 + 40, AnotherRunError("Another OSync works here.")),
        Fault("installation", 16 * 3600, 17 * 3600, CalendarUnavailableError("The disk of the ledger is gone.")),
    ]
    world = World(faults, changes_every(120, DAY - 3 * 3600), DAY)
    world.live()
    assert world.waiting == {}
    assert max(world.delays) <= 6 * 3600 + 2 * 3600
    assert sum(delay < 61 for delay in world.delays) > 0.6 * len(world.delays)
    assert world.syncs <= DAY / 60 + len(world.delays) * 2 + 400
    # What another command does for a moment is no trouble; each of the others is told when it begins and when it ends.
    sentences = [line.sentence for line in world.lines]
    for words in (
        "The mail server does not answer",
        "The drive is not there",
        "refuses the password",
        "ledger is gone",
    ):
        assert sum(words in sentence for sentence in sentences) == 1, words
    assert not any("Another OSync" in sentence for sentence in sentences)


def test_the_delay_after_a_fault_is_at_most_its_longest_rest() -> None:
    world = World([work_is_down(1000.0, 30_000.0)], [(2000.0, WORK)], 40_000.0)
    world.live()
    (delay,) = world.delays
    assert 28_000 <= delay <= 28_000 + LONGEST_REST + TICK


@pytest.mark.parametrize(
    ("wall", "steady"),
    [(8 * 3600.0, 0.0), (0.0, 8 * 3600.0), (-3600.0, 0.0)],
    ids=["sleep", "sleep of both", "set back"],
)
def test_after_sleep_or_a_clock_that_was_set_everything_is_synced_at_once(wall: float, steady: float) -> None:
    world = World([], [], 60_000.0, [(5000.0, wall, steady)])
    daemon = world.daemon()
    while world.jumps:
        daemon.go_on()
    # A part that nobody tells of is waiting since the computer slept.
    world.waiting[WORK] = world.steady
    for _ in range(3):
        daemon.go_on()
    assert world.told("clock-jumped") == 1
    assert world.waiting == {}
    assert world.delays[-1] <= TICK + 1


def test_the_memory_of_a_day_is_flat() -> None:
    faults = [mail_is_down(hour * 3600.0, hour * 3600.0 + 1800) for hour in range(1, 24, 3)]
    world = World(faults, changes_every(300, DAY), DAY)
    world.lines = Forgetful()
    daemon = world.daemon()
    while world.steady < 2 * 3600:
        daemon.go_on()
    world.delays.clear()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    while world.steady < 9 * 3600:
        daemon.go_on()
        world.delays.clear()
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 200_000


class Forgetful(list[LogLine]):
    """Keeps no line."""

    def append(self, line: LogLine) -> None:
        assert line.sentence
