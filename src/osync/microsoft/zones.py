"""Windows' names of time zones and those of the time zone database (CLDR's windowsZones), both ways; pure."""

import functools
from collections.abc import Mapping

from osync.ical.content import UTC_NAME
from osync.ical.zone_names import iana_name, is_iana_name
from osync.microsoft.appointments import UTC_ZONE

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


@functools.lru_cache(maxsize=1)
def _windows_names() -> Mapping[str, str]:
    from tzlocal.windows_tz import tz_win

    return tz_win
