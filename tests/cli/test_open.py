"""`osync open` at the command line: with an installation and without, and nothing in a file steers the terminal."""

from dataclasses import replace
from pathlib import Path

import pytest
from cli.people import Pair
from message.samples import EVENTS, INVITE, PAT, TESTER, TEXT, UPDATE

from osync.cli.main import main
from osync.message.armour import armour
from osync.message.documents import encode
from osync.message.manifest import Message
from osync.message.seal import seal, seal_for_anyone


def _file(folder: Path, content: bytes) -> str:
    path = folder / "mail.eml"
    path.write_bytes(content)
    return str(path)


def _signed(message: Message) -> bytes:
    return armour(seal_for_anyone(encode(message), PAT)).encode()


def _opened(home: Path, file: str, capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert main(["--home", str(home), "open", file]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    return said.out


def test_a_signed_message_opens_without_an_installation_and_makes_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    text = _opened(home, _file(tmp_path, _signed(UPDATE)), capsys)
    assert "Choir, first rehearsal\n" in text
    assert "                   Mon, 3 Aug 2026, 09:00–10:00 (Europe/Berlin)\n" in text
    assert "the signature is right" in text
    assert not home.exists()


def test_an_encrypted_message_tells_its_outside_without_an_installation(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blob = seal(encode(UPDATE), PAT, [TESTER.public], bytes)
    text = _opened(tmp_path / "home", _file(tmp_path, blob), capsys)
    assert "encrypted to 1 key" in text
    assert "no installation here" in text


def test_nothing_in_a_message_steers_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evil = TEXT.replace("Choir", "\u05d0\u202e\u2066\x9b2J")
    shown = replace(UPDATE, events=(replace(EVENTS[0], text=evil),))
    header = b"From: \x1b]0;evil\x07\r\nSubject: =?utf-8?B?G1sySg==?=\r\n\r\n"
    text = _opened(tmp_path / "home", _file(tmp_path, header + _signed(shown)), capsys)
    assert not [character for character in text if ord(character) < 32 and character != "\n"]
    for line in text.split("\n"):
        assert "\u202e" not in line
        assert "\x9b" not in line
        assert "\u05d0" not in line or ("\u2068" in line and "\u2069" in line)


def test_an_own_message_is_known_as_such(pair: Pair) -> None:
    pair.pat.done("share", "new", "team", "--category", "Team")
    pair.pat.done("share", "invite", "team", pair.tester.address)
    (mail,) = pair.tester.inbox()
    said = pair.pat.done("open", str(mail))
    assert "Kind:       invite\n" in said
    assert "Signed by:  ourselves\n" in said
    assert "Share:      " in said
    assert "(team)\n" in said


def test_a_known_person_is_named(joined: Pair) -> None:
    joined.pat.put("Dinner", hour=19)
    joined.pat.done("sync")
    (mail,) = joined.tester.inbox()
    said = joined.tester.done("open", str(mail))
    assert "Signed by:  pat <pat@example.org>, owner of team (safety code not compared)\n" in said
    assert joined.tester.titles() == ["[pat] Lunch"]


def test_an_invitation_of_a_stranger_opens(tmp_path: Path, joined: Pair) -> None:
    said = joined.tester.done("open", _file(tmp_path, _signed(INVITE)))
    assert "Signed by:  a key that is not known here\n" in said
    assert "Offers:     team (118 events)\n" in said
