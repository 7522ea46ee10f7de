"""What `./run wine` does: the tests that only Windows Python can answer, run under Wine, each part with a time limit.

python -m tools.wine.stage FOLDER [PYTEST ARGUMENTS]
"""

import contextlib
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tools.wine.windows_python import PROJECT, Region, run, wine_environment

PLATFORM = (
    "tests/test_disk.py",
    "tests/test_home.py",
    "tests/test_config.py",
    "tests/test_keys.py",
    "tests/test_demo.py",
    "tests/calendars/test_vdir.py",
    "tests/mailboxes/test_folder.py",
    "tests/ledger",
    "tests/daemon/test_background.py",
    "tests/daemon/test_processes.py",
    "tests/daemon/test_signals.py",
    "tests/daemon/test_watching.py",
)
"""What touches files, locks, names and key stores: it has to hold on Windows too, but for what is marked `posix`."""

WINDOWS = (
    "tests/credentials",
    "tests/windows/test_credential_manager.py",
    "tests/windows/test_platform.py",
    "tests/windows/test_outlook_over_com.py",
)
"""What is Windows' own."""

REGIONAL = ("tests/windows/test_regions_over_com.py",)
"""What has to hold wherever the computer stands."""

REGIONS = (
    Region("Europe/Berlin", "de-DE"),
    Region("America/New_York", "ar-SA"),
    Region("Asia/Tokyo", "ja-JP"),
)

_OPTIONS = ("-q", "-m", "not posix", "-p", "no:cacheprovider", "-p", "no:faulthandler")
_SECONDS = 500


@contextlib.contextmanager
def wine_session(folder: Path, region: Region | None = None) -> Iterator[None]:
    """Keep Wine running meanwhile, so that programs start quickly; end it, and all that it started, afterwards."""
    environment = wine_environment(folder, {"PATH": "/usr/bin:/bin", "HOME": str(folder)}, region)
    server = "/usr/lib/wine/wineserver64"
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run([server, "-p"], env=environment, check=False, timeout=30, **quiet)  # type: ignore[call-overload]
    try:
        yield
    finally:
        subprocess.run([server, "-k"], env=environment, check=False, timeout=30, **quiet)  # type: ignore[call-overload]


def compile_type_library(folder: Path) -> None:
    """Compile the type library of the fake Outlook with the compiler of mingw. CalledProcessError."""
    wine = "/usr/lib/x86_64-linux-gnu/wine/x86_64-windows"
    source, target = PROJECT / "tests" / "outlook" / "outlook.idl", folder / "build" / "outlook.tlb"
    compiler = ["x86_64-w64-mingw32-widl", "-t", "-I", str(folder / "build" / "idl"), "-L", wine]
    subprocess.run([*compiler, "-o", str(target), str(source)], check=True, timeout=60)


def compile_locales(folder: Path) -> None:
    """Compile what Linux knows of the regions, which Wine asks, unless it is there. CalledProcessError."""
    for region in REGIONS:
        target = folder / "locales" / region.locale
        if not target.exists():
            target.parent.mkdir(exist_ok=True)
            source = ["-i", region.locale.partition(".")[0], "-f", "UTF-8"]
            subprocess.run(["localedef", *source, str(target)], check=True, timeout=60)  # noqa: S607 # Debian's


def _pytest(folder: Path, tests: Sequence[str], region: Region | None = None) -> int:
    python = str(folder / "python" / "python.exe")
    with wine_session(folder, region):
        return run(folder, python, ["-m", "pytest", *_OPTIONS, *tests], _SECONDS, region)


def main(arguments: list[str]) -> int:
    """Run the stage, or only the tests that the arguments name."""
    folder = Path(arguments[0]).resolve()
    compile_type_library(folder)
    if arguments[1:]:
        return _pytest(folder, arguments[1:])
    compile_locales(folder)
    return max(_pytest(folder, (*PLATFORM, *WINDOWS)), *(_pytest(folder, REGIONAL, region) for region in REGIONS))


if __name__ == "__main__":
    sys.stdout.flush()
    sys.exit(main(sys.argv[1:]))
