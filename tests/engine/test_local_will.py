"""What the subscriber does to a copy counts: additions stay, deletions stay, edits stay until the owner's next change."""

import contextlib

import pytest
from engine.world import Killed, Story, lunch

from osync.engine.epochs import begin_epoch
from osync.engine.local_will import LocalState, detach, local_events, restore
from osync.engine.subscribing import leave
from osync.engine.undo import undo
from osync.errors import EventChangedError, NotFoundError
from osync.model import ChangeAction, ChangeReason

ALARM = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT15M\r\nDESCRIPTION:soon\r\nEND:VALARM"
SERIES = (
    "SUMMARY:Choir",
    "DTSTART;TZID=Europe/Berlin:20261201T190000",
    "DURATION:PT1H",
    "RRULE:FREQ=WEEKLY",
    "CATEGORIES:OSync",
)


def _with(*titles: str) -> Story:
    """Give a story in which tester has these events of pat."""
    story = Story()
    for title in titles:
        story.pat.put(*lunch(title), uid=title)
    return story.joined()


def _text(story: Story) -> str:
    """Give the text of tester's only event."""
    (text,) = story.tester.texts().values()
    return text


def _states(story: Story) -> list[tuple[str, LocalState]]:
    return [(each.title, each.state) for each in local_events(story.tester.installation).changed]


@pytest.mark.parametrize(
    "added",
    [ALARM, "CATEGORIES:Private,Music", "COLOR:turquoise", "X-MY-PROGRAM;X-A=1:seen", "TRANSP:TRANSPARENT", "PRIORITY:1"],
)  # fmt: skip
def test_what_the_subscriber_added_survives_every_update(added: str) -> None:
    story = _with("Lunch")
    story.tester.edit("[pat] Lunch", added)
    for hour in (13, 14):
        story.pat.put(*lunch("Lunch", hour), uid="Lunch")
        story.settle()
    text = _text(story)
    assert "DTSTART:20261201T140000Z" in text
    assert added in text
    assert _states(story) == []


@pytest.mark.parametrize(
    "added", [ALARM, "CATEGORIES:Private", "COLOR:turquoise", "X-MY-PROGRAM:seen", "TRANSP:TRANSPARENT"]
)
def test_what_was_added_to_one_instance_of_a_series_survives_every_update(added: str) -> None:
    story = Story()
    moved = ("RECURRENCE-ID;TZID=Europe/Berlin:20261208T190000", "DTSTART;TZID=Europe/Berlin:20261208T200000")
    story.pat.put_series(SERIES, (*moved, "DURATION:PT1H", "SUMMARY:Choir, later"), uid="choir")
    story.joined()
    story.tester.edit("[pat] Choir", added, last=1)
    story.pat.put_series(SERIES, (*moved, "DURATION:PT2H", "SUMMARY:Choir, longer"), uid="choir")
    story.settle()
    series, exception = _text(story).split("BEGIN:VEVENT")[1:]
    assert "Choir\\, longer" in exception
    assert added in exception
    assert added not in series


def test_what_was_added_to_an_instance_that_was_like_all_others_survives() -> None:
    story = Story()
    story.pat.put(*SERIES, uid="choir")
    story.joined()
    story.tester.add_override("[pat] Choir", "RECURRENCE-ID;TZID=Europe/Berlin:20261208T190000", ALARM)
    story.pat.put(*SERIES, "LOCATION:Hall", uid="choir")
    story.settle()
    series, exception = _text(story).split("BEGIN:VEVENT")[1:]
    assert "LOCATION:Hall" in series
    assert "LOCATION:Hall" in exception
    assert ALARM in exception


def test_a_copy_that_was_deleted_stays_away_also_after_later_revisions() -> None:
    story = _with("Lunch", "Tea")
    story.tester.remove_titled("[pat] Lunch")
    assert _states(story) == [("[pat] Lunch", LocalState.DELETED)]
    for hour in (13, 14):
        story.pat.put(*lunch("Lunch", hour), uid="Lunch")
        story.settle()
    assert story.tester.titles() == ["[pat] Tea"]
    assert _states(story) == [("[pat] Lunch", LocalState.HIDDEN)]


