"""The settings name another folder for the calendar, or the folder lost its events: seen from the command line."""

from pathlib import Path

from cli.people import Pair, Person


def move_to(person: Person, folder: Path) -> None:
    """Write another folder into the settings."""
    text = person.home.settings.read_text("utf-8")
    person.home.settings.write_text(text.replace(f"{person.events}", f"{folder}"), "utf-8")
    person.events = folder


def test_copies_are_written_to_the_new_folder(joined: Pair, tmp_path: Path) -> None:
    joined.pat.put("Lunch")
    joined.pat.done("sync")
    joined.tester.done("sync")
    new = tmp_path / "elsewhere"
    new.mkdir()
    move_to(joined.tester, new)
    ran = joined.tester.osync("sync")
    assert ran.code == 0
    assert "The settings name another place for it than at the last sync." in ran.out + ran.err
    assert joined.tester.titles() == ["[pat] Lunch"]
    assert joined.tester.done("sync") == "Nothing new.\n"


def test_shared_events_that_are_not_in_the_new_folder_are_asked_about(joined: Pair, tmp_path: Path) -> None:
    joined.pat.put("Lunch")
    joined.pat.done("sync")
    joined.tester.done("sync")
    new = tmp_path / "elsewhere"
    new.mkdir()
    move_to(joined.pat, new)
    joined.pat.put("Choir")
    ran = joined.pat.osync("sync")
    assert ran.code == 3
    assert "another place for the calendar than before" in ran.err
    joined.tester.osync("sync")
    assert joined.tester.titles() == ["[pat] Lunch"]
    joined.pat.done("sync", "--yes")
    joined.tester.done("sync")
    assert joined.tester.titles() == ["[pat] Choir"]


def test_a_folder_whose_drive_is_missing_was_not_emptied_by_its_user(joined: Pair, tmp_path: Path) -> None:
    for title in ("Choir", "Lunch"):
        joined.pat.put(title)
    joined.pat.done("sync")
    joined.tester.done("sync")
    joined.tester.events.rename(tmp_path / "drive")
    joined.tester.events.mkdir()
    joined.pat.put("Lunch", hour=18)
    joined.pat.done("sync")
    ran = joined.tester.osync("sync")
    assert ran.code == 2
    assert "The calendar is empty, and 2 copies should be in it." in ran.err
    joined.tester.events.rmdir()
    (tmp_path / "drive").rename(joined.tester.events)
    joined.tester.done("sync")
    assert joined.tester.titles() == ["[pat] Choir", "[pat] Lunch"]
    assert "T180000Z" in "".join(path.read_text("utf-8") for path in joined.tester.events.iterdir())
