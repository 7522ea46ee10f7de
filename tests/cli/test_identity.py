"""Keys, other computers and second devices at the command line."""

import base64
import os
import stat
import sys
from pathlib import Path

import pytest
from cli.people import Pair, Person

from osync.ledger.ledger import Ledger
from osync.message.identity import identities_from

PASSWORD = "correct horse battery"


@pytest.fixture
def password(tmp_path: Path) -> tuple[str, str]:
    """Give the options that name a file with the password."""
    path = tmp_path / "password"
    path.write_text(f"{PASSWORD}\nsecond line\n", "utf-8")
    return "--password-file", str(path)


def second_computer(person: Person, folder: Path, capsys: pytest.CaptureFixture[str], *, events: Path) -> Person:
    """Give another computer of a person, just after osync init, with the same mail account."""
    other = Person(f"{person.name}-second", folder, capsys)
    other.address, other.events = person.address, events
    places = ("--calendar", f"vdir:{events}", "--mailbox", f"folder:{other.office}", "--create")
    other.done("init", "--name", person.name, "--address", person.address, *places)
    other.set_limits(broadcast_minutes=0)
    return other


def _code(person: Person) -> str:
    return person.done("identity", "show").split("your safety code: ")[1].splitlines()[0]


def test_a_share_moves_to_another_computer_and_back(
    joined: Pair, tmp_path: Path, capsys: pytest.CaptureFixture[str], password: tuple[str, str]
) -> None:
    pat, tester = joined.pat, joined.tester
    file = str(tmp_path / "pat.txt")
    assert "1 share and 0 subscriptions" in pat.done("identity", "export", file, *password)
    assert stat.S_IMODE(Path(file).stat().st_mode) == 0o600
    laptop = second_computer(pat, tmp_path, capsys, events=pat.events)
    assert _code(laptop) != _code(pat)
    assert "osync share take-over team" in laptop.done("identity", "import", file, *password)
    assert _code(laptop) == _code(pat)
    assert "passive" in laptop.done("share", "list")

    copies = {path.name for path in tester.events.iterdir()}
    assert "written by this computer" in laptop.done("share", "take-over", "team")
    pat.put("Dinner", hour=18)
    assert "Another computer of yours writes this share now" in pat.done("sync")
    assert "Another computer of yours writes this share now" in pat.done("status")
    refused = pat.osync("share", "invite", "team", "jo@example.org")
    assert refused.code == 2
    assert "osync share take-over team" in refused.err
    laptop.done("sync")
    tester.done("sync")
    assert tester.titles() == ["[pat] Dinner", "[pat] Lunch"]
    assert copies < {path.name for path in tester.events.iterdir()}

    assert "written by this computer" in pat.done("share", "take-over", "team")
    pat.put("Tea", hour=16)
    pat.done("sync")
    tester.done("sync")
    assert tester.titles() == ["[pat] Dinner", "[pat] Lunch", "[pat] Tea"]


def test_an_empty_calendar_takes_nothing_over_by_accident(
    joined: Pair, tmp_path: Path, capsys: pytest.CaptureFixture[str], password: tuple[str, str]
) -> None:
    file = str(tmp_path / "pat.txt")
    joined.pat.done("identity", "export", file, *password)
    laptop = second_computer(joined.pat, tmp_path, capsys, events=tmp_path / "empty")
    laptop.done("identity", "import", file, *password)
    refused = laptop.osync("share", "take-over", "team")
    assert refused.code == 3
    assert "suddenly empty" in refused.err
    assert "--yes" in refused.err
    assert joined.tester.inbox() == []


def test_a_wrong_password_a_damaged_file_and_another_file_are_told_apart(
    joined: Pair, tmp_path: Path, capsys: pytest.CaptureFixture[str], password: tuple[str, str]
) -> None:
    file = tmp_path / "pat.txt"
    joined.pat.done("identity", "export", str(file), *password)
    laptop = second_computer(joined.pat, tmp_path, capsys, events=tmp_path / "laptop")
    wrong = tmp_path / "wrong"
    wrong.write_text("something else\n", "utf-8")
    damaged = tmp_path / "damaged.txt"
    damaged.write_text(file.read_text("ascii")[:500], "ascii")
    for arguments, sentence in (
        ((str(file), "--password-file", str(wrong)), "The password is wrong."),
        ((str(damaged), *password), "damaged"),
        ((str(wrong), *password), "no identity file"),
        ((str(tmp_path / "none"), *password), "cannot be read"),
        ((str(file), "--password-file", str(tmp_path / "none")), "cannot be read"),
        ((str(file), "--password-command", "false"), "command that shall print the password"),
        ((str(file),), "nobody to type a password"),
    ):
        before = _code(laptop)
        ran = laptop.osync("identity", "import", *arguments)
        assert ran.code == 2
        assert sentence in ran.err
        assert _code(laptop) == before


def test_a_password_can_come_from_a_command_and_never_from_the_command_line(
    joined: Pair, tmp_path: Path, capsys: pytest.CaptureFixture[str], password: tuple[str, str]
) -> None:
    file = str(tmp_path / "pat.txt")
    command = f"{sys.executable} -c \"print('{PASSWORD}')\""
    joined.pat.done("identity", "export", file, "--password-command", command)
    laptop = second_computer(joined.pat, tmp_path, capsys, events=tmp_path / "laptop")
    laptop.done("identity", "import", file, *password)
    assert joined.pat.osync("identity", "export", file, "--password", PASSWORD).code == 2


