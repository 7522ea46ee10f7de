"""Whole days written as times, and times written as whole days.

Who: Outlook and Kopano write a whole day as two midnights with X-MICROSOFT-CDO-ALLDAYEVENT:TRUE; Exchange gives a series
of whole days overrides and an UNTIL by date-time (`UNTIL=20260817T220000Z` is the midnight that begins 18 August in Berlin);
Kopano wrote `VALUE=DATE:20210226T000000Z` and whole days that last PT3H; Google wrote birthdays as `RDATE:20131210Z`.
RFC 5545 sections 3.3.4, 3.6.1 and 3.8.5.3 want DATE values throughout.
The fix: where the start is a whole day, everything that belongs to it is one; an instant in UTC means the midnight next to it.
"""

from datetime import date, datetime, timedelta

from osync.ical.lines import Component

_HALF_DAY = timedelta(hours=12)


def day_of_instant(moment: datetime) -> date:
    """Give the day that begins at the midnight next to a UTC time: the zone of the writer is not known."""
    return (moment + _HALF_DAY).date()


def last_day_of(until: datetime) -> date:
    """Give the last day that an UNTIL in UTC allows; one that ends in :59 is the end of a day, else the beginning of one."""
    if until.second == 59:
        return day_of_instant(until + timedelta(seconds=1)) - timedelta(days=1)
    return day_of_instant(until)


def is_marked_whole_day(component: Component) -> bool:
    """Tell whether Outlook's mark says that the midnights of a component mean whole days."""
    found = component.first("X-MICROSOFT-CDO-ALLDAYEVENT")
    return found is not None and found.value.strip().upper() == "TRUE"


def rounded_up_to_days(length: timedelta) -> timedelta:
    """Give the whole days that hold `length`, at least one."""
    return timedelta(days=max(1, -(-length // timedelta(days=1))))
