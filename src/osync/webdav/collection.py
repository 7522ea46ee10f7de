"""One collection of a CalDAV server: what lies in it, what changed, texts in and out. It does not read the texts."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from osync.webdav.addresses import Address, resolved
from osync.webdav.faults import incomplete, no_answer, refused
from osync.webdav.messages import LOST, Answer, Request, plain_version
from osync.webdav.quirks.radicale import LastModified
from osync.webdav.refusals import UID_CONFLICTS
from osync.webdav.session import Session
from osync.webdav.turns import Turns
from osync.webdav.xml import (
    CALDAV,
    CALENDAR_SERVER,
    DAV,
    Multistatus,
    PlaceAnswer,
    conditions_of,
    hrefs_in,
    may_write,
    multiget,
    propfind,
    query_uid,
    read_multistatus,
    sync_collection,
)

BATCH = 100
# Only lists are worth compressing; an event that comes compressed may bear another ETag (Apache appends "-gzip").
_XML = {"Content-Type": "application/xml; charset=utf-8", "Accept-Encoding": "gzip"}
_TEXT = {"Content-Type": "text/calendar; charset=utf-8"}
_LISTED = (DAV + "getetag", DAV + "resourcetype", DAV + "getcontenttype")
_MARKS = (DAV + "sync-token", CALENDAR_SERVER + "getctag", DAV + "getlastmodified")
_NATURE = (DAV + "resourcetype", DAV + "current-user-privilege-set")
_TOO_MANY = 507
_MOST_PAGES = 1000
_SENDABLE = re.compile(r"/[!-~]*")
_LOCKED, _BROKEN = 423, 500
# Before each further try, in seconds: another program may hold the lock.
_PAUSES = (0.0, 0.05, 0.2, 0.8)
_UNSUPPORTED = (400, 403, 405, 409, 412, 415, 501)


@dataclass(frozen=True, slots=True)
class Marks:
    """What differs after a change of a collection ("" for what it does not have), by the server's clock `date`."""

    token: str
    tag: str
    modified: str
    date: int


