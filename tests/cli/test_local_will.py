"""What users do about copies and held changes at the command line."""

import json
from pathlib import Path

import pytest
from cli.people import DAY, SOON, Pair, calendar, event
from other_zone_data import zone_data


def edit(pair: Pair, old: str, new: str) -> None:
    """Change a title in tester's calendar, as another program would."""
    for path in pair.tester.events.glob("*.ics"):
        text = path.read_text("utf-8")
        if f"SUMMARY:{old}" in text:
            pair.tester.put_file(path.name, text.replace(f"SUMMARY:{old}", f"SUMMARY:{new}"))


def delete(pair: Pair, title: str) -> None:
    """Delete an event from tester's calendar, as another program would."""
    for path in pair.tester.events.glob("*.ics"):
        if f"SUMMARY:{title}" in path.read_text("utf-8"):
            path.unlink()


@pytest.fixture
def many(pair: Pair) -> Pair:
    """Give tester thirty events of pat."""
    for number in range(30):
        pair.pat.put(f"Event {number:02}")
    return pair.joined()


def test_what_was_changed_here_is_listed_restored_and_detached(joined: Pair) -> None:
    joined.pat.put("Dinner", hour=19)
    joined.pat.done("sync", "--now")
    joined.tester.done("sync")
    assert "Every copy is as its owner has it." in joined.tester.done("changed")
    assert "Nothing is hidden." in joined.tester.done("hidden")
    edit(joined, "[pat] Lunch", "my lunch")
    delete(joined, "[pat] Dinner")
    head, lunch, dinner, advice = joined.tester.done("changed").splitlines()
    assert head.split() == ["N", "WHAT", "EVENT", "TITLE", "SHARE"]
    assert lunch == f"1  changed here  {DAY} 12:00 UTC  my lunch      team of pat"
    assert dinner == f"2  deleted here  {DAY} 19:00 UTC  [pat] Dinner  team of pat"
    assert "osync restore N" in advice
    assert "[pat] Dinner" in joined.tester.done("hidden")
    assert "by your will: 1 changed here, 1 deleted here: osync changed" in joined.tester.done("status")
    assert "[pat] Dinner" in joined.tester.done("restore", "2")
    assert joined.tester.titles() == ["[pat] Dinner", "my lunch"]
    assert "my lunch is an event of your own now" in joined.tester.done("detach", "my", "lunch")
    joined.pat.put("Lunch", hour=13)
    joined.pat.done("sync", "--now")
    joined.tester.done("sync")
    assert joined.tester.titles() == ["[pat] Dinner", "my lunch"]
    joined.tester.done("restore", "--all")
    assert joined.tester.titles() == ["[pat] Dinner", "[pat] Lunch", "my lunch"]


def test_a_name_of_several_events_lists_them_and_does_nothing(many: Pair) -> None:
    ran = many.tester.osync("detach", "event")
    assert ran.code == 2
    assert f"{SOON.isoformat()} 12:00:00+00:00 [pat] Event 00; " in ran.err
    assert "Nothing was done." in ran.err
    assert "is an event of your own" in many.tester.done("detach", "[pat] Event 07")
    assert many.tester.osync("detach", "nothing like this").code == 2
    assert many.tester.osync("restore").code == 2


def test_held_deletions_are_reviewed_and_rejected(many: Pair) -> None:
    for number in range(25):
        (many.pat.events / f"event {number:02}.ics").unlink()
    assert "osync review" in many.pat.osync("sync").err
    listed = many.pat.done("review")
    assert listed.startswith(
        "team, held before it leaves: 25 of 30 events would be deleted at all subscribers at once."
    )
    assert listed.count(f"deleted  {DAY} 12:00 UTC  Event") == 25
    assert "osync review --yes [SHARE]" in listed
    many.pat.done("review", "--yes", "team")
    assert many.tester.osync("sync").code == 3
    listed = many.tester.done("review")
    assert listed.startswith("team of pat, held before your calendar is changed: 25 of 30 events")
    assert "held: 25 of 30 events" in many.tester.done("status")
    said = many.tester.done("review", "--no")
    assert "Copies that its owner deleted stay with you" in said
    assert len(many.tester.titles()) == 30
    assert many.tester.done("review") == "Nothing waits for you.\nby your will: 25 kept here: osync changed\n"
    assert "25 kept here" in many.tester.done("status")
    many.tester.done("sync")


