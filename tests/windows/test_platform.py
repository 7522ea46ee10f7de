"""What Windows does otherwise: open files cannot be replaced, secrets lie in the Credential Manager, consoles know few characters."""

import os
import subprocess
import sys
import tempfile
import uuid
import winreg
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from cli.people import Person
from contracts.calendar_contract import event, read_one, text_of
from keyring.errors import PasswordDeleteError

from osync.assembly import clock
from osync.calendars.vdir import VdirCalendar
from osync.config import PlaceSettings, Settings, read_settings, write_settings
from osync.daemon.installing import install, remove, this_system
from osync.daemon.service import Program, service_name
from osync.disk import patiently
from osync.errors import AnotherRunError, CalendarUnavailableError, KeyUnavailableError
from osync.home import Home, find_home
from osync.keys import SystemKeyStore, system_has_key_store

assert sys.platform == "win32"  # elsewhere conftest.py leaves it out; type checkers need to hear it


def osync(*arguments: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "PYTHONUTF8": "0", **variables}
    return subprocess.run(
        [sys.executable, "-m", "osync", *arguments],
        env=environment,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
        check=False,
    )


@pytest.fixture
def key_home(tmp_path: Path) -> Iterator[Path]:
    home = tmp_path / f"Grüße {uuid.uuid4()}"
    yield home
    try:
        keyring.delete_password("osync", str(home))
    except PasswordDeleteError:
        return


def test_a_key_is_kept_in_the_credential_manager(key_home: Path) -> None:
    assert system_has_key_store()
    store = SystemKeyStore(key_home)
    assert not store.holds()
    with pytest.raises(KeyUnavailableError, match="holds no key"):
        store.load()
    secret = os.urandom(200)
    store.save(secret)
    assert SystemKeyStore(key_home).load() == secret
    with pytest.raises(KeyUnavailableError, match="already"):
        store.save(b"another")
    store.replace(secret + b"longer")
    assert store.load() == secret + b"longer"


@pytest.mark.parametrize(
    ("flags", "count"), [(subprocess.CREATE_NEW_CONSOLE, 1), (subprocess.DETACHED_PROCESS, 0)], ids=["own", "none"]
)
def test_a_program_knows_whose_window_it_is_in(flags: int, count: int) -> None:
    ask = "from osync.cli.double_click import programs_of_window; print(programs_of_window())"
    done = subprocess.run(
        [sys.executable, "-c", ask], creationflags=flags, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=True
    )  # fmt: skip
    assert int(done.stdout) == count


def test_a_home_is_below_the_local_data_of_the_user() -> None:
    found = find_home(None, {"LOCALAPPDATA": "C:\\Users\\pat\\AppData\\Local", "USERPROFILE": "C:\\Users\\pat"})
    assert found == Home(Path("C:\\Users\\pat\\AppData\\Local\\OSync"))
    assert find_home("C:\\x", {}) == Home(Path("C:\\x"))


def test_settings_keep_windows_paths(tmp_path: Path) -> None:
    settings = Settings(
        name="Jürgen",
        address="pat@example.org",
        time_zone="Europe/Berlin",
        key_store="system",
        calendars={"default": PlaceSettings("vdir", "C:\\Users\\Jürgen\\new\\calendar")},
        mailbox=PlaceSettings("folder", "\\\\server\\share\\post"),
    )
    write_settings(tmp_path / "config.toml", settings)
    assert read_settings(tmp_path / "config.toml") == settings


