"""Put a folder where nothing can be written: on a full disk, or without permission. For tests that run as root, too."""

import contextlib
import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from contracts.limits import permissions, room_for

# linux/capability.h: what lets root read and write everything.
_VERSION_3 = 0x20080522
_DAC_OVERRIDE, _DAC_READ_SEARCH = 1 << 1, 1 << 2


@contextlib.contextmanager
def forbidden(path: Path, mode: int) -> Iterator[None]:
    """Give a file or folder these permissions, and let them count for root as well, until the end."""
    with permissions(path, mode), _obedient():
        yield


@contextlib.contextmanager
def _obedient() -> Iterator[None]:
    """Be bound by permissions: root without the two capabilities that put it above them."""
    if os.geteuid():
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(_VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; twice 32 bits
    assert libc.capget(header, sets) == 0
    before = sets[0]
    sets[0] = before & ~(_DAC_OVERRIDE | _DAC_READ_SEARCH)
    assert libc.capset(header, sets) == 0
    try:
        yield
    finally:
        sets[0] = before
        assert libc.capset(header, sets) == 0


@contextlib.contextmanager
def full_disk(folder: Path) -> Iterator[str]:
    """Move a folder onto a disk without any room, and back at the end; give words that the complaint has to hold.

    Who may not mount a disk gets the nearest thing instead: no file can grow anywhere, not even the ledger.
    """
    disk = folder.with_name(f"{folder.name} disk")
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m,mode=0700", "osync-test", str(disk)]
    unmount = ["umount", "-l", str(disk)]
    if not shutil.which("mount") or subprocess.run(mount, check=False, capture_output=True).returncode:
        with room_for(1):
            yield "disk"
        return
    try:
        kept = folder.rename(folder.with_name(f"{folder.name} kept"))
        shutil.copytree(kept, disk, dirs_exist_ok=True)
        folder.symlink_to(disk)
        with contextlib.suppress(OSError), (disk / ".ballast").open("wb", buffering=0) as ballast:
            while True:
                ballast.write(bytes(512))
        yield "no room left"
        folder.unlink()
        shutil.rmtree(kept)
        shutil.copytree(disk, folder, ignore=shutil.ignore_patterns(".ballast"))
    finally:
        subprocess.run(unmount, check=True)
