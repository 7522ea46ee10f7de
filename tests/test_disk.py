"""Files reach the disk on every system, each in the way that it knows."""

import ctypes
import errno
import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from osync import disk


def _names(folder: Path, count: int) -> list[str]:
    names = [f"number-{number}" for number in range(count)]
    for name in names:
        (folder / name).write_bytes(b"x")
    return names


@pytest.fixture
def flushed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count what is flushed one by one."""
    real, seen = os.fsync, list[int]()

    def fsync(descriptor: int) -> None:
        seen.append(descriptor)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    return seen


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux flushes one file system")
@pytest.mark.posix
def test_many_files_are_flushed_at_once(tmp_path: Path, flushed: list[int]) -> None:
    disk.flush(tmp_path, _names(tmp_path, 60))
    assert flushed == []


@pytest.mark.posix
def test_few_files_are_flushed_one_by_one_and_their_folder_last(tmp_path: Path, flushed: list[int]) -> None:
    disk.flush(tmp_path, [*_names(tmp_path, 3), "vanished"])
    assert len(flushed) == 4


@pytest.mark.posix
def test_other_systems_flush_one_by_one(tmp_path: Path, flushed: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    disk.flush(tmp_path, _names(tmp_path, 60))
    assert len(flushed) == 61


@pytest.mark.posix
def test_a_library_without_that_call_flushes_one_by_one(
    tmp_path: Path, flushed: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(ctypes, "CDLL", lambda name, use_errno: SimpleNamespace())
    disk.flush(tmp_path, _names(tmp_path, 60))
    assert len(flushed) == 61


@pytest.mark.posix
def test_a_disk_that_fails_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def syncfs(descriptor: int) -> int:
        ctypes.set_errno(errno.EIO)
        return -1

    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(ctypes, "CDLL", lambda name, use_errno: SimpleNamespace(syncfs=syncfs))
    with pytest.raises(OSError, match="syncfs failed") as caught:
        disk.flush(tmp_path, _names(tmp_path, 60))
    assert caught.value.errno == errno.EIO


def _busy(winerror: int) -> OSError:
    error = PermissionError("in use")
    error.winerror = winerror  # type: ignore[attr-defined,unused-ignore] # only Windows has it
    return error


@pytest.mark.parametrize(("busy", "is_renamed"), [(0, True), (3, True), (5, True), (6, False)])
def test_a_new_file_that_is_looked_at_is_renamed_a_moment_later_or_told(busy: int, is_renamed: bool) -> None:
    waited: list[float] = []

    def rename() -> None:
        if len(waited) < busy:
            raise _busy(32)

    if is_renamed:
        disk.patiently(rename, waited.append)
    else:
        with pytest.raises(PermissionError):
            disk.patiently(rename, waited.append)
    assert len(waited) == min(busy, 5)


def test_what_fails_for_another_reason_is_not_tried_again() -> None:
    def rename() -> None:
        raise FileExistsError

    with pytest.raises(FileExistsError):
        disk.patiently(rename, lambda _: pytest.fail("waited"))
