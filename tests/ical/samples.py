"""Calendar texts for tests, put together from the lines that matter."""

from collections.abc import Sequence
from datetime import date

from osync.ical.event import Event, read_events
from osync.ical.privacy import Leaving, SharingRules, Staying, leaving
from osync.model import PrivacyLevel

UID = "osync-" + "a" * 32
BERLIN = (
    *("BEGIN:VTIMEZONE", "TZID:Europe/Berlin"),
    *("BEGIN:DAYLIGHT", "DTSTART:19810329T020000", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU"),
    *("TZOFFSETFROM:+0100", "TZOFFSETTO:+0200", "END:DAYLIGHT"),
    *("BEGIN:STANDARD", "DTSTART:19961027T030000", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU"),
    *("TZOFFSETFROM:+0200", "TZOFFSETTO:+0100", "END:STANDARD", "END:VTIMEZONE"),
)
# Three hours and a quarter off, with a summer time of its own: no zone of the world.
LUNAR = (
    *("BEGIN:VTIMEZONE", "TZID:Moon Base", "BEGIN:STANDARD", "DTSTART:19961027T030000"),
    *("TZOFFSETFROM:+0315", "TZOFFSETTO:+0315", "END:STANDARD", "END:VTIMEZONE"),
)


def calendar(*lines: str) -> bytes:
    """Give a whole calendar object around `lines`."""
    return "".join(f"{line}\r\n" for line in ("BEGIN:VCALENDAR", "VERSION:2.0", *lines, "END:VCALENDAR")).encode()


def component(*lines: str, uid: str = "lunch@example.org") -> Sequence[str]:
    """Give the lines of one VEVENT."""
    return ("BEGIN:VEVENT", f"UID:{uid}", *lines, "END:VEVENT")


def event_of(*components: Sequence[str], zones: Sequence[str] = ()) -> Event:
    """Read the one event that some components make, each given without BEGIN, UID and END."""
    text = calendar(*zones, *(line for lines in components for line in component(*lines)))
    (event,) = read_events(text).events
    return event


def shared(event: Event, rules: SharingRules | None = None) -> tuple[Leaving, ...]:
    """Give what leaves of an event in a share of everything."""
    found = leaving(event, rules or everything(), lambda part: UID, date(1970, 1, 1), date(2026, 1, 1))
    assert not isinstance(found, Staying), found.reason
    return found


def everything(level: PrivacyLevel = PrivacyLevel.FULL) -> SharingRules:
    """Give the rules of a share of the category Choir that holds back nothing it may show."""
    return SharingRules("Choir", level, notes=True)


def text_of(*components: Sequence[str], zones: Sequence[str] = ()) -> str:
    """Give the canonical text of one event of the category Choir."""
    first, *others = components
    (found,) = shared(event_of((*first, "CATEGORIES:Choir"), *others, zones=zones))
    return found.text
