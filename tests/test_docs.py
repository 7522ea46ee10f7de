"""What the documentation shows is true: its examples run, its links lead somewhere.

A block marked `console` is typed line by line into one shell in an empty folder that all blocks of its page share: `$ ` begins a
command, what follows is its output (`…` stands for anything, no line at all for any output), `# exit 3` behind a command its exit
code. Days may differ. A block marked `python` is executed. Other blocks are only shown.
"""

import doctest
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent
PAGES = sorted([*PROJECT.glob("*.md"), *PROJECT.glob("docs/**/*.md")])
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ANY_BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.*)$", re.MULTILINE)
_DAY = re.compile(r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d\d [A-Z][a-z][a-z]\b")
_COMMAND = re.compile(r"^\$ (.*?)(?: +# exit (\d+))?$")


@dataclass(frozen=True, slots=True)
class Example:
    """One command of a page with the output and the exit code that the page promises."""

    command: str
    output: str
    exit_code: int


def named(page: Path) -> str:
    return page.relative_to(PROJECT).as_posix()


def blocks(page: Path, language: str) -> list[str]:
    return [text for found, text in _BLOCK.findall(page.read_text(encoding="utf-8")) if found == language]


def examples(block: str) -> list[Example]:
    found: list[Example] = []
    for line in block.splitlines():
        if command := _COMMAND.match(line):
            found.append(Example(command[1], "", int(command[2] or 0)))
        else:
            last = found.pop()
            found.append(Example(last.command, f"{last.output}{line}\n", last.exit_code))
    return found


def environment(folder: Path) -> dict[str, str]:
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    # No key store: the docs describe a machine without one, and a test must not touch that of the developer.
    return {
        "PATH": programs,
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "TZ": "Europe/Berlin",
        "OSYNC_KEYS": "file",
    }


@pytest.mark.skipif(shutil.which("bash") is None, reason="the examples are written for a Unix shell")
@pytest.mark.parametrize("page", PAGES, ids=named)
def test_what_a_page_types_gives_what_it_shows(page: Path, tmp_path: Path) -> None:
    for example in (example for block in blocks(page, "console") for example in examples(block)):
        ran = subprocess.run(
            ["bash", "-c", example.command],  # noqa: S607 # the shell of whoever types the example
            cwd=tmp_path,
            env=environment(tmp_path),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert ran.returncode == example.exit_code, f"{example.command}\n{ran.stdout}"
        if example.output:
            wanted, shown = (_DAY.sub("a day", text) for text in (example.output, ran.stdout))
            pattern = ".*".join(re.escape(part) for part in wanted.split("…"))
            assert re.fullmatch(pattern, shown, re.DOTALL), f"{example.command}\n{ran.stdout}"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_python_on_a_page_runs(page: Path) -> None:
    globs: dict[str, object] = {"__name__": "__example__"}
    for number, block in enumerate(blocks(page, "python")):
        if ">>>" in block:
            example = doctest.DocTestParser().get_doctest(block, globs, named(page), str(page), number)
            assert doctest.DocTestRunner().run(example, clear_globs=False).failed == 0
        else:
            exec(compile(block, str(page), "exec"), globs)  # noqa: S102 # our own pages


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page: Path) -> None:
    text = _ANY_BLOCK.sub("", page.read_text(encoding="utf-8"))
    broken = [link for link in _LINK.findall(text) if "://" not in link and not leads_somewhere(page, link)]
    assert broken == []


def leads_somewhere(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (page.parent / path) if path else page
    if not target.exists():
        return False
    return not anchor or anchor in {slug(title) for title in _HEADING.findall(target.read_text(encoding="utf-8"))}


def slug(title: str) -> str:
    """Name a heading as the usual hosts do in a link to it."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