def test_one_run_at_a_time_works_with_a_home(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.create()
    with home.locked(), pytest.raises(AnotherRunError), home.locked():
        pass
    with home.locked():
        pass


def test_another_process_that_is_ended_frees_its_lock(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.create()
    program = "import sys; from pathlib import Path; from osync.home import Home\nwith Home(Path(sys.argv[1])).locked():\n    print('in', flush=True)\n    sys.stdin.read()"
    other = subprocess.Popen(
        [sys.executable, "-c", program, str(home.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert other.stdout is not None
    assert other.stdout.readline().strip() == b"in"
    with pytest.raises(AnotherRunError), home.locked():
        pass
    other.kill()
    other.communicate()
    with home.locked():
        pass


def test_an_event_whose_file_another_program_holds_open_waits(tmp_path: Path) -> None:
    calendar = VdirCalendar(tmp_path, clock)
    ref = calendar.create(event("First"))
    with (
        (tmp_path / ref.handle).open("rb"),
        pytest.raises(CalendarUnavailableError, match="cannot be written now"),
    ):
        calendar.replace(ref, event("Second"))
    ref = calendar.replace(read_one(calendar, ref.handle).ref, event("Second"))
    assert list(calendar.refs()) == [ref]


def test_a_new_file_that_a_virus_scanner_looks_at_gets_its_name_all_the_same(tmp_path: Path) -> None:
    staged, target = tmp_path / "staged", tmp_path / "target"
    staged.write_bytes(b"new")
    scanner = staged.open("rb")
    patiently(lambda: staged.rename(target), lambda seconds: scanner.close())
    assert target.read_bytes() == b"new"


def test_names_that_windows_forbids_are_written_otherwise(tmp_path: Path) -> None:
    calendar = VdirCalendar(tmp_path, clock)
    for uid in ("con", "nul.txt", 'a:b*c?d"e<f>g|h', "ends with a dot.", "LPT1.ics", "x" * 400):
        ref = calendar.create(event(uid=uid))
        stored = read_one(calendar, ref.handle).event
        assert stored is not None
        assert stored.uid == uid


def test_a_long_path_is_written_or_refused_with_a_sentence(tmp_path: Path) -> None:
    folder = tmp_path
    for _ in range(6):
        folder = folder / ("d" * 60)
    try:
        folder.mkdir(parents=True)
    except OSError:
        return
    (folder / "theirs.ics").write_bytes(text_of("Theirs"))
    assert len(list(VdirCalendar(folder, clock).refs())) == 1


@pytest.mark.parametrize(
    ("encoding", "shown"), [("cp437", b"Gr\x81\xe1e"), ("cp1252", b"Gr\xfc\xdfe"), ("cp932", b"Gr\\xfc\\xdfe")]
)
def test_a_console_that_knows_few_characters_gets_escapes(tmp_path: Path, encoding: str, shown: bytes) -> None:
    done = osync("demo", str(tmp_path / "Grüße \U0001f600"), PYTHONIOENCODING=f"{encoding}:strict")
    assert done.returncode == 0, done.stdout + done.stderr
    assert b"Traceback" not in done.stderr
    assert shown in done.stdout
    assert b"\\U0001f600" in done.stdout


def test_a_folder_with_spaces_and_umlauts_works(tmp_path: Path) -> None:
    calendar, post, home = tmp_path / "Kalender für Pat", tmp_path / "Post Büro", tmp_path / "Heim & Hof"
    calendar.mkdir()
    made = osync(
        "--home", str(home), "init", "--name", "pat", "--address", "pat@example.org",
        "--calendar", f"vdir:{calendar}", "--mailbox", f"folder:{post}", OSYNC_KEYS="file",
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    (calendar / "lunch.ics").write_bytes(text_of("Lunch", "CATEGORIES:Team"))
    assert osync("--home", str(home), "share", "new", "team", "--category", "Team").returncode == 0
    shown = osync("--home", str(home), "share", "preview", "team")
    assert shown.returncode == 0
    assert b"Lunch" in shown.stdout
    again = osync("--home", str(home), "sync")
    assert (again.returncode, again.stderr) == (0, b"")


def test_osync_starts_at_log_on_until_that_is_taken_back(tmp_path: Path) -> None:
    home, usual = Home(tmp_path / "it's here"), Home(tmp_path / "usual")
    program = Program(("C:\\osync.exe", "--home", str(home.path), "run"), str(home.path))
    name = service_name(str(home.path), str(usual.path))
    key = "Software\\Microsoft\\Windows\\CurrentVersion\\Run"
    for _ in range(2):
        install(this_system(), program, home, usual)
    with winreg.OpenKey(winreg.HKEY_CURRENT_USER, key) as opened:
        assert "it''s here" in winreg.QueryValueEx(opened, name)[0]
    assert remove(this_system(), home, usual) == ["OSync does not start by itself any more."]
    assert remove(this_system(), home, usual) == ["OSync did not start by itself."]


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder whose path leaves room for the command that Windows starts."""
    with tempfile.TemporaryDirectory(prefix="Büro Pat\u2019s ") as folder:
        yield Path(folder)


def test_install_service_starts_osync_at_once_and_its_removal_ends_it(
    short_folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OSYNC_KEYS", "file")
    pat = Person("pat", short_folder, capsys).init()
    assert "OSync runs now" in pat.done("install-service")
    assert pat.home.is_running()
    assert "does not start by itself any more" in pat.done("install-service", "--remove")
    assert not pat.home.is_running()
    assert pat.home.run_log.read_text("utf-8").rstrip().endswith("OSync has stopped.")