def test_the_owners_no_tells_how_to_have_the_events_back(many: Pair) -> None:
    for number in range(25):
        (many.pat.events / f"event {number:02}.ics").unlink()
    many.pat.osync("sync")
    said = many.pat.done("review", "--no")
    assert "nothing is deleted at your subscribers" in said
    assert "trash or a backup" in said
    many.pat.done("sync")
    assert "team, not sent because you said no: 25 events" in many.pat.done("review")
    many.tester.done("sync")
    assert len(many.tester.titles()) == 30
    assert "passes by its name: osync review --yes team." in many.pat.osync("review", "--yes").err
    many.pat.done("review", "--yes", "team")
    assert many.tester.osync("sync").code == 3


def test_the_owners_status_tells_what_is_held_until_the_files_are_back(many: Pair) -> None:
    files = {number: many.pat.events / f"event {number:02}.ics" for number in range(25)}
    away = many.pat.events.parent / "away"
    away.mkdir()
    for path in files.values():
        path.rename(away / path.name)
    many.pat.osync("sync")
    told = "held: 25 of 30 events would be deleted at all subscribers at once. See it with: osync review\n"
    assert told in many.pat.done("status")
    for path in files.values():
        (away / path.name).rename(path)
    assert many.pat.done("sync") == "Nothing new.\n"
    assert "held" not in many.pat.done("status")


def test_nothing_held_is_said(joined: Pair) -> None:
    assert joined.tester.done("review") == "Nothing waits for you.\n"
    ran = joined.tester.osync("review", "--yes")
    assert (ran.code, "Nothing is held." in ran.err) == (2, True)
    assert joined.tester.osync("review", "--yes", "--no").code == 2


def test_everything_of_an_owner_is_taken_back(joined: Pair) -> None:
    said = joined.tester.done("undo", "--of", "pat")
    assert "Taken back in your calendar: 1 change" in said
    assert joined.tester.titles() == []
    assert "There was nothing to take back." in joined.tester.done("undo", "--of", "pat")
    assert joined.tester.osync("undo", "--of", "nobody").code == 2
    assert joined.tester.osync("undo", "1", "--of", "pat").code == 2


def test_the_log_ties_each_change_to_a_mail_a_key_and_a_decision(joined: Pair) -> None:
    (joined.pat.events / "lunch.ics").unlink()
    joined.pat.put("Dinner", hour=19)
    joined.pat.done("sync", "--now")
    joined.tester.done("sync")
    code = joined.pat.done("share", "show", "team").partition("your safety code: ")[2].split()[0]
    text = joined.tester.done("log")
    assert "pat  deleted  deleted by its owner" in text
    assert "pat  new      new revision" in text
    assert f"pat {code}" in text
    found = json.loads(joined.tester.done("log", "--json"))
    deleted = next(each for each in found["changes"] if each["action"] == "deleted")
    mail = next(each for each in found["received"] if each["mail"] == deleted["mail"])
    assert (deleted["reason"], deleted["signed_by"], deleted["safety_code"]) == ("deleted by its owner", "pat", code)
    assert (mail["signer"], mail["safety_code"]) == (deleted["signer"], code)
    joined.tester.done("undo")
    assert "undone by you" in joined.tester.done("log")


def test_other_time_zone_data_are_told_and_answered(joined: Pair, tmp_path: Path) -> None:
    start = f"DTSTART;TZID=Europe/Berlin:{SOON:%Y%m%d}T090000"
    text = event("Choir", uid="choir").replace(f"DTSTART:{SOON:%Y%m%d}T120000Z", start)
    joined.pat.put_file("choir.ics", calendar(text))
    with zone_data(tmp_path / "other", "Europe/Berlin", like="Asia/Tokyo"):
        joined.pat.done("sync", "--now")
    ran = joined.tester.osync("sync")
    assert ran.code == 3
    assert f"For its owner 09:00 Europe/Berlin is 00:00 UTC on {SOON}" in ran.err
    assert joined.tester.titles() == ["[pat] Lunch"]
    assert "1 event held because time zone data differ: osync review" in joined.tester.done("status")
    assert "new" in joined.tester.done("review")
    assert "stays as it is until the owner's next version" in joined.tester.done("review", "--no")
    joined.tester.done("sync")
    assert joined.tester.titles() == ["[pat] Lunch"]


def test_restoring_nothing_in_particular_tells_what_can_be_named(joined: Pair) -> None:
    ran = joined.tester.osync("restore")
    assert ran.code == 2
    assert "No event is named. Name one of osync changed, a share, or --all." in ran.err
