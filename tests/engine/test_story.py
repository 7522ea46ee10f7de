"""Two people share a calendar by mail: the main job."""

import pytest
from engine.world import START, Clock, Person, Story, event_of, lunch

from osync.engine.report import Direction
from osync.engine.sharing import stop
from osync.engine.subscribing import leave
from osync.errors import NotFoundError
from osync.ical.copy import marker_of
from osync.mailboxes.memory import MemoryPostOffice
from osync.model import ChangeAction, PrivacyLevel, SubscriberState, SubscriptionState


def test_new_changed_and_deleted_events_travel() -> None:
    story = Story()
    story.pat.put(*lunch("Lunch"), uid="lunch@pat")
    story.pat.put("SUMMARY:Secret", "DTSTART:20261201T120000Z", uid="secret@pat")
    story.joined()
    assert story.tester.titles() == ["[pat] Lunch"]
    story.pat.put(*lunch("Lunch with Jo"), uid="lunch@pat")
    story.pat.put(*lunch("Dinner", 19), uid="dinner@pat")
    story.settle()
    assert story.tester.titles() == ["[pat] Dinner", "[pat] Lunch with Jo"]
    story.pat.remove("lunch@pat")
    story.settle()
    assert story.tester.titles() == ["[pat] Dinner"]


def test_losing_the_category_is_a_deletion_for_the_subscriber() -> None:
    story = Story()
    for uid in ("a", "b"):
        story.pat.put(*lunch(uid), uid=uid)
    story.joined()
    story.pat.put("SUMMARY:a", "DTSTART:20261201T120000Z", "DURATION:PT1H", uid="a")
    story.settle()
    assert story.tester.titles() == ["[pat] b"]
    assert "a" in story.pat.texts()


def test_a_second_sync_with_nothing_changed_reads_sends_and_writes_nothing() -> None:
    story = Story()
    for number in range(5):
        story.pat.put(*lunch(f"Lunch {number}"), uid=f"lunch-{number}")
    story.joined()
    for person in (story.pat, story.tester):
        before = list(person.ledger._database._connection.iterdump())
        person.calendar.read_handles.clear()
        sent, writes = len(person.mailbox.sent), person.calendar.writes
        report = person.sync()
        assert (report.changes, report.mails, report.problems, report.held) == ([], [], [], [])
        assert person.calendar.read_handles == []
        assert (len(person.mailbox.sent), person.calendar.writes) == (sent, writes)
        assert list(person.ledger._database._connection.iterdump()) == before


def test_only_what_changed_is_read() -> None:
    story = Story()
    for number in range(30):
        story.pat.put(*lunch(f"Lunch {number}"), uid=f"lunch-{number}")
    story.joined()
    story.pat.put(*lunch("Brunch"), uid="lunch-7")
    story.pat.calendar.read_handles.clear()
    story.pat.sync()
    assert len(story.pat.calendar.read_handles) == 1


def test_saving_an_event_again_sends_nothing() -> None:
    story = Story()
    story.pat.put(*lunch("Lunch"), uid="lunch")
    story.joined()
    sent = len(story.pat.mailbox.sent)
    story.pat.put(*lunch("Lunch", 12, "SEQUENCE:7", "ATTENDEE:mailto:jo@example.com", "X-NOISE:1"), uid="lunch")
    story.settle()
    assert len(story.pat.mailbox.sent) == sent


def test_the_subscribers_alarms_and_categories_survive_an_update() -> None:
    story = Story()
    story.pat.put(*lunch("Lunch"), uid="lunch")
    story.joined()
    (uid,) = story.tester.texts()
    text = story.tester.texts()[uid]
    lines = [line for line in text.split("BEGIN:VEVENT\r\n")[1].split("END:VEVENT")[0].split("\r\n") if line]
    lines = [line for line in lines if not line.startswith(("UID:", "DTSTAMP:"))]
    alarm = ("BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT5M", "DESCRIPTION:x", "END:VALARM")
    story.tester.put(*lines, "CATEGORIES:Mine", *alarm, uid=uid)
    story.pat.put(*lunch("Late lunch", 14), uid="lunch")
    story.settle()
    assert story.tester.titles() == ["[pat] Late lunch"]
    assert "CATEGORIES:Mine" in story.tester.texts()[uid]
    assert "TRIGGER:-PT5M" in story.tester.texts()[uid]


def test_a_copy_that_the_subscriber_deleted_stays_away() -> None:
    story = Story()
    story.pat.put(*lunch("Lunch"), uid="lunch")
    story.pat.put(*lunch("Dinner", 19), uid="dinner")
    story.joined()
    gone = next(uid for uid, text in story.tester.texts().items() if "Lunch" in text)
    story.tester.remove(gone)
    story.pat.put(*lunch("Lunch moved", 13), uid="lunch")
    story.settle()
    story.pat.put(*lunch("Lunch moved again", 14), uid="lunch")
    story.settle()
    assert story.tester.titles() == ["[pat] Dinner"]


