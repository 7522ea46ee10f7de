"""XML of WebDAV: what OSync asks with, and the answers that list places (RFC 4918 section 14.16), read without trust."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape

DAV = "{DAV:}"
CALDAV = "{urn:ietf:params:xml:ns:caldav}"
CALENDAR_SERVER = "{http://calendarserver.org/ns/}"
_PREFIXES = {"DAV:": "D", CALDAV[1:-1]: "C", CALENDAR_SERVER[1:-1]: "S"}
_NAMESPACES = " ".join(f'xmlns:{prefix}="{name}"' for name, prefix in _PREFIXES.items())
_STATUS = re.compile(r"HTTP/\d(?:\.\d)?\s+(\d{3})")
# Entities can be declared in a DOCTYPE only, and that stands before the first element.
_PROLOG = re.compile(rb"(?:\xef\xbb\xbf)?(?:\s|<\?(?:[^?]|\?(?!>))*\?>|<!--(?:[^-]|-(?!->))*-->)*(<[^?!])?")
_ENCODING = re.compile(rb"""<\?xml[^>]*\sencoding\s*=\s*["']([^"']*)["']""")
_ENCODINGS = (b"utf-8", b"us-ascii", b"iso-8859-1")
_WRITES = frozenset(DAV + name for name in ("all", "write", "write-content", "bind"))
_OK = 200


@dataclass(frozen=True, slots=True)
class PlaceAnswer:
    """What a server says of one place: the properties that it has, by name, and `status` of the place itself, 0 if it tells none."""

    href: str
    status: int
    properties: Mapping[str, ET.Element]
    conditions: frozenset[str]

    @property
    def is_at_fault(self) -> bool:
        """Tell whether the server says that something is wrong with the place itself."""
        return self.status not in (0, _OK)

    def text(self, name: str) -> str:
        """Give the text of a property, "" if there is none."""
        found = self.properties.get(name)
        return ("".join(found.itertext()) if found is not None else "").strip()

    def inner(self, name: str) -> frozenset[str]:
        """Give the names of the elements directly in a property."""
        found = self.properties.get(name)
        return frozenset(each.tag for each in found) if found is not None else frozenset()


@dataclass(frozen=True, slots=True)
class Multistatus:
    """An answer about several places, and the token with which to ask what changed since ("" if there is none)."""

    places: tuple[PlaceAnswer, ...]
    token: str


def read_multistatus(body: bytes) -> Multistatus | None:
    """Read an answer about several places; None if it is anything else, or not whole."""
    root = _parsed(body)
    if root is None or root.tag != DAV + "multistatus":
        return None
    token = root.findtext(DAV + "sync-token") or ""
    return Multistatus(tuple(_place(each) for each in root.iter(DAV + "response")), token.strip())


def conditions_of(body: bytes) -> Mapping[str, ET.Element]:
    """Give the conditions that an error names (RFC 4918 section 16), none if the answer is no such XML."""
    root = _parsed(body) if body.lstrip()[:1] == b"<" else None
    return {each.tag: each for each in root} if root is not None and root.tag == DAV + "error" else {}


def hrefs_in(element: ET.Element) -> Iterator[str]:
    """Give the addresses in an element."""
    return (each.text.strip() for each in element.iter(DAV + "href") if each.text)


def may_write(place: PlaceAnswer) -> bool:
    """Tell whether the account may write there; a server that knows no permissions (RFC 3744) lets it."""
    granted = place.properties.get(DAV + "current-user-privilege-set")
    return granted is None or any(right.tag in _WRITES for privilege in granted for right in privilege)


def propfind(names: Iterable[str]) -> bytes:
    """Ask for properties (RFC 4918 section 9.1)."""
    return _document("D:propfind", _properties(names))


def sync_collection(token: str, names: Iterable[str]) -> bytes:
    """Ask what changed since `token` (RFC 6578 section 3)."""
    known = f"<D:sync-token>{escape(token)}</D:sync-token><D:sync-level>1</D:sync-level>"
    return _document("D:sync-collection", known + _properties(names))


def multiget(hrefs: Iterable[str]) -> bytes:
    """Ask for the text of several places (RFC 4791 section 7.9)."""
    wanted = "".join(f"<D:href>{escape(href)}</D:href>" for href in hrefs)
    return _document("C:calendar-multiget", _properties((DAV + "getetag", CALDAV + "calendar-data")) + wanted)


def query_uid(uid: str) -> bytes:
    """Ask for the place of the event with a UID (RFC 4791 section 7.8)."""
    match = f'<C:text-match collation="i;octet">{escape(uid)}</C:text-match>'
    inner = f'<C:comp-filter name="VEVENT"><C:prop-filter name="UID">{match}</C:prop-filter></C:comp-filter>'
    chosen = f'<C:filter><C:comp-filter name="VCALENDAR">{inner}</C:comp-filter></C:filter>'
    return _document("C:calendar-query", _properties((DAV + "getetag", CALDAV + "calendar-data")) + chosen)


def _document(name: str, inner: str) -> bytes:
    return f'<?xml version="1.0" encoding="utf-8"?>\n<{name} {_NAMESPACES}>{inner}</{name}>'.encode()


def _properties(names: Iterable[str]) -> str:
    def element(name: str) -> str:
        namespace, local = name[1:].split("}")
        return f"<{_PREFIXES[namespace]}:{local}/>"

    return f"<D:prop>{''.join(map(element, names))}</D:prop>"


def _place(response: ET.Element) -> PlaceAnswer:
    href = (response.findtext(DAV + "href") or "").strip()
    properties: dict[str, ET.Element] = {}
    statuses: list[int] = []
    for propstat in response.iterfind(DAV + "propstat"):
        status = _status(propstat.findtext(DAV + "status"))
        statuses.append(status)
        found = propstat.find(DAV + "prop")
        if status == _OK and found is not None:
            properties |= {each.tag: each for each in found}
    own = response.findtext(DAV + "status")
    error = response.find(DAV + "error")
    named = frozenset(each.tag for each in error) if error is not None else frozenset[str]()
    # A place of which only properties are missing has not vanished: only its own status says that (RFC 6578 section 3.5).
    status = _status(own) if own is not None else _OK if _OK in statuses else 0
    return PlaceAnswer(href, status, properties, named)


def _status(line: str | None) -> int:
    match = _STATUS.match((line or "").strip())
    return int(match[1]) if match else 0


def _parsed(body: bytes) -> ET.Element | None:
    """Read XML that declares nothing of its own: a document type would let it grow without limit, or name files."""
    encoding = _ENCODING.match(body[:200].lstrip(b"\xef\xbb\xbf"))
    prolog = _PROLOG.match(body)
    if (encoding and encoding[1].lower() not in _ENCODINGS) or prolog is None or prolog[1] is None:
        return None
    try:
        return ET.fromstring(body)  # noqa: S314 - no document type, so no entities
    except ET.ParseError:
        return None
