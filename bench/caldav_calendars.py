"""Calendars on real CalDAV servers to measure with: filled at once, changed a little between runs, and written as plainly as can be."""

import base64
import http.client
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from beds.dav import DavServer
from beds.dav_client import DavClient

from bench.folders import EACH, renamed, retitled

_PATIENCE = 600


@dataclass(frozen=True, slots=True)
class ServedCalendar:
    """One collection on a server, and where the server keeps its files."""

    server: DavServer
    client: DavClient
    url: str

    @property
    def folder(self) -> Path:
        """The folder that the server keeps its events in."""
        root = self.server.folder / "stored"
        return (root / "collection-root" if self.server.name == "radicale" else root) / urlsplit(self.url).path.strip(
            "/"
        )

    def fill(self, events: Path) -> None:
        """Lay events beside the others, as the server itself would keep them."""
        self.server.stop()
        for path in events.glob("*.ics"):
            (self.folder / path.name).write_bytes(path.read_bytes())
        if self.server.name == "xandikos":
            identity = ["-c", "user.name=bench", "-c", "user.email=bench@example.org"]
            for command in (["add", "--all"], [*identity, "commit", "--quiet", "--message", "Fill it"]):
                subprocess.run([shutil.which("git") or "git", "-C", str(self.folder), *command], check=True)
        self.server.start()
        # What the server makes of new files at the first question (a minute for 10,000 at Radicale) is not what is measured.
        self.client.ask("PROPFIND", self.url, headers={"Depth": "1"})

    def change_thirty(self, files: list[Path], run: int) -> None:
        """Change 10 of the events, add 10 and delete 10, as another program would; each run takes others."""
        chosen = files[run * 3 * EACH : (run + 1) * 3 * EACH]
        for path in chosen[:EACH]:
            self.client.put(self.url + path.name, retitled(path.read_bytes()))
        for number, path in enumerate(chosen[EACH : 2 * EACH]):
            uid = f"new-{run}-{number}@example.org"
            self.client.put(f"{self.url}{uid}.ics", renamed(path.read_bytes(), uid))
        for path in chosen[2 * EACH :]:
            self.client.delete(self.url + path.name)


def new_calendar(server: DavServer, name: str) -> ServedCalendar:
    """Make an empty calendar of alice's."""
    client = DavClient(server.user("alice"), _PATIENCE)
    return ServedCalendar(server, client, client.make_calendar(name))


def put_all(calendar: ServedCalendar, files: list[Path], at_once: int) -> float:
    """Put files with nothing around it, on as many connections as are allowed; give the seconds that it took."""
    texts = [(path.name, path.read_bytes()) for path in files]
    started = time.perf_counter()
    with ThreadPoolExecutor(at_once) as threads:
        for done in [threads.submit(_put_some, calendar, texts[number::at_once]) for number in range(at_once)]:
            done.result()
    return time.perf_counter() - started


def _put_some(calendar: ServedCalendar, texts: list[tuple[str, bytes]]) -> None:
    with _connected(calendar) as put:
        for name, text in texts:
            while (status := put(name, text)) == 423:
                # Xandikos takes one at a time, and says so to the others.
                time.sleep(0.005)
            if status >= 300:
                raise RuntimeError(f"{name}: {status}")


@contextmanager
def _connected(calendar: ServedCalendar) -> Iterator[Callable[[str, bytes], int]]:
    parts, user = urlsplit(calendar.url), calendar.client.user
    pair = base64.b64encode(f"{user.name}:{user.password}".encode()).decode()
    headers = {"Authorization": f"Basic {pair}", "Content-Type": "text/calendar", "If-None-Match": "*"}
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)

    def put(name: str, text: bytes) -> int:
        connection.request("PUT", parts.path + name, text, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status

    try:
        yield put
    finally:
        connection.close()
