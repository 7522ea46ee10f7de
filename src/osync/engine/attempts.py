"""Write to a calendar what was planned, one event after the other, or several at a time where the calendar lets us.

It neither plans nor records. What a write came to is told in the order of the plans; after a failure of the calendar
nothing more is begun, but what was begun already is told too.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from osync.calendars.base import Calendar, EventRef, WritesTogether
from osync.engine.copy_plans import PlannedCopy
from osync.errors import EventExistsError, OSyncError, SkipEventError
from osync.sync.arrive import Step


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a write came to: `ref` is where the event lies now, None after a deletion; `error` why it was not written.

    `taken` is where something lies already in the place of a new event.
    """

    planned: PlannedCopy
    ref: EventRef | None = None
    error: OSyncError | None = None
    taken: str = ""

    @property
    def has_failed(self) -> bool:
        """Tell whether the calendar itself failed, and not only this event."""
        return self.error is not None and not isinstance(self.error, SkipEventError)


def attempts(calendar: Calendar, planned: Sequence[PlannedCopy]) -> Iterator[Attempt]:
    """Carry plans out, as many at a time as the calendar says. Each counts as begun when it is told."""
    at_once = calendar.writes_at_once if isinstance(calendar, WritesTogether) else 1
    if at_once > 1 and len(planned) > 1:
        yield from _together(calendar, planned, at_once)
        return
    for plan in planned:
        attempt = attempt_of(calendar, plan)
        yield attempt
        if attempt.has_failed:
            return


def attempt_of(calendar: Calendar, planned: PlannedCopy) -> Attempt:
    """Carry one plan out."""
    stored, event = planned.wanted.stored, planned.event
    try:
        if event is None:
            if stored:
                calendar.delete(stored.ref)
            return Attempt(planned)
        if planned.step is Step.REPLACE and stored:
            return Attempt(planned, calendar.replace(stored.ref, event))
        return Attempt(planned, calendar.create(event))
    except EventExistsError as error:
        return Attempt(planned, error=error, taken=error.handle)
    except OSyncError as error:
        return Attempt(planned, error=error)


def _together(calendar: Calendar, planned: Sequence[PlannedCopy], at_once: int) -> Iterator[Attempt]:
    # Late, because a folder's calendar shall not pay for the import.
    from concurrent.futures import Future, ThreadPoolExecutor

    waiting = deque(planned)
    begun: deque[Future[Attempt]] = deque()
    with ThreadPoolExecutor(at_once, "osync-write") as threads:
        while waiting or begun:
            # Some more than there are threads, so that none waits for the first to be told.
            while waiting and len(begun) < 2 * at_once:
                begun.append(threads.submit(attempt_of, calendar, waiting.popleft()))
            attempt = begun.popleft().result()
            if attempt.has_failed:
                waiting.clear()
            yield attempt
