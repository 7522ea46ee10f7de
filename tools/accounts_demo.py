"""Two people with real accounts, and OSync running by itself for both: `./run accounts-demo`.

pat has mail at Dovecot and Postfix and keeps a folder of .ics files; tester has mail at Cyrus and a calendar at Radicale.
Another program (khal, and an editor of files) makes, moves and deletes events in pat's folder; another one (plain HTTP)
looks into tester's calendar. Printed is how long each change took from file to calendar.
"""

import contextlib
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from beds.cyrus import running_cyrus
from beds.dav import PYTHON, running_radicale
from beds.dav_client import DavClient
from beds.mail import MailTraits, running_mail

_EVENTS = 10
_PATIENCE = 60.0
_LOOK_AGAIN = 0.02
_KHAL = """\
[calendars]
[[pat]]
path = {calendar}
[locale]
local_timezone = Europe/Berlin
default_timezone = Europe/Berlin
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
[default]
default_calendar = pat
[sqlite]
path = {folder}/khal.db
"""


@dataclass(frozen=True, slots=True)
class Person:
    """One of the two: the folder of their OSync, and how they type commands."""

    name: str
    home: Path

    def osync(self, *arguments: str) -> str:
        """Type a command and give what it prints. SystemExit if it fails."""
        command = [sys.executable, "-m", "osync", "--home", str(self.home), *arguments]
        done = subprocess.run(command, env=_environment(), capture_output=True, text=True, check=False, timeout=120)
        if done.returncode:
            sys.exit(
                f"{self.name}: osync {' '.join(arguments)} ended with {done.returncode}: {done.stdout}{done.stderr}"
            )
        return done.stdout

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Let OSync run by itself meanwhile."""
        command = [sys.executable, "-m", "osync", "--home", str(self.home), "run"]
        with (self.home / "log").open("wb") as log:
            process = subprocess.Popen(command, env=_environment(), stdout=log, stderr=log, stdin=subprocess.DEVNULL)
            try:
                yield
            finally:
                process.terminate()
                process.wait(60)
                print(f"{self.name}'s osync run ended with {process.returncode}.")


def main() -> int:
    """Play the demo. Exit code 0 if every change arrived."""
    with tempfile.TemporaryDirectory(prefix="osync-accounts-") as name, contextlib.ExitStack() as servers:
        folder = Path(name)
        cyrus = servers.enter_context(running_cyrus())
        mail = servers.enter_context(running_mail(MailTraits(neighbour=cyrus.lmtp)))
        radicale = servers.enter_context(running_radicale())
        cyrus.add_user("tester")
        print("Dovecot, Postfix, Cyrus and Radicale run.")
        trusted = folder / "trusted.pem"
        trusted.write_bytes(Path(mail.ca_file).read_bytes() + Path(cyrus.ca_file).read_bytes())
        client = DavClient(radicale.user("alice"))
        url = client.make_calendar("shared")
        calendar = folder / "pat-calendar"
        pat, tester = Person("pat", folder / "pat"), Person("tester", folder / "tester")
        smtp = f"smtps://localhost:{mail.smtps}"
        common = ("--ca-file", str(trusted), "--no-input", "--create")
        print(
            pat.osync(
                "init", "--name", "pat", "--address", "pat@example.org", "--imap", f"imaps://localhost:{mail.imaps}",
                "--smtp", smtp, "--password-command", "echo pat-pw", "--calendar", f"vdir:{calendar}", *common,
            ).splitlines()[0]
        )  # fmt: skip
        print(
            tester.osync(
                "init", "--name", "tester", "--address", "tester@example.test", "--user", "tester", "--no-check",
                "--imap", f"imaps://localhost:{cyrus.imaps}", "--smtp", smtp, "--password-command", "echo tester-pw",
                "--calendar", f"default=caldav:{url}", "--caldav-user", "alice",
                "--caldav-password-command", "echo alice-pw", *common,
            ).splitlines()[0]
        )  # fmt: skip
        _settle(pat.home, "")
        _settle(tester.home, 'smtp_user = "tester@example.org"')
        _join(pat, tester)
        with pat.running(), tester.running():
            _wait(lambda: all((each.home / "run.json").exists() for each in (pat, tester)))
            times = _play(folder, calendar, lambda: client.get(url).decode())
        for person in (pat, tester):
            print(f"\n{person.name}: osync status\n{person.osync('status')}", end="")
    print(
        f"\n{len(times)} changes: median {statistics.median(times):.2f} s, worst {max(times):.2f} s,"
        f" best {min(times):.2f} s from the file to the calendar at the server."
    )
    return 0


def _environment() -> dict[str, str]:
    return {**os.environ, "OSYNC_KEYS": "file", "PYTHONWARNINGS": "ignore"}


def _settle(home: Path, line: str) -> None:
    """Let changes leave at once, and add a line to the settings of the mailbox."""
    path = home / "config.toml"
    text = re.sub(r"broadcast_minutes = \d+", "broadcast_minutes = 0", path.read_text("utf-8"))
    path.write_text(text.replace("[mailbox]\n", f"[mailbox]\n{line}\n"), "utf-8")


def _join(pat: Person, tester: Person) -> None:
    pat.osync("share", "new", "team", "--category", "Team")
    pat.osync("share", "invite", "team", "tester@example.test")
    pat.osync("sync")
    _wait(lambda: "pat" in (tester.osync("sync"), tester.osync("invitations"))[1])
    tester.osync("accept", "1", "--as", "pat")
    tester.osync("sync")
    _wait(lambda: "1 subscriber" in (pat.osync("sync"), pat.osync("status"))[1])
    print("pat shares the category Team, tester has accepted. Both run osync run now.\n")


def _play(folder: Path, calendar: Path, seen: Callable[[], str]) -> list[float]:
    """Make, move and delete events, and give the seconds that each took."""
    settings = folder / "khal.conf"
    settings.write_text(_KHAL.format(calendar=calendar, folder=folder), "utf-8")
    khal = [str(PYTHON.with_name("khal")), "-c", str(settings)]
    times: list[float] = []
    # OSync asks before it lets a calendar become empty.
    for title in ("Choir", "Board"):
        subprocess.run(
            [*khal, "new", "--categories", "Team", "2027-02-01", "19:00", "21:00", title], check=True, timeout=60
        )
        _wait(lambda title=title: f"[pat] {title}\r" in seen())  # type: ignore[misc] # mypy knows no defaults of lambdas
    for number in range(1, _EVENTS + 1):
        title = f"Meeting {number}"
        before = set(calendar.glob("*.ics"))
        new = ["new", "--categories", "Team", "2027-01-20", f"{8 + number}:00", f"{8 + number}:45", title]
        subprocess.run([*khal, *new], check=True, stdout=subprocess.DEVNULL, timeout=60)
        (path,) = set(calendar.glob("*.ics")) - before
        times.append(_arrived("made", title, path.stat().st_mtime, lambda title=title: f"[pat] {title}\r" in seen()))  # type: ignore[misc] # as above, a lambda
        moved = path.read_text("utf-8").replace("20270120T", "20270121T")
        unfinished = folder / "moved"
        unfinished.write_text(moved, "utf-8", newline="")
        at = time.time()
        shutil.copy(unfinished, path)
        wanted = re.compile(rf"DTSTART[^\r]*:20270121T{8 + number:02}")
        times.append(_arrived("moved", title, at, lambda wanted=wanted: bool(wanted.search(seen()))))  # type: ignore[misc] # as above, a lambda
        at = time.time()
        path.unlink()
        times.append(_arrived("deleted", title, at, lambda title=title: f"[pat] {title}\r" not in seen()))  # type: ignore[misc] # as above, a lambda
    return times


def _arrived(what: str, title: str, begun: float, is_there: Callable[[], bool]) -> float:
    _wait(is_there)
    seconds = time.time() - begun
    print(f"{title:12} {what:8} {seconds:5.2f} s", flush=True)
    return seconds


def _wait(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not is_so():
        if time.monotonic() > deadline:
            sys.exit(f"It did not happen within {_PATIENCE:.0f} s.")
        time.sleep(_LOOK_AGAIN)


if __name__ == "__main__":
    sys.exit(main())
