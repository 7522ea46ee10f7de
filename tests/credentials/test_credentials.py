"""Passwords from the credential store and from commands; none of them is ever shown."""

import shlex
import sys
from pathlib import Path

import keyring
import pytest
from credentials.credential_store import MemoryStore
from keyring.backends import null

from osync.credentials import Login, find_login, forget_secrets, host_of, keep_password
from osync.credentials.commands import printed_password
from osync.credentials.store import find, forget, keep
from osync.errors import ConfigurationError, SignInRefusedError
from osync.network import Network
from osync.options import Options

SERVER = "imaps://imap.example.org:993"


def login(user: str = "pat@example.org", server: str = SERVER, **values: object) -> Login:
    return find_login(user, server, Options("mailbox", values), Network())


def command_of(program: str, *arguments: str) -> str:
    words = [sys.executable, "-c", program, *arguments]
    if sys.platform == "win32":
        import subprocess

        return subprocess.list2cmdline(words)
    return shlex.join(words)


def test_a_password_comes_from_the_credential_store(credential_store: MemoryStore) -> None:
    keep_password("pat@example.org", "imap.example.org", "correct horse")
    assert login().secret() == "correct horse"
    assert credential_store.kept == {"osync password pat@example.org@imap.example.org": "correct horse"}


def test_nothing_is_asked_for_before_the_secret_is_needed(credential_store: MemoryStore) -> None:
    login()
    assert credential_store.asked == 0


def test_a_store_is_asked_once_in_a_program_until_the_password_is_refused(credential_store: MemoryStore) -> None:
    keep_password("pat@example.org", "imap.example.org", "old")
    first, second = login(), login()
    assert (first.secret(), second.secret()) == ("old", "old")
    asked = credential_store.asked
    assert first.secret() == "old"
    assert credential_store.asked == asked
    credential_store.kept["osync password pat@example.org@imap.example.org"] = "new"
    first.refused()
    assert second.secret() == "new"


def test_a_missing_password_says_what_to_type(credential_store: MemoryStore) -> None:
    with pytest.raises(SignInRefusedError, match="osync password set mailbox"):
        login().secret()


def test_without_a_credential_store_the_advice_is_a_command(credential_store: MemoryStore) -> None:
    keyring.set_keyring(null.Keyring())  # type: ignore[no-untyped-call] # keyring types only a part of itself
    with pytest.raises(SignInRefusedError, match="password_command"):
        keep_password("pat@example.org", "imap.example.org", "secret")
    with pytest.raises(SignInRefusedError, match="password_command"):
        login().secret()


def test_what_a_store_complains_about_is_not_repeated(credential_store: MemoryStore) -> None:
    credential_store.broken = True
    with pytest.raises(SignInRefusedError, match="does not answer") as refused:
        login().secret()
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("length", [0, 1, 1_000, 1_001, 5_000])
def test_secrets_of_any_length_are_kept(credential_store: MemoryStore, length: int) -> None:
    secret = "é" * length
    keep("oauth pat", secret)
    assert find("oauth pat") == secret


def test_a_shorter_secret_leaves_nothing_of_a_longer_one(credential_store: MemoryStore) -> None:
    keep("oauth pat", "x" * 3_500)
    keep("oauth pat", "short")
    assert credential_store.kept == {"osync oauth pat": "short"}


def test_a_forgotten_secret_leaves_nothing(credential_store: MemoryStore) -> None:
    keep("oauth pat", "x" * 3_500)
    forget("oauth pat")
    forget("oauth pat")
    assert credential_store.kept == {}


def test_a_secret_of_which_a_piece_is_missing_is_none(credential_store: MemoryStore) -> None:
    keep("oauth pat", "x" * 3_500)
    del credential_store.kept["osync oauth pat 1"]
    assert find("oauth pat") is None


def test_a_command_gives_the_password_in_its_first_line() -> None:
    command = command_of("print('correct horse '); print('url: example.org')")
    assert login(password_command=command).secret() == "correct horse "


def test_a_command_is_run_once_until_the_password_is_refused(tmp_path: Path) -> None:
    counter = tmp_path / "counter"
    program = "import sys; f = open(sys.argv[1], 'a+'); f.write('x'); f.seek(0); print(f.read())"
    command = command_of(program, str(counter))
    first, second = login(password_command=command), login(password_command=command)
    assert [first.secret(), second.secret(), first.secret()] == ["x", "x", "x"]
    second.refused()
    assert [first.secret(), second.secret()] == ["xx", "xx"]
    forget_secrets()


def test_no_shell_sees_the_command(tmp_path: Path) -> None:
    there = tmp_path / "there"
    command = command_of("import sys; print(sys.argv[1:])", "$HOME", ";", "touch", str(there))
    assert printed_password(command).startswith("['$HOME', ';', 'touch', ")
    assert not there.exists()


@pytest.mark.parametrize(
    ("command", "what"),
    [
        ("", "cannot be started"),
        ("no-such-program-of-osync", "cannot be started"),
        (command_of("print('hunter2'); raise SystemExit('hunter2')"), "ended with code 1"),
        (command_of(""), "prints nothing"),
        (command_of("print()"), "prints nothing"),
        (command_of(r"import sys; sys.stdout.buffer.write(b'\xff\xfe')"), "no UTF-8"),
        (command_of("import time; print('hunter2', flush=True); time.sleep(60)"), "did not end within"),
        (command_of("import sys; print(sys.stdin.read())"), "prints nothing"),
    ],
    ids=["empty", "missing", "failing", "silent", "blank", "binary", "hanging", "asking"],
)
def test_a_command_that_gives_no_password_is_refused_without_its_words(
    command: str, what: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SignInRefusedError, match=what) as refused:
        printed_password(command, patience=0.5 if what.startswith("did") else 20)
    assert "hunter2" not in str(refused.value)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("end", ["\\n", ""])
def test_a_command_may_leave_a_program_behind_that_goes_on(end: str) -> None:
    behind = "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(6)'])"
    command = command_of(f"import subprocess, sys; print('hunter2', end='{end}', flush=True); {behind}")
    assert printed_password(command, patience=10) == "hunter2"


def test_a_command_that_prints_without_end_is_stopped() -> None:
    endless = command_of("import sys\nwhile True: sys.stdout.write('x' * 4096)")
    with pytest.raises(SignInRefusedError):
        printed_password(endless, patience=1)


def test_a_quotation_that_does_not_end_is_refused() -> None:
    if sys.platform != "win32":
        with pytest.raises(SignInRefusedError, match="cannot be started"):
            printed_password("pass 'show")


def test_an_account_without_sign_in_has_no_user() -> None:
    assert login(auth="none").user == ""
    assert login("").user == ""


def test_a_password_command_beside_a_token_is_refused() -> None:
    command = "pass show mail"
    with pytest.raises(ConfigurationError, match="password_command"):
        login(auth="oauth", password_command=command)


def test_a_token_that_nobody_signed_in_for_says_what_to_type(credential_store: MemoryStore) -> None:
    found = login(auth="oauth")
    assert found.bearer
    with pytest.raises(SignInRefusedError, match="osync sign-in"):
        found.secret()


@pytest.mark.parametrize(
    ("url", "host"),
    [("imaps://IMAP.example.org:993", "imap.example.org"), ("https://[::1]/dav", "::1"), ("https://[", ""), ("", "")],
)
def test_the_host_of_a_server_is_in_small_letters(url: str, host: str) -> None:
    assert host_of(url) == host
