"""pat lives in (a fake) Outlook, tester in a folder of .ics files, and both share with each other: `./run outlook-demo`.

On Linux this starts itself with Windows Python under Wine. There pat's OSync reaches Outlook through pywin32 and COM, in
another process, as it would reach a real one. The mails of both meet in this program: it plays the post office.
"""

import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from osync.cli.main import main as osync
from osync.mailboxes.base import OutgoingMail
from osync.mailboxes.folder import FolderMailbox
from osync.microsoft.mail_values import mail_draft

PAT, TESTER = "pat@example.org", "tester@example.org"
SERVER = Path(__file__).parents[1] / "tests" / "outlook" / "com_server.py"
_SECONDS = 240
_HOUR = timedelta(hours=1)
_CALENDAR, _APPOINTMENT, _WEEKLY = 9, 1, 1
_FIRST = ("[pat] Just testing", "[pat] Quaslimodo", "RRULE:FREQ=WEEKLY;COUNT=4", "EXDATE", "!SUMMARY:[pat] Dentist")
_TRIP = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//OSync//demo//EN
BEGIN:VEVENT
UID:trip@tester.example.org
DTSTAMP:20260101T000000Z
DTSTART;VALUE=DATE:{day:%Y%m%d}
SUMMARY:Trip
CATEGORIES:Family
END:VEVENT
END:VCALENDAR
"""


class Demo:
    """The two, and the post office between them."""

    def __init__(self, folder: Path, application: Any) -> None:
        self.folder = folder
        self.application = application
        self.post = folder / "post-office"
        self.calendar = folder / "tester-calendar"
        self.monday = _next_monday()

    def run(self, name: str, *arguments: str) -> None:
        """Let one of the two type a command."""
        code = osync(["--home", str(self.folder / name), *arguments])
        if code:
            raise SystemExit(f"osync {' '.join(arguments)} of {name} ended with {code}.")

    def begin(self) -> None:
        """Make both installations."""
        outlook = ("--calendar", "outlook:default", "--mailbox", f"outlook:{PAT}")
        folders = ("--calendar", f"vdir:{self.calendar}", "--mailbox", f"folder:{self.post}", "--create")
        self.run("pat", "init", "--name", "Pat", "--address", PAT, *outlook)
        self.run("tester", "init", "--name", "Tester", "--address", TESTER, *folders)
        FolderMailbox(self.post, PAT).open_account()
        for name in ("pat", "tester"):
            settings = self.folder / name / "config.toml"
            text = settings.read_text("utf-8")
            settings.write_text(text.replace("broadcast_minutes = 10", "broadcast_minutes = 0"), "utf-8")

    def carry(self) -> None:
        """Carry what waits: out of Outlook's mails into tester's folder, and the other way round."""
        for sender, recipients, subject, body, files in self.application.Fake.take_sent():
            mail = EmailMessage()
            mail["From"], mail["To"], mail["Subject"] = sender, ", ".join(recipients), subject
            mail.set_content(body)
            for name, content in files:
                mail.add_attachment(
                    content.encode("latin-1"), maintype="application", subtype="octet-stream", filename=name
                )
            FolderMailbox(self.post, PAT).send(OutgoingMail(PAT, tuple(recipients), mail.as_bytes()))
        box = FolderMailbox(self.post, PAT)
        for waiting in list(box.pending()):
            draft = mail_draft(waiting.content or b"")
            files = tuple((each.name, each.content.decode("latin-1")) for each in draft.files)
            self.application.Fake.lay_into_inbox(TESTER, draft.subject, draft.text, files)
            box.settle(waiting.handle)

    def sync(self) -> None:
        """Let both sync, with the post in between, until all has arrived."""
        for _ in range(2):
            for name in ("pat", "tester"):
                self.run(name, "sync")
                self.carry()

    def event(self, title: str, day: int, hour: int, category: str = "OSync") -> Any:
        """Let pat make an event in Outlook."""
        space = self.application.GetNamespace("MAPI")
        made = space.GetDefaultFolder(_CALENDAR).Items.Add(_APPOINTMENT)
        start = datetime(self.monday.year, self.monday.month, self.monday.day, hour, tzinfo=UTC) + timedelta(days=day)
        made.Subject, made.Start, made.End, made.Categories = title, start, start + _HOUR, category
        made.Save()
        return made

    def found(self, title: str) -> Any:
        """Open pat's event with a title anew."""
        items = self.application.GetNamespace("MAPI").GetDefaultFolder(_CALENDAR).Items
        events = (items.Item(number) for number in range(1, items.Count + 1))
        return next(each for each in events if each.Subject == title)

    def make_events(self) -> None:
        """Make the events of the original's screenshots, and one that stays at home."""
        weekly = self.event("Another test", 0, 9)
        pattern = weekly.GetRecurrencePattern()
        pattern.RecurrenceType, pattern.Occurrences = _WEEKLY, 4
        weekly.Save()
        pattern = self.found("Another test").GetRecurrencePattern()
        begin = self.found("Another test").Start.replace(tzinfo=UTC)
        moved = pattern.GetOccurrence(begin + timedelta(days=7))
        moved.Start = begin + timedelta(days=7, hours=5)
        moved.Save()
        pattern.GetOccurrence(begin + timedelta(days=14)).Delete()
        self.event("Just testing", 1, 11)
        whole = self.event("Quaslimodo", 2, 0)
        whole.AllDayEvent = True
        whole.Save()
        self.event("Dentist", 3, 8, category="")

    def show(self, headline: str, *expected: str) -> None:
        """Print both calendars: Outlook's as the fake itself tells it, tester's as the files say; each has to show what is expected."""
        told = f"pat's Outlook\n-------------\n{self.application.Fake.dump()}\n\ntester's folder\n---------------\n"
        told += "\n".join(map(_told, sorted(self.calendar.glob("*.ics"))))
        print(f"\n== {headline}\n\n{told}\n", flush=True)
        for each in expected:
            absent, words = each.startswith("!"), each.removeprefix("!")
            if (words in told) is absent:
                raise SystemExit(f"{words!r} is {'still there' if absent else 'missing'}.")