def test_both_share_and_nothing_received_is_shared_on() -> None:
    story = Story()
    story.pat.put(*lunch("From pat"), uid="p")
    story.tester.put(*lunch("From tester"), uid="t")
    story.joined()
    story.tester.share("office")
    story.tester.invite(story.pat, "office")
    story.pat.sync()
    story.pat.accept(sender="tester")
    for _ in range(5):
        story.settle()
    assert story.pat.titles() == ["From pat", "[tester] From tester"]
    assert story.tester.titles() == ["From tester", "[pat] From pat"]


def test_a_received_copy_with_the_category_is_not_shared_on() -> None:
    story = Story()
    story.pat.put(*lunch("From pat"), uid="p")
    story.joined()
    carol = Person("carol", story.office, story.clock)
    story.tester.share("office")
    story.tester.invite(carol, "office")
    carol.sync()
    carol.accept()
    (uid,) = story.tester.texts()
    story.tester.put(*lunch("[pat] From pat"), uid=uid)
    for _ in range(3):
        story.settle()
        carol.sync()
    assert carol.titles() == []


def test_a_mass_deletion_stops_and_asks_the_owner() -> None:
    story = Story()
    for number in range(40):
        story.pat.put(*lunch(f"Lunch {number}"), uid=f"lunch-{number}")
    story.joined()
    for number in range(30):
        story.pat.remove(f"lunch-{number}")
    report = story.pat.sync()
    assert report.exit_code == 3
    assert "30 of 40 events" in report.held[0].reason
    story.tester.sync()
    assert len(story.tester.titles()) == 40
    assert story.pat.sync(approve=True).exit_code == 0
    assert story.tester.sync().exit_code == 3, "the subscriber's own guard asks too"
    assert len(story.tester.titles()) == 40
    assert story.tester.sync(approve=True).exit_code == 0
    assert len(story.tester.titles()) == 10


def test_a_calendar_that_is_suddenly_empty_stops_and_asks() -> None:
    story = Story()
    story.pat.put(*lunch("Lunch"), uid="lunch")
    story.joined()
    story.pat.remove("lunch")
    assert story.pat.sync().exit_code == 3
    story.tester.sync()
    assert story.tester.titles() == ["[pat] Lunch"]


def test_a_dry_run_tells_and_does_nothing() -> None:
    story = Story()
    story.pat.put(*lunch("Lunch"), uid="lunch")
    story.joined()
    story.pat.put(*lunch("Dinner", 19), uid="dinner")
    sent = len(story.pat.mailbox.sent)
    rehearsed = story.pat.sync(dry_run=True)
    assert [(c.direction, c.action, c.title) for c in rehearsed.changes] == [
        (Direction.OUT, ChangeAction.NEW, "Dinner")
    ]
    assert len(story.pat.mailbox.sent) == sent
    story.pat.sync()
    rehearsed = story.tester.sync(dry_run=True)
    assert [change.title for change in rehearsed.changes] == ["[pat] Dinner"]
    assert story.tester.titles() == ["[pat] Lunch"]
    story.tester.sync()
    assert story.tester.titles() == ["[pat] Dinner", "[pat] Lunch"]


def test_stopping_a_share_leaves_the_copies_and_sends_nothing_more() -> None:
    story = Story()
    story.pat.put(*lunch("Lunch"), uid="lunch")
    story.joined()
    stop(story.pat.installation, "club")
    story.pat.put(*lunch("Lunch moved", 13), uid="lunch")
    story.settle()
    assert story.tester.titles() == ["[pat] Lunch"]
    (subscription,) = story.tester.ledger.subscriptions.all()
    assert subscription.state is SubscriptionState.ENDED


def test_one_subscriber_can_be_stopped() -> None:
    story = Story()
    story.pat.put(*lunch("Lunch"), uid="lunch")
    story.joined()
    carol = Person("carol", story.office, story.clock)
    story.pat.invite(carol)
    carol.sync()
    carol.accept()
    story.settle()
    carol.sync()
    stop(story.pat.installation, "club", "tester@example.org")
    story.pat.put(*lunch("Lunch moved", 13), uid="lunch")
    story.settle()
    carol.sync()
    assert story.tester.titles() == ["[pat] Lunch"]
    assert carol.titles() == ["[pat] Lunch moved"]


def test_leaving_keeps_the_copies_or_removes_them() -> None:
    for remove, titles in ((False, ["[pat] Lunch"]), (True, [])):
        story = Story()
        story.pat.put(*lunch("Lunch"), uid="lunch")
        story.joined()
        leave(story.tester.installation, "club", remove=remove)
        assert story.tester.titles() == titles
        story.pat.put(*lunch("Lunch moved", 13), uid="lunch")
        story.settle()
        assert story.tester.titles() == titles
        (subscriber,) = story.pat.ledger.shares.subscribers(story.pat.ledger.shares.all()[0].share_id)
        assert subscriber.state is SubscriberState.LEFT


