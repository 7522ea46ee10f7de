"""Find the calendars of an account on a CalDAV server (RFC 4791, 5397, 6764)."""

from collections.abc import Iterator
from dataclasses import dataclass

from osync.credentials import Login
from osync.errors import CalendarUnusableError, OSyncError
from osync.network import Network
from osync.webdav.addresses import Address, Origin, as_collection, read_address, resolved
from osync.webdav.faults import moved_away, refused
from osync.webdav.messages import Answer, Request
from osync.webdav.quirks.icloud import is_same_service
from osync.webdav.session import Session
from osync.webdav.xml import CALDAV, DAV, PlaceAnswer, hrefs_in, may_write, propfind, read_multistatus

_WELL_KNOWN = "/.well-known/caldav"
_PRINCIPAL = DAV + "current-user-principal"
_HOMES = CALDAV + "calendar-home-set"
_KINDS = CALDAV + "supported-calendar-component-set"
_RIGHTS = DAV + "current-user-privilege-set"
_OF_A_PLACE = (DAV + "resourcetype", _PRINCIPAL, _HOMES)
_OF_A_CALENDAR = (DAV + "resourcetype", DAV + "displayname", _RIGHTS, _KINDS)
_XML = {"Content-Type": "application/xml; charset=utf-8"}
_MOST_STEPS = 12


@dataclass(frozen=True, slots=True)
class FoundCalendar:
    """A calendar that can hold events: the `url` of its collection, the `name` that people see, and whether it may be written."""

    url: str
    name: str
    writable: bool


def find_calendars(url: str, login: Login, network: Network, *, plain_text: bool = False) -> tuple[FoundCalendar, ...]:
    """Give the calendars that an account has at a server; those that may be written first, then by name.

    `url` may name a server (https://dav.example.org), a principal, a calendar home or one calendar; without TLS only with
    `plain_text` or on this computer. ConfigurationError, CalendarUnavailableError, CalendarUnusableError if there are no
    calendars, SignInRefusedError.
    """
    start = as_collection(read_address(url, plain_text=plain_text))
    search = _Search(start.origin, login, network)
    try:
        found = {calendar.url: calendar for calendar in search.calendars(start)}
    finally:
        search.close()
    if not found:
        raise CalendarUnusableError(
            f"OSync finds no calendar at {start}.",
            unharmed="Nothing was changed.",
            advice="Give the address that your provider names for CalDAV, or that of the calendar itself.",
        )
    return tuple(sorted(found.values(), key=lambda each: (not each.writable, each.name.casefold(), each.url)))


class _Search:
    """Follows what a server says of an account, from one address to the next."""

    def __init__(self, named: Origin, login: Login, network: Network) -> None:
        self._named = named
        self._login = login
        self._network = network
        self._sessions: dict[Origin, Session] = {}
        self._seen: set[Address] = set()
        self._failure: OSyncError | None = None

    def calendars(self, start: Address) -> Iterator[FoundCalendar]:
        """Look at the address itself, then where its server says that calendars are (RFC 6764 section 6)."""
        beginnings = [start, Address(start.origin, _WELL_KNOWN), Address(start.origin, "/")]
        for beginning in beginnings:
            found = list(self._from(beginning))
            if found:
                yield from found
                return
        if self._failure:
            raise self._failure

    def close(self) -> None:
        """Hang up everywhere."""
        for session in self._sessions.values():
            session.close()

    def _from(self, beginning: Address) -> Iterator[FoundCalendar]:
        """Go on from a place to its principal, from there to its homes, and list these."""
        waiting = [beginning]
        while waiting and len(self._seen) < _MOST_STEPS:
            here = waiting.pop(0)
            if here in self._seen:
                continue
            self._seen.add(here)
            said = self._ask(here, _OF_A_PLACE, "0")
            own = said.places[0] if said and said.places else None
            if said is None or own is None:
                continue
            here = Address(here.origin, said.path)
            if CALDAV + "calendar" in own.inner(DAV + "resourcetype"):
                yield from self._listed(here, "0")
                return
            if homes := self._linked(here, own, _HOMES):
                for home in homes:
                    yield from self._listed(home, "1")
                return
            waiting += self._linked(here, own, _PRINCIPAL)
            if not waiting:
                yield from self._listed(here, "1")

    def _listed(self, address: Address, depth: str) -> Iterator[FoundCalendar]:
        said = self._ask(as_collection(address), _OF_A_CALENDAR, depth)
        for place in said.places if said else ():
            there = resolved(address, place.href)
            if there and there.origin == address.origin and _holds_events(place):
                last = there.path.rstrip("/").rsplit("/", 1)[-1]
                yield FoundCalendar(
                    str(as_collection(there)), place.text(DAV + "displayname") or last, may_write(place)
                )

    def _linked(self, here: Address, place: PlaceAnswer, name: str) -> list[Address]:
        """Give the addresses in a property. A password goes to no server that its user did not name."""
        found = place.properties.get(name)
        targets = [resolved(here, href) for href in hrefs_in(found)] if found is not None else []
        for target in targets:
            if target is None or not (target.origin == self._named or is_same_service(self._named, target.origin)):
                raise moved_away(here, target)
        return [as_collection(target) for target in targets if target]

    def _ask(self, address: Address, names: tuple[str, ...], depth: str) -> "_Said | None":
        """Ask for properties; None where there is no WebDAV. What else goes wrong is remembered, or raised at once."""
        request = Request("PROPFIND", address.path, propfind(names), {**_XML, "Depth": depth})
        answer = self._session(address.origin).ask(request)
        found = read_multistatus(answer.body) if answer.status == 207 else None
        if found is not None:
            return _Said(answer.path, found.places)
        if answer.status == 429 or answer.status >= 500:
            raise refused(answer, address)
        self._failure = self._failure or _no_calendars(answer, address)
        return None

    def _session(self, origin: Origin) -> Session:
        if origin not in self._sessions:
            self._sessions[origin] = Session(origin, self._login, self._network, follows=True)
        return self._sessions[origin]


@dataclass(frozen=True, slots=True)
class _Said:
    """What a server says of places, and the path that it was asked at after redirections."""

    path: str
    places: tuple[PlaceAnswer, ...]


def _holds_events(place: PlaceAnswer) -> bool:
    """Tell whether a place is a calendar that takes events; one that does not say takes everything (RFC 4791, 5.2.3)."""
    kinds = place.properties.get(_KINDS)
    names = {each.get("name", "").upper() for each in kinds} if kinds is not None else set()
    return CALDAV + "calendar" in place.inner(DAV + "resourcetype") and (not names or "VEVENT" in names)


def _no_calendars(answer: Answer, address: Address) -> OSyncError:
    if answer.status in (404, 405, 410, 501) or answer.is_good:
        return CalendarUnusableError(
            f"{address.origin} does not speak CalDAV, as far as OSync sees.",
            unharmed="Nothing was changed.",
            advice="Give the address that your provider names for CalDAV.",
        )
    return refused(answer, address)
