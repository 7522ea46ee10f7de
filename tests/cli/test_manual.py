"""The help is a manual: every command tells what it does, with an example that OSync understands."""

import argparse
import re
import shlex

import pytest

from osync import __version__
from osync.cli import manual, manual_accounts, manual_identity, manual_running
from osync.cli.arguments import make_parser
from osync.cli.main import main
from osync.cli.manual import Page

COMMANDS = (
    "init", "password", "password set", "password forget", "sign-in", "demo", "share", "share new", "share invite", "share approve", "share refuse", "share list", "share show", "share preview",
    "share stop", "share take-over", "identity", "identity show", "identity export", "identity import",
    "identity change", "device", "device code", "device allow", "device join", "invite", "verify", "invitations", "accept", "decline", "leave", "sync", "review", "changed", "hidden",
    "restore", "detach", "status", "log", "undo", "open", "probe", "doctor", "run", "install-service", "profiles",
)  # fmt: skip
PAGES = [
    page
    for part in (manual, manual_accounts, manual_identity, manual_running)
    for page in vars(part).values()
    if isinstance(page, Page)
]


def said(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    assert main(arguments) == code
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err
    return captured.out + captured.err


def test_the_manual_tells_what_osync_is_how_to_begin_and_what_codes_mean(capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, "--help")
    for words in (
        "without a server",
        "first steps:",
        "osync demo",
        "osync init",
        "exit codes:",
        "OSYNC_HOME",
        "OSYNC_KEYS",
    ):
        assert words in text
    for code in (" 0 ", " 2 ", " 3 ", " 75 ", " 1 "):
        assert code in text


def test_who_types_nothing_gets_the_manual(capsys: pytest.CaptureFixture[str]) -> None:
    assert "first steps:" in said(capsys, code=2)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, *command.split(), "--help")
    assert f"osync {command}" in text
    assert "example" in text
    assert max(map(len, text.splitlines())) <= 120


def test_there_is_a_page_for_every_command() -> None:
    assert len(PAGES) == len(COMMANDS)


def test_every_example_is_understood() -> None:
    texts = [example for page in PAGES for example in page.examples]
    texts += re.findall(r"^  (osync (?!COMMAND).*?)(?:   .*)?$", re.sub(r"\\\n\s*", "", manual.EPILOG), re.MULTILINE)
    assert len(texts) > 25
    for text in texts:
        for command in text.replace("…", "--name a --address a@b --mailbox folder:x").split("; "):
            program, *arguments = shlex.split(command)
            assert program == "osync"
            assert make_parser().parse_args(arguments).command in {name.split()[0] for name in COMMANDS}


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "--version") == f"osync {__version__}\n"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("snyc",), "did you mean sync?"),
        (("share", "previw", "x"), "did you mean preview?"),
        (("share",), "osync share --help"),
        (("share", "new", "x"), "--category"),
        (("share", "new", "x", "--category", "c", "--level", "some"), "some is none of full, titles, busy"),
        (("sync", "--dry"), "--dry"),
        (("log", "--limit", "0"), "a number from 1"),
        (("log", "--limit", "x"), "a number from 1"),
        (("leave", "x", "--keep", "--remove"), "not allowed with"),
        (("init",), "--name"),
    ],
)
def test_what_is_typed_wrong_ends_in_one_sentence(
    words: tuple[str, ...], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = said(capsys, *words, code=2)
    assert text.startswith("osync: ")
    assert sentence in text
    assert text.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [
        ("--home", "x", "sync"),
        ("sync", "--home", "x"),
        ("share", "list", "--home", "x"),
        ("share", "--home", "x", "list"),
    ],
)
def test_the_home_may_stand_before_or_behind_the_command(words: tuple[str, ...]) -> None:
    chosen = make_parser().parse_args(words)
    assert isinstance(chosen, argparse.Namespace)
    assert chosen.home == "x"