def test_the_log_tells_which_mail_brought_what_was_hidden_and_there_is_nothing_to_undo() -> None:
    story = _with("Lunch")
    story.tester.remove_titled("[pat] Lunch")
    story.pat.put(*lunch("Brunch", 11), uid="Lunch")
    story.settle()
    (hidden,) = story.tester.ledger.changes.newest(1)
    assert (hidden.action, hidden.reason) == (ChangeAction.NOT_WRITTEN, ChangeReason.HIDDEN)
    assert (hidden.title, hidden.mail > 0, hidden.signer) == ("[pat] Brunch", True, story.pat.identity.public.key_id)
    with pytest.raises(NotFoundError):
        undo(story.tester.installation, f"m{hidden.mail}")
    with pytest.raises(NotFoundError):
        undo(story.tester.installation, str(hidden.run))


def test_an_edit_stays_until_the_owners_next_change_of_that_event() -> None:
    story = _with("Lunch", "Tea")
    story.tester.edit("[pat] Lunch", "SUMMARY:my lunch")
    story.pat.put(*lunch("Tea", 15), uid="Tea")
    story.settle()
    assert story.tester.titles() == ["[pat] Tea", "my lunch"]
    assert _states(story) == [("my lunch", LocalState.EDITED)]
    story.pat.put(*lunch("Lunch", 13), uid="Lunch")
    story.settle()
    assert story.tester.titles() == ["[pat] Lunch", "[pat] Tea"]
    assert _states(story) == []


def test_an_edit_an_undoing_and_a_deletion_outlive_what_its_owner_only_repeats() -> None:
    story = _with("Lunch", "Tea", "Dinner")
    story.tester.edit("[pat] Lunch", "SUMMARY:my lunch")
    story.tester.remove_titled("[pat] Tea")
    story.pat.put(*lunch("Supper", 20), uid="Dinner")
    story.settle()
    undo(story.tester.installation)
    (share,) = story.pat.ledger.shares.all()
    with story.pat.ledger.transaction():
        begin_epoch(story.pat.installation, share)
    story.pat.sync()
    story.tester.sync()
    assert story.tester.ledger.subscriptions.progress(share.share_id).epoch > share.epoch
    assert story.tester.titles() == ["[pat] Dinner", "my lunch"]
    story.pat.put(*lunch("Brunch", 11), uid="Dinner")
    story.settle()
    assert story.tester.titles() == ["[pat] Brunch", "my lunch"]


def test_a_program_that_only_writes_anew_changes_nothing() -> None:
    story = _with("Lunch")
    story.tester.edit("[pat] Lunch", "DTSTAMP:20300101T000000Z")
    assert _states(story) == []


def test_only_what_has_another_version_is_read_to_find_changes() -> None:
    story = _with(*(f"Lunch {number}" for number in range(10)))
    story.tester.calendar.read_handles.clear()
    assert _states(story) == []
    assert story.tester.calendar.read_handles == []
    story.tester.edit("[pat] Lunch 3", "SUMMARY:mine")
    assert _states(story) == [("mine", LocalState.EDITED)]
    assert len(story.tester.calendar.read_handles) == 1


def test_restoring_brings_the_owners_version_at_once() -> None:
    story = _with("Lunch", "Tea", "Dinner")
    story.tester.edit("[pat] Lunch", "SUMMARY:my lunch", ALARM)
    story.tester.remove_titled("[pat] Tea")
    report = restore(story.tester.installation, "my lunch")
    assert [change.title for change in report.changes] == ["[pat] Lunch"]
    assert story.tester.titles() == ["[pat] Dinner", "[pat] Lunch"]
    assert any(ALARM in text for text in story.tester.texts().values())
    assert story.tester.ledger.changes.newest(1)[0].reason is ChangeReason.RESTORED


@pytest.mark.parametrize("which", ["", "club", "pat"])
def test_everything_of_a_share_can_be_restored(which: str) -> None:
    story = _with("Lunch", "Tea", "Dinner")
    story.tester.edit("[pat] Lunch", "SUMMARY:my lunch")
    story.tester.remove_titled("[pat] Tea")
    story.tester.remove_titled("[pat] Dinner")
    story.pat.put(*lunch("Dinner", 20), uid="Dinner")
    story.settle()
    restore(story.tester.installation, which, everything=not which)
    assert story.tester.titles() == ["[pat] Dinner", "[pat] Lunch", "[pat] Tea"]
    assert _states(story) == []
    story.settle()
    assert story.tester.titles() == ["[pat] Dinner", "[pat] Lunch", "[pat] Tea"]


