"""Each command that the pages name is one that OSync understands, with its options; JSON is described for what prints it."""

import argparse
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from osync.cli.arguments import make_parser

PROJECT = Path(__file__).parent.parent
PAGES = sorted([*PROJECT.glob("*.md"), *PROJECT.glob("docs/*.md")])
_SPAN = re.compile(r"`(?:\.\\)?osync ([^`\n]+)`")
_SUBJECT_OF_A_MAIL = "plain TOKEN"
_TYPED = re.compile(r"^(?:\$ )?osync (.*)$")


def typed(page: Path) -> Iterator[str]:
    """Give what stands behind `osync` in spans, and in blocks where a line begins with it."""
    text = page.read_text("utf-8")
    yield from _SPAN.findall(re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL))
    for line in text.replace("\\\n", " ").splitlines():
        if found := _TYPED.match(line):
            yield found[1]


def parsers(parser: argparse.ArgumentParser, name: str = "") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Give every parser by the name of its command; argparse has no public way to them."""
    yield name, parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for word, child in action.choices.items():
                yield from parsers(child, f"{name} {word}".strip())


def words(command: str) -> list[str]:
    """Give the words of a command without what a shell does; "…" stands for any words."""
    return [word for word in shlex.split(command.partition(" < ")[0], comments=True) if word != "…"]


def is_understood(command: str) -> bool:
    """Tell whether OSync takes a command, or would with the words that a sentence about it leaves out."""
    said = words(command)
    names = dict(parsers(make_parser()))
    bare = names.get(" ".join(word for word in said if not word.startswith("-")))
    if bare and all(f"{word} " in bare.format_help() for word in said if word.startswith("-")):
        return True
    for left_out in range(3):
        try:
            make_parser().parse_args([*said, *["x"] * left_out])
        except SystemExit as end:
            if end.code == 0:
                return True
        else:
            return True
    return False


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_of_a_page_is_understood(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = [command for command in typed(page) if command != _SUBJECT_OF_A_MAIL and not is_understood(command)]
    capsys.readouterr()
    assert wrong == []


def test_the_page_of_json_has_a_section_for_each_command_that_prints_it() -> None:
    page = (PROJECT / "docs" / "json.md").read_text("utf-8")
    headings = re.findall(r"^## (.*)$", page, re.MULTILINE)
    described = {re.sub(r" [A-Z]+$", "", each) for head in headings for each in re.findall(r"`osync ([^`]+)`", head)}
    listed = set(re.findall(r"`([a-z ]+)`", page.partition("- `format`")[0].partition("other programs.")[2]))
    prints = {name for name, parser in parsers(make_parser()) if name and re.search(r"--json\s", parser.format_help())}
    assert described == listed == prints


def test_each_command_is_named_on_a_page() -> None:
    named = {command for page in PAGES for command in typed(page)}
    unnamed = [
        name
        for name, parser in parsers(make_parser())
        if name and parser._subparsers is None and not any(f"{each} ".startswith(f"{name} ") for each in named)
    ]
    assert unnamed == []


def test_the_page_of_windows_shows_what_the_program_asks_and_says() -> None:
    page = (PROJECT / "docs" / "windows.md").read_text("utf-8")
    questions = re.findall(r"^\| ([A-Z][^|]*\?[^|]*) \|", page, re.MULTILINE)
    said = re.findall(r"\*([^*|]+\.)\* \||\*(Outlook cannot be reached)\*|\*(There is no classic [^*]+)\*", page)
    sentences = [*questions, *("".join(each) for each in said)]
    assert len(sentences) >= 13
    folders = [PROJECT / "src" / "osync" / name for name in ("cli", "setup", "microsoft")]
    program = "".join(path.read_text("utf-8") for folder in folders for path in folder.glob("*.py"))
    unknown = [piece for each in sentences for piece in each.split("…") if piece.strip(" .") not in program]
    assert unknown == []
