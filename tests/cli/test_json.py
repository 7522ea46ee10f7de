"""The JSON of the command line has the shape that docs/json.md promises."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cli.people import SOON, Pair, Ran

_DOCUMENT = (Path(__file__).parents[2] / "docs" / "json.md").read_text("utf-8")
_EXAMPLES: dict[str, Any] = {
    example["kind"]: example for example in map(json.loads, re.findall(r"```json\n(.*?)```", _DOCUMENT, re.DOTALL))
}


def shape_of(value: Any) -> Any:
    """Give the names and types in a value; of a list, the shape that all of its elements share."""
    if isinstance(value, dict):
        return {name: shape_of(each) for name, each in value.items()}
    if isinstance(value, list):
        shapes = [shape_of(each) for each in value]
        assert all(shape == shapes[0] for shape in shapes)
        return shapes[:1]
    return type(value).__name__


def told(ran: Ran) -> Any:
    """Give what a command prints, after comparing its shape with the example of its kind."""
    found = ran.json
    assert ran.out.isascii()
    assert list(found)[:2] == ["format", "kind"]
    compare(shape_of(found), shape_of(_EXAMPLES[found["kind"]]))
    return found


def compare(found: Any, promised: Any) -> None:
    """Demand the same names in the same order and the same types; a list may be empty."""
    if isinstance(promised, dict):
        assert list(found) == list(promised)
        for name in promised:
            compare(found[name], promised[name])
    elif isinstance(promised, list):
        for each in found:
            compare(each, promised[0])
    else:
        assert found == promised


@pytest.fixture
def busy(joined: Pair) -> Pair:
    """Give pat and tester with something to tell in every list."""
    joined.pat.put_file("bad.ics", "")
    joined.pat.put("Dinner", hour=19)
    joined.pat.osync("sync")
    joined.tester.done("sync")
    joined.tester.done("share", "new", "mine", "--category", "Mine")
    joined.tester.done("share", "invite", "mine", "pat@example.org")
    joined.pat.done("sync")
    return joined


def test_an_example_stands_for_each_command_that_prints_json() -> None:
    assert set(_EXAMPLES) == {
        "sync",
        "shares",
        "share",
        "preview",
        "invitations",
        "status",
        "log",
        "review",
        "changed",
        "doctor",
        "profiles",
    }


def test_sync_tells_changes_mails_and_problems(joined: Pair) -> None:
    joined.pat.put_file("bad.ics", "")
    joined.pat.put("Dinner", hour=19)
    rehearsed = told(joined.pat.osync("sync", "--dry-run", "--json"))
    found = told(joined.pat.osync("sync", "--json"))
    assert (rehearsed["dry_run"], found["dry_run"]) == (True, False)
    assert rehearsed["changes"] == found["changes"]
    (change,) = found["changes"]
    assert change == {
        "direction": "out",
        "share": "team",
        "action": "new",
        "title": "Dinner",
        "first": f"{SOON.isoformat()}T19:00:00+00:00",
    }
    assert [mail["peer"] for mail in found["mails"]] == ["tester@example.org"]
    assert len(found["problems"]) == 1
    received = told(joined.tester.osync("sync", "--json"))
    assert received["changes"][0] | {"title": "Dinner", "direction": "out", "share": "team"} == change


def test_odd_titles_travel_whole_and_steer_nothing(joined: Pair) -> None:
    title = "Dinner \u202e é 昼食\x07"
    joined.pat.put(title, uid="odd")
    (change,) = told(joined.pat.osync("sync", "--json"))["changes"]
    assert "é 昼食" in change["title"]
    (preview,) = [
        each for each in told(joined.pat.osync("share", "preview", "team", "--json"))["events"] if "é" in each["title"]
    ]
    assert preview["title"] == change["title"]


def test_sync_tells_what_is_held(joined: Pair) -> None:
    (joined.pat.events / "lunch.ics").unlink()
    ran = joined.pat.osync("sync", "--json")
    found = told(ran)
    assert ran.code == found["exit_code"] == 3
    assert [held["share"] for held in found["held"]] == ["team"]


def test_a_sync_with_nothing_to_do_has_the_same_shape(joined: Pair) -> None:
    found = told(joined.pat.osync("sync", "--json"))
    assert found["changes"] == found["mails"] == found["held"] == found["problems"] == []


def test_the_lists_of_an_owner(busy: Pair) -> None:
    (share,) = told(busy.pat.osync("share", "list", "--json"))["shares"]
    shown = told(busy.pat.osync("share", "show", "team", "--json"))
    assert shown.items() >= share.items()
    (subscriber,) = share["subscribers"]
    assert (subscriber["address"], subscriber["name"], subscriber["state"]) == (
        "tester@example.org",
        "tester",
        "active",
    )
    assert (subscriber["trust"], subscriber["confirmed_at"], subscriber["note"]) == ("tofu", 0, "")
    preview = told(busy.pat.osync("share", "preview", "team", "--json"))
    assert [event["title"] for event in preview["events"]] == ["Lunch", "Dinner"]
    assert len(preview["problems"]) == 1


def test_the_invitations_of_a_subscriber(busy: Pair) -> None:
    (invitation,) = told(busy.pat.osync("invitations", "--json"))["invitations"]
    assert (invitation["number"], invitation["name"], invitation["owner"]) == (1, "mine", "tester")


def test_status_tells_both_sides(busy: Pair) -> None:
    pat, tester = (told(person.osync("status", "--json")) for person in (busy.pat, busy.tester))
    assert (pat["invitations"], len(pat["unreadable"]), tester["invitations"]) == (1, 1, 0)
    assert [subscription["events"] for subscription in tester["subscriptions"]] == [2]


def test_the_log_names_runs_that_can_be_undone(busy: Pair) -> None:
    told(busy.pat.osync("log", "--json"))
    newest = told(busy.tester.osync("log", "--json"))["changes"][0]
    assert newest["title"] == "[pat] Dinner"
    busy.tester.done("undo", str(newest["run"]))
    assert busy.tester.titles() == ["[pat] Lunch"]


@pytest.mark.parametrize("command", [("share", "show", "nothing"), ("share", "preview", "nothing")])
def test_a_command_that_fails_prints_no_json(pair: Pair, command: tuple[str, ...]) -> None:
    ran = pair.pat.osync(*command, "--json")
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (2, "", 1)


def test_before_anything_was_shared_the_lists_are_empty(pair: Pair) -> None:
    ask: Callable[..., Any] = pair.pat.osync
    assert told(ask("share", "list", "--json"))["shares"] == []
    assert told(ask("invitations", "--json"))["invitations"] == []
    assert told(ask("status", "--json"))["subscriptions"] == []
    assert told(ask("log", "--json"))["changes"] == []


def test_the_doctor_tells_what_works(pair: Pair) -> None:
    findings = told(pair.pat.osync("doctor", "--json"))["findings"]
    assert [each["subject"] for each in findings if each["verdict"] != "good"] == ["clock"]
    assert [each["subject"] for each in findings].count("mail") == 3
    ran = pair.pat.osync("doctor", "--calendar", "nowhere")
    assert (ran.code, "no calendar nowhere" in ran.err) == (2, True)


def test_review_tells_what_waits(joined: Pair) -> None:
    (joined.pat.events / "lunch.ics").unlink()
    joined.pat.osync("sync")
    (held,) = told(joined.pat.osync("review", "--json"))["held"]
    assert (held["share"], held["direction"], held["refused"]) == ("team", "out", False)
    assert [event["title"] for event in held["events"]] == ["Lunch"]
    assert told(joined.tester.osync("review", "--json"))["held"] == []


def test_changed_tells_what_the_user_did(joined: Pair) -> None:
    (copy,) = joined.tester.events.glob("*.ics")
    joined.tester.put_file(copy.name, copy.read_text("utf-8").replace("[pat] Lunch", "my lunch"))
    (event,) = told(joined.tester.osync("changed", "--json"))["events"]
    assert (event["number"], event["state"], event["title"]) == (1, "changed here", "my lunch")
    assert told(joined.tester.osync("status", "--json"))["changed_here"] == 1
    assert told(joined.tester.osync("hidden", "--json"))["events"] == []
