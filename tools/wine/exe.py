"""What `./run exe` does under Wine: build osync.exe with PyInstaller and try it. An exe that is built here is not to be shipped.

python -m tools.wine.exe FOLDER
"""

import shutil
import sys
import tempfile
from pathlib import Path

from tools.wine.stage import compile_type_library, wine_session
from tools.wine.windows_python import PROJECT, run

_BUILD_SECONDS = 300
_TRY_SECONDS = 120
_RECIPE = (
    "-m",
    "PyInstaller",
    "--noconfirm",
    "--log-level",
    "WARN",
    "--distpath",
    "dist",
    "--workpath",
    "build/windows",
)


def build(folder: Path) -> Path:
    """Build dist/osync.exe. SystemExit if that does not work."""
    code = run(folder, str(folder / "python" / "python.exe"), [*_RECIPE, "tools/windows/osync.spec"], _BUILD_SECONDS)
    program = PROJECT / "dist" / "osync.exe"
    if code or not program.exists():
        sys.exit(f"PyInstaller ended with {code}.")
    print(f"{program} has {program.stat().st_size / 1e6:.1f} MB.", flush=True)
    return program


def try_out(folder: Path, program: Path) -> None:
    """Let the program tell its version, play the demo, and share from (a fake) Outlook over COM. SystemExit if it fails."""
    python, server = str(folder / "python" / "python.exe"), str(PROJECT / "tests" / "outlook" / "com_server.py")
    with tempfile.TemporaryDirectory() as empty:
        _try(program, "--version")
        _try(program, "demo", f"{empty}/demo")
        run(folder, python, [server, "--register"], _TRY_SECONDS)
        home = ("--home", f"{empty}/home")
        outlook = ("--calendar", "outlook:default", "--mailbox", "outlook:pat@example.org")
        _try(program, *home, "init", "--name", "pat", "--address", "pat@example.org", *outlook, "--no-input")
        _try(program, *home, "share", "new", "team", "--category", "Team")
        _try(program, *home, "share", "invite", "team", "tester@example.org")
        _try(program, *home, "sync")
        _try(program, *home, "doctor", "--no-mail")
        _try(program, *home, "status")
        run(folder, python, [server, "--unregister"], _TRY_SECONDS)


def _try(program: Path, *arguments: str) -> None:
    folder = program.parents[1] / ".wine"
    code = run(folder, str(program), arguments, _TRY_SECONDS)
    if code:
        sys.exit(f"osync.exe {' '.join(arguments)} ended with {code}.")


def main(arguments: list[str]) -> int:
    """Build the program and try it out."""
    folder = Path(arguments[0]).resolve()
    compile_type_library(folder)
    with wine_session(folder):
        try_out(folder, build(folder))
    return 0


if __name__ == "__main__":
    shutil.rmtree(PROJECT / "build" / "windows", ignore_errors=True)
    sys.exit(main(sys.argv[1:]))
