"""What the commands of both sides show to a person."""

import os
from pathlib import Path

import pytest
from cli.people import DAY, Pair

from osync.cli.faults import report_fault
from osync.cli.main import main
from osync.home import Home


def test_the_shares_stand_in_a_table(joined: Pair) -> None:
    joined.pat.done("share", "new", "busy times", "--category", "昼食", "--level", "busy")
    assert joined.pat.done("share", "list").splitlines() == [
        "SHARE       STATE  LEVEL  EVENTS  CALENDAR  CATEGORY  SUBSCRIBERS",
        "busy times  open   busy   0       default   昼食      0",
        "team        open   full   1       default   Team      1",
    ]
    assert "share new" in joined.tester.done("share", "list")


def test_a_share_is_shown_with_its_people_and_its_code(joined: Pair) -> None:
    name, state, code, subscriber = joined.pat.done("share", "show", "team").splitlines()
    assert name == "team: 1 event of default with the category Team"
    assert "open, level full, without notes, id " in state
    assert code.startswith("  your safety code: ")
    assert subscriber == "  tester@example.org  active  not compared yet  tester"
    joined.pat.done("share", "new", "empty", "--category", "None")
    assert "nobody invited yet" in joined.pat.done("share", "show", "empty")


def test_both_sides_see_the_same_safety_code(pair: Pair) -> None:
    pair.invited()
    code = pair.pat.done("share", "show", "team").splitlines()[2].split()[-1]
    assert f"safety code {code}" in pair.tester.done("invitations")


def test_a_preview_names_what_stays_and_why(joined: Pair) -> None:
    joined.pat.put_file("broken.ics", "BEGIN:VCALENDAR\n")
    ran = joined.pat.osync("share", "preview", "team")
    assert ran.code == 0
    assert "Subscribers who get it: tester@example.org" in ran.out
    assert ran.err.startswith("osync: This stays here: broken.ics")


def test_a_long_list_is_cut_in_a_run_and_whole_in_a_rehearsal(joined: Pair) -> None:
    for number in range(203):
        joined.pat.put(f"Event {number:03}", hour=number % 24)
    rehearsed = joined.pat.done("sync", "--dry-run")
    assert rehearsed.startswith("A rehearsal; nothing was done. This would happen:\n")
    assert rehearsed.count(f"new  {DAY}") == 203
    shown = joined.pat.done("sync")
    assert shown.count(f"new  {DAY}") == 200
    assert "  … and 3 more\n" in shown
    starts = [line for line in shown.splitlines() if f"new  {DAY}" in line]
    assert starts == sorted(starts)


def test_what_is_held_tells_how_to_look_and_how_to_allow_it(joined: Pair) -> None:
    (joined.pat.events / "lunch.ics").unlink()
    ran = joined.pat.osync("sync")
    assert ran.code == 3
    assert "osync review --yes; if not: osync review --no" in ran.err
    rehearsed = joined.pat.done("sync", "--dry-run", "--yes")
    assert f"deleted  {DAY} 12:00 UTC  Lunch" in rehearsed
    assert joined.pat.osync("sync").code == 3
    assert "deleted" in joined.pat.done("sync", "--yes")


def test_status_tells_where_everything_stands(pair: Pair) -> None:
    assert "You share nothing and follow nobody yet" in pair.pat.done("status")
    pair.pat.put("Lunch")
    pair.invited()
    assert "1 invitation for you: osync invitations" in pair.tester.done("status")
    pair.tester.done("accept", "team")
    assert "waiting for the first mail of pat" in pair.tester.done("status")
    pair.pat.done("sync")
    pair.tester.done("sync")
    assert (
        pair.pat.done("status")
        == "you share   team: 1 event, 1 subscriber\n            tester@example.org (active): has confirmed nothing yet\nmails today: 2 of 500\n"
    )
    assert pair.tester.done("status").startswith("you follow  team of pat: 1 event, up to date (last mail: 20")
    pair.pat.done("share", "stop", "team")
    assert "0 subscribers, stopped" in pair.pat.done("status")


def test_times_are_shown_in_the_zone_of_the_settings(joined: Pair) -> None:
    path = joined.tester.home.settings
    text = path.read_text("utf-8")
    shown = {}
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        path.write_text(text.replace('time_zone = ""', f'time_zone = "{zone}"'), "utf-8")
        shown[zone] = joined.tester.done("log")
    assert len(set(shown.values())) == 2
    path.write_text(text.replace('time_zone = ""', 'time_zone = "Middle/Earth"'), "utf-8")
    ran = joined.tester.osync("log")
    assert (ran.code, ran.out) == (2, "")
    assert "'Middle/Earth' is no time zone" in ran.err
    assert joined.tester.done("sync") == "Nothing new.\n"


def test_the_log_of_a_new_osync_is_empty(pair: Pair) -> None:
    assert pair.pat.done("log") == "Nothing has happened yet.\n"


def test_a_mail_can_be_opened_by_who_it_is_for(joined: Pair) -> None:
    joined.pat.put("Dinner", hour=19)
    joined.pat.done("sync")
    (mail,) = joined.tester.inbox()
    assert "Dinner" in joined.tester.done("open", str(mail))
    ran = joined.pat.osync("open", str(mail))
    assert (ran.code, ran.err) == (0, "")
    assert "encrypted to 1 key" in ran.out
    assert "other keys than ours" in ran.out
    ran = joined.pat.osync("open", str(joined.pat.events / "lunch.ics"))
    assert ran.code == 2
    assert "no message of OSync" in ran.err


def test_a_file_that_is_too_large_is_not_opened(pair: Pair, tmp_path: Path) -> None:
    large = tmp_path / "large.eml"
    with large.open("wb") as file:
        file.truncate(12_000_001)
    ran = pair.pat.osync("open", str(large))
    assert ran.code == 2
    assert "more than OSync opens" in ran.err


def test_the_demo_is_a_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", str(tmp_path / "demo")]) == 0
    assert "[pat] Another test" in capsys.readouterr().out


def test_a_fault_without_a_home_is_written_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    fault = report_fault(Home(tmp_path / "none"), ValueError("Dentist"))
    (written,) = tmp_path.iterdir()
    assert str(written) in fault.sentence
    assert "Dentist" not in fault.sentence + written.read_text("utf-8")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    assert "could not be kept" in report_fault(None, ValueError()).sentence


def test_a_full_disk_is_no_fault_of_ours() -> None:
    fault = report_fault(None, OSError(28, os.strerror(28)))
    assert fault.exit_code == 75
    assert fault.sentence.startswith("The disk is full.")


def test_a_share_tells_how_it_differs_from_others_and_the_status_who_was_invited(pair: Pair) -> None:
    pair.pat.done("share", "new", "club", "--category", "Club", "--approve", "ask", "--unencrypted", "--verified-only")
    pair.pat.done("share", "invite", "club", "tester@example.org")
    rules = pair.pat.done("share", "show", "club").splitlines()[2]
    assert rules.strip() == (
        "you let everybody in yourself; signed, but not encrypted; sent only to those whose safety code was compared"
    )
    assert "club: 0 events, 0 subscribers, 1 invited" in pair.pat.done("status")


def test_the_log_calls_mails_as_the_run_did(pair: Pair) -> None:
    pair.joined()
    sent = pair.pat.done("log").split("Mails sent")[1]
    assert "all events" in sent
    assert "snapshot" not in sent
