"""What servers and networks do wrong: nothing is lost or doubled, nothing counts as deleted, and one sentence says what happened."""

import contextlib
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import pytest
from beds.dav import DavServer
from beds.dav_client import DavClient, calendar_at
from beds.front import Asked, Forward, Front, Rule, Said, running_front
from contracts.calendar_contract import event, text_at, text_of

from osync.calendars.caldav import CaldavCalendar
from osync.errors import (
    CalendarUnavailableError,
    CalendarUnusableError,
    DiskFullError,
    EventChangedError,
    EventExistsError,
    EventRefusedError,
    OSyncError,
    SignInRefusedError,
)
from osync.notebook import LooseNotebook

pytestmark = pytest.mark.xdist_group("xandikos")
NAMES = [f"event-{number}" for number in range(5)]
LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE m [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<multistatus xmlns="DAV:"><response><href>&b;</href></response></multistatus>"""
PAGE = b"<!DOCTYPE html><html><body>Welcome to Hotel WLAN. Please sign in.</body></html>"


@dataclass(frozen=True, slots=True)
class Place:
    """A calendar with five events, a front before its server, and what OSync noted of it."""

    front: Front
    client: DavClient
    behind: str
    url: str
    notes: LooseNotebook

    def calendar(self) -> CaldavCalendar:
        """Give the calendar as the next run would find it."""
        return calendar_at(self.url, notebook=self.notes)

    def listed(self) -> list[str]:
        """List the places, as the next run would."""
        return sorted(ref.handle for ref in self.calendar().refs())

    def served(self) -> int:
        """Count the events that the server really has."""
        return len(list(calendar_at(self.behind).refs()))


@pytest.fixture
def place(xandikos: DavServer) -> Iterator[Place]:
    """Give a calendar that has been listed once."""
    client = DavClient(xandikos.user("alice"))
    behind = client.make_calendar()
    for name in NAMES:
        client.put(f"{behind}{name}.ics", text_of(name, uid=name))
    with running_front(xandikos.port) as front:
        made = Place(front, client, behind, front.in_front(behind, xandikos.port), LooseNotebook())
        assert len(made.listed()) == len(NAMES)
        yield made


def only_for(method: str, then: Rule) -> Rule:
    """Let a rule play for one method."""
    return lambda asked, forward: then(asked, forward) if asked.method == method else forward()


def always(said: Said | None) -> Rule:
    """Answer the same whatever is asked; None hangs up."""
    return lambda asked, forward: said


def changed_body(old: bytes, new: bytes) -> Rule:
    """Put other words into the server's mouth."""

    def rule(asked: Asked, forward: Forward) -> Said:
        said = forward()
        return replace(said, body=said.body.replace(old, new))

    return rule


def forgets_tokens(then: Rule) -> Rule:
    """Know no token, so that everything has to be listed, and let a rule play for that list."""

    def rule(asked: Asked, forward: Forward) -> Said | None:
        if asked.method == "REPORT" and b"sync-collection" in asked.body:
            return Said(403, b'<error xmlns="DAV:"><valid-sync-token/></error>')
        return then(asked, forward) if asked.headers.get("depth") == "1" else forward()

    return rule


def with_more(place: bytes, status: bytes) -> Rule:
    """Say of a place that something is wrong with it, beside what is said of it anyway."""
    said = b'<response xmlns="DAV:"><href>%b</href><status>HTTP/1.1 %b</status></response>'

    def rule(asked: Asked, forward: Forward) -> Said:
        answer = forward()
        href = place or asked.path.encode()
        return replace(
            answer, body=re.sub(rb"(<[^<>?!]*multistatus[^<>]*>)", rb"\1" + said % (href, status), answer.body, count=1)
        )

    return rule


def without_name(asked: Asked, forward: Forward) -> Said:
    """Tell of a place, but not which."""
    answer = forward()
    return replace(answer, body=re.sub(rb"(href>)[^<]*event-2[^<]*(</)", rb"\1\2", answer.body))


def cut(asked: Asked, forward: Forward) -> Said:
    """Cut an answer in the middle."""
    said = forward()
    return replace(said, cut=len(said.body) // 2)


WRONG_LISTS: dict[str, tuple[Rule, type[OSyncError]]] = {
    "a page of the hotel": (always(Said(200, PAGE)), CalendarUnavailableError),
    "a page of the hotel that claims to be a list": (always(Said(207, PAGE)), CalendarUnavailableError),
    "nothing at all": (always(Said(207)), CalendarUnavailableError),
    "an empty list": (always(Said(207, b'<multistatus xmlns="DAV:"/>')), CalendarUnavailableError),
    "a document type": (always(Said(207, LAUGHS)), CalendarUnavailableError),
    "another server": (changed_body(b"href>/alice", b"href>http://evil.example/alice"), CalendarUnavailableError),
    "no versions": (changed_body(b"getetag>", b"etag>"), CalendarUnavailableError),
    "an error for its members": (changed_body(b"200 OK", b"500 Broken"), CalendarUnavailableError),
    "an answer that is cut off": (cut, CalendarUnavailableError),
    "an answer that is said to be cut off": (with_more(b"", b"507 Insufficient Storage"), CalendarUnavailableError),
    "an answer that is said to be forbidden": (with_more(b"", b"403 Forbidden"), CalendarUnavailableError),
    "a place without a name": (without_name, CalendarUnavailableError),
    "no answer": (always(None), CalendarUnavailableError),
    "overload": (always(Said(503, PAGE)), CalendarUnavailableError),
    "long patience": (always(Said(429, headers={"Retry-After": "86400"})), CalendarUnavailableError),
    "a lock": (always(Said(423)), CalendarUnavailableError),
    "no such calendar": (always(Said(404, PAGE)), CalendarUnusableError),
    "a calendar that is gone for good": (always(Said(410)), CalendarUnusableError),
    "no permission": (always(Said(403)), CalendarUnusableError),
    "no WebDAV": (always(Said(405)), CalendarUnusableError),
    "another place": (always(Said(301, headers={"Location": "/elsewhere/"})), CalendarUnusableError),
    "another host": (always(Said(302, headers={"Location": "https://evil.example/"})), CalendarUnusableError),
    "nobody known": (always(Said(401, headers={"WWW-Authenticate": 'Basic realm="x"'})), SignInRefusedError),
}


@pytest.mark.parametrize("name", WRONG_LISTS)
def test_a_list_that_is_no_list_is_an_error_and_never_a_deletion(place: Place, name: str) -> None:
    rule, error = WRONG_LISTS[name]
    place.front.rule = rule
    with contextlib.suppress(error):
        # What is wrong with a list does not show where nothing has changed.
        assert place.listed() == [f"{name}.ics" for name in NAMES]
    place.client.put(f"{place.behind}event-3.ics", text_of("Changed", uid="event-3"))
    place.front.rule = forgets_tokens(rule)
    with pytest.raises(error) as caught:
        place.listed()
    assert "\n" not in str(caught.value)
    assert not {"alice-pw", "Hotel", "Basic"} & set(str(caught.value).split())
    place.front.rule = lambda asked, forward: forward()
    assert place.listed() == [f"{name}.ics" for name in NAMES]


def test_the_rest_of_a_list_that_is_cut_into_pages_is_asked_for(place: Place) -> None:
    pages: list[bytes] = []

    def rule(asked: Asked, forward: Forward) -> Said:
        said = forward()
        if b"sync-collection" in asked.body:
            pages.append(asked.body)
            if len(pages) == 1:
                more = b"<response><href>./</href><status>HTTP/1.1 507 Insufficient Storage</status></response>"
                first = (
                    b'<multistatus xmlns="DAV:">' + more + b"<sync-token>" + b"middle" + b"</sync-token></multistatus>"
                )
                return replace(said, body=first)
            assert b"middle" in asked.body
            return _forwarded_with_token(asked, place, pages[0])
        return said

    place.client.put(f"{place.behind}new.ics", text_of("New", uid="new"))
    place.front.rule = rule
    assert "new.ics" in place.listed()
    assert len(pages) == 2


def _forwarded_with_token(asked: Asked, place: Place, first: bytes) -> Said:
    answer = place.client.ask("REPORT", place.behind, first, {"Depth": "1", "Content-Type": "application/xml"})
    return Said(207, answer)


@pytest.mark.parametrize("status", [403, 409, 412, 400, 501, 507])
def test_a_lost_token_costs_a_whole_list_and_no_event(place: Place, status: int) -> None:
    place.client.put(f"{place.behind}new.ics", text_of("New", uid="new"))
    place.client.delete(f"{place.behind}event-2.ics")
    place.front.rule = lambda asked, forward: (
        Said(status, b'<error xmlns="DAV:"><valid-sync-token/></error>') if b"sync-coll" in asked.body else forward()
    )
    assert place.listed() == sorted({f"{name}.ics" for name in NAMES} - {"event-2.ics"} | {"new.ics"})


def test_changes_of_places_without_a_name_are_not_believed(place: Place) -> None:
    place.client.put(f"{place.behind}event-2.ics", text_of("Changed", uid="event-2"))
    place.front.rule = only_for("REPORT", without_name)
    before = len(place.front.asked)
    assert place.listed() == [f"{name}.ics" for name in NAMES]
    assert "1" in {each.headers.get("depth") for each in place.front.asked[before:]}


@pytest.mark.parametrize("body", [b"", b"\r\n", PAGE])
def test_nothing_that_comes_empty_or_as_a_page_is_an_event_that_is_gone(place: Place, body: bytes) -> None:
    place.front.rule = lambda asked, forward: Said(405 if asked.method == "REPORT" else 200, body)
    (stored,) = place.calendar().read(["event-1.ics"])
    assert stored.event is None
    assert stored.problem


def test_what_was_noted_of_another_account_is_not_believed(place: Place, xandikos: DavServer) -> None:
    place.front.rule = lambda asked, forward: forward()
    before = len(place.front.asked)
    password = xandikos.user("bob").password
    list(calendar_at(place.url, "bob", password, notebook=place.notes).refs())
    assert "1" in {each.headers.get("depth") for each in place.front.asked[before:]}


def test_what_another_server_wants_to_hear_is_not_told_before_it_asks(place: Place) -> None:
    with running_front(0) as other:
        other.rule = lambda asked, forward: Said(503)
        with contextlib.suppress(CalendarUnavailableError):
            list(calendar_at(f"http://127.0.0.1:{other.port}/", notebook=place.notes).refs())
        assert "authorization" not in other.asked[0].headers


def test_a_server_that_takes_any_token_and_tells_all_is_seen_through(place: Place) -> None:
    for number in range(30):
        place.client.put(f"{place.behind}more-{number}.ics", text_of("More", uid=f"more-{number}"))
    place.listed()
    place.client.delete(f"{place.behind}event-2.ics")
    # As DAViCal: everything that is there, and no word of what is gone.
    everything = b'<sync-collection xmlns="DAV:"><sync-token/><sync-level>1</sync-level><prop><getetag/></prop></sync-collection>'
    place.front.rule = lambda asked, forward: (
        _forwarded_with_token(asked, place, everything) if b"sync-coll" in asked.body else forward()
    )
    assert "event-2.ics" not in place.listed()


@pytest.mark.parametrize("arrives", [True, False], ids=["answer lost", "request lost"])
class TestLost:
    """The connection is cut around one write."""

    @staticmethod
    def lose(place: Place, *, arrives: bool) -> None:
        """Cut the connection at the first write."""
        lost: list[Asked] = []

        def rule(asked: Asked, forward: Forward) -> Said | None:
            if asked.method in ("PUT", "DELETE") and not lost:
                lost.append(asked)
                if arrives:
                    forward()
                return None
            return forward()

        place.front.rule = rule

    def test_a_new_event_is_there_once(self, place: Place, arrives: bool) -> None:
        calendar = place.calendar()
        self.lose(place, arrives=arrives)
        ref = calendar.create(event("New", uid="new"))
        assert ref in list(calendar.refs())
        assert place.served() == len(NAMES) + 1

    def test_a_change_is_there_once(self, place: Place, arrives: bool) -> None:
        calendar = place.calendar()
        (stored,) = calendar.read(["event-1.ics"])
        self.lose(place, arrives=arrives)
        ref = calendar.replace(stored.ref, event("Other", uid="event-1"))
        assert ref in list(calendar.refs())
        assert b"Other" in text_at(calendar, "event-1.ics")

    def test_a_deletion_is_done(self, place: Place, arrives: bool) -> None:
        calendar = place.calendar()
        (stored,) = calendar.read(["event-1.ics"])
        self.lose(place, arrives=arrives)
        calendar.delete(stored.ref)
        assert place.served() == len(NAMES) - 1


def test_what_another_wrote_in_the_place_of_a_lost_request_is_left_alone(place: Place) -> None:
    calendar = place.calendar()
    (stored,) = calendar.read(["event-1.ics"])

    def rule(asked: Asked, forward: Forward) -> Said | None:
        if asked.method == "PUT":
            place.front.rule = lambda asked, forward: forward()
            place.client.put(f"{place.behind}event-1.ics", text_of("Theirs", uid="event-1"))
            place.client.put(f"{place.behind}new.ics", text_of("Theirs", uid="new"))
            return None
        return forward()

    place.front.rule = rule
    with pytest.raises(EventChangedError):
        calendar.replace(stored.ref, event("Ours", uid="event-1"))
    assert b"Theirs" in text_at(calendar, "event-1.ics")
    with pytest.raises(EventExistsError) as caught:
        calendar.create(event("Ours", uid="new"))
    assert caught.value.handle == "new.ics"


def test_an_answer_that_is_lost_twice_is_told_and_the_next_run_finds_the_event(place: Place) -> None:
    calendar = place.calendar()

    def rule(asked: Asked, forward: Forward) -> Said | None:
        forward()
        return None

    place.front.rule = only_for("PUT", rule)
    with pytest.raises(CalendarUnavailableError):
        calendar.create(event("New", uid="new"))
    with pytest.raises(CalendarUnavailableError):
        calendar.create(event("New", uid="new"))
    place.front.rule = lambda asked, forward: forward()
    with pytest.raises(EventExistsError) as caught:
        place.calendar().create(event("New", uid="new"))
    assert caught.value.handle == "new.ics"
    assert place.served() == len(NAMES) + 1


WRITES: dict[str, tuple[Said, type[OSyncError]]] = {
    "no permission": (Said(403), CalendarUnusableError),
    "no permission, by name": (Said(403, b'<error xmlns="DAV:"><need-privileges/></error>'), CalendarUnusableError),
    "text that is refused": (
        Said(403, b'<error xmlns="DAV:"><valid-calendar-data xmlns="urn:ietf:params:xml:ns:caldav"/></error>'),
        EventRefusedError,
    ),
    "a bad request": (Said(400, PAGE), EventRefusedError),
    "too large": (Said(413), EventRefusedError),
    "wrong type": (Said(415), EventRefusedError),
    "a fault at this event": (Said(500, PAGE), EventRefusedError),
    "a fault of the gateway": (Said(502, PAGE), CalendarUnavailableError),
    "overload": (Said(503), CalendarUnavailableError),
    "too often": (Said(429), CalendarUnavailableError),
    "a lock": (Said(423), CalendarUnavailableError),
    "no room": (Said(507), DiskFullError),
    "a lost session": (Said(401, headers={"WWW-Authenticate": 'Basic realm="x"'}), SignInRefusedError),
}


@pytest.mark.parametrize("name", WRITES)
def test_a_refused_write_changes_nothing_and_says_whose_fault_it_is(place: Place, name: str) -> None:
    said, error = WRITES[name]
    calendar = place.calendar()
    (stored,) = calendar.read(["event-1.ics"])
    place.front.rule = lambda asked, forward: said if asked.method in ("PUT", "DELETE") else forward()
    with pytest.raises(error):
        calendar.delete(stored.ref)
    with pytest.raises(error):
        calendar.create(event("New", uid="new"))
    with pytest.raises(error):
        calendar.replace(stored.ref, event("Other", uid="event-1"))
    place.front.rule = lambda asked, forward: forward()
    assert place.listed() == [f"{name}.ics" for name in NAMES]
    assert calendar.replace(stored.ref, event("Other", uid="event-1")).handle == "event-1.ics"


def test_a_server_that_does_not_tell_the_new_version_is_asked_for_it(place: Place) -> None:
    def rule(asked: Asked, forward: Forward) -> Said:
        said = forward()
        return replace(said, headers={name: value for name, value in said.headers.items() if name.lower() != "etag"})

    place.front.rule = only_for("PUT", rule)
    calendar = place.calendar()
    ref = calendar.create(event("New", uid="new"))
    again = calendar.replace(ref, event("Other", uid="new"))
    assert again in list(calendar.refs())
    assert ref not in list(calendar.refs())


def test_weak_versions_are_compared_as_strong_ones(place: Place) -> None:
    def rule(asked: Asked, forward: Forward) -> Said:
        said = forward()
        weak = {name: f"W/{value}" if name.lower() == "etag" else value for name, value in said.headers.items()}
        return replace(said, headers=weak, body=said.body.replace(b'getetag>"', b'getetag>W/"'))

    place.front.rule = rule
    calendar = place.calendar()
    ref = calendar.create(event("New", uid="new"))
    assert calendar.replace(ref, event("Other", uid="new")) in list(calendar.refs())


def test_what_a_batch_leaves_out_or_cannot_say_is_read_alone(place: Place) -> None:
    handles = [f"{name}.ics" for name in NAMES]
    for rule in (
        always(Said(207, b'<multistatus xmlns="DAV:"/>')),
        always(Said(207, b'<multistatus xmlns="DAV:"><response>\x0b')),
        always(Said(403, b'<error xmlns="DAV:"><supported-report/></error>')),
        always(Said(501)),
    ):
        place.front.rule = only_for("REPORT", rule)
        assert [stored.ref.handle for stored in place.calendar().read([*handles, "gone.ics"])] == handles


def test_a_server_that_fails_while_events_are_read_is_an_error(place: Place) -> None:
    for rule in (always(Said(503)), always(None), always(Said(200, PAGE))):
        place.front.rule = rule
        with pytest.raises(CalendarUnavailableError):
            list(place.calendar().read([f"{name}.ics" for name in NAMES]))


def test_a_server_may_spell_names_as_it_likes(place: Place) -> None:
    place.client.put(f"{place.behind}caf%C3%A9%40x.ics", text_of("Odd", uid="odd"))
    for spelled in (b"caf%c3%a9%40x", b"caf%C3%A9@x", "café@x".encode()):
        place.front.rule = changed_body(b"caf%C3%A9%40x", spelled)
        (handle,) = (handle for handle in place.listed() if handle.startswith("caf"))
        (stored,) = place.calendar().read([handle])
        assert stored.event
        assert stored.event.uid == "odd"


def test_one_event_that_is_not_given_does_not_hide_the_others(place: Place) -> None:
    place.front.rule = lambda asked, forward: (
        Said(403) if asked.path.endswith("event-1.ics") or b"multiget" in asked.body else forward()
    )
    stored = list(place.calendar().read([f"{name}.ics" for name in NAMES]))
    assert [bool(each.problem) for each in stored] == [False, True, False, False, False]


@pytest.mark.parametrize(
    "handle", ["", "/", "..", "../calendar/x.ics", "a/../../b.ics", "//evil.example/x.ics", "%2e%2e/x"]
)
def test_a_handle_that_leads_out_is_asked_of_nobody(place: Place, handle: str) -> None:
    calendar = place.calendar()
    asked = len(place.front.asked)
    assert list(calendar.read([handle])) == []
    assert len(place.front.asked) == asked


def test_a_server_that_is_started_anew_in_the_middle_is_found_again(place: Place, xandikos: DavServer) -> None:
    calendar = calendar_at(place.behind)
    calendar.create(event("Before", uid="before"))
    xandikos.stop()
    with pytest.raises(CalendarUnavailableError):
        calendar.create(event("During", uid="during"))
    with pytest.raises(CalendarUnavailableError):
        list(calendar.refs())
    xandikos.start()
    calendar.create(event("After", uid="after"))
    assert len(list(calendar.refs())) == len(NAMES) + 2


def test_nothing_that_would_invite_anybody_is_written(place: Place) -> None:
    calendar = place.calendar()
    for line in ("ORGANIZER:mailto:pat@example.org", "ATTENDEE;CN=Pat:mailto:pat@example.org"):
        with pytest.raises(EventRefusedError):
            calendar.create(event("Meeting", line, uid="new"))
    (stored,) = calendar.read(["event-1.ics"])
    with pytest.raises(EventRefusedError):
        calendar.replace(stored.ref, event("Meeting", "ATTENDEE:mailto:pat@example.org", uid="event-1"))
    assert not [asked for asked in place.front.asked if asked.method == "PUT"]


def test_a_change_is_noticed_once_and_without_the_notebook(place: Place) -> None:
    calendar = place.calendar()
    assert [calendar.has_changed(), calendar.has_changed()] == [False, False]
    place.client.put(f"{place.behind}new.ics", text_of("New", uid="new"))
    assert [calendar.has_changed(), calendar.has_changed()] == [True, False]
    place.front.rule = always(None)
    with pytest.raises(CalendarUnavailableError):
        calendar.has_changed()


def test_a_calendar_without_tokens_is_listed_when_its_tag_differs(place: Place) -> None:
    place.front.rule = changed_body(b"sync-token", b"no-token")
    notes = LooseNotebook()
    calendar_at(place.url, notebook=notes).refs()
    asked = len(place.front.asked)
    assert len(list(calendar_at(place.url, notebook=notes).refs())) == len(NAMES)
    assert [each.headers["depth"] for each in place.front.asked[asked:]] == ["0"]
    place.client.delete(f"{place.behind}event-1.ics")
    assert len(list(calendar_at(place.url, notebook=notes).refs())) == len(NAMES) - 1


def test_a_place_whose_properties_are_missing_has_not_vanished(place: Place) -> None:
    place.client.put(f"{place.behind}event-3.ics", text_of("Changed", uid="event-3"))
    place.front.rule = only_for("REPORT", changed_body(b"200 OK", b"404 Not Found"))
    assert len(place.listed()) == len(NAMES)
    assert len(list(place.calendar().read([f"{name}.ics" for name in NAMES]))) == len(NAMES)


def test_a_calendar_without_tokens_is_watched_by_its_list(place: Place) -> None:
    place.front.rule = changed_body(b"sync-token>", b"no-token>")
    calendar = calendar_at(place.url)
    assert len(list(calendar.refs())) == len(NAMES)
    place.front.rule = lambda asked, forward: replace(
        said := forward(), body=said.body.replace(b"sync-token", b"no-token").replace(b"getctag", b"no-tag")
    )
    assert [calendar.has_changed(), calendar.has_changed()] == [False, False]
    place.client.delete(f"{place.behind}event-1.ics")
    assert calendar.has_changed()


def test_a_server_that_cannot_write_twice_at_a_time_is_written_one_by_one_from_then_on(place: Place) -> None:
    inside: list[Asked] = []
    disturbed: list[Asked] = []
    both = threading.Barrier(2, timeout=20)

    def rule(asked: Asked, forward: Forward) -> Said:
        if asked.method != "PUT":
            return forward()
        if len(inside) < 2:
            inside.append(asked)
            both.wait()
        if len(inside) == 2 and len(disturbed) < 2:
            disturbed.append(asked)
            return Said(423 if len(disturbed) == 1 else 500)
        return forward()

    place.front.rule = rule
    calendar = place.calendar()
    assert calendar.writes_at_once == 4
    with ThreadPoolExecutor(2) as threads:
        made = [threads.submit(calendar.create, event("New", uid=f"new-{number}")) for number in range(2)]
        assert {each.result().handle for each in made} == {"new-0.ics", "new-1.ics"}
    calendar.settle_writes()
    assert place.calendar().writes_at_once == 1
    assert place.served() == len(NAMES) + 2