@dataclass(frozen=True, slots=True)
class Nature:
    """What a collection is, and what the account may do there."""

    is_calendar: bool
    is_writable: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """Places of a collection: the version of each, by name, and how the server spells a name where that is not ours."""

    versions: Mapping[str, str]
    spellings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed since a token: as in a listing, names that are gone, and the token for the next time."""

    listing: Listing
    gone: frozenset[str]
    token: str


@dataclass(frozen=True, slots=True)
class Text:
    """What lies at a place; `content` is None if the server does not give it, as `status` says."""

    name: str
    version: str
    content: bytes | None
    status: int = 200


@dataclass(frozen=True, slots=True)
class Written:
    """The answer to a write. `is_second` tells that the first answer was lost, so that the first request may have done it."""

    answer: Answer
    is_second: bool


class Collection:
    """The requests for one collection. What it raises is said by `faults`.

    The name of a place is its path below the collection, or its whole path if it lies elsewhere on the server. `turns` tells
    how writes go beside each other.
    """

    def __init__(self, session: Session, address: Address) -> None:
        self._session = session
        self.address = address
        self.spellings: dict[str, str] = {}
        self.turns = Turns()

    def marks(self) -> Marks:
        """Ask for what tells a change."""
        own, date = self._itself(_MARKS)
        return Marks(own.text(_MARKS[0]), own.text(_MARKS[1]), own.text(_MARKS[2]), date)

    def nature(self) -> Nature:
        """Ask what the collection is; that costs a server less than its marks."""
        own, _ = self._itself(_NATURE)
        return Nature(CALDAV + "calendar" in own.inner(DAV + "resourcetype"), may_write(own))

    def modified(self) -> LastModified:
        """Ask only when the collection was modified last."""
        own, date = self._itself(_MARKS[2:])
        return LastModified(own.text(_MARKS[2]), date)

    def _itself(self, names: Sequence[str]) -> tuple[PlaceAnswer, int]:
        answer = self._ask("PROPFIND", propfind(names), "0")
        own = [each for each in self._places(answer) if self._is_itself(each)]
        if not own or any(each.is_at_fault for each in own):
            raise incomplete(self.address, "It says nothing of the calendar itself.")
        return own[0], answer.date

    def list(self) -> Listing:
        """List every place that may hold events."""
        places = self._places(self._ask("PROPFIND", propfind(_LISTED), "1"))
        own = [each for each in places if self._is_itself(each)]
        if not own:
            raise incomplete(self.address, "The calendar itself is missing from its list.")
        # This is how a server says that there is more than it lists (RFC 6578 section 3.6, RFC 5323 section 2.3.1).
        if any(each.is_at_fault for each in own):
            raise incomplete(self.address, "Its list is not whole.")
        return self._listing(each for each in places if not self._is_itself(each))

    def changes(self, token: str) -> Changes | None:
        """Ask what changed since `token`; None if the server does not know it any more, or knows no tokens."""
        versions: dict[str, str] = {}
        spellings: dict[str, str] = {}
        gone: set[str] = set()
        for _ in range(_MOST_PAGES):
            answer = self._session.ask(self._request("REPORT", sync_collection(token, _LISTED[:1]), "0"))
            if answer.status in (*_UNSUPPORTED, _TOO_MANY):
                return None
            found = self._multistatus(answer)
            if any(self._is_failure(each) for each in found.places):
                return None
            listed = [each for each in found.places if each.status not in (404, 410, _TOO_MANY)]
            gone |= (vanished := {self._name(each.href) for each in found.places if each.status in (404, 410)})
            if any(not each.href.endswith("/") and each.status != 200 for each in listed) or not found.token:
                return None
            page = self._listing(each for each in listed if not each.href.endswith("/"))
            gone -= page.versions.keys()
            versions = {name: each for name, each in versions.items() if name not in vanished} | dict(page.versions)
            spellings |= page.spellings
            if not any(each.status == _TOO_MANY for each in found.places):
                return Changes(Listing(versions, spellings), frozenset(gone), found.token)
            if found.token == token:
                return None
            token = found.token
        return None

    def read(self, names: Sequence[str]) -> Iterator[Text]:
        """Give the texts at some places, a hundred a request; what has vanished is left out."""
        for start in range(0, len(names), BATCH):
            yield from self._read_batch(names[start : start + BATCH])

    def get(self, name: str) -> Text | None:
        """Give the text at one place; None if nothing is there."""
        answer = self._session.ask(Request("GET", self._path(name)))
        if answer.status in (404, 410):
            return None
        if answer.status in (401, 407, 408, 425, 429) or answer.status >= 500:
            raise refused(answer, self.address)
        if not answer.is_good:
            return Text(name, "", None, answer.status)
        return Text(name, answer.version, answer.body)

    def create(self, name: str, text: bytes) -> Written:
        """Put a text where nothing is yet; the answer says whether it did."""
        return self._write(Request("PUT", self._path(name), text, {**_TEXT, "If-None-Match": "*"}))

    def replace(self, name: str, version: str, text: bytes) -> Written:
        """Put a text in the place of another version."""
        return self._write(Request("PUT", self._path(name), text, {**_TEXT, "If-Match": f'"{version}"'}))

    def delete(self, name: str, version: str) -> Written:
        """Delete a version, without a word to anybody (RFC 6638 section 8.1)."""
        return self._write(
            Request("DELETE", self._path(name), headers={"If-Match": f'"{version}"', "Schedule-Reply": "F"})
        )

    def place_of(self, uid: str, refusal: Answer) -> str:
        """Find where the event is that keeps another one of the same UID out; "" if it is not in this collection."""
        for name, condition in conditions_of(refusal.body).items():
            for href in hrefs_in(condition) if name in UID_CONFLICTS else ():
                place = self._name(href)
                return "" if place.startswith("/") else place
        answer = self._session.ask(self._request("REPORT", query_uid(uid), "1"))
        found = read_multistatus(answer.body) if answer.status == 207 else None
        places = [each for each in found.places if each.status == 200] if found else []
        return self._name(places[0].href) if len(places) == 1 else ""

    def holds(self, name: str) -> bool:
        """Tell whether a name can be that of a place in this collection."""
        path = self._normal_path(name)
        there = resolved(self.address, path)
        return bool(name) and not path.endswith("/") and there == Address(self.address.origin, path)

    def _write(self, request: Request) -> Written:
        """Ask for a write, a second time if nobody knows whether it was done or it disturbed another one."""
        alone = self.turns.one_by_one
        with self.turns.turn():
            answer = self._session.ask(request)
        # Xandikos cannot write twice at a time: it says so, or breaks.
        is_disturbed = answer.status == _LOCKED or (answer.status == _BROKEN and not alone)
        if answer.status != LOST and not is_disturbed:
            return Written(answer, is_second=False)
        if is_disturbed:
            self.turns.queue_up()
        for seconds in _PAUSES:
            self._session.pause(seconds)
            with self.turns.turn():
                answer = self._session.ask(request)
            if answer.status != _LOCKED:
                break
        if answer.status == LOST:
            raise no_answer(self.address.origin, None)
        return Written(answer, is_second=True)

    def _read_batch(self, names: Sequence[str]) -> Iterator[Text]:
        answer = self._session.ask(self._request("REPORT", multiget(map(self._path, names)), "1"))
        if answer.status != 207 and answer.status not in _UNSUPPORTED:
            raise refused(answer, self.address)
        # One event with a character that XML has no room for spoils the whole answer; one by one they can be had.
        several = read_multistatus(answer.body) if answer.status == 207 else None
        found = {self._name(each.href): each for each in several.places} if several else {}
        for name in names:
            place = found.get(name)
            if place is not None and place.status in (404, 410):
                continue
            text = place.text(CALDAV + "calendar-data") if place is not None and place.status == 200 else ""
            version = plain_version(place.text(DAV + "getetag")) if place is not None else ""
            if text and version:
                yield Text(name, version, text.encode())
            # Missing in the answer does not mean missing on the server.
            elif one := self.get(name):
                yield one

    def _ask(self, method: str, body: bytes, depth: str) -> Answer:
        answer = self._session.ask(self._request(method, body, depth))
        if answer.status != 207:
            raise refused(answer, self.address)
        return answer

    def _request(self, method: str, body: bytes, depth: str) -> Request:
        return Request(method, self.address.path, body, {**_XML, "Depth": depth})

    def _multistatus(self, answer: Answer) -> Multistatus:
        found = read_multistatus(answer.body) if answer.status == 207 else None
        if found is None:
            raise refused(answer, self.address)
        return found

    def _places(self, answer: Answer) -> tuple[PlaceAnswer, ...]:
        places = self._multistatus(answer).places
        if not all(each.href for each in places):
            raise incomplete(self.address, "It does not name one of its places.")
        return places

    def _is_failure(self, place: PlaceAnswer) -> bool:
        """Tell whether a part of an answer about changes is none: without a name, or about the calendar itself."""
        return not place.href or (self._is_itself(place) and place.is_at_fault and place.status != _TOO_MANY)

    def _listing(self, places: Iterable[PlaceAnswer]) -> Listing:
        versions: dict[str, str] = {}
        spellings: dict[str, str] = {}
        for each in places:
            kind = each.text(DAV + "getcontenttype").split(";")[0].strip().lower()
            if DAV + "collection" in each.inner(DAV + "resourcetype") or kind not in ("", "text/calendar"):
                continue
            if each.status != 200:
                raise incomplete(self.address, "It fails at one of its events.")
            name, version = self._name(each.href), plain_version(each.text(DAV + "getetag"))
            if not version:
                raise incomplete(self.address, "It gives no version (ETag) of one of its events.")
            versions[name] = version
            spelled = urlsplit(each.href).path
            if spelled != self._normal_path(name) and _SENDABLE.fullmatch(spelled):
                spellings[name] = spelled
        return Listing(versions, spellings)

    def _is_itself(self, place: PlaceAnswer) -> bool:
        there = resolved(self.address, place.href)
        return there is not None and there.path.rstrip("/") == self.address.path.rstrip("/")

    def _name(self, href: str) -> str:
        there = resolved(self.address, href)
        if there is None or there.origin != self.address.origin:
            raise incomplete(self.address, "It names a place on another server.")
        return there.path.removeprefix(self.address.path)

    def _normal_path(self, name: str) -> str:
        return name if name.startswith("/") else self.address.path + name

    def _path(self, name: str) -> str:
        """Give the path of a place as the server itself spells it."""
        return self.spellings.get(name, self._normal_path(name))
