"""Find the calendars of an account on a CalDAV server (RFC 4791, 5397, 6764)."""

from dataclasses import dataclass

from osync.credentials import Login
from osync.network import Network


@dataclass(frozen=True, slots=True)
class FoundCalendar:
    """A calendar that can hold events: the `url` of its collection, the `name` that people see, and whether it may be written."""

    url: str
    name: str
    writable: bool


def find_calendars(url: str, login: Login, network: Network) -> tuple[FoundCalendar, ...]:
    """Give the calendars that an account has at a server, those of its own before those of others.

    `url` may name a server (https://dav.example.org), a principal, a calendar home or one calendar.
    CalendarUnavailableError, CalendarUnusableError if there is no CalDAV, SignInRefusedError.
    """
    raise NotImplementedError