def test_a_restored_event_follows_its_owner_again() -> None:
    story = _with("Lunch")
    story.tester.remove_titled("[pat] Lunch")
    restore(story.tester.installation, "1")
    story.pat.put(*lunch("Brunch", 11), uid="Lunch")
    story.settle()
    assert story.tester.titles() == ["[pat] Brunch"]


def test_an_ambiguous_name_is_answered_by_a_list_and_nothing_is_done() -> None:
    story = _with("Lunch with Jo", "Lunch with Kim")
    story.tester.remove_titled("[pat] Lunch with Jo")
    story.tester.remove_titled("[pat] Lunch with Kim")
    with pytest.raises(NotFoundError, match=r"2026-12-01 .*Lunch with Jo; 2026-12-01 .*Lunch with Kim"):
        restore(story.tester.installation, "lunch")
    assert story.tester.titles() == []
    restore(story.tester.installation, "lunch kim")
    assert story.tester.titles() == ["[pat] Lunch with Kim"]


@pytest.mark.parametrize("which", ["nothing", "7", "0", "", " "])
def test_a_name_that_is_none_is_told(which: str) -> None:
    story = _with("Lunch")
    with pytest.raises(NotFoundError):
        restore(story.tester.installation, which)
    with pytest.raises(NotFoundError):
        detach(story.tester.installation, which or "nothing")


def test_a_restore_that_was_cut_off_is_finished_by_the_next_sync() -> None:
    def changed() -> Story:
        story = _with("Lunch", "Tea")
        story.tester.edit("[pat] Lunch", "SUMMARY:my lunch")
        story.tester.remove_titled("[pat] Tea")
        story.tester.fuse.steps = 0
        return story

    story = changed()
    restore(story.tester.installation, everything=True)
    for step in range(1, story.tester.fuse.steps + 1):
        story = changed()
        story.tester.fuse.at = step
        with pytest.raises(Killed):
            restore(story.tester.installation, everything=True)
        story.tester.fuse.at = 0
        before = (story.tester.titles(), _states(story))
        story.tester.sync()
        assert story.tester.titles() in (["[pat] Lunch", "[pat] Tea"], ["my lunch"]), (step, before)
        with contextlib.suppress(NotFoundError):
            restore(story.tester.installation, everything=True)
        assert story.tester.titles() == ["[pat] Lunch", "[pat] Tea"], step


def test_a_detached_copy_is_the_users_own_and_the_owner_does_not_reach_it() -> None:
    story = _with("Lunch", "Tea")
    story.tester.edit("[pat] Lunch", "SUMMARY:my lunch", ALARM)
    old = {uid for uid, text in story.tester.texts().items() if "my lunch" in text}
    detach(story.tester.installation, "my lunch")
    own = {uid: text for uid, text in story.tester.texts().items() if "my lunch" in text}
    assert len(own) == 1
    assert not own.keys() & old
    (uid, text), *_ = own.items()
    assert not uid.startswith("osync-")
    assert "X-OSYNC" not in text
    assert ALARM in text
    story.pat.put(*lunch("Lunch", 13), uid="Lunch")
    story.settle()
    assert story.tester.titles() == ["[pat] Tea", "my lunch"]
    assert story.tester.texts()[uid] == text
    assert _states(story) == [("[pat] Lunch", LocalState.HIDDEN)]


def test_a_detached_copy_is_not_shared_on_by_accident() -> None:
    story = _with("Lunch")
    story.tester.share("music", category="Music")
    story.tester.invite(story.pat, "music")
    story.tester.edit("[pat] Lunch", "CATEGORIES:Private,music")
    detach(story.tester.installation, "Lunch")
    assert "CATEGORIES:Private\r\n" in _text(story)
    report = story.tester.sync()
    assert report.changes == []


def test_a_detached_event_can_be_restored_beside_the_own_one() -> None:
    story = _with("Lunch")
    detach(story.tester.installation, "Lunch")
    restore(story.tester.installation, "Lunch")
    assert story.tester.titles() == ["[pat] Lunch", "[pat] Lunch"]
    detach(story.tester.installation, "Lunch")
    assert story.tester.titles() == ["[pat] Lunch"]