def test_copies_are_removed_only_where_it_is_clear_which_are_meant() -> None:
    story = Story()
    story.pat.put(*lunch("Lunch"), uid="lunch")
    story.joined()
    stop(story.pat.installation, "club")
    story.settle()
    story.pat.share("club", category="Other")
    story.pat.put(*lunch("Tea", 15), "CATEGORIES:Other", uid="tea")
    story.pat.invite(story.tester)
    story.tester.sync()
    story.tester.accept(sender="pat")
    story.settle()
    assert story.tester.titles() == ["[pat] Lunch", "[pat] Tea"]
    with pytest.raises(NotFoundError, match="Several subscriptions are called club"):
        leave(story.tester.installation, "club", remove=True)
    assert story.tester.titles() == ["[pat] Lunch", "[pat] Tea"]
    ended = next(each for each in story.tester.ledger.subscriptions.all() if each.state is SubscriptionState.ENDED)
    leave(story.tester.installation, ended.share_id, remove=True)
    assert story.tester.titles() == ["[pat] Tea"]
    leave(story.tester.installation, "club", remove=True)
    assert story.tester.titles() == []


def test_accepting_again_after_leaving_brings_everything_back() -> None:
    story = Story()
    story.pat.put(*lunch("Lunch"), uid="lunch")
    story.joined()
    leave(story.tester.installation, "club", remove=False)
    story.settle()
    story.pat.put(*lunch("Lunch moved", 13), uid="lunch")
    story.pat.invite(story.tester)
    story.tester.sync()
    story.tester.accept(sender="pat")
    story.settle()
    assert story.tester.titles() == ["[pat] Lunch moved"]


def test_a_level_hides_what_it_hides() -> None:
    story = Story()
    story.pat.put(*lunch("Lunch", 12, "LOCATION:Canteen", "DESCRIPTION:private words"), uid="lunch")
    story.pat.share("club", level=PrivacyLevel.BUSY)
    story.pat.invite(story.tester)
    story.tester.sync()
    story.tester.accept()
    story.settle()
    (text,) = story.tester.texts().values()
    assert "SUMMARY:[pat] Busy" in text
    assert not any(word in text for word in ("Lunch", "Canteen", "private"))


def test_an_event_far_away_leaves_when_its_time_comes() -> None:
    story = Story()
    story.pat.put("SUMMARY:Far", "DTSTART:20290101T120000Z", "CATEGORIES:OSync", uid="far")
    story.pat.put(*lunch("Near"), uid="near")
    story.joined()
    assert story.tester.titles() == ["[pat] Near"]
    story.clock.forward(days=60)
    story.settle()
    assert story.tester.titles() == ["[pat] Far", "[pat] Near"]


def test_an_unreadable_place_is_no_deletion() -> None:
    story = Story()
    story.pat.put(*lunch("Lunch"), uid="lunch")
    story.pat.put(*lunch("Dinner", 19), uid="dinner")
    story.joined()
    story.pat.events.put("lunch", problem="The text is cut off.")
    report = story.pat.sync()
    assert report.changes == []
    assert "The text is cut off." in report.problems[0].sentence
    story.tester.sync()
    assert story.tester.titles() == ["[pat] Dinner", "[pat] Lunch"]
    assert story.pat.sync().problems == [], "it is said once, not at each run"


def test_two_places_with_one_uid_share_the_first_and_say_so() -> None:
    story = Story()
    story.pat.put(*lunch("First"), uid="twin")
    story.pat.events.put("zzz", event_of(*lunch("Second"), uid="twin"))
    story.pat.share()
    report = story.pat.sync()
    assert "same UID" in report.problems[0].sentence
    assert [change.title for change in report.changes] == ["First"]
    story.pat.events.remove("twin")
    assert [change.title for change in story.pat.sync().changes] == ["Second"]


def test_what_the_subscriber_wrote_under_the_same_name_is_left_alone() -> None:
    story = Story()
    story.pat.put(*lunch("Lunch"), uid="lunch")
    story.joined()
    (uid,) = story.tester.texts()
    copy = next(iter(story.tester.events.read([ref.handle for ref in story.tester.events.refs()])))
    assert copy.event
    assert marker_of(copy.event)
    foreign = event_of("SUMMARY:My own", "DTSTART:20261201T120000Z", uid="something-else")
    story.tester.events.put(copy.ref.handle, foreign)
    story.pat.put(*lunch("Lunch moved", 13), uid="lunch")
    story.pat.sync()
    report = story.tester.sync()
    assert "not the copy that OSync wrote" in report.problems[0].sentence
    assert story.tester.titles() == ["My own"]
    assert uid not in story.tester.texts()


def test_an_unknown_recipient_is_said_and_the_others_get_theirs() -> None:
    clock, office = Clock(), MemoryPostOffice()
    pat = Person("pat", office, clock)
    pat.share()
    pat.put(*lunch(), uid="lunch")
    nobody = Person("nobody", MemoryPostOffice(), clock)
    report = pat.invite(nobody)
    assert any("nobody@example.org" in problem.sentence for problem in report.problems)
    assert clock() >= START
