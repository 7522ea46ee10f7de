"""`osync run` with real servers: mail at Dovecot and Postfix, a calendar at Radicale, and what happens when they go away."""

import re
from pathlib import Path

import pytest
from beds.dav import DavServer
from beds.dav_client import DavClient
from beds.mail import MailBed
from cli.people import Person, calendar, event
from daemon.processes import running

pytestmark = [pytest.mark.posix, pytest.mark.xdist_group("mail_bed")]

STARTED = "OSync runs by itself now."


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OSYNC_KEYS", "file")
    monkeypatch.delenv("OSYNC_HOME", raising=False)


def init(person: Person, bed: MailBed, place: str, *more: str) -> Person:
    """Make an installation with an account at the servers; changes leave at once, and calendars are asked every 5 s."""
    bed.account(person.address).empty()
    servers = ("--imap", f"imaps://localhost:{bed.imaps}", "--smtp", f"smtps://localhost:{bed.smtps}")
    password = ("--password-command", f"echo {person.name}-pw")
    where = ("--calendar", place, "--ca-file", str(bed.ca_file), "--no-input", "--create", *more)
    person.done("init", "--name", person.name, "--address", person.address, *servers, *password, *where)
    settings = person.home.settings
    text = re.sub(r"broadcast_minutes = \d+", "broadcast_minutes = 0", settings.read_text("utf-8"))
    settings.write_text(f"{text}\n[run]\npoll_seconds = 5\n", "utf-8")
    return person


def follow(owner: Person, subscriber: Person, bed: MailBed, share: str) -> None:
    """Let one follow a share of the other with one event, mail by mail, until it stands in the calendar."""
    owner.done("share", "new", share, "--category", "Team")
    with bed.account(subscriber.address).arriving():
        owner.done("share", "invite", share, subscriber.address)
    subscriber.done("sync")
    with bed.account(owner.address).arriving():
        subscriber.done("accept", "1", "--as", owner.name)
    with bed.account(subscriber.address).arriving():
        owner.done("sync")
    assert "1 new" in subscriber.done("sync")


def test_mail_and_calendar_at_servers_are_followed_through_an_outage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], mail_bed: MailBed, radicale: DavServer
) -> None:
    client = DavClient(radicale.user("alice"))
    url = client.make_calendar()
    pat = Person("pat", tmp_path, capsys)
    pat.events.mkdir()
    init(pat, mail_bed, f"vdir:{pat.events}")
    caldav = ("--caldav-user", "alice", "--caldav-password-command", "echo alice-pw")
    tester = init(Person("tester", tmp_path, capsys), mail_bed, f"caldav:{url}", *caldav)
    pat.put("Lunch")
    client.put(f"{url}own.ics", calendar(event("Own", uid="own")).encode())
    follow(pat, tester, mail_bed, "team")
    follow(tester, pat, mail_bed, "home")
    with running(tester.home.path) as away, running(pat.home.path) as here:
        for each in (away, here):
            each.wait_for(STARTED)
        pat.put("Choir")
        away.wait_for("team of pat: 1 new in your calendar.")
        client.put(f"{url}board.ics", calendar(event("Board", uid="board")).encode())
        here.wait_for("home of tester: 1 new in your calendar.")
        mail_bed.stop_imap()
        away.wait_for("waiting for mailbox: ")
        pat.put("Dinner")
        here.wait_for("mailbox: ")
        mail_bed.restart_imap()
        away.wait_for("team of pat: 1 new in your calendar.")
        for each in (away, here):
            assert each.end() == 0
            assert not [line for line in each.lines if "Traceback" in line or "fault" in line]
    written = client.ask("GET", url).decode()
    for title in ("Choir", "Dinner", "Lunch"):
        assert written.count(f"SUMMARY:[pat] {title}\r\n") == 1
    assert pat.titles() == ["Choir", "Dinner", "Lunch", "[tester] Board", "[tester] Own"]
