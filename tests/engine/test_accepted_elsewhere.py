"""A share that is accepted a second time, into another calendar: its copies are written there, and none is lost."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
from engine.world import Story, lunch

from osync.calendars.base import Calendar
from osync.calendars.memory import MemoryCalendar
from osync.engine.codes import make_code
from osync.engine.installation import Installation
from osync.engine.local_will import restore
from osync.engine.report import Report
from osync.engine.subscribing import accept, leave
from osync.engine.sync import sync
from osync.ical.event import write_event


@dataclass
class _TwoCalendars:
    """A story in which tester, who follows pat, has a second calendar."""

    story: Story = field(default_factory=Story)
    other: MemoryCalendar = field(default_factory=MemoryCalendar)

    def __post_init__(self) -> None:
        for title in ("Choir", "Lunch", "Walk"):
            self.story.pat.put(*lunch(title), uid=title)
        self.story.joined()

    @property
    def tester(self) -> Installation:
        return replace(self.story.tester.installation, calendar=self._calendar)

    def _calendar(self, name: str) -> Calendar:
        return self.other if name == "other" else self.story.tester.calendar

    def accept_again(self) -> Report:
        code = make_code(self.story.pat.installation, "club", "tester")
        return accept(self.tester, code, sender="pat", calendar="other")

    def settle(self) -> None:
        for _ in range(2):
            self.story.pat.sync()
            self.story.clock.forward(seconds=1)
            sync(self.tester)

    def titles(self) -> list[str]:
        found = self.other.read([ref.handle for ref in self.other.refs()])
        lines = (line for each in found if each.event for line in write_event(each.event).decode().split("\r\n"))
        return sorted(line.removeprefix("SUMMARY:") for line in lines if line.startswith("SUMMARY:"))


def _nothing(_world: _TwoCalendars) -> None:
    """Follow the share all the time."""


def _left(world: _TwoCalendars) -> None:
    leave(world.tester, "club", remove=False)
    world.settle()


@pytest.mark.parametrize("before", [_nothing, _left])
def test_all_copies_are_written_to_the_other_calendar(before: Callable[[_TwoCalendars], None]) -> None:
    world = _TwoCalendars()
    before(world)
    report = world.accept_again()
    assert ["stays there" in problem.sentence for problem in report.problems] == [True]
    world.settle()
    assert world.titles() == ["[pat] Choir", "[pat] Lunch", "[pat] Walk"]
    world.story.pat.put(*lunch("Choir moved", 18), uid="Choir")
    world.story.pat.remove("Lunch")
    world.settle()
    assert world.titles() == ["[pat] Choir moved", "[pat] Walk"]
    assert world.story.tester.titles() == ["[pat] Choir", "[pat] Lunch", "[pat] Walk"]


def test_what_was_deleted_in_the_first_calendar_stays_away_until_it_is_restored() -> None:
    world = _TwoCalendars()
    world.story.tester.remove_titled("[pat] Lunch")
    world.story.pat.put(*lunch("Lunch", 18), uid="Lunch")
    world.settle()
    world.accept_again()
    world.settle()
    assert world.titles() == ["[pat] Choir", "[pat] Walk"]
    restore(world.tester, "Lunch")
    assert world.titles() == ["[pat] Choir", "[pat] Lunch", "[pat] Walk"]
