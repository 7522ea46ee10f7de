"""`osync init` as a conversation: with scripts, with real servers, and at a real terminal."""

import io
import os
import select
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from beds.dav import DavServer
from beds.dav_client import DavClient, user_of
from beds.mail import MailBed
from cli.conversations import Domain, Script
from credentials.credential_store import MemoryStore
from outlook.application import FakeOutlook
from outlook.in_process import machine_of

from osync.cli.arguments import make_parser
from osync.cli.main import main
from osync.cli.wizard import ask_accounts, converse
from osync.config import read_settings
from osync.errors import UserMustActError
from osync.home import Home
from osync.microsoft.outlook import Outlook
from osync.network import Network
from osync.setup.conversation import Conversation
from osync.setup.folders import FolderSource
from osync.setup.lookups import Lookups
from osync.setup.outlook import OutlookSource
from osync.setup.provider import Means
from osync.setup.servers import ServiceRecord

FOLDER = ("What carries your mail?", "2")
ALONE = (("share events", "n"), ("run by itself", "n"))


def talk_through(home: Home, script: Script, *flags: str, means: Means | None = None) -> int:
    arguments = make_parser().parse_args(["init", *flags])
    return converse(arguments, home, script.talk, means or means_with(Domain()))


def means_with(lookups: Lookups, network: Network | None = None, *, can_keep: bool = True) -> Means:
    return Means(
        lookups, network or Network(timeout=20), os.urandom, lambda: can_keep, lambda talk, service, user: None
    )


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "calendar").mkdir()
    return Home(tmp_path / "home")


def test_a_folder_and_a_calendar_make_an_osync(home: Home, tmp_path: Path) -> None:
    script = Script(
        ("What is your name?", "pat"),
        ("What is your mail address?", "pat@example.org"),
        FOLDER,
        ("carries the mails", str(tmp_path / "post")),
        ("holds your calendar", str(tmp_path / "calendar")),
        ("Make this OSync?", ""),
        *ALONE,
    )
    assert talk_through(home, script) == 0
    settings = read_settings(home.settings)
    assert (settings.name, settings.address) == ("pat", "pat@example.org")
    assert settings.mailbox.location == str(tmp_path / "post")
    assert settings.calendars["default"].location == str(tmp_path / "calendar")
    assert script.pairs == []


def test_a_wrong_answer_is_asked_again_with_the_reason(home: Home, tmp_path: Path) -> None:
    script = Script(
        ("Name", "x" * 61),
        ("more than 60 characters", "pat"),
        ("Address", ""),
        ("Please type something", "pat"),
        ("pat is no mail address. Write it like pat@example.org.", "pat@example.org"),
        ("What carries your mail?", "7"),
        ("a number from 1 to 2", "2"),
        ("carries the mails", "~nobody-of-this-name/x"),
        ("Nobody knows whose folder", str(tmp_path / "post")),
        ("holds your calendar", str(tmp_path / "calender")),
        ("Shall OSync make it?", "n"),
        ("holds your calendar", str(tmp_path / "new")),
        ("Shall OSync make it?", "maybe"),
        ("Please type y or n.", ""),
        ("Make this OSync?", ""),
        *ALONE,
    )
    assert talk_through(home, script) == 0
    assert (tmp_path / "new").is_dir()
    assert not (tmp_path / "calender").exists()


QUESTIONS = (
    ("Name", "pat"),
    ("Address", "pat@example.org"),
    FOLDER,
    ("carries the mails", "post"),
    ("holds your calendar", "nowhere"),
    ("Shall OSync make it?", "y"),
    ("Make this OSync?", "y"),
)


@pytest.mark.parametrize("last", range(len(QUESTIONS)))
def test_an_interruption_at_any_question_leaves_nothing(
    home: Home, last: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, credential_store: MemoryStore
) -> None:
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    script = Script(*QUESTIONS[:last], (QUESTIONS[last][0], "!"))
    assert talk_through(home, script) == 130
    assert script.lines[-1] == "Interrupted. Nothing was made."
    assert sorted(tmp_path.rglob("*")) == before
    assert credential_store.kept == {}


def test_a_conversation_that_ends_in_the_middle_is_told(home: Home) -> None:
    script = Script(("Name", "pat"))

    def nobody(prompt: str) -> str:
        raise EOFError

    with pytest.raises(UserMustActError, match="ended before everything was asked"):
        converse(make_parser().parse_args(["init"]), home, replace(script.talk, read=nobody), means_with(Domain()))
    assert not home.path.exists()


