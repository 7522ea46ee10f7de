"""Whether a definition of a time zone says the same as the zone of the IANA database that it names."""

import functools
import zoneinfo
from datetime import UTC, datetime, timedelta

from osync.ical.lines import Component
from osync.ical.zone_rules import LAST_YEAR, zone_table
from osync.ical.zone_years import Years

_STEP = timedelta(days=9)
_SECOND = timedelta(seconds=1)


def agrees(definition: Component, name: str, years: Years) -> bool:
    """Tell whether a definition gives the same local times as an IANA zone in those of the years that it speaks for.

    One that speaks for none of them is compared in the years nearest to them.
    """
    table = zone_table(definition)
    if table is None:
        return False
    first, last = max(years.first, table.rules_from), min(years.last, table.rules_to)
    if first > last:
        last = (
            min(table.rules_to, years.last)
            if table.rules_to < years.first
            else min(table.rules_from + 1, table.rules_to)
        )
        first = max(table.rules_from, last - 1)
    return all(_agrees_in(definition, name, year) for year in range(first, last + 1))


@functools.lru_cache(maxsize=4096)
def _agrees_in(definition: Component, name: str, year: int) -> bool:
    table, zone = zone_table(definition), zoneinfo.ZoneInfo(name)
    if table is None:
        return False
    first, last = datetime(year, 1, 1), datetime(year, 12, 31)
    if table.rules_from == year and len(table.transitions) > 1:
        first = max(first, table.transitions[0].at)
    if table.rules_to < LAST_YEAR:
        # A list of onsets says nothing of the time after its last one; exporters list those around their events only.
        last = min(last, table.transitions[-1].at)
    moments = [first + _STEP * number for number in range((last - first) // _STEP + 1)]
    for each in table.transitions:
        if first <= each.at <= last:
            moments += [each.at - _SECOND, each.at]
    return all(table.offset_at(moment) == _offset(zone, moment) for moment in moments)


def _offset(zone: zoneinfo.ZoneInfo, moment: datetime) -> timedelta | None:
    return moment.replace(tzinfo=UTC).astimezone(zone).utcoffset()
