"""The whole way of two people through the command line."""

import re

import pytest
from cli.people import DAY, Pair, calendar, event


def test_two_people_share_change_undo_and_part(pair: Pair) -> None:
    pat, tester = pair.pat, pair.tester
    pat.put("Lunch")
    pat.put("Dentist", category="")

    assert "with the category Team" in pat.done("share", "new", "team", "--category", "Team")
    preview = pat.done("share", "preview", "team")
    assert f"{DAY} 12:00 UTC  Lunch" in preview
    assert "Dentist" not in preview
    assert "nobody yet" in preview

    assert "tester@example.org" in pat.done("share", "invite", "team", "tester@example.org")
    assert "pat <pat@example.org> invites you to team." in tester.done("sync")
    assert "1  team, from pat <pat@example.org>" in tester.done("invitations")
    assert tester.titles() == []

    assert "Accepted." in tester.done("accept", "1", "--as", "pat")
    assert "tester@example.org accepted team." in pat.done("sync")
    assert f"new  {DAY} 12:00 UTC  [pat] Lunch" in tester.done("sync")
    assert tester.titles() == ["[pat] Lunch"]

    pat.put("Late lunch", uid="lunch", hour=14)
    assert f"changed  {DAY} 14:00 UTC  Late lunch" in pat.done("sync")
    assert f"changed  {DAY} 14:00 UTC  [pat] Late lunch" in tester.done("sync")

    assert "[pat] Lunch" in tester.done("undo")
    assert tester.titles() == ["[pat] Lunch"]
    assert tester.done("sync") == "Nothing new.\n"

    (pat.events / "lunch.ics").unlink()
    assert f"deleted  {DAY} 14:00 UTC  Late lunch" in pat.done("sync")
    tester.done("sync")
    assert tester.titles() == []

    pat.put("Dinner")
    pat.done("sync")
    tester.done("sync")
    assert "removed from your calendar" in tester.done("leave", "team", "--remove")
    assert tester.titles() == []
    assert "tester@example.org left team." in pat.done("sync")

    pat.put("Breakfast")
    pat.done("sync")
    assert tester.done("sync") == "Nothing new.\n"
    assert "team is not sent to anybody any more" in pat.done("share", "stop", "team")
    assert pat.titles() == ["Breakfast", "Dentist", "Dinner"]


def test_the_owner_stops_one_subscriber_whose_events_stay(joined: Pair) -> None:
    joined.pat.done("share", "stop", "team", "tester@example.org")
    joined.pat.put("Dinner")
    joined.pat.done("sync")
    assert "its events stay in your calendar" in joined.tester.done("sync")
    assert joined.tester.titles() == ["[pat] Lunch"]
    assert "ended by its owner" in joined.tester.done("status")


def test_who_leaves_keeps_the_events_unless_they_say_otherwise(joined: Pair) -> None:
    assert "stay in your calendar" in joined.tester.done("leave", "pat")
    assert joined.tester.titles() == ["[pat] Lunch"]


def test_a_declined_invitation_is_gone_and_nobody_is_told(pair: Pair) -> None:
    pair.invited()
    assert "is dropped" in pair.tester.done("decline", "1")
    assert "No invitation waits" in pair.tester.done("invitations")
    assert pair.pat.done("sync") == "Nothing new.\n"


def test_who_shares_back_never_sends_what_they_received(joined: Pair) -> None:
    joined.tester.put("Own lunch")
    joined.tester.done("share", "new", "mine", "--category", "Team")
    preview = joined.tester.done("share", "preview", "mine")
    assert "Own lunch" in preview
    assert "[pat]" not in preview
    joined.tester.done("share", "invite", "mine", "pat@example.org")
    joined.pat.done("sync")
    joined.pat.done("accept", "mine", "--as", "tester")
    joined.tester.done("sync")
    joined.pat.done("sync")
    assert joined.pat.titles() == ["Lunch", "[tester] Own lunch"]


def test_a_busy_share_tells_no_title(pair: Pair) -> None:
    pair.pat.put("Secret", "LOCATION:Somewhere", "DESCRIPTION:Notes")
    pair.pat.done("share", "new", "busy", "--category", "Team", "--level", "busy")
    preview = pair.pat.done("share", "preview", "busy")
    assert "1 event would leave" in preview
    assert not any(word in preview for word in ("Secret", "Somewhere", "Notes"))


def test_a_preview_without_events_says_what_was_looked_for(pair: Pair) -> None:
    pair.pat.put("Lunch")
    pair.pat.done("share", "new", "team", "--category", "Taem")
    said = pair.pat.done("share", "preview", "team")
    assert said.startswith("Nothing would leave through team. In the calendar default no event has the category Taem;")
    pair.pat.done("share", "stop", "team")
    assert "Nothing would leave through team if it were not stopped." in pair.pat.done("share", "preview", "team")


