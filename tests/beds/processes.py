"""Servers for tests: free ports, starting, waiting until they answer, and ending exactly what was started."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of random name is made in it
_PATIENCE = 20.0


class BedError(Exception):
    """A server cannot be started; the sentence says what to install or run."""


def free_ports(count: int) -> list[int]:
    """Give ports of loopback that nobody listens at."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]


@contextlib.contextmanager
def bed_folder(name: str) -> Iterator[Path]:
    """Give a folder that everybody may enter, in memory where there is such a place; gone afterwards."""
    made = Path(tempfile.mkdtemp(prefix=f"osync-{name}-", dir=_MEMORY if _MEMORY.is_dir() else None))
    made.chmod(0o755)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def run(command: Sequence[str], *, given: bytes = b"") -> None:
    """Run a program that has to succeed. BedError tells what it said."""
    ran = subprocess.run(command, input=given, capture_output=True, check=False)
    if ran.returncode:
        raise BedError(f"{command[0]} ended with {ran.returncode}: {(ran.stderr or ran.stdout).decode()}")


def start(command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None) -> "subprocess.Popen[bytes]":
    """Start a server in a session of its own; what it says goes to `log`."""
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            env={**(os.environ if environment is None else environment)},
        )


def end(process: "subprocess.Popen[bytes]", number: signal.Signals = signal.SIGTERM) -> None:
    """End a server that `start` started, and what it started; give it time to do it well."""
    if process.poll() is None:
        process.send_signal(number)
    try:
        process.wait(timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def wait_until(is_ready: Callable[[], bool], process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Return when a server answers. BedError with its log if it ends or takes too long."""
    deadline = time.monotonic() + _PATIENCE
    while not is_ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise BedError(f"{process.args!r} does not come up:\n{log.read_text(errors='replace')[-4000:]}")
        time.sleep(0.02)


def listens(port: int) -> bool:
    """Tell whether somebody answers at a port of loopback."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
