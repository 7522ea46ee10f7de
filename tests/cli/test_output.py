"""What a terminal, a pipe or a disk does to the output of whole processes; faults of ours; interruptions."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from cli.people import Pair

from osync.cli.main import main

OSYNC = [sys.executable, "-m", "osync"]


def process(pair: Pair, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[bytes]":
    command = [*OSYNC, "--home", str(pair.pat.home.path), *arguments]
    return subprocess.run(command, env=os.environ | environment, capture_output=True, check=False)


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "cp1252"},
        {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    ],
)
def test_a_console_that_knows_few_characters_shows_the_others_as_escapes(
    joined: Pair, environment: dict[str, str]
) -> None:
    joined.pat.put("Dinner 昼食 \ud7ff")
    ran = process(joined, "sync", **environment)
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert b"Dinner" in ran.stdout
    ran = process(joined, "share", "preview", "team", **environment)
    assert ran.returncode == 0
    assert b"Dinner \\u663c\\u98df" in ran.stdout


@pytest.mark.skipif(os.name != "posix", reason="pipes that close are those of POSIX")
def test_a_reader_who_goes_away_is_no_error(joined: Pair) -> None:
    for number in range(300):
        joined.pat.put(f"Event {number}", f"LOCATION:{'x' * 400}")
    command = [*OSYNC, "--home", str(joined.pat.home.path), "share", "preview", "team"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout
        assert running.stderr
        running.stdout.readline()
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait() == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no disk that is always full")
def test_output_that_finds_no_room_is_one_sentence(joined: Pair) -> None:
    with Path("/dev/full").open("wb") as full:
        command = [*OSYNC, "--home", str(joined.pat.home.path), "status"]
        ran = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
    assert ran.returncode == 75
    assert ran.stderr.startswith(b"osync: ")
    assert ran.stderr.count(b"\n") == 1


@pytest.mark.skipif(os.name != "posix", reason="signals are those of POSIX")
def test_an_interrupted_run_says_so_and_leaves_no_lock(joined: Pair) -> None:
    command = [sys.executable, "-c", INTERRUPTED, str(joined.pat.home.path)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 130
    assert ran.stderr == "osync: interrupted. The next osync sync finishes what was begun.\n"
    joined.pat.done("sync")


# Whoever starts the tests in the background lets them ignore the signal.
INTERRUPTED = f"""
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from osync.cli.main import main
from osync.mailboxes.folder import FolderMailbox
FolderMailbox.pending = lambda self: os.kill(os.getpid(), {int(signal.SIGINT)})
sys.exit(main(["--home", sys.argv[1], "sync"]))
"""

FAULTY = """
import sys
from osync.cli.main import main
from osync.mailboxes.folder import FolderMailbox
def pending(self):
    try:
        raise ValueError("Dentist at nine")
    except ValueError as error:
        raise KeyError("Secret lunch") from error
FolderMailbox.pending = pending
sys.exit(main(["--home", sys.argv[1], "sync"]))
"""


def test_a_fault_of_ours_is_one_sentence_and_a_report_without_event_text(joined: Pair) -> None:
    command = [sys.executable, "-c", FAULTY, str(joined.pat.home.path)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert ran.stderr.count("\n") == 1
    report = joined.pat.home.crash_report
    assert (
        f"A fault of OSync ended this run (KeyError). The next run finishes what was begun. Please send us the file {report}"
        in ran.stderr
    )
    text = report.read_text("utf-8")
    assert "builtins.KeyError" in text
    assert "builtins.ValueError" in text
    assert "pending" in text
    for word in ("Secret lunch", "Dentist"):
        assert word not in ran.stderr
    assert joined.pat.done("sync") == "Nothing new.\n"


def test_nothing_that_is_typed_ends_in_a_traceback(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (
        ("--home", "~nobody-of-this-name/x", "sync"),
        ("--home", str(tmp_path / "none"), "status"),
        ("--home", str(tmp_path / "a\nb"), "sync"),
        ("--home", "", "--version", "--help"),
        ("open", "x" * 5000),
        ("undo", "9" * 5000),
        ("\udcff", "\udcff"),
    ):
        assert main(words) in (0, 2)
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        assert said.err.count("\n") <= 1
