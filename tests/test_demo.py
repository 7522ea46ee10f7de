"""The demo: what a newcomer sees first."""

from pathlib import Path

import pytest

from osync.assembly import installation
from osync.demo import play
from osync.engine.sync import sync
from osync.errors import UserMustActError
from osync.home import Home


def _shown(folder: Path) -> list[str]:
    shown: list[str] = []
    assert play(folder, shown.append) == 0
    return shown


def test_tester_sees_what_pat_shares_and_nothing_else(tmp_path: Path) -> None:
    _, first, second, _ = _shown(tmp_path / "demo")
    theirs = [line[48:] for line in first.splitlines()[4:]]
    assert sum("[pat] Another test" in line for line in theirs) == 3
    assert sum("[pat] Just testing" in line for line in theirs) == 1
    assert sum("all day" in line and "[pat] Quaslimodo" in line for line in theirs) == 1
    assert not any("Dentist" in line or "alarm" in line for line in theirs)
    assert "Dentist" in first
    assert "Just testing (alarm)" in first
    assert "[pat] Quaslimodo" not in second
    assert "16:00  [pat] Just testing" in second.replace("16:00    ", "16:00  ")


def test_it_leaves_two_working_homes_behind(tmp_path: Path) -> None:
    farewell = _shown(tmp_path / "demo")[-1]
    for name in ("pat", "tester"):
        home = Home(tmp_path / "demo" / name)
        assert f"--home {home.path} sync" in farewell
        with installation(home, lambda work, done, total: None) as opened:
            report = sync(opened)
        assert (report.changes, report.problems, report.exit_code) == ([], [], 0)


def test_no_mail_holds_a_word_of_an_event(tmp_path: Path) -> None:
    _shown(tmp_path / "demo")
    mails = [path.read_bytes() for path in (tmp_path / "demo" / "post-office").rglob("*") if path.is_file()]
    assert len(mails) >= 4
    assert not [word for word in (b"Dentist", b"Another test", b"Quaslimodo") for mail in mails if word in mail]


def test_it_touches_no_folder_that_is_not_its_own(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(UserMustActError, match="is not empty"):
        play(tmp_path, lambda text: None)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_it_can_be_played_again_in_its_own_folder(tmp_path: Path) -> None:
    assert _shown(tmp_path / "demo") == _shown(tmp_path / "demo")


def test_what_was_put_beside_an_earlier_demo_is_safe(tmp_path: Path) -> None:
    _shown(tmp_path / "demo")
    (tmp_path / "demo" / "mine.txt").write_text("precious")
    with pytest.raises(UserMustActError, match="is not empty"):
        play(tmp_path / "demo", lambda text: None)
    assert (tmp_path / "demo" / "mine.txt").exists()
    assert (tmp_path / "demo" / "pat" / "config.toml").exists()


def test_a_folder_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserMustActError, match="cannot be played"):
        play(tmp_path / "file" / "demo", lambda text: None)
    with pytest.raises(UserMustActError, match="cannot be played"):
        play(tmp_path / "file", lambda text: None)
