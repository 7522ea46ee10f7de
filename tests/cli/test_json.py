"""What other programs read: every field that docs/json.md shows, and no other."""

import json
import re
from pathlib import Path

import pytest
from cli.people import Pair, Person

PAGE = Path(__file__).parents[2] / "docs" / "json.md"
Json = str | int | bool | None | list["Json"] | dict[str, "Json"]


def examples() -> dict[str, Json]:
    found = (json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL))
    return {each["kind"]: each for each in found}


def differences(shown: Json, printed: Json, where: str = "") -> list[str]:
    """Tell where two values differ in their fields or types; a list is as its first member, an empty one as any list."""
    if isinstance(shown, dict) and isinstance(printed, dict):
        both = [differences(shown[name], printed[name], f"{where}.{name}") for name in shown.keys() & printed.keys()]
        odd = [f"{where}.{name} is only in one" for name in sorted(shown.keys() ^ printed.keys())]
        return [*odd, *(line for lines in both for line in lines)]
    if isinstance(shown, list) and isinstance(printed, list):
        return [line for each in printed if shown for line in differences(shown[0], each, f"{where}[]")]
    return [] if type(shown) is type(printed) else [f"{where} is {shown!r} and {printed!r}"]


def printed(person: Person, *command: str, expected: int = 0) -> Json:
    ran = person.osync(*command, "--json")
    assert ran.code == expected
    assert ran.out.isascii()
    shape: Json = ran.json
    return shape


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        (("sync",), "sync"),
        (("sync", "--dry-run"), "sync"),
        (("status",), "status"),
        (("log",), "log"),
        (("invitations",), "invitations"),
        (("share", "list"), "shares"),
        (("share", "show", "team"), "share"),
        (("share", "preview", "team"), "preview"),
    ],
)
def test_each_command_prints_the_shape_that_its_page_shows(joined: Pair, command: tuple[str, ...], kind: str) -> None:
    joined.pat.put("Dinner \u202e é 昼食\x07")
    joined.pat.put_file("broken.ics", "BEGIN:VCALENDAR\n")
    shown = examples()[kind]
    assert isinstance(shown, dict)
    for person in (joined.pat, joined.tester) if command[0] != "share" else (joined.pat,):
        found = printed(person, *command)
        assert differences(shown, found) == []
        assert isinstance(found, dict)
        assert (found["format"], found["kind"]) == (1, kind)


def test_an_invitation_that_waits_has_the_shape_of_the_page(pair: Pair) -> None:
    found = printed(pair.invited().tester, "invitations")
    assert differences(examples()["invitations"], found) == []
    assert isinstance(found, dict)
    assert isinstance(found["invitations"], list)
    assert len(found["invitations"]) == 1


def test_what_a_sync_did_is_named_by_share_title_and_day(joined: Pair) -> None:
    joined.pat.put("Dinner")
    (change,) = joined.pat.osync("sync", "--json").json["changes"]
    assert (change["direction"], change["share"], change["action"], change["title"]) == ("out", "team", "new", "Dinner")
    found = joined.tester.osync("sync", "--json").json
    assert [(each["share"], each["title"]) for each in found["changes"]] == [("team of pat", "[pat] Dinner")]
    assert [(each["direction"], each["kind"], each["share"]) for each in found["mails"]] == [
        ("in", "update", "team of pat")
    ]


def test_what_waits_for_the_user_is_told_with_the_exit_code(joined: Pair) -> None:
    for path in joined.pat.events.iterdir():
        path.unlink()
    found = printed(joined.pat, "sync", expected=3)
    assert isinstance(found, dict)
    assert found["exit_code"] == 3
    assert differences(examples()["sync"], found) == []
    assert found["held"]


def test_a_command_that_fails_prints_no_json(joined: Pair) -> None:
    ran = joined.pat.osync("share", "show", "nothing", "--json")
    assert (ran.code, ran.out) == (2, "")