def test_the_name_of_a_stopped_share_can_be_taken_again(joined: Pair) -> None:
    for _ in range(2):
        joined.pat.done("share", "stop", "team")
        joined.pat.done("share", "new", "team", "--category", "Team")
        assert joined.pat.osync("share", "new", "team", "--category", "Team").code == 2
    names = [line.split("  ")[0] for line in joined.pat.done("share", "list").splitlines()[1:]]
    assert names == ["team", "team (stopped 2)", "team (stopped)"]
    joined.pat.done("share", "invite", "team", "tester@example.org")
    joined.tester.done("sync")
    joined.tester.done("accept", "1", "--as", "P")
    joined.pat.done("sync")
    joined.tester.done("sync")
    assert joined.tester.titles() == ["[P] Lunch", "[pat] Lunch"]


@pytest.mark.parametrize("how", ["--keep", "--remove"])
@pytest.mark.parametrize("address", ["tester@example.org", "Tester@Example.org"])
def test_who_comes_back_after_leaving_gets_everything_again(joined: Pair, how: str, address: str) -> None:
    pat, tester = joined.pat, joined.tester
    pat.put("Dinner")
    pat.done("sync")
    tester.done("sync")
    tester.done("leave", "team", how)
    pat.done("sync")
    (pat.events / "dinner.ics").unlink()
    pat.put("Breakfast")
    pat.done("sync")
    _comes_back(joined, address)
    assert tester.titles() == ["[P] Breakfast", "[P] Lunch"]
    (pat.events / "lunch.ics").unlink()
    pat.done("sync")
    tester.done("sync")
    assert tester.titles() == ["[P] Breakfast"]


def test_who_accepts_again_keeps_the_name_before_the_titles(pair: Pair) -> None:
    pair.pat.put("Lunch")
    pair.pat.done("share", "new", "team", "--category", "Team")
    code = pair.pat.events.parent / "code.txt"
    pair.pat.done("invite", "team", "--code", "--file", str(code))
    assert '"[P] …"' in pair.tester.done("accept", str(code), "--as", "P")
    assert '"[P] …"' in pair.tester.done("accept", str(code))
    assert '"[Q] …"' in pair.tester.done("accept", str(code), "--as", "Q")


def test_who_was_stopped_can_be_invited_again(joined: Pair) -> None:
    joined.pat.done("share", "stop", "team", "tester@example.org")
    joined.tester.done("sync")
    (joined.tester.events / next(path.name for path in joined.tester.events.iterdir())).unlink()
    _comes_back(joined, "tester@example.org")
    assert joined.tester.titles() == ["[P] Lunch"]


def test_the_status_tells_of_a_copy_that_could_not_be_written(joined: Pair) -> None:
    joined.pat.put("Dinner")
    (text,) = [
        each["text"]
        for each in joined.pat.osync("share", "preview", "team", "--json").json["events"]
        if each["title"] == "Dinner"
    ]
    (uid,) = re.findall("UID:(.*)", text)
    joined.tester.put_file(f"{uid.strip()}.ics", calendar(event("Mine", uid="another")))
    joined.pat.done("sync", "--now")
    assert "taken by another event" in joined.tester.osync("sync").err
    assert "up to date; 1 event waits to be written into your calendar, and osync sync" in joined.tester.done("status")


def test_events_that_were_kept_can_be_removed_later(joined: Pair) -> None:
    joined.tester.done("leave", "team")
    assert joined.tester.titles() == ["[pat] Lunch"]
    joined.tester.done("leave", "team", "--remove")
    assert joined.tester.titles() == []


def _comes_back(pair: Pair, address: str) -> None:
    pair.pat.done("share", "invite", "team", address)
    pair.tester.done("sync")
    pair.tester.done("accept", "team", "--as", "P")
    pair.pat.done("sync")
    pair.tester.done("sync")
    assert "up to date" in pair.tester.done("status")


def test_nobody_invites_themselves(pair: Pair) -> None:
    pair.pat.done("share", "new", "team", "--category", "Team")
    ran = pair.pat.osync("share", "invite", "team", "PAT@example.org")
    assert (ran.code, ran.out) == (2, "")
    assert "your own address" in ran.err


def test_an_address_is_the_same_in_capitals(joined: Pair) -> None:
    joined.pat.done("share", "invite", "team", "TESTER@example.org")
    assert len(joined.pat.osync("share", "show", "team", "--json").json["subscribers"]) == 1
    joined.pat.done("share", "stop", "team", "Tester@Example.org")
    assert "ended" in joined.tester.done("sync")


def test_who_accepts_is_told_how_the_events_will_be_called(pair: Pair) -> None:
    pair.invited()
    assert '"[pat at the long] …"' in pair.tester.done("accept", "1", "--as", "[pat] at the   long")


def test_events_that_cannot_be_removed_now_are_removed_by_the_next_sync(joined: Pair) -> None:
    away = joined.tester.events.rename(joined.tester.events.with_name("away"))
    ran = joined.tester.osync("leave", "team", "--remove")
    assert ran.code == 2
    assert "will be removed by the next sync" in ran.out
    away.rename(joined.tester.events)
    joined.tester.done("sync")
    assert joined.tester.titles() == []
