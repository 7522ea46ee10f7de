"""`osync profiles` lists every installation of a user, shows no secret and opens none of them."""

from cli.people import Pair, Person
from cli.test_json import told


def make(person: Person, profile: str) -> None:
    places = ("--calendar", f"vdir:{person.events}", "--mailbox", f"folder:{person.office}")
    person.done("--profile", profile, "init", "--name", "choir pat", "--address", person.address, *places)


def test_every_installation_is_listed_with_person_calendars_and_folder(pair: Pair) -> None:
    make(pair.pat, "Choir")
    text = pair.pat.done("profiles")
    head, usual, choir = (line.split("  ") for line in text.splitlines())
    assert [each.strip() for each in head if each.strip()] == ["PROFILE", "PERSON", "CALENDARS", "FOLDER"]
    assert [each.strip() for each in usual if each.strip()] == [
        "(usual)", "pat <pat@example.org>", "default (vdir)", str(pair.pat.home.path),
    ]  # fmt: skip
    assert [each.strip() for each in choir if each.strip()] == [
        "choir", "choir pat <pat@example.org>", "default (vdir)", str(pair.pat.home.path / "profiles" / "choir"),
    ]  # fmt: skip


def test_the_list_is_the_same_from_within_a_profile_and_as_json(pair: Pair) -> None:
    make(pair.pat, "choir")
    found = told(pair.pat.osync("profiles", "--json"))["profiles"]
    assert [(each["profile"], each["name"], each["calendars"]) for each in found] == [
        ("", "pat", ["default (vdir)"]),
        ("choir", "choir pat", ["default (vdir)"]),
    ]
    assert told(pair.pat.osync("--profile", "choir", "profiles", "--json"))["profiles"] == found


def test_neither_an_address_of_a_calendar_nor_its_command_is_shown(pair: Pair) -> None:
    text = pair.pat.home.settings.read_text("utf-8")
    place = f'kind = "vdir"\nlocation = "{pair.pat.events}"'
    assert place in text
    secret = 'kind = "caldav"\nlocation = "https://dav.example.org/secret-token/"\npassword_command = "print hunter2"'
    pair.pat.home.settings.write_text(text.replace(place, secret), "utf-8")
    for shown in (pair.pat.done("profiles"), pair.pat.done("profiles", "--json")):
        assert "default (caldav)" in shown
        assert "secret-token" not in shown
        assert "hunter2" not in shown


def test_settings_that_cannot_be_read_do_not_hide_the_others(pair: Pair) -> None:
    make(pair.pat, "choir")
    pair.pat.home.settings.write_text("nonsense", "utf-8")
    text = pair.pat.done("profiles")
    assert "(usual)  ?" in text
    assert "choir pat <pat@example.org>" in text
    assert "config.toml, line 1, is not TOML" in text


def test_without_any_installation_it_says_how_to_make_one(pair: Pair) -> None:
    pair.pat.home.settings.unlink()
    assert "There is no OSync in" in pair.pat.done("profiles")
    assert told(pair.pat.osync("profiles", "--json"))["profiles"] == []