def test_a_file_that_is_there_is_not_overwritten(joined: Pair, tmp_path: Path, password: tuple[str, str]) -> None:
    file = tmp_path / "pat.txt"
    file.write_text("mine", "ascii")
    ran = joined.pat.osync("identity", "export", str(file), *password)
    assert ran.code == 2
    assert "Choose another name" in ran.err
    assert file.read_text("ascii") == "mine"


def test_a_key_is_changed_and_everybody_follows(joined: Pair, tmp_path: Path) -> None:
    pat, tester = joined.pat, joined.tester
    before = _code(pat)
    said = pat.done("identity", "change")
    assert "osync identity export" in said
    assert _code(pat) != before
    assert "opens what others still encrypt to it until" in pat.done("identity", "show")
    assert "has a new key, which their old key signed for" in tester.done("sync")
    pat.put("Dinner", hour=18)
    pat.done("sync")
    tester.done("sync")
    assert tester.titles() == ["[pat] Dinner", "[pat] Lunch"]
    tester.done("identity", "change")
    assert "has a new key" in pat.done("sync")
    pat.put("Tea", hour=16)
    pat.done("sync")
    tester.done("sync")
    assert tester.titles() == ["[pat] Dinner", "[pat] Lunch", "[pat] Tea"]
    if os.name == "posix":
        assert stat.S_IMODE(pat.home.key.stat().st_mode) == 0o600


def test_an_old_key_is_thrown_away_after_its_time(joined: Pair) -> None:
    pat = joined.pat
    pat.done("identity", "change")
    ledger = Ledger.open(pat.home.ledger)
    with ledger.transaction():
        ledger.set_setting("former_until", "1")
    ledger.close()
    pat.put("Dinner", hour=18)
    pat.done("sync")
    assert "a former key" not in pat.done("identity", "show")
    assert "Nothing new" in pat.done("sync")
    assert len(identities_from(base64.b64decode(pat.home.key.read_bytes()))) == 1


def test_a_second_device_follows_by_the_word_of_the_first(
    joined: Pair, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pat, tester = joined.pat, joined.tester
    laptop = second_computer(tester, tmp_path, capsys, events=tester.events)
    line = laptop.done("device", "code", "--name", "laptop").strip()
    answer = tmp_path / "answer.txt"
    allowed = tester.done("device", "allow", line, "--file", str(answer))
    assert "The device laptop" in allowed
    assert _code(laptop) in allowed
    assert "tester@example.org" not in answer.read_text("ascii")
    joined_text = laptop.done("device", "join", str(answer))
    assert f"safety code {_code(tester)}" in joined_text
    assert "you follow team" in joined_text
    assert "on another device (laptop)" in pat.done("sync")
    laptop.done("sync")
    assert tester.titles() == ["[pat] Lunch"]
    assert "up to date" in laptop.done("status")
    refused = tester.osync("device", "join", str(answer))
    assert refused.code == 2
    assert "for another device" in refused.err
    assert tester.osync("device", "allow", line[:50]).code == 2
    assert "-----BEGIN OSYNC DEVICE-----" in tester.done("device", "allow", line)


class _Terminal:
    """Standard input where somebody sits and types."""

    @staticmethod
    def isatty() -> bool:
        """Tell that it is one."""
        return True


def _type(monkeypatch: pytest.MonkeyPatch, *passwords: str) -> None:
    typed = iter(passwords)
    monkeypatch.setattr("sys.stdin", _Terminal())
    monkeypatch.setattr("getpass.getpass", lambda prompt: next(typed))


def test_a_password_is_typed_twice_for_a_new_file_and_once_to_read_it(
    joined: Pair, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = str(tmp_path / "pat.txt")
    _type(monkeypatch, PASSWORD, "something else")
    ran = joined.pat.osync("identity", "export", file)
    assert (ran.code, "not the same" in ran.err) == (2, True)
    assert not Path(file).exists()
    _type(monkeypatch, PASSWORD, PASSWORD)
    joined.pat.done("identity", "export", file)
    laptop = second_computer(joined.pat, tmp_path, capsys, events=tmp_path / "laptop")
    _type(monkeypatch, PASSWORD)
    laptop.done("identity", "import", file)
    assert _code(laptop) == _code(joined.pat)


def test_a_password_that_is_too_short_writes_nothing(joined: Pair, tmp_path: Path) -> None:
    short = tmp_path / "short"
    short.write_text("1234567\n", "ascii")
    file = tmp_path / "pat.txt"
    ran = joined.pat.osync("identity", "export", str(file), "--password-file", str(short))
    assert (ran.code, "less than 8 characters" in ran.err) == (2, True)
    assert not file.exists()


def test_what_is_advised_about_a_damaged_ledger_works(joined: Pair, tmp_path: Path) -> None:
    pat = joined.pat
    file, secret = tmp_path / "pat.txt", ("--password-command", "echo correct horse battery")
    pat.done("identity", "export", str(file), *secret)
    pat.home.ledger.write_bytes(b"garbage" * 1_000)
    ran = pat.osync("sync")
    assert (ran.code, "osync identity import brings key and shares back" in ran.err) == (2, True)
    pat.home.path.rename(tmp_path / "away")
    places = ("--calendar", f"vdir:{pat.events}", "--mailbox", f"folder:{pat.office}")
    pat.done("init", "--name", "pat", "--address", pat.address, *places)
    pat.set_limits(broadcast_minutes=0)
    pat.done("identity", "import", str(file), *secret)
    pat.osync("share", "take-over", "team")
    pat.put("Dinner", hour=19)
    pat.osync("sync")
    joined.tester.done("sync")
    assert joined.tester.titles() == ["[pat] Dinner", "[pat] Lunch"]
