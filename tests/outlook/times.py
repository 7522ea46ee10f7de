"""Times as pywin32 gives and takes them (facts A7), and Windows' zones (facts A8)."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from outlook.refusals import NOT_FOUND, refused
from tzlocal.windows_tz import tz_win, win_tz

NO_DATE = datetime(4501, 1, 1)


def windows_name(iana: str) -> str:
    return "UTC" if iana in ("UTC", "Etc/UTC") else tz_win[iana]


def zone_names() -> list[str]:
    """Give the names that Windows has for zones."""
    return sorted(win_tz)


def zone_info(windows: str) -> ZoneInfo:
    if windows not in win_tz:
        raise refused(NOT_FOUND, "The time zone could not be found.")
    return ZoneInfo(win_tz[windows])


def given(wall: datetime) -> datetime:
    """What a read gives: the clock on the wall, labelled as UTC."""
    return wall.replace(tzinfo=UTC)


def taken(value: object, system: ZoneInfo) -> datetime:
    """What arrives of a time that is written: naive ones are taken for local and shifted."""
    if not isinstance(value, datetime):
        raise TypeError("must be a pywintypes time object (got str)")
    aware = value.replace(tzinfo=system) if value.tzinfo is None else value
    found = aware.astimezone(UTC).replace(tzinfo=None)
    # A VARIANT keeps milliseconds.
    return found.replace(microsecond=found.microsecond // 1000 * 1000)


def to_utc(wall: datetime, zone: ZoneInfo) -> datetime:
    return wall.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)


def to_wall(instant: datetime, zone: ZoneInfo) -> datetime:
    return instant.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)
