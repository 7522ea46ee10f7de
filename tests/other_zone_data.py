"""A computer whose time zone data are not ours: one zone has the rules of another."""

import contextlib
import sys
import zoneinfo
from collections.abc import Iterator
from importlib import resources
from pathlib import Path


@contextlib.contextmanager
def zone_data(folder: Path, name: str, like: str) -> Iterator[None]:
    """Let the zone `name` follow the rules of the zone `like` while the block runs; `folder` is an empty one."""
    rules = resources.files("tzdata").joinpath("zoneinfo", *like.split("/")).read_bytes()
    place = folder.joinpath(*name.split("/"))
    place.parent.mkdir(parents=True)
    place.write_bytes(rules)
    before = zoneinfo.TZPATH
    zoneinfo.reset_tzpath([folder])
    _forget_zones()
    try:
        yield
    finally:
        zoneinfo.reset_tzpath(before)
        _forget_zones()


def _forget_zones() -> None:
    zoneinfo.ZoneInfo.clear_cache()
    for module in [each for name, each in sys.modules.items() if name.startswith("osync.ical.")]:
        for function in vars(module).values():
            forget = getattr(function, "cache_clear", None)
            if forget is not None:
                forget()
