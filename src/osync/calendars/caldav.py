"""A calendar on a CalDAV server (RFC 4791): one collection, an event a place.

A handle is the name of a place below the collection, a version its ETag. Every write says which version it means, so
that nothing of others is overwritten.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from osync.calendars.base import Capabilities, EventRef, StoredEvent
from osync.credentials import Login
from osync.errors import EventChangedError, EventExistsError, EventRefusedError, EventUnreadableError, OSyncError
from osync.network import Network
from osync.notebook import Notebook
from osync.options import Options
from osync.safe_names import event_file_name
from osync.webdav.addresses import PLAIN_TEXT_CONSENT, as_collection, read_address
from osync.webdav.collection import Collection, Text, Written
from osync.webdav.faults import refused
from osync.webdav.following import Following, calendar_nature
from osync.webdav.messages import Answer
from osync.webdav.notes import Trait, note_trait, noted_trait
from osync.webdav.refusals import Reason, reason_of
from osync.webdav.session import Session
from osync.webdav.watching import Watching

if TYPE_CHECKING:
    from osync.ical.event import Event, Reading

_SIZE_LIMIT = 16 * 1024 * 1024
_SCHEDULING = ("ORGANIZER", "ATTENDEE")
_UNKNOWN = "?"
_OWN_NAME = re.compile(rb"^X-[A-Z0-9-]+", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class CaldavSettings:
    """The `url` of the collection, the `user` who signs in ("" where nobody has to), how many `requests` may run at once."""

    url: str
    user: str
    requests: int = 4
    plain_text: bool = False


def read_caldav_settings(location: str, options: Options) -> CaldavSettings:
    """Read what the settings say of a CalDAV calendar. ConfigurationError."""
    plain_text = options.choice("plain_text", ("", PLAIN_TEXT_CONSENT)) != ""
    read_address(location, plain_text=plain_text)
    return CaldavSettings(location, options.text("user", ""), options.number("requests", 4, 1, 16), plain_text)


@dataclass(frozen=True, slots=True)
class _Known:
    """What was last read from or written to a place. `uid` is empty if it holds anything besides one event."""

    version: str
    uid: str


class CaldavCalendar:
    """One collection of a CalDAV server. It may be written from several threads at a time."""

    def __init__(self, settings: CaldavSettings, login: Login, network: Network, notebook: Notebook) -> None:
        address = as_collection(read_address(settings.url, plain_text=settings.plain_text))
        scheme = noted_trait(notebook, address.origin, Trait.SIGN_IN)
        self._notebook = notebook
        self._session = Session(address.origin, login, network, scheme)
        self._collection = Collection(self._session, address)
        if noted_trait(notebook, address.origin, Trait.ONE_BY_ONE):
            self._collection.turns.queue_up()
        self._following = Following(self._collection, settings.user, notebook)
        self._watching = Watching(Collection(Session(address.origin, login, network, scheme), address))
        self._at_once = settings.requests
        self._known: dict[str, _Known] = {}
        self._is_writable: bool | None = None
        self._loses_properties = noted_trait(notebook, address.origin, Trait.LOSES_PROPERTIES) != ""

    @property
    def capabilities(self) -> Capabilities:
        """Tell whether the account may write, which is asked once, and what the server was seen to lose. Raises as `refs`."""
        if self._is_writable is None:
            self._is_writable = calendar_nature(self._collection).is_writable
        keeps = not self._loses_properties
        return Capabilities(self._is_writable, keeps_uid=True, keeps_unknown_properties=keeps)

    @property
    def writes_at_once(self) -> int:
        """How many of its writes may run at a time, each in a thread of its own."""
        return 1 if self._collection.turns.one_by_one else self._at_once

    def refs(self) -> Iterator[EventRef]:
        """List every place, by what changed since the last run where the server can tell that.

        CalendarUnavailableError, CalendarUnusableError or SignInRefusedError rather than a part of the list.
        """
        versions = self._following.versions()
        self._note_traits()
        return map(EventRef, versions.keys(), versions.values())

    def read(self, handles: Iterable[str]) -> Iterator[StoredEvent]:
        """Read what lies at `handles`, many in one request; a vanished handle is left out. Raises as `refs`."""
        names = [handle for handle in dict.fromkeys(handles) if self._collection.holds(handle)]
        if not names:
            return
        self._following.recall()
        for text in self._collection.read(names):
            yield from self._stored(text)
        self._note_traits()

    def create(self, event: "Event") -> EventRef:
        """Write a new event, named after its UID. EventExistsError if its place or UID is taken, EventRefusedError."""
        text, name = _text_of(event), event_file_name(event.uid)
        written = self._collection.create(name, text)
        if written.answer.is_good:
            return self._written(name, event.uid, text, written.answer)
        if landed := self._landed_before(written, name, event):
            return landed
        reason = reason_of(written.answer)
        if reason in (Reason.UID_TAKEN, Reason.CHANGED):
            self._raise_if_taken(event, name, written.answer)
        raise self._refusal(event.uid, written.answer, reason)

    def replace(self, ref: EventRef, event: "Event") -> EventRef:
        """Write a new version of the event at `ref`; EventChangedError and EventRefusedError as the interface says."""
        text = _text_of(event)
        if self._uid_at(ref) != event.uid:
            raise EventRefusedError(f"{ref.handle} holds an event with another UID. It was left alone.")
        written = self._collection.replace(ref.handle, ref.version, text)
        if written.answer.is_good:
            return self._written(ref.handle, event.uid, text, written.answer)
        if landed := self._landed_before(written, ref.handle, event):
            return landed
        reason = reason_of(written.answer)
        if reason is Reason.CHANGED:
            raise EventChangedError(f"{ref.handle} was changed meanwhile. It was left alone.")
        if reason is Reason.GONE:
            raise EventChangedError(f"{ref.handle} has vanished. Nothing was written.")
        raise self._refusal(event.uid, written.answer, reason)

    def delete(self, ref: EventRef) -> None:
        """Delete the event at `ref`, silent if it is gone. EventChangedError if it is another version or shares its place."""
        uid = self._uid_at(ref, may_be_gone=True) if self._collection.holds(ref.handle) else None
        if uid is None:
            return
        answer = self._collection.delete(ref.handle, ref.version).answer
        reason = reason_of(answer)
        is_gone = answer.is_good or reason is Reason.GONE
        if not is_gone and reason is not Reason.CHANGED:
            raise self._refusal(uid, answer, reason)
        if not is_gone and self._collection.get(ref.handle):
            raise EventChangedError(f"{ref.handle} was changed meanwhile. It was left alone.")
        self._known.pop(ref.handle, None)

    def settle_writes(self) -> None:
        """Note what the server showed while it was written to; what it answered is safe there already."""
        self._note_traits()

    def has_changed(self) -> bool:
        """Tell whether anything differs from what it was when this was asked last; from any thread."""
        return self._watching.has_changed()

    def _note_traits(self) -> None:
        traits = {
            Trait.SIGN_IN: self._session.scheme,
            Trait.ONE_BY_ONE: "yes" if self._collection.turns.one_by_one else "",
            Trait.LOSES_PROPERTIES: "yes" if self._loses_properties else "",
        }
        for trait, text in traits.items():
            note_trait(self._notebook, self._session.origin, trait, text)

    def _stored(self, text: Text) -> Iterator[StoredEvent]:
        ref = EventRef(text.name, text.version or _UNKNOWN)
        if text.content is None:
            yield StoredEvent(ref, None, f"The server does not give it to us (it says {text.status}).")
            return
        reading = self._know(ref, text.content)
        for event in reading.events:
            yield StoredEvent(ref, event)
        for problem in reading.problems:
            yield StoredEvent(ref, None, problem)
        if not reading.events and not reading.problems:
            yield StoredEvent(ref, None)

    def _know(self, ref: EventRef, content: bytes) -> "Reading":
        """Read a text, and remember what a later write has to know of it."""
        # Late, because a run without news reads no event and shall not pay for the import.
        from osync.ical.companions import holds_more_than_events
        from osync.ical.event import Reading, read_events

        try:
            reading = read_events(content)
        except EventUnreadableError as error:
            reading = Reading((), (str(error),))
        alone = len(reading.events) == 1 and not reading.problems and not holds_more_than_events(content)
        self._known[ref.handle] = _Known(ref.version, reading.events[0].uid if alone else "")
        return reading

    def _uid_at(self, ref: EventRef, *, may_be_gone: bool = False) -> str | None:
        """Give the UID of the event that `ref` means, None if it may be gone and is. EventChangedError."""
        known = self._known.get(ref.handle)
        if known is None or known.version != ref.version:
            text = self._collection.get(ref.handle) if self._collection.holds(ref.handle) else None
            if text is None and may_be_gone:
                return None
            if text is None:
                raise EventChangedError(f"{ref.handle} has vanished. Nothing was written.")
            if text.content is None or text.version != ref.version:
                raise EventChangedError(f"{ref.handle} was changed meanwhile. It was left alone.")
            self._know(ref, text.content)
            known = self._known[ref.handle]
        if not known.uid:
            raise EventChangedError(f"{ref.handle} holds more than this event. It was left alone.")
        return known.uid

    def _written(self, name: str, uid: str, text: bytes, answer: Answer) -> EventRef:
        version = answer.version
        if not version:
            # The server wrote it in words of its own (RFC 4791 section 5.3.4), and says neither how nor as which version.
            there = self._collection.get(name)
            version = there.version if there else ""
            if there and there.content:
                self._loses_properties |= bool(_own_names(text) - _own_names(there.content))
        if not version:
            raise EventChangedError(f"{name} was written, but vanished at once.")
        self._known[name] = _Known(version, uid)
        return EventRef(name, version)

    def _landed_before(self, written: Written, name: str, event: "Event") -> EventRef | None:
        """Tell whether an earlier request did it whose answer was lost: then what lies there says what we wrote."""
        there = self._collection.get(name) if written.is_second else None
        if there is None or there.content is None:
            return None
        from osync.ical.managed import managed_fingerprint

        reading = self._know(EventRef(name, there.version), there.content)
        is_ours = self._known[name].uid == event.uid and managed_fingerprint(reading.events[0]) == managed_fingerprint(
            event
        )
        return EventRef(name, there.version) if is_ours else None

    def _raise_if_taken(self, event: "Event", name: str, answer: Answer) -> None:
        """Find out what lies where the event should be, or has its UID elsewhere."""
        if self._collection.get(name) is not None:
            raise EventExistsError(f"There is a place {name} already. It was left alone.", handle=name)
        if handle := self._collection.place_of(event.uid, answer):
            raise EventExistsError(f"{handle} holds an event with the same UID. It was left alone.", handle=handle)

    def _refusal(self, uid: str, answer: Answer, reason: Reason) -> OSyncError:
        """Say that the server does not take this event, or else what is wrong with the calendar as a whole."""
        address = self._collection.address
        is_odd = answer.status == 500 or reason in (Reason.UID_TAKEN, Reason.CHANGED)
        # A server that fails at one event must not keep the others waiting for ever.
        if reason is Reason.EVENT or (is_odd and calendar_nature(self._collection).is_calendar):
            return EventRefusedError(
                f"The calendar server {address.origin} does not take the event with the UID {uid} "
                f"(it says {answer.status}). Nothing was written."
            )
        return refused(answer, address)


def _text_of(event: "Event") -> bytes:
    """Give the text to write. EventRefusedError for one that would make the server send invitations (RFC 6638 section 3.2)."""
    from osync.ical.event import write_event

    if any(True for component in event.components for _ in component.properties(*_SCHEDULING)):
        raise EventRefusedError(f"The event {event.uid} names an organizer or attendees, so it was not written.")
    text = write_event(event)
    if len(text) > _SIZE_LIMIT:
        raise EventRefusedError(f"The event {event.uid} has more than {_SIZE_LIMIT >> 20} MiB.")
    return text


def _own_names(text: bytes) -> frozenset[bytes]:
    """Give the names of the properties that no standard knows."""
    return frozenset(_OWN_NAME.findall(text.upper()))
