"""The contract of every calendar, kept by CalDAV calendars on real servers."""

from collections.abc import Iterator
from typing import ClassVar

import pytest
from beds.cyrus import Cyrus
from beds.dav import DavServer
from beds.dav_client import DavClient, RefusedError, calendar_at, user_of
from beds.front import Asked, Forward, Said, running_front
from contracts.calendar_contract import (
    CalendarContract,
    Neighbour,
    SettlesWritesContract,
    event,
    lines,
    only,
    text_of,
)
from ical.samples import BERLIN, component
from ical.samples import calendar as calendar_text

from osync.calendars.base import Calendar
from osync.ical.event import Event
from osync.ical.lines import Component

BOTH = calendar_text(*component(*lines("One"), uid="one"), *component(*lines("Two"), uid="two"))
HALF = calendar_text(*component(*lines("Good")), *component("SUMMARY:Bad", uid="bad"))


class DavNeighbour:
    """Another program that works on one collection."""

    def __init__(self, client: DavClient, url: str) -> None:
        self._client = client
        self._url = url

    def write(self, name: str, text: bytes) -> str:
        """Put a text at a place."""
        self._client.put(f"{self._url}{name}.ics", text)
        return f"{name}.ics"

    def remove(self, handle: str) -> None:
        """Take away what lies at a place."""
        self._client.delete(self._url + handle)


def lasting_words(found: Component) -> tuple[str, ...]:
    """Give what a component and those in it say, without order: servers write it as they like, and stamp it."""
    own = [word for line in found.contents if isinstance(line, str) for word in _words_of(line)]
    inner = [" ".join((part.name, *lasting_words(part))) for part in found.contents if isinstance(part, Component)]
    return tuple(sorted([*own, *inner]))


def _words_of(line: str) -> list[str]:
    name, _, value = line.partition(":")
    if name == "CATEGORIES":
        return [f"{name}:{each}" for each in value.split(",")]
    if name == "RRULE":
        return [f"{name}:{';'.join(sorted(value.split(';')))}"]
    return [] if name == "DTSTAMP" else [line]


class CaldavContract(CalendarContract, SettlesWritesContract):
    """What differs on every server: texts come back in other words, and some never get in."""

    takes_several_events: ClassVar = False
    server: ClassVar = ""

    @staticmethod
    def words(event: Event) -> bytes:
        parts = (*event.zones.definitions, *event.components)
        return "\n".join(line for part in parts for line in lasting_words(part)).encode()

    @pytest.fixture
    def client(self, request: pytest.FixtureRequest) -> DavClient:
        """Give another program."""
        return DavClient(user_of(request.getfixturevalue(self.server)))

    @pytest.fixture
    def url(self, client: DavClient) -> str:
        """Give the URL of an empty calendar."""
        return client.make_calendar()

    @pytest.fixture
    def calendar(self, url: str, client: DavClient) -> Calendar:
        return calendar_at(url, client.user.name)

    @pytest.fixture
    def neighbour(self, calendar: Calendar, client: DavClient, url: str) -> Neighbour:
        return DavNeighbour(client, url)

    def test_a_version_does_not_come_back_soon(self, calendar: Calendar) -> None:
        # An ETag may be made of the text, so it comes back with the text; a refused write is harmless then.
        ref = calendar.create(event("A"))
        for before, after in zip("ABAACBC", "BAACBCA", strict=True):
            again = calendar.replace(ref, event(after))
            assert (again.version == ref.version) <= (before == after)
            ref = again
            assert self.words_at(calendar, ref.handle) == self.words(event(after))

    def test_a_deleted_event_can_be_created_again(self, calendar: Calendar) -> None:
        calendar.delete(calendar.create(event("Lunch")))
        again = calendar.create(event("Lunch"))
        assert list(calendar.refs()) == [again]

    def test_several_events_at_one_place_are_read_and_left_alone(
        self, calendar: Calendar, neighbour: Neighbour
    ) -> None:
        if self.takes_several_events:
            super().test_several_events_at_one_place_are_read_and_left_alone(calendar, neighbour)
        else:
            with pytest.raises(RefusedError):
                neighbour.write("both", BOTH)
            assert list(calendar.refs()) == []

    def test_what_cannot_be_read_in_full_says_so_and_is_left_alone(
        self, calendar: Calendar, neighbour: Neighbour
    ) -> None:
        if self.takes_several_events:
            super().test_what_cannot_be_read_in_full_says_so_and_is_left_alone(calendar, neighbour)
        else:
            with pytest.raises(RefusedError):
                neighbour.write("half", HALF)
            assert list(calendar.refs()) == []


@pytest.mark.xdist_group("radicale")
class TestRadicale(CaldavContract):
    server = "radicale"

    @pytest.fixture
    def read_only(self, radicale: DavServer) -> Calendar:
        keeper = DavClient(radicale.user("keeper"))
        url = f"{radicale.user('alice').home}read-only/"
        keeper.ask("MKCALENDAR", url)
        keeper.put(url + "lunch.ics", text_of("Lunch"))
        return calendar_at(url)


@pytest.mark.xdist_group("xandikos")
class TestXandikos(CaldavContract):
    server = "xandikos"
    takes_several_events = True

    @pytest.fixture
    def read_only(self, xandikos: DavServer, client: DavClient, url: str) -> Iterator[Calendar]:
        client.put(url + "lunch.ics", text_of("Lunch"))
        # Xandikos itself knows no permissions; a server in front of it does.
        with running_front(xandikos.port) as front:
            front.rule = _reads_only
            yield calendar_at(front.in_front(url, xandikos.port))


@pytest.mark.xdist_group("cyrus")
class TestCyrus(CaldavContract):
    server = "cyrus"

    @pytest.fixture
    def client(self, cyrus: Cyrus) -> DavClient:
        # It wants a UID to be alone in all calendars of an account.
        return DavClient(user_of(cyrus, cyrus.new_user()))

    @pytest.fixture
    def read_only(self, cyrus: Cyrus, client: DavClient, url: str) -> Calendar:
        client.put(url + "lunch.ics", text_of("Lunch"))
        owner, name = client.user.name, url.rstrip("/").split("/")[-1]
        cyrus.let_read(owner, name, "bob")
        return calendar_at(f"{cyrus.caldav}calendars/user/bob/{owner}.{name}/", "bob")

    def test_a_series_with_its_exceptions_and_zones_comes_back_whole(self, calendar: Calendar) -> None:
        # It refuses what has neither end nor duration, which the contract writes.
        start = "DTSTART;TZID=Europe/Berlin:20261201T120000"
        series = component("SUMMARY:Choir", start, "DURATION:PT2H", "RRULE:FREQ=WEEKLY")
        moved = component(
            "SUMMARY:Late",
            "DURATION:PT1H",
            "RECURRENCE-ID;TZID=Europe/Berlin:20261215T120000",
            start.replace("T12", "T14"),
        )
        written = only(calendar_text(*BERLIN, *series, *moved))
        ref = calendar.create(written)
        assert self.words_at(calendar, ref.handle) == self.words(written)


def _reads_only(asked: Asked, forward: Forward) -> Said:
    if asked.method in ("PUT", "DELETE"):
        return Said(403)
    said = forward()
    return Said(said.status, said.body.replace(b":all />", b":read />"), said.headers)