def _told(path: Path) -> str:
    wanted = ("SUMMARY", "DTSTART", "RRULE", "EXDATE", "RECURRENCE-ID")
    events = path.read_text("utf-8").split("BEGIN:VEVENT")[1:]
    return "  " + "\n    ".join(
        "  ".join(line for line in each.splitlines() if line.startswith(wanted)) for each in events
    )


def _next_monday() -> datetime:
    today = datetime.now(UTC)
    return today + timedelta(days=7 - today.weekday())


def play(folder: Path, application: Any) -> int:
    """Play the whole story."""
    demo = Demo(folder, application)
    demo.begin()
    demo.make_events()
    demo.run("pat", "share", "new", "demo", "--category", "OSync")
    demo.run("pat", "share", "invite", "demo", TESTER)
    demo.carry()
    demo.run("tester", "sync")
    demo.run("tester", "accept", "1", "--as", "pat")
    demo.carry()
    demo.sync()
    demo.show("1. pat shares the category OSync of Outlook, tester accepts, both sync", *_FIRST)
    changed = demo.found("Just testing")
    changed.Start = changed.Start.replace(tzinfo=UTC) + timedelta(days=3, hours=5)
    changed.Save()
    demo.found("Quaslimodo").Delete()
    demo.sync()
    demo.show('2. pat moves "Just testing" and deletes "Quaslimodo" in Outlook', "!Quaslimodo", "T160000")
    (demo.calendar / "trip.ics").write_text(_TRIP.format(day=demo.monday + timedelta(days=5)), "utf-8", newline="\r\n")
    demo.run("tester", "share", "new", "family", "--category", "Family")
    demo.run("tester", "share", "invite", "family", PAT)
    demo.carry()
    demo.run("pat", "sync")
    demo.run("pat", "accept", "1", "--as", "tester")
    demo.carry()
    demo.sync()
    demo.show("3. tester shares the category Family with pat: it is in Outlook", "[tester] Trip (written by OSync)")
    return 0


def play_over_com() -> int:
    """Start the fake Outlook as a COM server and play with it."""
    from outlook.late import Late
    from win32com.client import dynamic

    os.environ["OSYNC_KEYS"] = "file"
    subprocess.run([sys.executable, str(SERVER), "--register"], check=True, timeout=60, stdout=subprocess.DEVNULL)
    try:
        with tempfile.TemporaryDirectory(prefix="osync-demo-", ignore_cleanup_errors=True) as folder:
            return play(Path(folder), Late(dynamic.Dispatch("Outlook.Application")))
    finally:
        subprocess.run([sys.executable, str(SERVER), "--unregister"], check=True, timeout=60, stdout=subprocess.DEVNULL)


def main(arguments: list[str]) -> int:
    """Play here if this is Windows, else under the Wine of the folder that is named."""
    if sys.platform == "win32":
        return play_over_com()
    from tools.wine.stage import compile_type_library, wine_session
    from tools.wine.windows_python import run

    folder = Path(arguments[0]).resolve()
    compile_type_library(folder)
    with wine_session(folder):
        return run(folder, str(folder / "python" / "python.exe"), [str(Path(__file__).resolve())], _SECONDS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
