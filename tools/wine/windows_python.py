"""Run Windows Python under Wine, like python.exe itself: `python -m tools.wine.windows_python FOLDER SECONDS ARGUMENTS…`.

Wine 8 gives Python an invalid handle where its output is a file, so it is a pipe here. Services and COM servers of Wine
inherit that pipe and outlive the program; so this ends when the program does, not when the pipe is closed.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

TIMED_OUT = 124
PROJECT = Path(__file__).resolve().parents[2]
_WITHOUT_TZ = PROJECT / "tools" / "wine" / "without_tz.cmd"
_NOT_KEPT = ("TZ", "PYTHONPATH", "VIRTUAL_ENV")


@dataclass(frozen=True, slots=True)
class Region:
    """Where a Windows computer stands: an IANA zone, and the language and country as Windows calls them ("de-DE")."""

    zone: str
    name: str

    @property
    def locale(self) -> str:
        """Give Linux' name of the language and country."""
        return self.name.replace("-", "_") + ".UTF-8"


def wine_environment(folder: Path, environment: Mapping[str, str], region: Region | None = None) -> dict[str, str]:
    """Give the variables for programs of Wine: the prefix below `folder`, no messages of Wine's own, TZ for Wine itself only."""
    kept = {name: value for name, value in environment.items() if name not in _NOT_KEPT}
    there = _variables_of(folder, region) if region else {}
    return {
        **kept,
        **there,
        "WINEPREFIX": str(folder / "prefix"),
        "WINEDEBUG": "-all",
        "WINEARCH": "win64",
        "WINEDLLOVERRIDES": "mscoree,mshtml=",
        "PYTHONUTF8": "1",
        "PYTHONPATH": f"Z:{PROJECT}/src;Z:{PROJECT}/tests",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _variables_of(folder: Path, region: Region) -> dict[str, str]:
    return {
        "TZ": region.zone,
        "LC_ALL": region.locale,
        "LOCPATH": str(folder / "locales"),
        "OSYNC_WINE_REGION": f"{region.zone} {region.name}",
    }


def run(folder: Path, program: str, arguments: Sequence[str], seconds: float, region: Region | None = None) -> int:
    """Run a Windows program, pass on what it prints, and give its exit code; TIMED_OUT if it takes longer than `seconds`.

    The programs of one session of Wine are all in one region.
    """
    command = ["cmd", "/d", "/c", _on_windows(_WITHOUT_TZ), _on_windows(program)] if region else [program]
    process = subprocess.Popen(
        ["wine", *command, *arguments],  # noqa: S607 # wherever Debian puts it
        env=wine_environment(folder, os.environ, region),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert process.stdout is not None  # noqa: S101 # it is a pipe
    reader = threading.Thread(target=_pass_on, args=(process.stdout.fileno(),), daemon=True)
    reader.start()
    try:
        code = process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        print(f"It did not end within {seconds:.0f} s.", flush=True)
        code = TIMED_OUT
    reader.join(0.5)
    return code


def _on_windows(path: Path | str) -> str:
    return "Z:" + str(path).replace("/", "\\")


def _pass_on(source: int) -> None:
    while text := os.read(source, 65536):
        os.write(1, text)


if __name__ == "__main__":
    _folder = Path(sys.argv[1]).resolve()
    _code = run(_folder, str(_folder / "python" / "python.exe"), sys.argv[3:], float(sys.argv[2]))
    sys.stdout.flush()
    os._exit(_code)  # the reader may wait for a pipe that Wine's services hold