def test_a_detached_copy_that_was_edited_stays_when_it_is_detached_again() -> None:
    story = _with("Lunch")
    detach(story.tester.installation, "Lunch")
    story.tester.edit("[pat] Lunch", "SUMMARY:my lunch")
    restore(story.tester.installation, "Lunch")
    detach(story.tester.installation, "Lunch")
    assert story.tester.titles() == ["[pat] Lunch", "my lunch"]


def test_detaching_can_be_undone() -> None:
    story = _with("Lunch")
    detach(story.tester.installation, "Lunch")
    undo(story.tester.installation)
    assert story.tester.titles() == ["[pat] Lunch", "[pat] Lunch"]
    story.pat.put(*lunch("Brunch", 11), uid="Lunch")
    story.settle()
    assert story.tester.titles() == ["[pat] Brunch", "[pat] Lunch"]


def test_what_is_not_there_cannot_be_detached() -> None:
    story = _with("Lunch")
    story.tester.remove_titled("[pat] Lunch")
    with pytest.raises(EventChangedError, match="not in your calendar"):
        detach(story.tester.installation, "Lunch")


def test_a_detaching_that_was_cut_off_leaves_one_event_when_it_is_done_again() -> None:
    story = _with("Lunch")
    story.tester.fuse.steps = 0
    detach(story.tester.installation, "Lunch")
    for step in range(1, story.tester.fuse.steps + 1):
        story = _with("Lunch")
        story.tester.fuse.steps, story.tester.fuse.at = 0, step
        with pytest.raises(Killed):
            detach(story.tester.installation, "Lunch")
        story.tester.fuse.at = 0
        with contextlib.suppress(EventChangedError):
            detach(story.tester.installation, "Lunch")
        story.pat.put(*lunch("Brunch", 11), uid="Lunch")
        story.settle()
        assert story.tester.titles() == ["[pat] Lunch"], step
        assert "X-OSYNC" not in _text(story), step


def test_a_copy_below_the_floor_is_released_and_what_was_hidden_stays_hidden() -> None:
    story = _with("Lunch", "Tea", "Dinner")
    story.tester.remove_titled("[pat] Tea")
    story.pat.put(*lunch("Tea", 13), uid="Tea")
    story.settle()
    story.clock.forward(days=200)
    story.pat.put("SUMMARY:later", "DTSTART:20270801T120000Z", "DURATION:PT1H", "CATEGORIES:OSync", uid="later")
    story.settle()
    (share,) = story.tester.ledger.subscriptions.all()
    written = list(story.tester.ledger.subscriptions.all_written(share.share_id))
    assert [copy.hidden for copy in written if copy.hidden or copy.version].count(False) == 1
    assert story.tester.titles() == ["[pat] Dinner", "[pat] Lunch", "[pat] later"]
    story.pat.remove("Lunch")
    moved = ("DTSTART:20270802T120000Z", "DURATION:PT1H", "CATEGORIES:OSync")
    story.pat.put("SUMMARY:Tea", *moved, uid="Tea")
    story.pat.put("SUMMARY:Dinner", *moved, uid="Dinner")
    story.settle()
    assert story.tester.titles() == ["[pat] Dinner", "[pat] Lunch", "[pat] later"]
    assert sum("20270802" in text for text in story.tester.texts().values()) == 1


def test_a_calendar_that_cannot_be_read_is_a_sentence() -> None:
    story = _with("Lunch")
    with story.tester.ledger.transaction():
        story.tester.ledger._database.execute("UPDATE subscription SET calendar = 'gone'")
    found = local_events(story.tester.installation)
    assert (found.copies, found.problems) == ((), ("calendar gone: There is no calendar gone.",))


def test_the_copies_of_a_share_that_was_left_are_nobodys_business() -> None:
    story = _with("Lunch")
    leave(story.tester.installation, "club", remove=False)
    assert local_events(story.tester.installation).copies == ()


def test_a_copy_that_was_kept_is_not_restored_to_nothing() -> None:
    story = _with("Lunch", "Tea")
    story.pat.remove("Lunch")
    story.settle()
    undo(story.tester.installation)
    assert _states(story) == [("[pat] Lunch", LocalState.KEPT)]
    with pytest.raises(NotFoundError, match="deleted by its owner"):
        restore(story.tester.installation, "Lunch")
    assert story.tester.titles() == ["[pat] Lunch", "[pat] Tea"]
