"""Bad input ends in one clear sentence, and everything else of the same run keeps working: calendars, places, settings."""

import sqlite3
from pathlib import Path

import pytest
from cli.hardships import forbidden, full_disk
from cli.people import SOON, Pair, Ran, calendar, event

DINNER = "[pat] Dinner"


def complaint(ran: Ran, *words: str) -> None:
    """Demand one sentence for people that holds these words."""
    (line,) = ran.err.splitlines()
    assert line.startswith("osync: ")
    for word in words:
        assert word in line


def dinner_arrives(pair: Pair) -> None:
    """Let pat write a new event, and demand that it reaches tester without a word."""
    pair.pat.put("Dinner", hour=19)
    pair.pat.done("sync")
    pair.tester.done("sync")
    assert DINNER in pair.tester.titles()


# What lies in the calendar of an owner.


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param("", "empty", id="empty"),
        pytest.param("hello", "iCalendar", id="no calendar"),
        pytest.param(calendar(event("Cut", uid="cut"))[:-40], "cut", id="truncated"),
        pytest.param(b"\xff\xfe\x00\x01" * 9, "iCalendar", id="binary"),
        pytest.param(b"\0" * (16 * 1024 * 1024 + 1), "16 MiB", id="too large"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_and_its_neighbour_arrives(
    joined: Pair, content: str | bytes, words: str
) -> None:
    joined.pat.put_file("bad.ics", content)
    joined.pat.put("Dinner", hour=19)
    complaint(joined.pat.osync("sync"), "bad.ics", words, "stays as it is")
    joined.tester.done("sync")
    assert joined.tester.titles() == [DINNER, "[pat] Lunch"]
    assert "bad.ics" in joined.pat.done("status")
    assert joined.pat.done("sync") == "Nothing new.\n"


def test_a_shared_event_whose_file_breaks_is_not_deleted_at_the_subscribers(joined: Pair) -> None:
    joined.pat.put_file("lunch.ics", calendar(event("Lunch", uid="lunch"))[:-40])
    joined.pat.put("Dinner", hour=19)
    complaint(joined.pat.osync("sync"), "lunch.ics")
    joined.tester.done("sync")
    assert joined.tester.titles() == [DINNER, "[pat] Lunch"]


def test_a_file_without_permission_is_named_and_its_neighbour_arrives(joined: Pair) -> None:
    secret = joined.pat.put("Secret")
    joined.pat.put("Dinner", hour=19)
    with forbidden(secret, 0o000):
        complaint(joined.pat.osync("sync"), "secret.ics", "cannot be read")
    joined.tester.done("sync")
    assert joined.tester.titles() == [DINNER, "[pat] Lunch"]


def test_two_files_with_one_uid_are_one_event_and_both_are_named(joined: Pair) -> None:
    joined.pat.put_file("zz-copy.ics", calendar(event("Copy", uid="lunch")))
    joined.pat.put("Dinner", hour=19)
    complaint(joined.pat.osync("sync"), "zz-copy.ics", "lunch.ics", "same UID")
    joined.tester.done("sync")
    assert joined.tester.titles() == [DINNER, "[pat] Lunch"]


def test_a_uid_that_looks_like_a_path_stays_a_name(joined: Pair, tmp_path: Path) -> None:
    before = {path for path in tmp_path.rglob("*") if path.suffix == ".ics"}
    joined.pat.put_file("hostile.ics", calendar(event("Hostile", uid="../../../../tmp/osync-evil\\..\\x")))
    joined.pat.done("sync")
    joined.tester.done("sync")
    assert joined.tester.titles() == ["[pat] Hostile", "[pat] Lunch"]
    added = {path for path in tmp_path.rglob("*") if path.suffix == ".ics"} - before
    assert {path.parent for path in added} == {joined.pat.events, joined.tester.events}
    joined.tester.done("undo")
    assert joined.tester.titles() == ["[pat] Lunch"]


def test_titles_cannot_steer_the_terminal(joined: Pair) -> None:
    evil = "Red \x1b[31m\x1b]0;owned\x07 \x9b2J \u202eback\u202c \x08\x7f"
    joined.pat.put_file("evil.ics", calendar(event(evil, uid="evil")))
    said = [joined.pat.done("share", "preview", "team"), joined.pat.done("sync"), joined.tester.done("sync")]
    said += [joined.tester.done("log"), joined.tester.done("log", "--json"), joined.tester.done("undo")]
    said += [joined.pat.done("share", "preview", "team", "--json")]
    for text in said:
        assert "Red" in text
        assert not set(text) & set("\x1b\x07\x9b\x08\x7f\u202e\u202c")


@pytest.mark.parametrize(
    "rule",
    ["FREQ=SECONDLY", "FREQ=DAILY;COUNT=1000000000", "FREQ=YEARLY;INTERVAL=999999999", "FREQ=WEEKLY;BYDAY=9XX"],
)
def test_a_monstrous_rule_costs_nobody_anything(joined: Pair, rule: str) -> None:
    joined.pat.put("Monster", f"RRULE:{rule}")
    joined.pat.put("Dinner", hour=19)
    ran = joined.pat.osync("sync")
    assert ran.code == 0
    assert len(ran.err.splitlines()) <= 1
    assert joined.tester.osync("sync").code == 0
    assert {DINNER, "[pat] Lunch"} <= set(joined.tester.titles())
    assert joined.tester.done("sync") == "Nothing new.\n"


# Places that fail.


def test_a_calendar_folder_that_is_missing_deletes_nothing_at_the_subscribers(joined: Pair) -> None:
    away = joined.pat.events.rename(joined.pat.events.with_name("away"))
    ran = joined.pat.osync("sync")
    assert ran.code == 2
    complaint(ran, "does not exist", "do not count as deleted", "create it")
    assert joined.tester.done("sync") == "Nothing new.\n"
    away.rename(joined.pat.events)
    dinner_arrives(joined)


def test_an_emptied_calendar_folder_stops_before_harm_and_goes_on_with_yes(joined: Pair) -> None:
    joined.pat.put("Dinner", hour=19)
    joined.pat.done("sync")
    for path in joined.pat.events.iterdir():
        path.unlink()
    ran = joined.pat.osync("sync")
    assert ran.code == 3
    complaint(ran, "suddenly empty", "osync review --yes")
    joined.tester.done("sync")
    assert joined.tester.titles() == [DINNER, "[pat] Lunch"]
    joined.pat.done("sync", "--yes")
    joined.tester.done("sync")
    assert joined.tester.titles() == []


def test_a_missing_calendar_of_a_subscriber_loses_no_mail(joined: Pair) -> None:
    away = joined.tester.events.rename(joined.tester.events.with_name("away"))
    joined.pat.put("Dinner", hour=19)
    joined.pat.done("sync")
    ran = joined.tester.osync("sync")
    assert ran.code == 2
    complaint(ran, "does not exist")
    away.rename(joined.tester.events)
    joined.tester.done("sync")
    assert joined.tester.titles() == [DINNER, "[pat] Lunch"]


def test_a_read_only_calendar_keeps_its_events_waiting(joined: Pair) -> None:
    joined.pat.put("Dinner", hour=19)
    joined.pat.done("sync")
    with forbidden(joined.tester.events, 0o500):
        ran = joined.tester.osync("sync")
    assert ran.code == 2
    complaint(ran, "may not be written", "Nothing was changed", "permissions")
    joined.tester.done("sync")
    assert joined.tester.titles() == [DINNER, "[pat] Lunch"]


def test_a_read_only_home_is_said_and_harms_nothing(joined: Pair) -> None:
    joined.pat.put("Dinner", hour=19)
    with forbidden(joined.pat.home.path, 0o500):
        ran = joined.pat.osync("sync")
    assert ran.code == 2
    complaint(ran, str(joined.pat.home.path), "cannot be")
    joined.pat.done("sync")
    joined.tester.done("sync")
    assert joined.tester.titles() == [DINNER, "[pat] Lunch"]


def test_a_post_office_that_is_gone_is_temporary_and_its_mails_wait(joined: Pair) -> None:
    away = joined.pat.office.rename(joined.pat.office.with_name("away"))
    joined.pat.put("Dinner", hour=19)
    ran = joined.pat.osync("sync")
    assert ran.code == 75
    complaint(ran, "post office", "is not there", "Mails wait")
    assert "1 mail to be sent" in joined.pat.done("status")
    away.rename(joined.pat.office)
    joined.pat.done("sync")
    joined.tester.done("sync")
    assert joined.tester.titles() == [DINNER, "[pat] Lunch"]


def test_a_full_disk_under_the_calendar_keeps_its_events_waiting(joined: Pair) -> None:
    joined.pat.put("Dinner", hour=19)
    joined.pat.done("sync")
    with full_disk(joined.tester.events) as words:
        ran = joined.tester.osync("sync")
    assert ran.code == 75
    complaint(ran, words)
    joined.tester.done("sync")
    assert joined.tester.titles() == [DINNER, "[pat] Lunch"]


def test_a_full_disk_under_the_ledger_undoes_what_was_begun(joined: Pair) -> None:
    joined.pat.put("Dinner", hour=19)
    with full_disk(joined.pat.home.path):
        ran = joined.pat.osync("sync")
    assert ran.code == 75
    complaint(ran, "disk", "nothing is lost")
    joined.pat.done("sync")
    joined.tester.done("sync")
    assert joined.tester.titles() == [DINNER, "[pat] Lunch"]


def test_a_full_disk_under_the_post_office_keeps_the_mail_waiting(joined: Pair) -> None:
    joined.pat.put("Dinner", hour=19)
    with full_disk(joined.pat.office) as words:
        ran = joined.pat.osync("sync")
    assert ran.code == 75
    complaint(ran, words)
    joined.pat.done("sync")
    joined.tester.done("sync")
    assert joined.tester.titles() == [DINNER, "[pat] Lunch"]


@pytest.mark.parametrize("command", [("sync",), ("status",), ("log",), ("share", "list")])
def test_a_damaged_ledger_is_said_and_touches_nothing(joined: Pair, command: tuple[str, ...]) -> None:
    good = joined.tester.home.ledger.read_bytes()
    joined.tester.home.ledger.write_bytes(b"rubbish " * 2000)
    ran = joined.tester.osync(*command)
    assert ran.code == 2
    complaint(ran, "ledger", "damaged", "No calendar was touched", "backup")
    assert joined.tester.titles() == ["[pat] Lunch"]
    joined.tester.home.ledger.write_bytes(good)
    dinner_arrives(joined)


def test_a_ledger_with_a_torn_page_is_said_and_touches_nothing(joined: Pair) -> None:
    content = joined.tester.home.ledger.read_bytes()
    joined.tester.home.ledger.write_bytes(content[:4096] + b"\xa5" * (len(content) - 4096))
    joined.pat.put("Dinner", hour=19)
    joined.pat.done("sync")
    ran = joined.tester.osync("sync")
    assert ran.code == 2
    complaint(ran, "ledger", "damaged")
    assert joined.tester.titles() == ["[pat] Lunch"]
    joined.tester.home.ledger.write_bytes(content)
    joined.tester.done("sync")
    assert DINNER in joined.tester.titles()


def test_a_ledger_that_is_missing_is_not_silently_begun_anew(joined: Pair) -> None:
    joined.tester.home.ledger.unlink()
    ran = joined.tester.osync("sync")
    assert ran.code == 2
    complaint(ran, "ledger", "missing", "backup")


def test_a_ledger_of_a_newer_osync_is_left_alone(joined: Pair) -> None:
    connection = sqlite3.connect(joined.pat.home.ledger)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = joined.pat.home.ledger.read_bytes()
    ran = joined.pat.osync("sync")
    assert ran.code == 2
    complaint(ran, "newer OSync", "Install the newer OSync")
    assert joined.pat.home.ledger.read_bytes() == before


def test_of_two_runs_at_once_the_second_says_so(joined: Pair) -> None:
    joined.pat.put("Dinner", hour=19)
    with joined.pat.home.locked():
        ran = joined.pat.osync("sync")
    assert ran.code == 75
    complaint(ran, "Another OSync", "Nothing was changed", "Wait")
    dinner_arrives(joined)


def test_nobody_is_home_yet(pair: Pair, tmp_path: Path) -> None:
    pair.pat.home.settings.unlink()
    ran = pair.pat.osync("sync")
    assert ran.code == 2
    complaint(ran, "no OSync in", "osync init")


def test_a_missing_key_is_said_and_no_new_one_is_made(joined: Pair) -> None:
    kept = joined.pat.home.key.rename(joined.pat.home.key.with_suffix(".kept"))
    joined.pat.put("Dinner", hour=19)
    ran = joined.pat.osync("sync")
    assert ran.code == 2
    complaint(ran, "private key", "backup")
    kept.rename(joined.pat.home.key)
    joined.pat.done("sync")
    joined.tester.done("sync")
    assert DINNER in joined.tester.titles()


def test_the_key_of_somebody_else_signs_nothing(joined: Pair) -> None:
    own = joined.pat.home.key.read_bytes()
    joined.pat.home.key.write_bytes(joined.tester.home.key.read_bytes())
    joined.pat.put("Dinner", hour=19)
    ran = joined.pat.osync("sync")
    assert ran.code == 2
    complaint(ran, "belongs to another installation", "Nothing was sent", "backup")
    joined.pat.home.key.write_bytes(own)
    joined.pat.done("sync")
    joined.tester.done("sync")
    assert DINNER in joined.tester.titles()
    assert "up to date" in joined.tester.done("status")


@pytest.mark.parametrize("content", [b"", b"rubbish!", b"YWJj\n"])
def test_a_damaged_key_is_said_and_no_new_one_is_made(joined: Pair, content: bytes) -> None:
    joined.pat.home.key.write_bytes(content)
    joined.pat.put("Dinner", hour=19)
    ran = joined.pat.osync("sync")
    assert ran.code == 2
    complaint(ran, "private key", "damaged", "backup")
    assert joined.pat.home.key.read_bytes() == content


def test_a_calendar_that_is_not_in_the_settings_any_more_deletes_nothing(joined: Pair) -> None:
    text = joined.pat.home.settings.read_text("utf-8")
    joined.pat.home.settings.write_text(text.replace("[calendars.default]", "[calendars.other]"), "utf-8")
    ran = joined.pat.osync("sync")
    assert ran.code == 2
    complaint(ran, "no calendar default", "other")
    joined.pat.home.settings.write_text(text, "utf-8")
    dinner_arrives(joined)


def test_a_file_where_the_home_should_be_is_said(joined: Pair, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    ran = joined.pat.osync("sync", "--home", str(file))
    assert ran.code == 2
    complaint(ran, str(file), "cannot be read", "--home")


# Settings.


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        pytest.param("address =", "adress =", ("line ", "adress", "Did you mean address?"), id="misspelt key"),
        pytest.param("[mailbox]", "[mailbocks]", ("line ", "mailbocks", "Did you mean mailbox?"), id="section"),
        pytest.param('kind = "folder"\n', "", ("line ", "kind in [mailbox] is missing"), id="missing key"),
        pytest.param('name = "pat"', "name = 7", ("line ", "text in quotes"), id="number"),
        pytest.param('name = "pat"', "name = pat", ("line ", "not TOML"), id="no TOML"),
        pytest.param('key_store = "file"', 'key_store = "flie"', ("line ", "file"), id="unknown key store"),
        pytest.param("pat@example.org", "pat", ("line ", "no mail address"), id="address"),
        pytest.param('kind = "vdir"', 'kind = "vdri"', ("vdri", "Allowed: vdir"), id="kind of calendar"),
        pytest.param('kind = "folder"', 'kind = "folders"', ("folders", "Allowed: folder"), id="kind of mailbox"),
    ],
)
def test_a_wrong_setting_is_named_with_its_line_and_what_is_allowed(
    joined: Pair, old: str, new: str, words: tuple[str, ...]
) -> None:
    text = joined.pat.home.settings.read_text("utf-8")
    assert old in text
    joined.pat.home.settings.write_text(text.replace(old, new, 1), "utf-8")
    ran = joined.pat.osync("sync")
    assert ran.code == 2
    complaint(ran, "Nothing was sent or changed", *words)
    joined.pat.home.settings.write_text(text, "utf-8")
    dinner_arrives(joined)


