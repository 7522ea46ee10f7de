"""Real processes of `osync run`, whose log lines tell a test how far they are."""

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

PATIENCE = 30.0


class RunningOsync:
    """One process; `wait_for` reads its log."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.lines: list[str] = []
        self._queue: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        assert process.stderr
        threading.Thread(target=self._read, args=(process.stderr,), daemon=True).start()

    def _read(self, stream: TextIO) -> None:
        for line in stream:
            self._queue.put(line.rstrip("\n"))
        self._queue.put(None)

    def wait_for(self, words: str) -> str:
        """Give the next line with these words."""
        deadline = time.monotonic() + PATIENCE
        while True:
            line = self._queue.get(timeout=max(0.0, deadline - time.monotonic()))
            assert line is not None, f"it ended without {words!r}: {self.lines}"
            self.lines.append(line)
            if words in line:
                return line

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and give the exit code; the rest of the log is in `lines` then."""
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE)
        while (line := self._queue.get(timeout=PATIENCE)) is not None:
            self.lines.append(line)
        return code


@contextlib.contextmanager
def running(home: Path, *arguments: str) -> Iterator[RunningOsync]:
    """Start `osync run`, and end it for good afterwards."""
    command = [sys.executable, "-m", "osync", "--home", str(home), "run", *arguments]
    environment = {name: value for name, value in os.environ.items() if name != "JOURNAL_STREAM"}
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**environment, "OSYNC_KEYS": "file"},
    )
    try:
        yield RunningOsync(process)
    finally:
        with contextlib.suppress(OSError):
            process.kill()
        process.wait(PATIENCE)
        if process.stderr:
            process.stderr.close()
