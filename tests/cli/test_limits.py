"""Changes that wait, and mails beyond the day's budget, as the user sees them."""

import re
from pathlib import Path

import pytest
from cli.people import Pair

from osync.config import read_settings
from osync.errors import ConfigurationError


def test_a_change_waits_for_the_next_broadcast_unless_the_user_will_not(joined: Pair) -> None:
    pat, tester = joined.pat, joined.tester
    pat.set_limits(broadcast_minutes=10)
    pat.put("Dinner", hour=19)
    assert "Mail to tester@example.org: changes (team)" in pat.done("sync")
    pat.put("Breakfast", hour=8)
    said = pat.done("sync")
    assert re.search(r"^team: 1 change waits until \d\d:\d\d\. At once: osync sync --now$", said, re.MULTILINE)
    assert "Mail to" not in said
    pat.put("Tea", hour=17)
    assert "team: 2 changes wait until" in pat.done("sync")
    assert "team: 2 changes wait until" in pat.done("sync")
    [waiting] = pat.osync("sync", "--json").json["waiting"]
    assert (waiting["share"], waiting["count"]) == ("team", 2)
    rehearsed = pat.done("sync", "--now", "--dry-run")
    assert rehearsed.count("Mail to") == 1
    said = pat.done("sync", "--now")
    assert said.count("Mail to tester@example.org") == 1
    assert "wait" not in said
    assert pat.done("sync") == "Nothing new.\n"
    tester.done("sync")
    assert tester.titles() == ["[pat] Breakfast", "[pat] Dinner", "[pat] Lunch", "[pat] Tea"]


def test_mails_beyond_the_budget_of_the_day_wait_and_say_so(joined: Pair) -> None:
    pat = joined.pat
    sent = pat.osync("status", "--json").json["mails_today"]
    assert f"mails today: {sent} of 500\n" in pat.done("status")
    pat.set_limits(broadcast_minutes=0, mails_per_day=sent)
    pat.put("Dinner", hour=19)
    limit = f"No more than {sent} mails a day (limits.mails_per_day)."
    assert re.search(rf"^team: 1 change waits until [-0-9: ]+\. {re.escape(limit)}$", pat.done("sync"), re.MULTILINE)
    said = pat.osync("share", "invite", "team", "third@example.org").out
    assert re.search(rf"^1 mail waits until [-0-9: ]+\. {re.escape(limit)}$", said, re.MULTILINE)
    assert f"mails today: {sent} of {sent}, 1 wait until tomorrow\n" in pat.done("status")
    pat.set_limits(broadcast_minutes=0, mails_per_day=sent + 2)
    assert f"mails today: {sent} of {sent + 2}\n1 mail to be sent: osync sync\n" in pat.done("status")
    pat.osync("sync")
    assert pat.osync("status", "--json").json["mails_waiting"] == 0
    pat.set_limits(broadcast_minutes=0, mails_per_day=0)
    assert "mails today" not in pat.done("status")


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("broadcast_minutes = -1", "broadcast_minutes in [limits] is no number that is allowed"),
        ("broadcast_minutes = 1441", "from 0 (no limit) to 1440, like broadcast_minutes = 10"),
        ('broadcast_minutes = "10"', "whole number"),
        ("broadcast_minutes = 1.5", "whole number"),
        ("mails_per_day = true", "whole number"),
        ("mails_a_day = 5", "Did you mean mails_per_day?"),
    ],
)
def test_a_limit_that_is_none_is_refused_with_its_line(joined: Pair, written: str, told: str) -> None:
    path = joined.pat.home.settings
    text = path.read_text("utf-8").partition("[limits]")[0]
    path.write_text(f"{text}[limits]\n{written}\n", "utf-8")
    line = len(path.read_text("utf-8").splitlines())
    ran = joined.pat.osync("sync")
    assert ran.code == 2
    assert told in ran.err
    assert f"line {line}" in ran.err


def test_settings_without_limits_have_the_usual_ones(joined: Pair) -> None:
    path = joined.pat.home.settings
    path.write_text(path.read_text("utf-8").partition("[limits]")[0], "utf-8")
    found = read_settings(path)
    assert (found.broadcast_minutes, found.mails_per_day) == (10, 500)


def test_limits_have_to_be_a_section(tmp_path: Path, joined: Pair) -> None:
    path = joined.pat.home.settings
    path.write_text("limits = 3\n" + path.read_text("utf-8").partition("[limits]")[0], "utf-8")
    with pytest.raises(ConfigurationError, match=re.escape("Write it as [limits].")):
        read_settings(path)
