"""vdirsyncer between two folders, from PyPI, in an environment of its own."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from bench.measure import Cost, run

CONFIGURATION = """\
[general]
status_path = "{folder}/status/"

[pair bench]
a = "left"
b = "right"
collections = null

[storage left]
type = "filesystem"
path = "{folder}/left/"
fileext = ".ics"

[storage right]
type = "filesystem"
path = "{folder}/right/"
fileext = ".ics"
"""


def install(root: Path) -> Path:
    """Give the program's path; installed at the first call."""
    environment = root / "vdirsyncer-venv"
    program = environment / "bin" / "vdirsyncer"
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", "--clear", str(environment)], check=True)
        pip = [sys.executable, "-m", "pip", "--python", str(environment / "bin" / "python"), "install", "--quiet"]
        subprocess.run([*pip, "vdirsyncer"], check=True)
    return program


def version(program: Path) -> str:
    return subprocess.run([str(program), "--version"], check=True, capture_output=True, text=True).stdout.split()[-1]


@dataclass(frozen=True, slots=True)
class Folders:
    """Two folders that vdirsyncer keeps equal."""

    program: Path
    left: Path
    configuration: Path

    def sync(self) -> Cost:
        return run([str(self.program), "-c", str(self.configuration), "-v", "ERROR", "sync"], dict(os.environ))


def new_folders(program: Path, folder: Path, events: Path) -> Folders:
    """Set up both folders anew, the left one with a copy of `events`."""
    shutil.rmtree(folder, ignore_errors=True)
    folders = Folders(program, folder / "left", folder / "config")
    shutil.copytree(events, folders.left)
    (folder / "right").mkdir()
    folders.configuration.write_text(CONFIGURATION.format(folder=folder))
    run([str(program), "-c", str(folders.configuration), "-v", "ERROR", "discover"], dict(os.environ))
    return folders