def test_letters_that_cannot_be_read_are_asked_for_again(home: Home) -> None:
    """A terminal in another encoding gives an error of Python's, or surrogates, as the system's settings are."""
    answers: list[str | Exception] = [UnicodeDecodeError("utf-8", b"\xe4", 0, 1, "x"), "p\udce4t", "pat"]

    def type_(prompt: str) -> str:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    lines: list[str] = []
    talk = Conversation(type_, type_, lines.append)
    assert talk.ask_secret("Password", "What is it?") == "pat"
    assert sum("should be set to UTF-8" in line for line in lines) == 2


def test_a_no_at_the_end_makes_nothing(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserMustActError, match="was not made"):
        talk_through(home, Script(*QUESTIONS[:-1], ("Make this OSync?", "n")))
    assert not home.path.exists()
    assert not (tmp_path / "nowhere").exists()


def test_an_outlook_that_refuses_says_why_and_another_way_can_be_chosen(tmp_path: Path) -> None:
    outlook = FakeOutlook()
    outlook.guard_denies = True
    script = Script(
        ("What carries your mail?", ""),
        ("Programmatic Access", "2"),
        ("carries the mails", str(tmp_path / "post")),
        ("holds your calendar", str(tmp_path)),
    )
    chosen = ask_accounts(script.talk, "pat@example.org", (OutlookSource(Outlook(machine_of(outlook))), FolderSource()))
    assert (chosen.mailbox.kind, script.pairs) == ("folder", [])


def test_what_flags_say_is_not_asked(home: Home, tmp_path: Path) -> None:
    script = Script(
        FOLDER,
        ("carries the mails", str(tmp_path / "post")),
        ("holds your calendar", str(tmp_path / "calendar")),
        ("Make this OSync?", ""),
        *ALONE,
    )
    assert talk_through(home, script, "--name", "pat", "--address", "pat@example.org") == 0


