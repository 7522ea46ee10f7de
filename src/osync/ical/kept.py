"""What a subscriber added to a copy and keeps through every update: alarms, categories, colour, all that OSync does not manage.

Some properties only restate a managed one for one program (an HTML text, a place with coordinates); they stay as long as that does.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from osync.errors import SkipEventError
from osync.ical.availability import Availability, KnownOverride, known_overrides, transparency
from osync.ical.bodies import AS_WRITTEN
from osync.ical.clock import Clock
from osync.ical.content import EventContent, Moment
from osync.ical.event import Event
from osync.ical.lines import Component, begins_property, line_name, unescape_text
from osync.ical.marker import MARKER_NAME
from osync.ical.reading import read_event
from osync.ical.texts import clean_text

MANAGED = frozenset(
    (
        *("UID", "RECURRENCE-ID", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE"),
        *("DTSTART", "DTEND", "DURATION", "RRULE", "EXRULE", "RDATE", "EXDATE"),
        *("SUMMARY", "LOCATION", "DESCRIPTION", "URL", "STATUS", "TRANSP"),
        *(MARKER_NAME, "X-MICROSOFT-CDO-ALLDAYEVENT"),
    )
)
_RESTATES: Mapping[str, str] = {
    "X-ALT-DESC": "DESCRIPTION",
    "STYLED-DESCRIPTION": "DESCRIPTION",
    "GEO": "LOCATION",
    "X-APPLE-STRUCTURED-LOCATION": "LOCATION",
    "X-MICROSOFT-CDO-BUSYSTATUS": "TRANSP",
    "X-MICROSOFT-CDO-INTENDEDSTATUS": "TRANSP",
}
_FOR_EVERY_INSTANCE = ("CATEGORIES", "COLOR")


class Keeper:
    """Carry what the subscriber added from an existing copy over to the next version of it.

    `written` is the free or busy that was written last; where the copy shows another one, it is the subscriber's. `told`
    collects what the owner says of it now, and where the subscriber's stays, what he said before.
    """

    __slots__ = ("_existing", "_overrides", "_series", "_told", "_written")

    def __init__(self, existing: Event, written: Availability) -> None:
        self._existing = existing
        self._written = written
        self._overrides = tuple(known_overrides(existing))
        self._series = existing.series
        self._told: dict[datetime | None, str] = {}

    @property
    def told(self) -> Availability:
        """Give the free or busy to remember for the next time."""
        others = {instant: what for instant, what in self._told.items() if instant is not None}
        usual = self._told.get(None) or next(iter(others.values()), "")
        return Availability(usual, others)

    def merged_series(self, new: Component) -> Component:
        """Give the new series with what was added to the old one."""
        self._told[None] = transparency(new)
        return self._merged(new, self._series, None, None) if self._series else new

    def merged_override(self, new: Component, instance: Moment, clock: Clock) -> Component:
        """Give a new override with what was added to the old one of that instance.

        One that was not there before gets the alarms and categories of the series, as its instance had them until now, and
        its free or busy where that is the subscriber's.
        """
        instant = clock.instant(instance)
        old = self._override(instance, instant)
        self._told[instant] = transparency(new)
        if old is not None:
            return self._merged(new, old.component, instant, old.instant)
        if self._series is None:
            return new
        contents = new.contents
        if self._written.was_changed(self._series, None):
            self._told[instant] = self._written.at(None)
            contents = _with_transparency(contents, self._series)
        return Component(new.name, (*contents, *_inherited(self._series)))

    def idle_instances(self, content: EventContent) -> tuple[Moment, ...]:
        """Give the instances that the subscriber only added something to, as far as the new content still has them.

        A program writes an override for an alarm of one instance. Rules are not expanded to find out (protocol 10): where
        the owner changed when the series happens, these overrides go.
        """
        try:
            old = read_event(self._existing, lambda _: AS_WRITTEN, lists_instances=False).content
        except SkipEventError:
            return ()
        if not old.series or not content.series or (old.series.start, old.rule) != (content.series.start, content.rule):
            return ()
        told = {override.instance for override in (*old.overrides, *content.overrides)} | set(content.exclusions)
        return tuple(known.instance for known in self._overrides if known.instance not in told)

    def _override(self, instance: Moment, instant: datetime) -> KnownOverride | None:
        for known in self._overrides:
            if known.instant == instant:
                return known
        # The owner moved the whole series to another time of the day, which renames every instance.
        same_day = [known for known in self._overrides if known.instance.day == instance.day]
        return same_day[0] if len(same_day) == 1 else None

    def _merged(self, new: Component, old: Component, instant: datetime | None, before: datetime | None) -> Component:
        unchanged = {name for name in _RESTATES.values() if _text(new, name) == _text(old, name)}
        contents = new.contents
        if self._written.was_changed(old, before):
            unchanged.add("TRANSP")
            self._told[instant] = self._written.at(before)
            contents = _with_transparency(contents, old)
        kept = (part for part in old.contents if _is_kept(part, unchanged))
        return Component(new.name, (*contents, *kept))


def _with_transparency(contents: Sequence[str | Component], old: Component) -> tuple[str | Component, ...]:
    return (*(part for part in contents if _name(part) != "TRANSP"), *_lines(old, "TRANSP"))


def _is_kept(part: str | Component, unchanged: set[str]) -> bool:
    if isinstance(part, Component):
        return True
    name = _name(part)
    return name != "" and name not in MANAGED and _RESTATES.get(name, "") in ("", *unchanged)


def _inherited(series: Component) -> Iterator[str | Component]:
    for part in series.contents:
        if isinstance(part, Component):
            trigger = part.first("TRIGGER")
            if part.name == "VALARM" and trigger is not None and "P" in trigger.value.upper():
                yield part
        elif _name(part) in _FOR_EVERY_INSTANCE:
            yield part


def _name(part: str | Component) -> str:
    """Give the name of a part; "" for a line that would belong to whatever line it comes to stand behind."""
    if isinstance(part, Component):
        return part.name
    return line_name(part) if begins_property(part) else ""


def _lines(component: Component, name: str) -> Iterator[str]:
    return (part for part in component.contents if isinstance(part, str) and _name(part) == name)


def _text(component: Component, name: str) -> str:
    found = component.first(name)
    return clean_text(unescape_text(found.value)) if found else ""
