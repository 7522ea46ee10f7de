"""People without OSync, from the owner's command line."""

from cli.people import Pair


def test_somebody_without_osync_is_added_told_and_stopped(pair: Pair) -> None:
    pat = pair.pat
    pat.put("Lunch")
    pat.done("share", "new", "team", "--category", "Team")
    assert "all events to read" in pat.done("share", "invite", "team", "tester@example.org", "--plain")
    assert "you share   team: 1 event, 0 subscribers, 1 reader\n" in pat.done("status")
    assert "reads mails without OSync" in pat.done("share", "show", "team")
    assert "Subscribers who get it: tester@example.org" in pat.done("share", "preview", "team")
    pat.put("Dinner")
    assert "changes to read" in pat.done("sync")
    assert pat.done("sync") == "Nothing new.\n"
    assert "last mail" in pat.done("share", "stop", "team", "tester@example.org") + pat.done("log")


def test_a_code_is_not_for_people_without_osync(pair: Pair) -> None:
    pair.pat.done("share", "new", "team", "--category", "Team")
    ran = pair.pat.osync("share", "invite", "team", "--code", "--plain")
    assert (ran.code, ran.out) == (2, "")
    assert "people with OSync" in ran.err
