"""Another program at a CalDAV server, as plain as can be: for what neighbours and administrators do in tests."""

import base64
import http.client
import itertools
from collections.abc import Mapping
from urllib.parse import urlsplit

from beds.cyrus import Cyrus
from beds.dav import DavServer, DavUser

from osync.calendars.caldav import CaldavCalendar, CaldavSettings
from osync.credentials import Login
from osync.network import Network
from osync.notebook import LooseNotebook, Notebook

NETWORK = Network(proxy="none", timeout=10)

_NUMBERS = itertools.count(1)
_MKCALENDAR = """<?xml version="1.0"?>
<C:mkcalendar xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:set><D:prop>
<D:displayname>{name}</D:displayname>
</D:prop></D:set></C:mkcalendar>"""


class RefusedError(Exception):
    """The server did not do it; the text says what it answered."""


class DavClient:
    """Signs in as one user and does one thing at a time."""

    def __init__(self, user: DavUser, patience: float = 20) -> None:
        self.user = user
        self._patience = patience
        parts = urlsplit(user.home)
        self._place = (parts.hostname or "", parts.port or 80)
        pair = base64.b64encode(f"{user.name}:{user.password}".encode()).decode()
        self._headers = {"Authorization": f"Basic {pair}"}

    def ask(self, method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> bytes:
        """Give the body of a good answer. RefusedError for any other."""
        connection = http.client.HTTPConnection(*self._place, timeout=self._patience)
        try:
            connection.request(method, urlsplit(url).path, body, {**self._headers, **(headers or {})})
            answer = connection.getresponse()
            said = answer.read()
        finally:
            connection.close()
        if answer.status >= 300:
            raise RefusedError(f"{answer.status} {said.decode(errors='replace')[:500]}")
        return said

    def make_calendar(self, name: str = "") -> str:
        """Make an empty calendar and give its URL; without a name, one that there never was."""
        name = name or f"calendar-{next(_NUMBERS)}"
        url = f"{self.user.home}{name}/"
        self.ask("MKCALENDAR", url, _MKCALENDAR.format(name=name).encode(), {"Content-Type": "application/xml"})
        return url

    def put(self, url: str, text: bytes) -> None:
        """Write a text, whatever was there."""
        self.ask("PUT", url, text, {"Content-Type": "text/calendar; charset=utf-8"})

    def get(self, url: str) -> bytes:
        """Read a text."""
        return self.ask("GET", url)

    def delete(self, url: str) -> None:
        """Delete a text, or a calendar."""
        self.ask("DELETE", url)


def user_of(server: DavServer | Cyrus, name: str = "alice") -> DavUser:
    """Give a user of any of the servers."""
    if isinstance(server, Cyrus):
        return DavUser(name, server.password(name), f"{server.caldav}calendars/user/{name}/")
    return server.user(name)


def calendar_at(url: str, user: str = "alice", password: str = "", notebook: Notebook | None = None) -> CaldavCalendar:
    """Give a calendar as OSync uses it; with the notebook of another one, as the next run would find it."""
    login = Login(user, lambda: password or f"{user}-pw")
    return CaldavCalendar(CaldavSettings(url, user), login, NETWORK, notebook or LooseNotebook())
