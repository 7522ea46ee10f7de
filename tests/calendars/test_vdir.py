"""A folder of .ics files keeps the contract, and what khal, vdirsyncer, full disks and other users do to it is survived."""

import contextlib
import errno
import os
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from contracts.calendar_contract import (
    TASK,
    CalendarContract,
    Neighbour,
    SettlesWritesContract,
    event,
    lines,
    read_one,
    text_at,
    text_of,
)
from contracts.limits import folder_of_nobody, permissions, room_for
from ical.samples import calendar as calendar_text
from ical.samples import component

from osync.calendars.base import Calendar
from osync.calendars.vdir import SIZE_LIMIT, VdirCalendar
from osync.errors import (
    CalendarUnavailableError,
    CalendarUnusableError,
    DiskFullError,
    EventChangedError,
    EventExistsError,
    EventRefusedError,
)
from osync.ical.event import write_event

_OLD = (10**18, 10**18)


def _now() -> datetime:
    return datetime.now(UTC)


def _later() -> datetime:
    """A clock of a sync some seconds after the files were written."""
    return _now() + timedelta(seconds=10)


def _vdir(folder: Path, now: Callable[[], datetime] = _later) -> VdirCalendar:
    return VdirCalendar(folder, now)


class _Khal:
    """Writes a file in place, which is the worst way."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, name: str, text: bytes) -> str:
        (self._folder / f"{name}.ics").write_bytes(text)
        return f"{name}.ics"

    def remove(self, handle: str) -> None:
        (self._folder / handle).unlink()


class TestVdirCalendar(CalendarContract, SettlesWritesContract):
    @pytest.fixture
    def calendar(self, tmp_path: Path) -> VdirCalendar:
        return VdirCalendar(tmp_path, _now)

    @pytest.fixture
    def neighbour(self, tmp_path: Path) -> Neighbour:
        return _Khal(tmp_path)

    @pytest.fixture
    def read_only(self) -> Iterator[VdirCalendar]:
        with folder_of_nobody() as folder:
            (folder / "there.ics").write_bytes(text_of("There"))
            with permissions(folder, 0o555):
                yield _vdir(folder)

    @pytest.mark.posix
    def test_a_read_only_calendar_says_so_and_stays_as_it_is(self, read_only: Calendar) -> None:
        super().test_a_read_only_calendar_says_so_and_stays_as_it_is(read_only)


@pytest.mark.posix
def test_what_belongs_to_others_is_neither_listed_nor_touched(tmp_path: Path) -> None:
    for name in (".hidden.ics", ".theirs.tmp", "color", "displayname", "notes.txt", "event.ics.tmp", "event.ics~"):
        (tmp_path / name).write_bytes(b"theirs")
    (tmp_path / "folder.ics").mkdir()
    os.mkfifo(tmp_path / "pipe.ics")
    calendar = _vdir(tmp_path)
    calendar.delete(calendar.replace(calendar.create(event()), event("Changed")))
    assert list(calendar.refs()) == []
    assert list(calendar.read(["folder.ics", "pipe.ics", "color", ".hidden.ics"])) == []
    assert len(list(tmp_path.iterdir())) == 9


@pytest.mark.parametrize(
    "handle", ["../outside.ics", "/etc/hosts", "/zz", "a/../../outside.ics", "..", "nul\0.ics", ""]
)
def test_a_handle_is_no_way_out_of_the_folder(tmp_path: Path, handle: str) -> None:
    (tmp_path / "outside.ics").write_bytes(text_of("Secret"))
    folder = tmp_path / "calendar"
    folder.mkdir()
    assert list(_vdir(folder).read([handle])) == []


def test_no_file_is_opened_to_list_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = _vdir(tmp_path).create(event())
    with monkeypatch.context() as patch:
        patch.delattr(os, "open")
        patch.delattr(Path, "open")
        assert list(_vdir(tmp_path).refs()) == [made]


def test_file_names_follow_the_uid_where_it_is_harmless(tmp_path: Path) -> None:
    calendar = _vdir(tmp_path)
    assert calendar.create(event(uid="osync-" + "a" * 32)).handle == "osync-" + "a" * 32 + ".ics"
    assert calendar.create(event(uid="a.b_c+d-e@example.org")).handle == "a.b_c+d-e@example.org.ics"
    for uid in ("Capital", "con", "aux.x", "a b", "../up", "x" * 121, "é"):
        assert re.fullmatch(r"uid-[0-9a-f]{40}\.ics", calendar.create(event(uid=uid)).handle)


def test_names_stay_apart_where_case_does_not_count(tmp_path: Path) -> None:
    calendar = _vdir(tmp_path)
    handles = [calendar.create(event(uid=uid)).handle for uid in ("lunch", "LUNCH", "Lunch")]
    assert len({handle.lower() for handle in handles}) == 3


@pytest.mark.posix
def test_a_name_that_is_not_utf8_can_still_be_stored(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"M\xfcller.ics")).write_bytes(text_of("Lunch"))
    (tmp_path / "Müller.ics").write_bytes(text_of("Lunch", uid="other"))
    calendar = _vdir(tmp_path)
    for ref in list(calendar.refs()):
        assert ref.handle.encode()
        assert read_one(calendar, ref.handle).ref == ref
        calendar.delete(ref)
    calendar.settle_writes()
    assert list(tmp_path.iterdir()) == []


def test_the_file_is_what_other_programs_expect(tmp_path: Path) -> None:
    calendar = _vdir(tmp_path)
    ref = calendar.create(event())
    assert (tmp_path / ref.handle).read_bytes() == write_event(event())
    umask = os.umask(0)
    os.umask(umask)
    assert (tmp_path / ref.handle).stat().st_mode & 0o777 == 0o666 & ~umask
    assert [path.name for path in tmp_path.iterdir()] == [ref.handle]


@pytest.mark.posix
def test_a_replaced_file_keeps_its_permissions(tmp_path: Path) -> None:
    calendar = _vdir(tmp_path)
    ref = calendar.create(event())
    (tmp_path / ref.handle).chmod(0o640)
    calendar.replace(read_one(calendar, ref.handle).ref, event("Changed"))
    assert (tmp_path / ref.handle).stat().st_mode & 0o777 == 0o640


@pytest.mark.posix
def test_a_file_that_was_only_touched_can_be_replaced_and_deleted(tmp_path: Path) -> None:
    calendar = _vdir(tmp_path)
    ref = calendar.create(event())
    os.utime(tmp_path / ref.handle)
    changed = calendar.replace(ref, event("Changed"))
    (tmp_path / ref.handle).chmod(0o600)
    assert list(calendar.refs()) != [changed]
    calendar.delete(changed)
    assert list(calendar.refs()) == []


@pytest.mark.posix
def test_a_change_shows_even_if_size_and_time_are_restored(tmp_path: Path) -> None:
    path = tmp_path / "theirs.ics"
    path.write_bytes(text_of("Aaa"))
    os.utime(path, ns=_OLD)
    calendar = _vdir(tmp_path)
    seen = read_one(calendar, "theirs.ics").ref
    path.write_bytes(text_of("Bbb"))
    os.utime(path, ns=_OLD)
    assert list(calendar.refs()) != [seen]
    with pytest.raises(EventChangedError):
        calendar.replace(seen, event("Changed"))


def test_a_file_read_as_soon_as_it_was_written_is_read_once_more(tmp_path: Path) -> None:
    path = tmp_path / "theirs.ics"
    path.write_bytes(text_of("Lunch"))
    written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    at_once, soon = _vdir(tmp_path, lambda: written), _vdir(tmp_path, lambda: written + timedelta(milliseconds=60))
    listed = list(at_once.refs())
    assert read_one(at_once, "theirs.ics").ref not in listed
    assert [read_one(soon, "theirs.ics").ref] == listed == list(soon.refs())
    at_once.replace(read_one(at_once, "theirs.ics").ref, event("Changed"))


@pytest.mark.parametrize(("seconds", "is_sure"), [(0, False), (2, False), (3, True), (-60, False), (-7200, True)])
def test_where_time_is_counted_in_seconds_young_is_longer(tmp_path: Path, seconds: int, is_sure: bool) -> None:
    path = tmp_path / "theirs.ics"
    path.write_bytes(text_of("Lunch"))
    os.utime(path, (1_700_000_000, 1_700_000_000))
    calendar = _vdir(tmp_path, lambda: datetime.fromtimestamp(1_700_000_000 + seconds, UTC))
    assert ([read_one(calendar, "theirs.ics").ref] == list(calendar.refs())) is is_sure


def test_what_osync_wrote_is_not_read_once_more(tmp_path: Path) -> None:
    calendar = VdirCalendar(tmp_path, _now)
    made = calendar.create(event("One"))
    assert read_one(calendar, made.handle).ref == made
    changed = calendar.replace(made, event("Two"))
    assert [read_one(VdirCalendar(tmp_path, _now), made.handle).ref] == list(calendar.refs()) == [changed]


def test_a_change_within_the_same_tick_as_ours_shows(tmp_path: Path) -> None:
    calendar = _vdir(tmp_path)
    for number in range(50):
        made = calendar.create(event("Ours", uid=f"number-{number}"))
        (tmp_path / made.handle).write_bytes(write_event(event("Them", uid=f"number-{number}")))
        assert made not in set(calendar.refs())


def test_time_does_not_run_backwards_from_one_version_to_the_next(tmp_path: Path) -> None:
    path = tmp_path / "theirs.ics"
    path.write_bytes(text_of("First"))
    before = path.stat().st_mtime_ns
    calendar = _vdir(tmp_path)
    calendar.replace(read_one(calendar, "theirs.ics").ref, event("Second"))
    assert path.stat().st_mtime_ns > before


@pytest.mark.posix
def test_a_linked_file_is_read_but_never_written(tmp_path: Path) -> None:
    target = tmp_path / "elsewhere" / "real.ics"
    target.parent.mkdir()
    target.write_bytes(text_of("Linked"))
    folder = tmp_path / "calendar"
    folder.mkdir()
    (folder / "link.ics").symlink_to(target)
    calendar = _vdir(folder)
    (ref,) = calendar.refs()
    assert text_at(calendar, ref.handle) == write_event(event("Linked"))
    with pytest.raises(EventRefusedError):
        calendar.replace(ref, event("Changed"))
    with pytest.raises(EventRefusedError):
        calendar.delete(ref)
    target.write_bytes(text_of("Changed there"))
    assert list(calendar.refs()) != [ref]


@pytest.mark.posix
def test_a_link_that_leads_nowhere_is_no_deleted_event(tmp_path: Path) -> None:
    (tmp_path / "link.ics").symlink_to(tmp_path / "not mounted" / "real.ics")
    (tmp_path / "circle.ics").symlink_to(tmp_path / "circle.ics")
    calendar = _vdir(tmp_path)
    refs = list(calendar.refs())
    assert len(refs) == 2
    for stored in calendar.read([ref.handle for ref in refs]):
        assert stored.event is None
        assert stored.problem


@pytest.mark.parametrize(
    "text", [b"", b"\0" * 4096, text_of("Lunch")[:-20], b"BEGIN:VCARD\r\nEND:VCARD\r\n", b"\x89PNG\r\n"]
)
def test_a_damaged_file_is_a_problem_and_no_deleted_event(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "damaged.ics").write_bytes(text)
    calendar = _vdir(tmp_path)
    (ref,) = calendar.refs()
    stored = read_one(calendar, ref.handle)
    assert stored.ref == ref
    assert stored.event is None
    assert stored.problem
    with pytest.raises(EventChangedError):
        calendar.delete(ref)
    with pytest.raises(EventExistsError) as caught:
        calendar.create(event(uid="damaged"))
    assert caught.value.handle == "damaged.ics"
    assert (tmp_path / "damaged.ics").read_bytes() == text


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "large.ics").open("wb") as file:
        file.truncate(SIZE_LIMIT + 1)
    calendar = _vdir(tmp_path)
    (ref,) = calendar.refs()
    stored = read_one(calendar, "large.ics")
    assert stored.ref == ref
    assert "16 MiB" in stored.problem
    with pytest.raises(EventChangedError):
        calendar.delete(ref)


def test_an_event_that_is_too_large_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(EventRefusedError):
        _vdir(tmp_path).create(event("x" * SIZE_LIMIT))
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_grows_while_it_is_read_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "theirs.ics"
    path.write_bytes(text_of("Lunch"))
    calendar = _vdir(tmp_path)
    listed, real = list(calendar.refs()), os.read

    def read(descriptor: int, size: int) -> bytes:
        found = real(descriptor, size)
        if size < SIZE_LIMIT:
            with path.open("ab") as file:
                file.write(b"\r\n")
        return found

    monkeypatch.setattr(os, "read", read)
    assert read_one(calendar, "theirs.ics").ref not in listed


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_an_event_beside_a_task_is_never_rewritten(tmp_path: Path, encoding: str) -> None:
    text = calendar_text(*component(*lines("Lunch")), *(line.lower() for line in TASK)).decode().encode(encoding)
    (tmp_path / "both.ics").write_bytes(text)
    calendar = _vdir(tmp_path)
    stored = read_one(calendar, "both.ics")
    assert stored.event
    with pytest.raises(EventChangedError):
        calendar.replace(stored.ref, event("Changed"))
    assert (tmp_path / "both.ics").read_bytes() == text


def test_an_event_with_parts_of_its_own_can_be_rewritten(tmp_path: Path) -> None:
    parts = ("BEGIN:VALARM", "TRIGGER:-PT5M", "END:VALARM", "BEGIN:VLOCATION", "NAME:Hall", "END:VLOCATION")
    (tmp_path / "rich.ics").write_bytes(text_of("Lunch", *parts))
    calendar = _vdir(tmp_path)
    calendar.replace(read_one(calendar, "rich.ics").ref, event("Changed", *parts))
    assert text_at(calendar, "rich.ics") == write_event(event("Changed", *parts))


def test_a_file_that_appears_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "lunch@example.org.ics").write_bytes(b"somebody else's")
    with pytest.raises(EventExistsError):
        _vdir(tmp_path).create(event())
    assert (tmp_path / "lunch@example.org.ics").read_bytes() == b"somebody else's"
    assert len(list(tmp_path.iterdir())) == 1


def test_of_many_who_create_an_event_at_once_one_wins(tmp_path: Path) -> None:
    def create(title: str) -> str:
        try:
            _vdir(tmp_path).create(event(title))
        except EventExistsError:
            return ""
        return title

    with ThreadPoolExecutor(8) as threads:
        (winner,) = filter(None, threads.map(create, [f"Title {number}" for number in range(40)]))
    assert text_at(_vdir(tmp_path), "lunch@example.org.ics") == write_event(event(winner))
    assert len(list(tmp_path.iterdir())) == 1


def test_a_file_system_without_links_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", _failing(errno.EPERM))
    calendar = _vdir(tmp_path)
    ref = calendar.create(event())
    assert list(calendar.refs()) == [ref]
    assert text_at(calendar, ref.handle) == write_event(event())
    with pytest.raises(EventExistsError):
        calendar.create(event("Second"))
    assert [path.name for path in tmp_path.iterdir()] == [ref.handle]


def test_leftovers_of_killed_runs_are_removed_after_a_day(tmp_path: Path) -> None:
    for name in (".osync-17-9-0.tmp", ".osync-17-9-1.tmp", ".osync-note.tmp", ".theirs.tmp"):
        (tmp_path / name).write_bytes(b"half")
    for name in (".osync-17-9-0.tmp", ".osync-note.tmp", ".theirs.tmp"):
        os.utime(tmp_path / name, ns=_OLD)
    calendar = _vdir(tmp_path)
    list(calendar.refs())
    calendar.delete(calendar.create(event()))
    assert {path.name for path in tmp_path.iterdir()} == {".osync-17-9-1.tmp", ".osync-note.tmp", ".theirs.tmp"}


def test_a_leftover_of_our_own_name_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / f".osync-{os.getpid()}-{threading.get_ident()}-0.tmp").write_bytes(b"half")
    assert _vdir(tmp_path).create(event()).handle == "lunch@example.org.ics"


@pytest.mark.posix
def test_a_full_disk_leaves_everything_as_it_was(tmp_path: Path) -> None:
    calendar = _vdir(tmp_path)
    ref = calendar.create(event())
    large = event("x" * 5000)
    with room_for(4096):
        with pytest.raises(DiskFullError):
            calendar.create(event("x" * 5000, uid="new"))
        with pytest.raises(DiskFullError):
            calendar.replace(ref, large)
    assert list(calendar.refs()) == [ref]
    assert [path.name for path in tmp_path.iterdir()] == [ref.handle]
    calendar.replace(ref, large)


def test_a_missing_folder_is_never_an_empty_calendar(tmp_path: Path) -> None:
    calendar = _vdir(tmp_path / "gone")
    (tmp_path / "gone").mkdir()
    ref = calendar.create(event())
    (tmp_path / "gone" / ref.handle).unlink()
    (tmp_path / "gone").rmdir()
    for act in (
        lambda: list(calendar.refs()),
        lambda: list(calendar.read([ref.handle])),
        lambda: calendar.create(event()),
        lambda: calendar.replace(ref, event()),
        lambda: calendar.delete(ref),
        calendar.settle_writes,
    ):
        with pytest.raises(CalendarUnusableError, match="does not exist"):
            act()
    assert not calendar.capabilities.writable


def test_a_file_is_no_calendar_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(CalendarUnusableError):
        list(_vdir(tmp_path / "file").refs())


@pytest.mark.posix
def test_a_folder_that_may_not_be_listed_says_so() -> None:
    with (
        folder_of_nobody() as folder,
        permissions(folder, 0),
        pytest.raises(CalendarUnusableError, match="may not be read"),
    ):
        _vdir(folder).refs()


@pytest.mark.posix
def test_a_folder_whose_files_may_not_be_seen_says_so() -> None:
    with folder_of_nobody() as folder:
        (folder / "there.ics").write_bytes(text_of("There"))
        with permissions(folder, 0o400), pytest.raises(CalendarUnusableError):
            _vdir(folder).refs()


@pytest.mark.posix
def test_a_file_that_may_not_be_read_is_a_problem_until_it_may() -> None:
    with folder_of_nobody() as folder:
        path = folder / "secret.ics"
        path.write_bytes(text_of("Secret"))
        calendar = _vdir(folder)
        with permissions(path, 0):
            listed = list(calendar.refs())
            stored = read_one(calendar, "secret.ics")
            assert "Permission denied" in stored.problem
            assert stored.ref not in listed
        assert read_one(calendar, "secret.ics").event


@pytest.mark.parametrize("number", [errno.ESTALE, errno.ETIMEDOUT, errno.EHOSTDOWN])
def test_a_drive_that_does_not_answer_is_tried_again_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    calendar = _vdir(tmp_path)
    ref = calendar.create(event())
    monkeypatch.setattr(os, "open", _failing(number))
    monkeypatch.setattr(os, "scandir", _failing(number))
    for act in (
        lambda: list(calendar.refs()),
        lambda: list(calendar.read([ref.handle])),
        lambda: calendar.replace(ref, event()),
    ):
        with pytest.raises(CalendarUnavailableError):
            act()


@pytest.mark.parametrize("number", [5, 32, 33])
def test_a_file_that_another_program_holds_open_on_windows_is_written_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def replace(source: Path, target: Path) -> None:
        error = PermissionError(errno.EACCES, "in use")
        error.winerror = number  # type: ignore[attr-defined]
        raise error

    calendar = _vdir(tmp_path)
    ref = calendar.create(event())
    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(CalendarUnavailableError):
        calendar.replace(ref, event("Changed"))
    assert list(calendar.refs()) == [ref]
    assert [path.name for path in tmp_path.iterdir()] == [ref.handle]


def test_a_file_that_vanishes_while_it_is_listed_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calendar = _vdir(tmp_path)
    stays, goes = calendar.create(event()), calendar.create(event(uid="goes"))
    real = os.scandir

    @contextlib.contextmanager
    def scandir(path: Path) -> Iterator[list[os.DirEntry[str]]]:
        with real(path) as entries:
            found = list(entries)
        (tmp_path / goes.handle).unlink(missing_ok=True)
        yield found

    monkeypatch.setattr(os, "scandir", scandir)
    assert list(calendar.refs()) == [stays]


def test_a_list_that_others_keep_changing_is_not_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calendar = _vdir(tmp_path)
    calendar.create(event())
    real, count = os.scandir, 0

    @contextlib.contextmanager
    def scandir(path: Path) -> Iterator[Iterator[os.DirEntry[str]]]:
        nonlocal count
        count += 1
        os.utime(tmp_path, ns=(count * 10**9, count * 10**9))
        with real(path) as entries:
            yield entries

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(CalendarUnavailableError):
        calendar.refs()


@pytest.mark.posix
def test_an_event_that_another_program_took_at_once_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calendar = _vdir(tmp_path)
    real = os.link

    def link(source: Path, target: Path) -> None:
        real(source, target)
        Path(target).write_bytes(text_of("Theirs"))

    with monkeypatch.context() as patch:
        patch.setattr(os, "link", link)
        made = calendar.create(event())
    assert made not in list(calendar.refs())
    with pytest.raises(EventChangedError):
        calendar.replace(made, event("Ours again"))
    with monkeypatch.context() as patch:
        patch.setattr(os, "link", lambda source, target: None)
        calendar.create(event(uid="gone"))


@pytest.mark.parametrize("count", [3, 60])
def test_settled_writes_are_on_the_disk(tmp_path: Path, count: int) -> None:
    calendar = _vdir(tmp_path)
    refs = [calendar.create(event(uid=f"number-{number}")) for number in range(count)]
    (tmp_path / refs[0].handle).unlink()
    calendar.settle_writes()
    assert len(list(calendar.refs())) == count - 1


def _failing(number: int) -> Callable[..., object]:
    def fail(*arguments: object, **options: object) -> object:
        raise OSError(number, os.strerror(number))

    return fail
