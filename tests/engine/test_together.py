"""Several writes at a time: the order of what is told, failures in between, and ends at any step."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import pytest
from engine.world import FusedCalendar, Killed, Story, lunch

from osync.calendars.base import EventRef
from osync.errors import CalendarUnavailableError
from osync.ical.event import Event

T = TypeVar("T")
NAMES = [f"event {number:02}" for number in range(10)]


@dataclass
class TogetherCalendar(FusedCalendar):
    """A calendar that may be written from four threads, whose real events lie in one dictionary."""

    writes_at_once: int = 4
    fails_after: int = 10_000
    lock: threading.Lock = field(default_factory=threading.Lock)

    def _write(self, act: Callable[[], T]) -> T:
        with self.lock:
            if self.writes >= self.fails_after:
                raise CalendarUnavailableError("The server does not answer.")
            return super()._write(act)


@dataclass
class BarredCalendar(TogetherCalendar):
    """Lets a write go on only when four of them have begun."""

    barrier: threading.Barrier = field(default_factory=lambda: threading.Barrier(4, timeout=20))

    def create(self, event: Event) -> EventRef:
        self.barrier.wait()
        return super().create(event)


def _shared(kind: type[TogetherCalendar] = TogetherCalendar) -> tuple[Story, TogetherCalendar]:
    """Give a story in which ten events of pat are on their way to tester."""
    story = Story()
    calendar = kind(story.tester.events, story.tester.fuse)
    story.tester.calendar = calendar
    story.joined()
    for name in NAMES:
        story.pat.put(*lunch(name), uid=name)
    story.pat.sync()
    return story, calendar


def _all_there(story: Story) -> bool:
    return story.tester.titles() == [f"[pat] {name}" for name in NAMES] and len(story.tester.texts()) == len(NAMES)


def test_as_many_are_written_at_a_time_as_the_calendar_allows() -> None:
    story, _ = _shared(BarredCalendar)
    for name in ("eleven", "twelve"):
        story.pat.put(*lunch(name), uid=name)
    story.pat.sync()
    report = story.tester.sync()
    assert not report.problems
    assert len(story.tester.titles()) == len(NAMES) + 2


def test_they_are_told_in_their_order() -> None:
    story, _ = _shared()
    one_by_one, alone = _shared()
    alone.writes_at_once = 1
    told, wanted = (each.tester.sync().changes for each in (story, one_by_one))
    assert [change.title for change in told] == [change.title for change in wanted]
    assert len(told) == len(NAMES)


@pytest.mark.parametrize("after", range(11))
def test_a_calendar_that_fails_in_between_is_finished_by_the_next_run(after: int) -> None:
    story, calendar = _shared()
    calendar.fails_after = after + calendar.writes
    report = story.tester.sync()
    assert [problem.sentence for problem in report.problems] == ["The server does not answer."] * (after < len(NAMES))
    calendar.fails_after = 10_000
    story.settle()
    assert _all_there(story)
    assert not story.tester.sync().changes


def test_whatever_the_step_the_next_run_finishes_the_work() -> None:
    story, _ = _shared()
    story.tester.fuse.steps = 0
    story.tester.sync()
    for step in range(1, story.tester.fuse.steps + 1):
        story, _ = _shared()
        story.tester.fuse.steps, story.tester.fuse.at = 0, step
        with pytest.raises(Killed):
            story.tester.sync()
        story.tester.fuse.at = 0
        story.settle()
        assert _all_there(story), step
