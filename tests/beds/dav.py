"""Radicale and Xandikos: CalDAV servers on free ports of loopback, with folders of their own.

Each takes everything that it stores below a folder in memory; nothing is left of it afterwards.
"""

import contextlib
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from beds.processes import BedError, bed_folder, end, free_ports, listens, start, wait_until

PYTHON = Path(__file__).parents[2] / ".beds" / "dav" / "bin" / "python"
USERS = ("alice", "bob", "keeper")
_RADICALE = """\
[server]
hosts = 127.0.0.1:{port}
max_connections = 40
timeout = 20
[auth]
type = htpasswd
htpasswd_filename = {folder}/users
htpasswd_encryption = plain
delay = 0
[rights]
type = from_file
file = {folder}/rights
[storage]
filesystem_folder = {folder}/stored
[reporting]
max_expand_occurrence = 1000000
[logging]
level = warning
"""
# The keeper may do everything; nobody else may write to a calendar whose name begins with "read-only".
_RIGHTS = """\
[keeper]
user: keeper
collection: .*
permissions: RrWw
[root]
user: .+
collection:
permissions: R
[principal]
user: .+
collection: {user}
permissions: RW
[read-only]
user: .+
collection: {user}/read-only[^/]*
permissions: r
[calendars]
user: .+
collection: {user}/[^/]+
permissions: rw
"""


@dataclass(frozen=True, slots=True)
class DavUser:
    """Who signs in, and the URL of the folder that holds their calendars."""

    name: str
    password: str
    home: str


class DavServer:
    """A running server that one command starts, at one port."""

    def __init__(self, name: str, folder: Path, port: int, command: list[str]) -> None:
        self.name = name
        self.folder = folder
        self.port = port
        self._command = command
        self._log = folder / "log"
        self._process = self._start()

    @property
    def url(self) -> str:
        """The URL of the server."""
        return f"http://localhost:{self.port}/"

    def user(self, name: str) -> DavUser:
        """Give one of the users; their password is their name and "-pw" where one is asked for."""
        home = f"{self.url}{name}/calendars/" if self.name == "xandikos" else f"{self.url}{name}/"
        return DavUser(name, f"{name}-pw", home)

    def stop(self) -> None:
        """End the server and wait for it."""
        end(self._process, signal.SIGTERM)

    def restart(self) -> None:
        """End the server and start it again at the same port, with the same calendars."""
        self.stop()
        self._process = self._start()

    def start(self) -> None:
        """Start the server again after `stop`."""
        self._process = self._start()

    def _start(self) -> "subprocess.Popen[bytes]":
        process = start(self._command, self._log)
        wait_until(lambda: listens(self.port), process, self._log)
        return process


def _check_is_installed() -> None:
    if not PYTHON.exists():
        raise BedError("Radicale and Xandikos are not installed. Run ./run test once, or ./run beds.")


@contextlib.contextmanager
def running_radicale() -> Iterator[DavServer]:
    """Start Radicale, and end it. BedError says what is missing."""
    _check_is_installed()
    with bed_folder("radicale") as folder:
        (port,) = free_ports(1)
        (folder / "radicale.conf").write_text(_RADICALE.format(folder=folder, port=port))
        (folder / "users").write_text("".join(f"{user}:{user}-pw\n" for user in USERS))
        (folder / "rights").write_text(_RIGHTS)
        command = [str(PYTHON), "-m", "radicale", "--config", str(folder / "radicale.conf")]
        yield from _kept(DavServer("radicale", folder, port, command))


@contextlib.contextmanager
def running_xandikos() -> Iterator[DavServer]:
    """Start Xandikos, which asks for no password, and end it. BedError says what is missing."""
    _check_is_installed()
    with bed_folder("xandikos") as folder:
        (port,) = free_ports(1)
        where = ["-d", str(folder / "stored"), "--state-dir", str(folder / "state"), "-l", "127.0.0.1", "-p", str(port)]
        principal = ["--autocreate", "--defaults", "--current-user-principal", "/alice/", "--no-detect-systemd"]
        command = [str(PYTHON), "-m", "xandikos", "serve", *where, *principal]
        yield from _kept(DavServer("xandikos", folder, port, command))


def _kept(server: DavServer) -> Iterator[DavServer]:
    try:
        yield server
    finally:
        server.stop()
