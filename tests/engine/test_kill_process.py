"""A real process with real files is ended at every step; the next one finishes the work."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from engine import killed_run

from osync.assembly import initialise, installation
from osync.config import PlaceSettings, Settings
from osync.engine.sharing import NewShare, invite, new_share
from osync.engine.subscribing import accept
from osync.engine.sync import sync
from osync.home import Home

_EXPECTED = ["[pat] changed", "[pat] new", "[pat] stays"]


@dataclass(frozen=True, slots=True)
class _Stage:
    """Two homes, two folders of events, and a post office."""

    folder: Path

    def home(self, name: str) -> Home:
        return Home(self.folder / name)

    def events(self, name: str) -> Path:
        return self.folder / f"{name}-events"

    def make(self, name: str) -> None:
        self.events(name).mkdir()
        calendars = {"default": PlaceSettings("vdir", str(self.events(name)))}
        mailbox = PlaceSettings("folder", str(self.folder / "post"))
        settings = Settings(name, f"{name}@example.org", "", "file", calendars, mailbox, broadcast_minutes=0)
        initialise(self.home(name), settings, create=False)

    def write(self, uid: str, title: str, hour: int) -> None:
        lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", "BEGIN:VEVENT", f"UID:{uid}"]
        lines += [f"DTSTART:20261201T{hour:02}0000Z", "DURATION:PT1H", f"SUMMARY:{title}", "CATEGORIES:OSync"]
        lines += ["END:VEVENT", "END:VCALENDAR", ""]
        path = self.events("pat") / f"{uid}.ics"
        path.with_suffix(".tmp").write_text("\r\n".join(lines), newline="")
        path.with_suffix(".tmp").replace(path)

    def sync(self, name: str) -> None:
        with installation(self.home(name), lambda work, done, total: None) as opened:
            sync(opened)

    def titles(self, name: str) -> list[str]:
        texts = [path.read_text() for path in self.events(name).glob("*.ics")]
        lines = (line for text in texts for line in text.splitlines())
        return sorted(line.removeprefix("SUMMARY:") for line in lines if line.startswith("SUMMARY:"))


def _prepare(folder: Path) -> _Stage:
    """Let tester follow pat, and pat change one event of each kind since."""
    stage = _Stage(folder)
    for name in ("pat", "tester"):
        stage.make(name)
    for uid in ("stays", "changes", "goes"):
        stage.write(uid, uid, 9)
    with installation(stage.home("pat"), lambda work, done, total: None) as pat:
        new_share(pat, NewShare("club", "OSync", "default"))
        invite(pat, "club", ["tester@example.org"])
    stage.sync("tester")
    with installation(stage.home("tester"), lambda work, done, total: None) as tester:
        accept(tester, "1", sender="pat", calendar="default")
    stage.sync("pat")
    stage.sync("tester")
    stage.write("changes", "changed", 15)
    stage.write("new", "new", 16)
    (stage.events("pat") / "goes.ics").unlink()
    return stage


def _run_killed(stage: _Stage, name: str, at: int) -> "subprocess.CompletedProcess[str]":
    tests = str(Path(killed_run.__file__).parent.parent)
    environment = {**os.environ, "PYTHONPATH": tests}
    command = [sys.executable, killed_run.__file__, str(stage.home(name).path), str(at)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("name", ["pat", "tester"])
def test_a_process_that_is_killed_at_any_step_loses_and_doubles_nothing(name: str, tmp_path: Path) -> None:
    (tmp_path / "stage").mkdir()
    stage = _prepare(tmp_path / "stage")
    if name == "tester":
        stage.sync("pat")
    shutil.copytree(tmp_path / "stage", tmp_path / "saved", symlinks=True)
    steps = int(_run_killed(stage, name, 0).stdout)
    assert steps > 10
    for at in range(1, steps + 1):
        shutil.rmtree(tmp_path / "stage")
        shutil.copytree(tmp_path / "saved", tmp_path / "stage", symlinks=True)
        killed = _run_killed(stage, name, at)
        assert killed.returncode == 9, (at, killed.stderr)
        for _ in range(2):
            stage.sync("pat")
            stage.sync("tester")
        assert stage.titles("tester") == _EXPECTED, at
        assert stage.titles("pat") == ["changed", "new", "stays"], at
