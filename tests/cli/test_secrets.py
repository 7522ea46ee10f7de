"""`osync password` and `osync sign-in`: secrets go into the credential store, and nowhere else."""

import io
import os
from pathlib import Path

import keyring
import pytest
from credentials.credential_store import MemoryStore
from keyring.backends import null

from osync.cli.main import main
from osync.cli.secrets import _of_tenant
from osync.config import PlaceSettings, Settings, write_settings
from osync.credentials.services import SERVICES
from osync.home import Home


@pytest.fixture
def home(tmp_path: Path, credential_store: MemoryStore) -> Home:
    """Give a home with settings and nothing else: the commands need no more."""
    mail = PlaceSettings("internet", "imaps://IMAP.example.org", {"user": "pat@example.org", "smtp": "smtps://x"})
    token = PlaceSettings("caldav", "https://dav.example.net/x/", {"user": "pat@gmail.com", "auth": "oauth"})
    calendars = {
        "default": PlaceSettings("vdir", str(tmp_path)),
        "work": PlaceSettings("caldav", "https://dav.example.org:8443/pat/work/", {"user": "pat"}),
        "token": token,
    }
    home = Home(tmp_path / "home")
    home.create()
    write_settings(home.settings, Settings("pat", "pat@example.org", "", "file", calendars, mail))
    return home


def test_a_password_with_letters_that_cannot_be_read_is_not_kept(
    home: Home, credential_store: MemoryStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed(monkeypatch, "p\udce4ss\n")
    assert run(home, "password", "set") == 2
    assert capsys.readouterr().err.startswith("osync: The password has letters that OSync cannot read.")
    assert credential_store.kept == {}


def typed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def run(home: Home, *words: str) -> int:
    return main(["--home", str(home.path), *words])


@pytest.mark.parametrize(
    ("account", "name"),
    [
        ((), "osync password pat@example.org@imap.example.org"),
        (("mailbox",), "osync password pat@example.org@imap.example.org"),
        (("work",), "osync password pat@dav.example.org"),
        (("calendars.work",), "osync password pat@dav.example.org"),
    ],
    ids=["none", "mailbox", "calendar", "section"],
)
def test_a_password_is_kept_and_forgotten(
    home: Home,
    credential_store: MemoryStore,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    account: tuple[str, ...],
    name: str,
) -> None:
    typed(monkeypatch, "hunter 2 \nsecond line\n")
    assert run(home, "password", "set", *account) == 0
    assert credential_store.kept == {name: "hunter 2 "}
    assert run(home, "password", "forget", *account) == 0
    assert credential_store.kept == {}
    said = capsys.readouterr()
    assert "hunter" not in said.out + said.err
    assert [path.name for path in home.path.iterdir()] == ["config.toml"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("password", "set", "wrok"), "Your accounts: mailbox, default, work, token."),
        (("password", "set", "default"), "needs no password"),
        (("password", "set"), "No password was given"),
        (("sign-in",), "does not sign in with OAuth"),
        (("sign-in", "pat@example.net"), "--provider google or --provider microsoft"),
        (("sign-in", "token"), "conversation ended"),
        (("sign-in", "pat@outlook.com", "--tenant", "../x"), "an organisation at Microsoft"),
        (("sign-in", "pat@gmail.com", "--tenant", "example.org"), "an organisation at Microsoft"),
        (("sign-in", "token", "--client-id", "a b"), "conversation ended"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    home: Home,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    sentence: str,
) -> None:
    typed(monkeypatch, "")
    monkeypatch.setattr("getpass.getpass", lambda prompt: _end())
    assert run(home, *words) == 2
    said = capsys.readouterr()
    assert sentence in said.err
    assert said.err.count("\n") == 1


def _end() -> str:
    raise EOFError


def test_without_a_credential_store_nothing_is_written(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    keyring.set_keyring(null.Keyring())  # type: ignore[no-untyped-call] # keyring types only a part of itself
    typed(monkeypatch, "hunter2\n")
    assert run(home, "password", "set") == 2
    assert "password_command" in capsys.readouterr().err
    assert not any(b"hunter2" in path.read_bytes() for path in home.path.iterdir())


def test_a_secret_is_never_an_argument() -> None:
    from osync.cli.arguments import make_parser

    for words in (["password", "set", "mailbox", "hunter2"], ["init", "--password", "hunter2"], ["sign-in", "a", "b"]):
        with pytest.raises(SystemExit):
            make_parser().parse_args(words)
    assert "hunter2" not in " ".join(os.environ.values())


def test_the_client_of_an_organisation_signs_in_at_its_own_address() -> None:
    own = _of_tenant(SERVICES["microsoft"], "example.org")
    assert own.token_url == "https://login.microsoftonline.com/example.org/oauth2/v2.0/token"
    assert "/common/" not in own.authorize_url + own.device_url