def test_the_first_share_and_invitation_are_made(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = Script(
        FOLDER,
        ("carries the mails", str(tmp_path / "post")),
        ("holds your calendar", str(tmp_path / "calendar")),
        ("Make this OSync?", ""),
        ("share events", "y"),
        ("Which category", ""),
        ("call it", ""),
        ("first invitation", "tester"),
        ("no mail address", "tester@example.org"),
        ("run by itself", "n"),
    )
    assert talk_through(home, script, "--name", "pat", "--address", "pat@example.org") == 0
    out = capsys.readouterr().out
    assert "can be shared as team" in out
    assert "safety code" in out
    assert main(["--home", str(home.path), "share", "show", "team"]) == 0
    assert "tester@example.org" in capsys.readouterr().out


def services_of(bed: MailBed) -> Domain:
    def at(port: int) -> tuple[ServiceRecord, ...]:
        return (ServiceRecord(0, 0, port, "localhost"),)

    return Domain({"_imaps._tcp": at(bed.imaps), "_submissions._tcp": at(bed.smtps)})


@pytest.mark.xdist_group("mail_bed")
class TestAtRealServers:
    """Dovecot and Postfix with TLS, Radicale on this computer without."""

    def means(self, bed: MailBed, *, can_keep: bool = True) -> Means:
        return means_with(services_of(bed), Network(ca_file=str(bed.ca_file), timeout=20), can_keep=can_keep)

    def begin(self, home: Home, bed: MailBed, *pairs: tuple[str, str], can_keep: bool = True) -> Script:
        script = Script(
            ("What carries your mail?", ""),
            ("servers that may get your password", ""),
            *pairs,
            ("Make this OSync?", ""),
            *ALONE,
        )
        flags = ("--name", "pat", "--address", "pat@example.org", "--ca-file", str(bed.ca_file))
        assert talk_through(home, script, *flags, means=self.means(bed, can_keep=can_keep)) == 0
        assert script.pairs == []
        return script

    def test_address_and_password_are_enough_for_the_mail(
        self, mail_bed: MailBed, home: Home, tmp_path: Path, credential_store: MemoryStore
    ) -> None:
        script = self.begin(
            home,
            mail_bed,
            ("Where does the password of pat@example.org come from?", "1"),
            ("Password", "wrong-pw"),
            ("refuses the password", ""),
            ("User name", ""),
            ("come from?", ""),
            ("Password", "pat-pw"),
            ("Signed in to both servers.\n\nWhere is your calendar?", "2"),
            ("holds your calendar", str(tmp_path / "calendar")),
        )
        assert credential_store.kept == {"osync password pat@example.org@localhost": "pat-pw"}
        assert "pat-pw" not in home.settings.read_text() + script.text
        mailbox = read_settings(home.settings).mailbox
        assert mailbox.location == f"imaps://localhost:{mail_bed.imaps}"
        assert mailbox.options == {"user": "pat@example.org", "smtp": f"smtps://localhost:{mail_bed.smtps}"}

    def test_a_calendar_of_a_server_is_chosen(
        self, mail_bed: MailBed, radicale: DavServer, home: Home, credential_store: MemoryStore
    ) -> None:
        DavClient(user_of(radicale, "bob")).make_calendar()
        self.begin(
            home,
            mail_bed,
            ("come from?", ""),
            ("Password", "pat-pw"),
            ("Where is your calendar?", "1"),
            ("CalDAV server", "http://dav.example.org"),
            ("without encryption", f"http://localhost:{radicale.port}"),
            ("Sign in there as pat@example.org", "n"),
            ("Who signs in to the calendar?", "bob"),
            ("come from?", ""),
            ("Password", "wrong"),
            ("Where is your calendar?", "1"),
            ("CalDAV server", f"http://localhost:{radicale.port}"),
            ("Sign in there as pat@example.org", "n"),
            ("Who signs in", "bob"),
            ("come from?", ""),
            ("Password", "bob-pw"),
            ("Which calendar?", ""),
        )
        place = read_settings(home.settings).calendars["default"]
        assert place.kind == "caldav"
        assert place.location.startswith(radicale.user("bob").home)
        assert place.options == {"user": "bob"}
        assert credential_store.kept["osync password bob@localhost"] == "bob-pw"
        assert main(["--home", str(home.path), "sync"]) == 0

    def test_without_a_credential_store_a_command_is_asked_for(
        self, mail_bed: MailBed, home: Home, tmp_path: Path
    ) -> None:
        (tmp_path / "secret").write_text("pat-pw\n")
        self.begin(
            home,
            mail_bed,
            ("no credential store that protects a password", "false"),
            ("ended with code 1", f"cat {tmp_path / 'secret'}"),
            ("Where is your calendar?", "2"),
            ("holds your calendar", str(tmp_path / "calendar")),
            can_keep=False,
        )
        assert read_settings(home.settings).mailbox.options["password_command"] == f"cat {tmp_path / 'secret'}"
        assert main(["--home", str(home.path), "sync"]) == 0

    def test_flags_do_the_same(
        self, mail_bed: MailBed, radicale: DavServer, home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "secret").write_text("pat-pw\n")
        code = main(
            ["--home", str(home.path), "init", "--no-input", "--name", "pat", "--address", "pat@example.org",
             "--imap", f"imaps://localhost:{mail_bed.imaps}", "--smtp", f"smtp://localhost:{mail_bed.smtp}",
             "--password-command", f"cat {tmp_path / 'secret'}", "--ca-file", str(mail_bed.ca_file),
             "--calendar", f"vdir:{tmp_path / 'calendar'}"]
        )  # fmt: skip
        assert (code, capsys.readouterr().err) == (0, "")
        assert main(["--home", str(home.path), "sync"]) == 0

    def test_flags_with_a_wrong_password_make_nothing(
        self, mail_bed: MailBed, home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        code = main(
            ["--home", str(home.path), "init", "--name", "pat", "--address", "pat@example.org",
             "--imap", f"imaps://localhost:{mail_bed.imaps}", "--smtp", f"smtp://localhost:{mail_bed.smtp}",
             "--password-command", "echo hunter2", "--ca-file", str(mail_bed.ca_file),
             "--calendar", f"vdir:{tmp_path / 'calendar'}"]
        )  # fmt: skip
        err = capsys.readouterr().err
        assert code == 2
        assert "refuses the password of pat@example.org" in err
        assert "hunter2" not in err
        assert not home.path.exists()

    def test_flags_name_a_calendar_of_several(
        self,
        mail_bed: MailBed,
        radicale: DavServer,
        home: Home,
        credential_store: MemoryStore,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        calendars = [DavClient(user_of(radicale, "bob")).make_calendar() for _ in range(2)]
        account = (
            "init", "--no-input", "--name", "pat", "--address", "pat@example.org", "--ca-file", str(mail_bed.ca_file),
            "--imap", f"imaps://localhost:{mail_bed.imaps}", "--smtp", f"smtps://localhost:{mail_bed.smtps}",
            "--password-stdin", "--caldav-user", "bob",
        )  # fmt: skip
        monkeypatch.setattr("sys.stdin", io.StringIO("pat-pw\nbob-pw\n"))
        assert main(["--home", str(home.path), *account, "--caldav", radicale.url]) == 2
        said = capsys.readouterr().err
        assert all(f"--calendar caldav:{url}" in said for url in calendars)
        assert credential_store.kept == {}
        monkeypatch.setattr("sys.stdin", io.StringIO("pat-pw\nbob-pw\n"))
        assert main(["--home", str(home.path), *account, "--calendar", f"caldav:{calendars[0]}"]) == 0
        assert credential_store.kept == {
            "osync password pat@example.org@localhost": "pat-pw",
            "osync password bob@localhost": "bob-pw",
        }
        assert main(["--home", str(home.path), "sync"]) == 0

    def test_an_installation_that_cannot_be_made_leaves_the_store_as_it_was(
        self, mail_bed: MailBed, home: Home, credential_store: MemoryStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        name = "osync password pat@example.org@localhost"
        credential_store.kept[name] = "former"
        monkeypatch.setattr("sys.stdin", io.StringIO("pat-pw\n"))
        code = main(
            ["--home", str(home.path), "init", "--name", "pat", "--address", "pat@example.org",
             "--imap", f"imaps://localhost:{mail_bed.imaps}", "--smtp", f"smtps://localhost:{mail_bed.smtps}",
             "--ca-file", str(mail_bed.ca_file), "--password-stdin", "--calendar", "vdir:/nowhere/at/all"]
        )  # fmt: skip
        assert code == 2
        assert credential_store.kept == {name: "former"}
        assert not home.path.exists()


def test_without_a_terminal_the_missing_flags_are_named(
    home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["--home", str(home.path), "init", "--name", "pat"]) == 2
    assert "osync init needs --address, --mailbox or --password-command, --calendar." in capsys.readouterr().err
    assert not home.path.exists()


@pytest.mark.posix
def test_the_conversation_works_at_a_terminal(home: Home, tmp_path: Path) -> None:
    answers = ("pat", "pat@example.org", "2", str(tmp_path / "post"), str(tmp_path / "calendar"), "", "n", "n")
    shown, code = at_terminal(["--home", str(home.path), "init"], answers)
    assert code == 0, shown
    assert "OSync is ready for pat <pat@example.org>" in shown
    assert read_settings(home.settings).name == "pat"


@pytest.mark.posix
def test_ctrl_c_at_a_terminal_leaves_nothing(home: Home) -> None:
    shown, code = at_terminal(["--home", str(home.path), "init"], ("pat", "\x03"))
    assert code == 130, shown
    assert "Interrupted. Nothing was made." in shown
    assert not home.path.exists()


PATIENCE = 60
# Whoever starts the tests in the background lets them ignore the signal of Ctrl-C.
AT_TERMINAL = """
import fcntl, signal, sys, termios
signal.signal(signal.SIGINT, signal.default_int_handler)
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from osync.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


def at_terminal(arguments: list[str], answers: tuple[str, ...]) -> tuple[str, int]:
    """Run OSync at a terminal of its own and type an answer at each prompt; gives what was shown, and the exit code."""
    import pty

    terminal, other_side = pty.openpty()
    environment = {**os.environ, "OSYNC_KEYS": "file"}
    child = subprocess.Popen(
        [sys.executable, "-c", AT_TERMINAL, *arguments],
        stdin=other_side, stdout=other_side, stderr=other_side, start_new_session=True, env=environment,
    )  # fmt: skip
    os.close(other_side)
    shown, waiting = b"", list(answers)
    seen = 0
    while select.select([terminal], [], [], PATIENCE)[0]:
        try:
            piece = os.read(terminal, 4_096)
        except OSError:  # Linux says so when the other side has ended
            break
        if not piece:
            break
        shown += piece
        if waiting and shown[seen:].rstrip(b" ").endswith(b":"):
            seen = len(shown)
            answer = waiting.pop(0)
            # The end of a line wakes a reader that was not yet reading when Ctrl-C came.
            os.write(terminal, answer.encode() + b"\n")
    os.close(terminal)  # who still waits for an answer gets none
    return shown.decode("utf-8", "replace"), child.wait(timeout=30)
