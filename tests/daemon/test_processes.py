"""`osync run` as real processes: what arrives, how they are ended, killed and disturbed, and what their log says."""

import json
import signal
from pathlib import Path

import pytest
from cli.people import Pair, Person
from daemon.processes import running

STARTED = "OSync runs by itself now."
FIELDS = frozenset({"time", "level", "event", "about", "counts", "sentence"})
SECRETS = ("Divorce", "lawyer", "ring the bell twice", "Hidden Street")


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OSYNC_KEYS", "file")
    monkeypatch.delenv("OSYNC_HOME", raising=False)


@pytest.fixture
def joined(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Pair:
    """Give pat and tester; tester follows pat's share team, in which there is a lunch."""
    pair = Pair(Person("pat", tmp_path, capsys).init(), Person("tester", tmp_path, capsys).init())
    pair.pat.put("Lunch")
    return pair.joined()


def test_a_change_in_a_folder_is_in_the_folder_of_the_subscriber_at_once(joined: Pair) -> None:
    with running(joined.pat.home.path) as pat, running(joined.tester.home.path) as tester:
        for each in (pat, tester):
            each.wait_for(STARTED)
        joined.pat.put("Choir")
        pat.wait_for("team: 1 new for its subscribers.")
        tester.wait_for("team of pat: 1 new in your calendar.")
        assert joined.tester.titles() == ["[pat] Choir", "[pat] Lunch"]
        (joined.pat.events / "choir.ics").unlink()
        tester.wait_for("team of pat: 1 deleted in your calendar.")
        assert joined.tester.titles() == ["[pat] Lunch"]


def test_other_commands_work_meanwhile_and_their_work_is_noticed(joined: Pair) -> None:
    with running(joined.pat.home.path) as pat:
        pat.wait_for(STARTED)
        joined.pat.put("Board", category="Board")
        said = joined.pat.done("status")
        assert "osync run   at work since" in said
        joined.pat.done("share", "new", "board", "--category", "Board")
        pat.wait_for("board: 1 new for its subscribers.")


def test_a_second_one_says_so_in_one_sentence(joined: Pair) -> None:
    with running(joined.pat.home.path) as first:
        first.wait_for(STARTED)
        second = joined.pat.osync("run")
        assert second.code == 75
        assert second.err.startswith("osync: osync run is at work already for")
        assert second.err.count("\n") == 1


@pytest.mark.posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_well_when_it_is_asked_to(number: signal.Signals, joined: Pair) -> None:
    with running(joined.pat.home.path) as pat:
        pat.wait_for(STARTED)
        assert pat.end(number) == 0
        assert pat.lines[-1].endswith("OSync has stopped.")
    assert "not at work" in joined.pat.done("status")


@pytest.mark.posix
def test_settings_are_read_again_and_broken_ones_left_alone(joined: Pair) -> None:
    settings = joined.pat.home.settings
    right = settings.read_text("utf-8")
    with running(joined.pat.home.path) as pat:
        pat.wait_for(STARTED)
        pat.process.send_signal(signal.SIGHUP)
        pat.wait_for("The settings were read again.")
        settings.write_text(right + "\nbroken =\n", "utf-8")
        assert "OSync goes on with the settings of before." in pat.wait_for("is not TOML")
        joined.pat.put("Choir")
        pat.wait_for("team: 1 new for its subscribers.")
        settings.write_text(right, "utf-8")
        pat.wait_for("settings works again")


@pytest.mark.posix
def test_being_killed_again_and_again_loses_and_doubles_nothing(joined: Pair) -> None:
    wanted = ["[pat] Lunch"]
    for number in range(6):
        with running(joined.pat.home.path) as pat, running(joined.tester.home.path) as tester:
            pat.wait_for(STARTED)
            for part in range(5):
                title = f"Meeting {number} {part}"
                joined.pat.put(title, uid=f"meeting-{number}-{part}")
                wanted.append(f"[pat] {title}")
            if number % 2:
                pat.wait_for("for its subscribers")
            tester.wait_for(STARTED)
            pat.end(signal.SIGKILL)
            tester.end(signal.SIGKILL)
    for person in (joined.pat, joined.tester, joined.pat, joined.tester):
        person.done("sync")
    assert joined.tester.titles() == sorted(wanted)
    assert joined.pat.titles() == sorted(title.removeprefix("[pat] ") for title in wanted)


@pytest.mark.parametrize("arguments", [(), ("--json-log",)], ids=["text", "json"])
def test_the_log_names_shares_and_numbers_and_never_what_an_event_says(
    arguments: tuple[str, ...], joined: Pair
) -> None:
    with running(joined.pat.home.path, *arguments) as pat, running(joined.tester.home.path, *arguments) as tester:
        for each in (pat, tester):
            each.wait_for(STARTED)
        secret = joined.pat.put("Divorce", "DESCRIPTION:ring the bell twice", "LOCATION:Hidden Street 7", uid="secret")
        tester.wait_for("team of pat: 1 new in your calendar.")
        (joined.pat.events / "Divorce lawyer.ics").write_text("", "utf-8")
        pat.wait_for("calendar default: 1 problem with a single event or mail.")
        secret.write_text(secret.read_text("utf-8").replace("Divorce", "Divorce lawyer"), "utf-8", newline="")
        tester.wait_for("team of pat: 1 changed in your calendar.")
        for each in (pat, tester):
            each.end()
            text = "\n".join(each.lines)
            assert not [words for words in SECRETS if words in text], text
            if arguments:
                written = [json.loads(line) for line in each.lines]
                assert {frozenset(line) for line in written} == {FIELDS}
    assert not (joined.pat.home.path / "fault.txt").exists()


def test_the_log_goes_into_a_file_that_is_for_its_user_alone(joined: Pair) -> None:
    with running(joined.pat.home.path, "--log-file") as pat, running(joined.tester.home.path) as tester:
        tester.wait_for(STARTED)
        joined.pat.put("Choir")
        tester.wait_for("team of pat: 1 new in your calendar.")
        assert STARTED in joined.pat.home.run_log.read_text("utf-8")
        pat.process.kill()
        assert pat.lines == []


@pytest.mark.parametrize("words", [["--log-file"], ["--log-file", "--json-log"]], ids=["text", "json"])
def test_the_log_file_says_why_it_could_not_begin(words: list[str], joined: Pair) -> None:
    """At log-on nobody sees what is printed."""
    joined.pat.home.settings.write_text("broken =\n", "utf-8")
    ran = joined.pat.osync("run", *words)
    assert ran.code == 2
    last = joined.pat.home.run_log.read_text("utf-8").splitlines()[-1]
    assert "osync run has ended: " in last
    assert "config.toml, line 1, is not TOML" in last
