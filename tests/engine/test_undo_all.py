"""Everything that one owner ever did to a calendar can be taken back."""

import pytest
from engine.world import Killed, Person, Story, lunch

from osync.engine.undo import undo
from osync.errors import NotFoundError
from osync.model import ChangeReason


def _with_a_past() -> Story:
    """Give a story in which tester got three events, one of them changed, one deleted, and one new since; and an own one."""
    story = Story()
    story.tester.put("SUMMARY:own", "DTSTART:20261201T120000Z", uid="own")
    for name in ("stays", "changes", "goes"):
        story.pat.put(*lunch(name), uid=name)
    story.joined()
    story.pat.put(*lunch("changed", 15), uid="changes")
    story.pat.put(*lunch("new", 16), uid="new")
    story.pat.remove("goes")
    story.settle()
    assert story.tester.titles() == ["[pat] changed", "[pat] new", "[pat] stays", "own"]
    return story


@pytest.mark.parametrize("name", ["pat", "club", "pat@example.org"])
def test_every_copy_goes_and_nothing_else(name: str) -> None:
    story = _with_a_past()
    before = story.tester.texts()["own"]
    report = undo(story.tester.installation, of=name)
    assert report.problems == []
    assert sorted(change.title for change in report.changes) == ["[pat] changed", "[pat] new", "[pat] stays"]
    assert story.tester.texts() == {"own": before}


def test_what_was_taken_back_stays_away() -> None:
    story = _with_a_past()
    undo(story.tester.installation, of="pat")
    story.pat.put(*lunch("changed again", 17), uid="changes")
    story.pat.put(*lunch("later", 18), uid="later")
    story.settle()
    assert story.tester.titles() == ["[pat] later", "own"]


def test_a_second_time_does_nothing() -> None:
    story = _with_a_past()
    undo(story.tester.installation, of="pat")
    writes = story.tester.calendar.writes
    report = undo(story.tester.installation, of="pat")
    assert (report.changes, report.problems, story.tester.calendar.writes) == ([], [], writes)


def test_taking_everything_back_can_be_undone() -> None:
    story = _with_a_past()
    undo(story.tester.installation, of="pat")
    undo(story.tester.installation)
    assert story.tester.titles() == ["[pat] changed", "[pat] new", "[pat] stays", "own"]


def test_a_copy_that_the_user_edited_is_left_alone_and_told() -> None:
    story = _with_a_past()
    story.tester.edit("[pat] new", "SUMMARY:mine")
    report = undo(story.tester.installation, of="pat")
    assert [problem.sentence for problem in report.problems] == ["[pat] new was changed since. It was left alone."]
    assert story.tester.titles() == ["mine", "own"]


def test_only_the_named_owner_counts() -> None:
    story = _with_a_past()
    jo = Person("jo", story.office, story.clock)
    jo.put(*lunch("of jo"), uid="of-jo")
    jo.share("choir")
    jo.invite(story.tester, "choir")
    story.tester.sync()
    story.tester.accept(sender="jo")
    for person in (story.tester, jo, story.tester, jo, story.tester):
        person.sync()
    assert "[jo] of jo" in story.tester.titles()
    undo(story.tester.installation, of="pat")
    assert story.tester.titles() == ["[jo] of jo", "own"]


def test_a_name_that_nobody_has_is_told() -> None:
    with pytest.raises(NotFoundError, match="nobody"):
        undo(_with_a_past().tester.installation, of="nobody")


def test_the_log_says_that_the_user_undid_it() -> None:
    story = _with_a_past()
    undo(story.tester.installation, of="pat")
    assert {each.reason for each in story.tester.ledger.changes.newest(3)} == {ChangeReason.UNDONE}


def test_whatever_the_step_that_cuts_it_off_the_next_one_finishes() -> None:
    story = _with_a_past()
    story.tester.fuse.steps = 0
    undo(story.tester.installation, of="pat")
    total = story.tester.fuse.steps
    assert total > 10
    for step in range(1, total + 1):
        story = _with_a_past()
        story.tester.fuse.steps, story.tester.fuse.at = 0, step
        with pytest.raises(Killed):
            undo(story.tester.installation, of="pat")
        story.tester.fuse.at = 0
        report = undo(story.tester.installation, of="pat")
        assert report.problems == [], step
        assert story.tester.titles() == ["own"], step
        story.settle()
        assert story.tester.titles() == ["own"], step
