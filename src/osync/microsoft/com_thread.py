"""One thread that all calls to another program go through: COM's objects belong to the thread that made them.

It knows nothing of Outlook.
"""

import contextlib
import queue
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from osync.errors import OSyncError, OutlookRefusedError
from osync.microsoft.com import Patience
from osync.microsoft.com_errors import Reason

T = TypeVar("T")

_LISTEN = 0.1
"""Seconds between two looks at the messages of Windows while nobody asks anything; without them events would not arrive."""
_LOOK = 0.5
_END = 5.0


@dataclass(frozen=True, slots=True)
class Apartment:
    """What a thread does before its first and after its last call of COM, and to let messages in between."""

    enter: Callable[[], None]
    leave: Callable[[], None]
    pump: Callable[[], None]


class _Job:
    """One thing to do on the thread, and how it failed."""

    __slots__ = ("act", "done", "error")

    def __init__(self, act: Callable[[Patience], None]) -> None:
        self.act = act
        self.done = threading.Event()
        self.error: BaseException | None = None


class ComThread:
    """A thread with a queue. The first job starts it; a call that takes longer than `seconds` is given up, with its thread."""

    def __init__(self, apartment: Apartment, seconds: float = 60.0) -> None:
        self._apartment = apartment
        self._seconds = seconds
        self._lock = threading.Lock()
        self._worker: _Worker | None = None

    def run(self, act: Callable[[Patience], T]) -> T:
        """Do `act` on the thread and give what it gives, or raise what it raises, without its frames.

        OutlookRefusedError (busy) if one call does not come back in time: a dialog may be open. It is not known then
        whether that call was carried out; none comes after it.
        """
        outcome: list[T] = []
        job = _Job(lambda patience: outcome.append(act(patience)))
        worker = self._enqueue(job)
        while not job.done.wait(_LOOK):
            if worker.stuck_for() > self._seconds:
                worker.abandon()
                with self._lock:
                    self._worker = None if self._worker is worker else self._worker
                raise OutlookRefusedError(
                    f"Outlook did not answer for {self._seconds:.0f} seconds; it may be waiting for a dialog.",
                    reason=Reason.BUSY.value,
                )
        if job.error is not None:
            raise job.error
        return outcome[0]

    def _enqueue(self, job: _Job) -> "_Worker":
        with self._lock:
            if self._worker is None:
                self._worker = _Worker(self._apartment)
                self._worker.start()
                # Also when the program ends: objects that are not let go keep Outlook open for minutes.
                weakref.finalize(self, self._worker.end)
            self._worker.put(job)
            return self._worker

    def end(self) -> None:
        """End the thread when it is through; the next job starts another one."""
        with self._lock:
            worker, self._worker = self._worker, None
        if worker:
            worker.end()


class _Worker:
    """The thread itself."""

    def __init__(self, apartment: Apartment) -> None:
        self._apartment = apartment
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._patience = Patience(apartment.pump)
        self._thread = threading.Thread(target=self._work, name="outlook", daemon=True)
        self._busy = False

    def start(self) -> None:
        self._thread.start()

    def put(self, job: _Job) -> None:
        self._jobs.put(job)

    def stuck_for(self) -> float:
        """Give the seconds since the last call began, 0 while nothing is being done."""
        return time.monotonic() - self._patience.asked_at if self._busy else 0.0

    def abandon(self) -> None:
        self._patience.abandon()
        self._jobs.put(None)

    def end(self) -> None:
        self._jobs.put(None)
        if threading.current_thread() is not self._thread:
            self._thread.join(_END)

    def _work(self) -> None:
        self._apartment.enter()
        try:
            while True:
                try:
                    job = self._jobs.get(timeout=_LISTEN)
                except queue.Empty:
                    self._apartment.pump()
                    continue
                if job is None:
                    return
                self._do(job)
                del job
        finally:
            self._apartment.leave()

    def _do(self, job: _Job) -> None:
        self._patience.asked_at = time.monotonic()
        self._busy = True
        try:
            job.act(self._patience)
        except OSyncError as error:
            # Frames keep objects of COM alive, which must be let go on this thread.
            error.__context__ = error.__cause__ = None
            job.error = error.with_traceback(None)
        except BaseException as error:  # noqa: BLE001 - it is raised again on the thread that waits for it
            job.error = error
        finally:
            self._busy = False
            with contextlib.suppress(Exception):
                self._apartment.pump()
            job.done.set()
