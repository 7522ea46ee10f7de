"""Calendars are found from whatever address a user has, and no password goes to a server that the user did not name."""

from collections.abc import Callable
from urllib.parse import urljoin

import pytest
from beds.cyrus import Cyrus
from beds.dav import DavServer
from beds.dav_client import NETWORK, DavClient, user_of
from beds.front import Asked, Forward, Said, running_front

from osync.credentials import Login
from osync.errors import CalendarUnusableError, SignInRefusedError
from osync.webdav.discovery import FoundCalendar, find_calendars

SERVERS = [
    pytest.param(name, marks=pytest.mark.xdist_group(name), id=name) for name in ("radicale", "xandikos", "cyrus")
]
ADDRESSES: dict[str, Callable[[str, str, str], str]] = {
    "the server": lambda server, home, calendar: server,
    "the calendar home": lambda server, home, calendar: home,
    "the calendar": lambda server, home, calendar: calendar,
    "something else": lambda server, home, calendar: urljoin(server, "/index.html"),
}


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("name", SERVERS)
def test_a_calendar_is_found_from_any_address(name: str, address: str, request: pytest.FixtureRequest) -> None:
    server = request.getfixturevalue(name)
    user = user_of(server, server.new_user() if isinstance(server, Cyrus) else "alice")
    url = DavClient(user).make_calendar()
    start = ADDRESSES[address](urljoin(user.home, "/"), user.home, url)
    found = find_calendars(start, Login(user.name, lambda: user.password), NETWORK)
    assert FoundCalendar(url, url.rstrip("/").rsplit("/", 1)[-1], writable=True) in found


@pytest.mark.xdist_group("radicale")
def test_a_wrong_password_is_told_as_such(radicale: DavServer) -> None:
    with pytest.raises(SignInRefusedError) as caught:
        find_calendars(radicale.url, Login("alice", lambda: "wrong-secret"), NETWORK)
    assert "wrong-secret" not in str(caught.value)


@pytest.mark.xdist_group("cyrus")
def test_a_calendar_that_may_only_be_read_is_named_as_such(cyrus: Cyrus) -> None:
    owner = cyrus.new_user()
    DavClient(user_of(cyrus, owner)).make_calendar("shown")
    cyrus.let_read(owner, "shown", "bob")
    url = f"{cyrus.caldav}calendars/user/{owner}/shown/"
    (found,) = find_calendars(url, Login("bob", lambda: "bob-pw"), NETWORK)
    assert not found.writable


@pytest.mark.xdist_group("xandikos")
def test_what_is_no_calendar_server_is_told_as_such(xandikos: DavServer) -> None:
    with running_front(xandikos.port) as front:
        for said in (Said(404), Said(405), Said(200, b"<html>"), Said(207, b"<html>")):
            front.rule = _always(said)
            with pytest.raises(CalendarUnusableError):
                find_calendars(f"http://localhost:{front.port}/", Login("alice", lambda: "alice-pw"), NETWORK)


@pytest.mark.xdist_group("xandikos")
def test_no_password_goes_to_a_server_that_the_user_did_not_name(xandikos: DavServer) -> None:
    home = b'<C:calendar-home-set xmlns:C="urn:ietf:params:xml:ns:caldav"><href xmlns="DAV:">%s</href></C:calendar-home-set>'
    with running_front(xandikos.port) as named, running_front(xandikos.port) as other:
        target = f"http://localhost:{other.port}/alice/"
        answer = b'<multistatus xmlns="DAV:"><response><href>/</href><propstat><prop>%s</prop>'
        answer += b"<status>HTTP/1.1 200 OK</status></propstat></response></multistatus>"
        for said in (
            Said(302, headers={"Location": target}),
            Said(308, headers={"Location": target}),
            Said(207, answer % (home % target.encode())),
            Said(207, answer % (home % b"https://evil.example/")),
        ):
            named.rule = _asks_first(said)
            with pytest.raises(CalendarUnusableError, match="elsewhere"):
                find_calendars(f"http://localhost:{named.port}/", Login("alice", lambda: "alice-pw"), NETWORK)
        assert [asked for asked in named.asked if "authorization" in asked.headers]
        assert other.asked == []


def _always(said: Said) -> Callable[[Asked, Forward], Said]:
    return lambda asked, forward: said


def _asks_first(said: Said) -> Callable[[Asked, Forward], Said]:
    """Want a password before anything else."""
    wanted = Said(401, headers={"WWW-Authenticate": 'Basic realm="x"'})
    return lambda asked, forward: said if "authorization" in asked.headers else wanted
