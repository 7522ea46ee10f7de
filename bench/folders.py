"""Folders of events to measure with: made once, copied for each run, changed a little between runs."""

import re
import shutil
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

GENERATOR = Path(__file__).parent.parent.parent / "shared" / "bench" / "gen_vdir.py"
FIRST_DAY_MADE = date(2025, 1, 1)
EACH = 10
_DAY = re.compile(rb"((?:DTSTART|DTEND)[^:\r\n]*:)(202[5-7]\d{4})")
_WHOLE_UID = re.compile(rb"^UID:(\S+)\r\n(?! )", re.MULTILINE)
_TITLE = re.compile(rb"^(SUMMARY[^:\r\n]*:)", re.MULTILINE)
_CATEGORY = re.compile(rb"^CATEGORIES:(?:[^\r\n]*,)?OSync[,\r]", re.MULTILINE)


class GeneratorMissingError(Exception):
    """The shared generator of events is not beside the project."""


def events_folder(root: Path, count: int, today: date) -> Path:
    """Give a folder of `count` events, half of them with the category OSync; made at the first call."""
    weeks = _weeks_until_shareable(today)
    folder = root / f"events-{count}-{weeks}"
    if folder.is_dir():
        return folder
    if not GENERATOR.is_file():
        raise GeneratorMissingError(f"../shared/bench/{GENERATOR.name} makes the events, and it is not there.")
    unfinished = root / "unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    subprocess.run([sys.executable, str(GENERATOR), str(unfinished), str(count)], check=True, stdout=subprocess.DEVNULL)
    for path in unfinished.iterdir():
        _move_by_weeks(path, weeks)
    unfinished.rename(folder)
    return folder


def _weeks_until_shareable(today: date) -> int:
    """Count the weeks that bring every event into the time that a share covers: it begins four months ago at most."""
    return (today - timedelta(days=90) - FIRST_DAY_MADE).days // 7 + 1


def _move_by_weeks(path: Path, weeks: int) -> None:
    """Move an event that happens once; series stay, since their rules name weekdays and days of the month."""
    text = path.read_bytes()
    if _is_series(text):
        return

    def moved(found: re.Match[bytes]) -> bytes:
        day = date.fromisoformat(found[2].decode()) + timedelta(weeks=weeks)
        return found[1] + day.strftime("%Y%m%d").encode()

    path.write_bytes(_DAY.sub(moved, text))


def shared_events(folder: Path) -> list[Path]:
    """List the files whose every change a subscriber gets to see, in one order for all runs."""
    return [
        path for path in sorted(folder.iterdir()) if path.suffix == ".ics" and _is_plainly_shared(path.read_bytes())
    ]


def _is_plainly_shared(text: bytes) -> bool:
    tagged = _CATEGORY.search(text) and _WHOLE_UID.search(text)
    return bool(tagged) and b"CLASS:PRIVATE" not in text and not _is_series(text)


def _is_series(text: bytes) -> bool:
    """Tell a repeating event from one whose time zone repeats."""
    return b"\nRRULE:" in text[text.index(b"BEGIN:VEVENT") :]


def change_thirty(files: list[Path], run: int) -> None:
    """Change 10 of the files, add 10 and delete 10; each run takes others."""
    chosen = files[run * 3 * EACH : (run + 1) * 3 * EACH]
    for path in chosen[:EACH]:
        path.write_bytes(retitled(path.read_bytes()))
    for number, path in enumerate(chosen[EACH : 2 * EACH]):
        uid = f"new-{run}-{number}@example.org"
        path.with_name(f"{uid}.ics").write_bytes(renamed(path.read_bytes(), uid))
    for path in chosen[2 * EACH :]:
        path.unlink()


def retitled(text: bytes) -> bytes:
    """Change the title of an event a little."""
    return _TITLE.sub(rb"\1+", text)


def renamed(text: bytes, uid: str) -> bytes:
    """Make another event of one."""
    return _WHOLE_UID.sub(f"UID:{uid}\r\n".encode(), text)
