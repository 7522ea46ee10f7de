"""Windows' names of time zones and those of the time zone database (CLDR's windowsZones), both ways; pure."""

import functools
from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from osync.ical.content import UTC_NAME
from osync.ical.zone_names import iana_name, is_iana_name

UTC_ZONE = "UTC"
_NAMES_OF_UTC = ("UTC", "Etc/UTC", "Etc/GMT")


def zone_of_windows(name: str) -> str:
    """Give the zone that Windows calls `name`, as a moment has it; "" if nobody knows it."""
    if name == UTC_ZONE:
        return UTC_NAME
    found = iana_name(name)
    return UTC_NAME if found in _NAMES_OF_UTC else found


def zone_for_windows(name: str) -> str:
    """Give Windows' name of a zone; "" for a zone that Windows has no name for, and for one that only its definition tells."""
    if name in (UTC_NAME, *_NAMES_OF_UTC):
        return UTC_ZONE
    return _windows_names().get(name, "") if is_iana_name(name) else ""


def first_of_two(wall: datetime, name: str) -> datetime | None:
    """Give the first of the two instants (UTC, naive) at which a clock of the zone that Windows calls `name` shows this; None if it shows it once.

    A time without more words means the first one (RFC 5545, 3.3.5).
    """
    zone = zone_of_windows(name)
    if zone in ("", UTC_NAME):
        return None
    first, second = (
        wall.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC).replace(tzinfo=None) for fold in (0, 1)
    )
    return first if first < second else None


@functools.lru_cache(maxsize=1)
def _windows_names() -> Mapping[str, str]:
    from tzlocal.windows_tz import tz_win

    return tz_win
