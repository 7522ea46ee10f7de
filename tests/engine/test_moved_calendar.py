"""A calendar that lies elsewhere than before, or that is gone: nobody deleted what is not in it."""

from engine.world import Story, lunch

from osync.engine.epochs import begin_epoch
from osync.engine.undo import undo
from osync.ical.event import read_events

ALARM = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT15M\r\nDESCRIPTION:soon\r\nEND:VALARM"


def _with(*titles: str) -> Story:
    """Give a story in which tester has these events of pat."""
    story = Story()
    for title in titles:
        story.pat.put(*lunch(title), uid=title)
    return story.joined()


def test_copies_are_written_to_the_new_place_of_a_calendar() -> None:
    story = _with("Choir", "Lunch")
    old = story.tester.move()
    report = story.tester.sync()
    assert story.tester.titles() == ["[pat] Choir", "[pat] Lunch"]
    assert len(list(old.refs())) == 2
    (problem,) = report.problems
    assert "another place" in problem.sentence
    assert "(2)" in problem.sentence
    story.pat.put(*lunch("Choir", 18), uid="Choir")
    story.pat.remove("Lunch")
    story.settle()
    assert story.tester.titles() == ["[pat] Choir"]
    assert "T180000Z" in "".join(story.tester.texts().values())


def test_a_second_sync_after_the_move_does_nothing() -> None:
    story = _with("Lunch")
    story.tester.move()
    story.tester.sync()
    writes = story.tester.calendar.writes
    report = story.tester.sync()
    assert (report.problems, report.changes, story.tester.calendar.writes) == ([], [], writes)


def test_copies_that_were_carried_along_stay_as_they_are() -> None:
    story = _with("Choir", "Lunch")
    story.tester.edit("[pat] Lunch", ALARM, "LOCATION:Upstairs")
    old = story.tester.move()
    for stored in old.read([ref.handle for ref in old.refs()]):
        assert stored.event
        story.tester.events.create(stored.event)
    story.tester.sync()
    assert story.tester.calendar.writes == 0
    assert story.tester.titles() == ["[pat] Choir", "[pat] Lunch"]
    story.pat.put(*lunch("Choir", 18), uid="Choir")
    story.settle()
    assert story.tester.titles() == ["[pat] Choir", "[pat] Lunch"]
    assert "LOCATION:Upstairs" in "".join(story.tester.texts().values())
    assert story.tester.calendar.writes == 1


def test_what_the_user_had_deleted_before_the_move_stays_away() -> None:
    story = _with("Choir", "Lunch")
    story.tester.remove_titled("[pat] Lunch")
    story.pat.put(*lunch("Lunch", 18), uid="Lunch")
    story.settle()
    story.tester.move()
    story.tester.sync()
    assert story.tester.titles() == ["[pat] Choir"]


def test_an_event_that_is_deleted_while_the_calendar_moves_goes_from_the_new_place() -> None:
    story = _with("Choir", "Lunch")
    old = story.tester.move()
    for stored in old.read([ref.handle for ref in old.refs()]):
        assert stored.event
        story.tester.events.create(stored.event)
    story.pat.remove("Lunch")
    story.settle()
    assert story.tester.titles() == ["[pat] Choir"]


def test_a_new_epoch_in_the_new_place_doubles_nothing() -> None:
    story = _with("Choir", "Lunch")
    story.tester.move()
    (share,) = story.pat.ledger.shares.all()
    with story.pat.ledger.transaction():
        begin_epoch(story.pat.installation, share)
    story.settle()
    assert story.tester.titles() == ["[pat] Choir", "[pat] Lunch"]


def test_the_copies_of_the_new_place_can_be_undone() -> None:
    story = _with("Lunch")
    story.tester.move()
    story.tester.sync()
    undo(story.tester.installation)
    assert story.tester.titles() == []


def test_a_rehearsal_tells_of_the_move_and_changes_nothing() -> None:
    story = _with("Lunch")
    story.tester.move()
    report = story.tester.sync(dry_run=True)
    assert [each.title for each in report.changes] == ["[pat] Lunch"]
    assert story.tester.titles() == []
    story.tester.sync()
    assert story.tester.titles() == ["[pat] Lunch"]


def test_shared_events_that_are_not_in_the_new_place_are_asked_about() -> None:
    story = _with("Choir", "Lunch", "Tea")
    old = story.pat.move()
    for stored in old.read(["Choir", "Tea"]):
        assert stored.event
        story.pat.events.create(stored.event)
    for _ in range(2):
        report = story.pat.sync()
        (held,) = report.held
        assert "another place for the calendar than before" in held.reason
        assert "at all subscribers: 1 event." in held.reason
    story.settle()
    assert story.tester.titles() == ["[pat] Choir", "[pat] Lunch", "[pat] Tea"]
    story.pat.sync(approve=True)
    story.settle()
    assert story.tester.titles() == ["[pat] Choir", "[pat] Tea"]
    story.pat.remove("Tea")
    story.settle()
    assert story.tester.titles() == ["[pat] Choir"]


