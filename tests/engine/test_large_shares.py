"""Shares that need several mails, and events that need a zone of their own."""

import base64
import random
from dataclasses import replace

from engine.world import Person, Story, event_of, lunch

from osync.engine.broadcast import _halves, _Piece
from osync.engine.sharing import NewShare, new_share
from osync.ical.event import Event, read_events
from osync.ledger.shares import PublishedText
from osync.message.manifest import MAX_EVENTS
from osync.model import PublishedEvent

_ODD_ZONE = (
    "BEGIN:VTIMEZONE",
    "TZID:Hut",
    "BEGIN:STANDARD",
    "DTSTART:19700101T000000",
    "TZOFFSETFROM:+0417",
    "TZOFFSETTO:+0417",
    "END:STANDARD",
    "END:VTIMEZONE",
)


def _published(number: int, letter: str = "a") -> PublishedText:
    key = letter + chr(ord("a") + number % 26) + "a" * 24
    return PublishedText(PublishedEvent(key, "u", "", number, 1, True, "f", "t", "", "", 0), "x")


def test_a_share_of_more_events_than_a_mail_holds_arrives_whole() -> None:
    story = Story()
    for number in range(MAX_EVENTS + 30):
        story.pat.events.put(f"{number}", event_of(*lunch(f"Lunch {number}"), uid=f"lunch-{number}"))
    story.joined()
    assert [mail.kind for mail in story.pat.ledger.mails.sent(9)] == ["snapshot", "snapshot", "invite"]
    assert len(story.tester.texts()) == MAX_EVENTS + 30
    for number in range(MAX_EVENTS + 10):
        story.pat.events.put(f"{number}", event_of(*lunch(f"Moved {number}", 13), uid=f"lunch-{number}"))
    story.settle()
    assert sum(title.startswith("[pat] Moved") for title in story.tester.titles()) == MAX_EVENTS + 10


def test_a_piece_is_cut_between_revisions() -> None:
    piece = _Piece(0, 9, tuple(_published(number) for number in (2, 5, 7, 9)))
    first, second = _halves(piece, by_bucket=False)
    assert (first.low, first.high, second.low, second.high) == (0, 6, 6, 9)
    assert [text.event.revision for text in first.events] == [2, 5]
    assert [text.event.revision for text in second.events] == [7, 9]


def test_a_piece_is_cut_between_buckets() -> None:
    piece = _Piece(0, 1024, tuple(_published(number) for number in range(4)))
    first, second = _halves(piece, by_bucket=True)
    assert (first.low, first.high, second.low, second.high) == (0, 2, 2, 1024)
    assert len(first.events) == len(second.events) == 2


def test_a_piece_of_one_revision_or_bucket_cannot_be_cut() -> None:
    for by_bucket in (False, True):
        piece = _Piece(0 if by_bucket else 4, 1 if by_bucket else 5, (_published(5),))
        assert list(_halves(piece, by_bucket=by_bucket)) == [piece]


def test_what_does_not_fit_into_one_mail_goes_in_halves() -> None:
    story, chance = Story(), random.Random(1)
    for number in range(600):
        noise = base64.b64encode(chance.randbytes(4_500)).decode()
        story.pat.events.put(f"{number}", event_of(*lunch("Lunch", 12, f"DESCRIPTION:{noise}"), uid=f"{number}"))
    new_share(story.pat.installation, NewShare("club", "OSync", "default", notes=True))
    story.pat.invite(story.tester)
    story.tester.sync()
    story.tester.accept()
    story.settle()
    kinds = [mail.kind for mail in story.pat.ledger.mails.sent(99)]
    assert kinds.count("snapshot") > 1
    assert all(len(mail.content) < 2_900_000 for mail in story.pat.mailbox.sent)
    assert len(story.tester.texts()) == 600


def test_a_zone_without_a_name_travels_with_its_event() -> None:
    story = Story()
    body = (
        "BEGIN:VEVENT",
        "UID:hut",
        "SUMMARY:Hut",
        "DTSTART;TZID=Hut:20261201T120000",
        "CATEGORIES:OSync",
        "END:VEVENT",
    )
    story.pat.events.put("hut", _event_with_zone(*body))
    story.joined()
    (text,) = story.tester.texts().values()
    assert "TZOFFSETTO:+0417" in text
    assert "TZID:Hut" not in text
    (share,) = story.pat.ledger.shares.all()
    assert story.tester.ledger.subscriptions.zones(share.share_id) == story.pat.ledger.subscriptions.zones(
        share.share_id
    )


def _event_with_zone(*body: str) -> Event:
    lines = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", *_ODD_ZONE, *body, "END:VCALENDAR", "")
    return read_events("\r\n".join(lines).encode()).events[0]


def test_a_late_subscriber_gets_what_the_others_have() -> None:
    story = Story()
    story.pat.put(*lunch("Lunch"), uid="lunch")
    story.joined()
    story.pat.put(*lunch("Dinner", 19), uid="dinner")
    carol = Person("carol", story.office, story.clock)
    story.pat.invite(carol)
    carol.sync()
    carol.accept()
    story.settle()
    carol.sync()
    assert carol.titles() == story.tester.titles() == ["[pat] Dinner", "[pat] Lunch"]
    assert set(carol.texts()) == set(story.tester.texts()), "a copy has the same UID everywhere"


def test_a_new_share_of_a_calendar_that_is_read_already_sees_all_of_it() -> None:
    story = Story()
    story.pat.put(*lunch("Lunch"), uid="lunch")
    story.pat.share("first")
    story.pat.sync()
    story.pat.share("second")
    report = story.pat.sync()
    assert [(change.share, change.title) for change in report.changes] == [("second", "Lunch")]


def test_an_event_that_ended_long_ago_leaves_without_a_mail_and_stays_in_the_calendar() -> None:
    story = Story()
    story.pat.put(*lunch("Lunch"), uid="lunch")
    story.joined()
    sent = len(story.pat.mailbox.sent)
    story.clock.forward(days=150)
    story.settle()
    assert len(story.pat.mailbox.sent) == sent
    story.pat.put("SUMMARY:New", "DTSTART:20270601T120000Z", "CATEGORIES:OSync", uid="new")
    story.settle()
    assert story.tester.titles() == ["[pat] Lunch", "[pat] New"]
    (share,) = story.tester.ledger.subscriptions.all()
    assert story.tester.ledger.subscriptions.live_count(share.share_id) == 1
    story.pat.remove("lunch")
    story.settle()
    assert story.tester.titles() == ["[pat] Lunch", "[pat] New"], "it is the user's own now"


def test_a_replaced_subscription_keeps_its_progress() -> None:
    story = Story()
    story.pat.put(*lunch("Lunch"), uid="lunch")
    story.joined()
    subscriptions = story.tester.ledger.subscriptions
    (subscription,) = subscriptions.all()
    before = subscriptions.progress(subscription.share_id)
    with story.tester.ledger.transaction():
        subscriptions.put(replace(subscription, sender="other"))
    assert subscriptions.progress(subscription.share_id) == before