# Words at the command line.


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("snyc",), "snyc"),
        (("share", "show", "nothing"), "There is no share nothing"),
        (("share", "new", "team", "--category", "Team"), "already"),
        (("share", "invite", "team", "nobody"), "no mail address"),
        (("share", "stop", "team", "nobody@example.org"), "never invited"),
        (("accept", "9"), "There is no invitation 9"),
        (("leave", "nothing"), "There is no subscription nothing"),
        (("undo", "99"), "99 changed no calendar"),
        (("undo", "yesterday"), "no run and no mail"),
        (("open", "/does/not/exist"), "cannot be read"),
        (("share", "new", "x\x1b[2J", "--category", "Team"), "printable"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(joined: Pair, words: tuple[str, ...], said: str) -> None:
    ran = joined.pat.osync(*words)
    assert (ran.code, ran.out) == (2, "")
    complaint(ran, said)


def test_the_tests_are_about_days_that_can_be_shared() -> None:
    assert SOON.year >= 2026


@pytest.mark.parametrize(
    "words",
    [
        ("share", "stop", "team", ""),
        ("review", "--yes", ""),
        ("review", "--yes="),
        ("undo", ""),
        ("undo", "--of", ""),
        ("restore", "team", ""),
        ("--profile", "", "sync"),
        ("--home=", "sync"),
    ],
    ids=" ".join,
)
def test_an_empty_word_stands_for_nothing(words: tuple[str, ...], joined: Pair) -> None:
    """A variable that is not set shall not end a share for everybody, or take the last run back."""
    before = joined.pat.osync("share", "list", "--json").out
    ran = joined.pat.osync(*words)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("osync: One word of this command is empty")
    assert "a variable of your shell is not set" in ran.err
    assert joined.pat.osync("share", "list", "--json").out == before


@pytest.mark.parametrize("words", [("share", "show", "\udcff"), ("share", "new", "x", "--category", "\udce4")], ids=str)
def test_letters_that_are_no_text_are_told(words: tuple[str, ...], joined: Pair) -> None:
    ran = joined.pat.osync(*words)
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert "letters that OSync cannot read" in ran.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("undo", "9" * 30), "is no run and no mail"),
        (("undo", "m" + "9" * 5_000), "is no run and no mail"),
        (("doctor", "--wait", "-1"), "has to be a number of seconds from 0 to 86,400"),
        (("doctor", "--wait", "9" * 5_000), "has to be a number of seconds from 0 to 86,400"),
        (("share", "new", "x", "--category", "\x1b[31m"), "a category in printable characters"),
        (("run", "\x1b]0;title\x07"), "unrecognized arguments"),
        (("identity", "export", "x" * 5_000, "--password-command", "echo correct horse battery"), "cannot be written"),
    ],
    ids=["run", "mail", "negative", "large", "category", "escapes", "long name"],
)
def test_odd_words_are_told_in_one_sentence(words: tuple[str, ...], sentence: str, joined: Pair) -> None:
    ran = joined.pat.osync(*words)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert sentence in ran.err
    assert "\x1b" not in ran.err