def test_shared_events_that_are_all_in_the_new_place_are_not_told_again() -> None:
    story = _with("Choir", "Lunch")
    old = story.pat.move()
    for stored in old.read(["Choir", "Lunch"]):
        assert stored.event
        story.pat.events.create(stored.event)
    sent = len(story.pat.mailbox.sent)
    report = story.pat.sync()
    assert (report.changes, report.held, report.problems) == ([], [], [])
    assert len(story.pat.mailbox.sent) == sent
    story.pat.remove("Lunch")
    story.settle()
    assert story.tester.titles() == ["[pat] Choir"]


def test_a_calendar_that_is_suddenly_empty_was_not_emptied_by_the_user() -> None:
    story = _with("Choir", "Lunch", "Tea")
    kept = story.tester.texts()
    for uid in kept:
        story.tester.remove(uid)
    story.pat.put(*lunch("Choir", 18), uid="Choir")
    story.pat.put(*lunch("Supper"), uid="Supper")
    story.pat.sync()
    report = story.tester.sync()
    (problem,) = report.problems
    assert "The calendar is empty, and 3 copies should be in it." in problem.sentence
    assert report.exit_code == 2
    assert story.tester.titles() == []
    for text in kept.values():
        story.tester.events.create(read_events(text.encode()).events[0])
    story.tester.sync()
    assert story.tester.titles() == ["[pat] Choir", "[pat] Lunch", "[pat] Supper", "[pat] Tea"]
    assert "T180000Z" in "".join(story.tester.texts().values())


def test_who_emptied_the_calendar_says_so_and_goes_on() -> None:
    story = _with("Choir", "Lunch")
    for uid in story.tester.texts():
        story.tester.remove(uid)
    story.pat.put(*lunch("Choir", 18), uid="Choir")
    story.pat.put(*lunch("Supper"), uid="Supper")
    story.pat.sync()
    story.tester.sync()
    assert story.tester.titles() == []
    story.tester.sync(approve=True)
    assert story.tester.titles() == ["[pat] Supper"]
    story.pat.put(*lunch("Choir", 19), uid="Choir")
    story.settle()
    assert story.tester.titles() == ["[pat] Supper"]


def test_a_calendar_without_any_of_the_copies_is_another_one() -> None:
    story = _with("Choir", "Lunch", "Tea")
    story.tester.put("SUMMARY:Own", "DTSTART:20261201T080000Z", uid="own")
    for title in ("Choir", "Lunch", "Tea"):
        story.tester.remove_titled(f"[pat] {title}")
    story.pat.put(*lunch("Choir", 18), uid="Choir")
    story.pat.sync()
    (problem,) = story.tester.sync().problems
    assert "All 3 copies are missing from the calendar." in problem.sentence
    story.tester.sync(approve=True)
    assert story.tester.titles() == ["Own"]


def test_many_missing_copies_are_asked_about_though_others_are_there() -> None:
    titles = [f"Lunch {number}" for number in range(40)]
    story = _with(*titles)
    for title in titles[:25]:
        story.tester.remove_titled(f"[pat] {title}")
    story.pat.put(*lunch("Lunch 0", 18), uid="Lunch 0")
    story.pat.sync()
    (problem,) = story.tester.sync().problems
    assert "25 of 40 copies are missing from the calendar." in problem.sentence


def test_a_new_event_is_not_written_into_a_calendar_that_is_not_there() -> None:
    """A copy in the folder below an unmounted drive would make it look like the calendar of somebody who deleted the rest."""
    story = _with("Choir", "Lunch", "Tea")
    kept = story.tester.texts()
    for uid in kept:
        story.tester.remove(uid)
    story.pat.put(*lunch("Supper"), uid="Supper")
    story.pat.sync()
    (problem,) = story.tester.sync().problems
    assert "The calendar is empty, and 3 copies should be in it." in problem.sentence
    assert story.tester.titles() == []
    story.pat.put(*lunch("Choir", 18), uid="Choir")
    story.pat.sync()
    story.tester.sync()
    for text in kept.values():
        story.tester.events.create(read_events(text.encode()).events[0])
    story.tester.sync()
    assert story.tester.titles() == ["[pat] Choir", "[pat] Lunch", "[pat] Supper", "[pat] Tea"]
